/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include "test.h"

static const int numbers[3] = {1, 79, 118}, tags[3] = {0, -5, 2147483647};
static const double positions[9] = {0.1, -0.0, 1e-310, 1.0 / 3, -2.5, 1e300, 4.9e-324, 123456789.123456789, 6};
static const double forces[9] = {-1, 2, 3, 1e-17, 0.30000000000000004, 5e22, 1.7976931348623157e308, -0.0, 1};

const eqf_structure test_frame = {.size = sizeof test_frame,
                                  .natoms = 3,
                                  .atomic_numbers = numbers,
                                  .positions = positions,
                                  .cell = {10.1, 0, -0.0, 1e-5, 11, 0, 0, 1.0 / 7, 12},
                                  .pbc = {1, 0, 1},
                                  .has_energy = 1,
                                  .energy = -123.45678901234567,
                                  .forces = forces,
                                  .tags = tags,
                                  .has_stress = 1,
                                  .stress = {1, 0.1, 0.2, 0.1, -2, 0.3, 0.2, 0.3, 1.0 / 3}};

static void same_bits(const void *a, const void *b, size_t bytes)
{
    assert_true((a == NULL) == (b == NULL));
    if (a != NULL && bytes > 0) assert_memory_equal(a, b, bytes);
}

void test_expect_frame(eqf_context *context, eqf_frames *frames, const eqf_structure *wanted)
{
    eqf_structure read = EQF_STRUCTURE_INIT;
    TEST_OK(context, eqf_frames_next(context, frames, &read));
    size_t n = (size_t)wanted->natoms;
    assert_int_equal(read.natoms, wanted->natoms);
    if (n > 0) same_bits(read.atomic_numbers, wanted->atomic_numbers, n * sizeof(int));
    if (n > 0) same_bits(read.positions, wanted->positions, 3 * n * sizeof(double));
    same_bits(read.forces, wanted->forces, 3 * n * sizeof(double));
    same_bits(read.tags, wanted->tags, n * sizeof(int));
    same_bits(read.cell, wanted->cell, sizeof read.cell);
    same_bits(read.pbc, wanted->pbc, sizeof read.pbc);
    assert_int_equal(read.has_energy, wanted->has_energy);
    same_bits(&read.energy, &wanted->energy, sizeof read.energy);
    assert_int_equal(read.has_stress, wanted->has_stress);
    same_bits(read.stress, wanted->stress, sizeof read.stress);
}

void test_expect_no_frame(eqf_context *context, eqf_frames *frames)
{
    eqf_structure read = EQF_STRUCTURE_INIT;
    assert_int_equal(eqf_frames_next(context, frames, &read), EQF_END);
}
