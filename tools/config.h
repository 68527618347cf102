/* Model configurations from command lines. SPDX-License-Identifier: MIT */
#ifndef TOOLS_CONFIG_H
#define TOOLS_CONFIG_H

#include <equiformer/model.h>

#include "options.h"

/* The configuration of a preset or, if path is not NULL, of a file ("-": standard input), with settings; NULL after
 * saying why not. */
eqf_config *make_config(const char *command, eqf_context *context, const char *preset, const char *path,
                        const text_list *settings);

#endif
