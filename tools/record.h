/* Which files a training was made of: DIRECTORY/run.json, for those who look at it later.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_RECORD_H
#define TOOLS_RECORD_H

#include <jansson.h>

#include "options.h"

/* An object with paths, or null, under the keys train, index, valid, valid_index; NULL without memory. */
json_t *record_make(const text_list *train, const char *index, const text_list *valid, const char *valid_index);

/* Writes the file in one step. Returns an exit status. */
int record_write(const char *command, const char *directory, const json_t *record);

#endif
