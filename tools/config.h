/* Model configurations: from command lines, and to be looked at. SPDX-License-Identifier: MIT */
#ifndef TOOLS_CONFIG_H
#define TOOLS_CONFIG_H

#include <jansson.h>

#include <equiformer/model.h>

#include "options.h"

/* The whole of a file ("-": standard input) as text to be freed; NULL after saying why not. */
char *read_whole_file(const char *command, const char *path);

/* The configuration of a preset or, if path is not NULL, of a file ("-": standard input), with settings; NULL after
 * saying why not. */
eqf_config *make_config(const char *command, eqf_context *context, const char *preset, const char *path,
                        const text_list *settings);

/* A configuration as an object, to be released; NULL if memory is exhausted. */
json_t *config_json(eqf_context *context, const eqf_config *config);

#endif
