/* Frames with everything in them, and whether a file has them. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_FRAMES_H
#define TESTS_SUPPORT_FRAMES_H

#include <equiformer/structure.h>

/* Three atoms with cell, energy, forces, tags and stress; numbers that are hard to write. */
extern const eqf_structure test_frame;

/* The next frame has the same bits as this one. */
void test_expect_frame(eqf_context *context, eqf_frames *frames, const eqf_structure *wanted);
void test_expect_no_frame(eqf_context *context, eqf_frames *frames);

#endif
