/* What the tool writes: errors in one line, numbers and texts of JSON, a progress bar.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <equiformer/context.h>

#define TOOL "equiformer"
#define EXIT_USAGE 2

/* Write "equiformer COMMAND: ..." to standard error, in one line and after everything that standard output holds, and
 * return the exit status: EXIT_FAILURE, or EXIT_USAGE with a hint at the help. */
int fail(const char *command, const char *format, ...) __attribute__((__format__(__printf__, 2, 3)));
int fail_usage(const char *command, const char *format, ...) __attribute__((__format__(__printf__, 2, 3)));

/* Refuses one JSON object and data ("-") on the same standard output; output may be NULL. EXIT_SUCCESS, or fails. */
int check_output(const char *command, const char *output, bool json);

/* The message of the library's last failure. */
const char *message_of(const eqf_context *context, eqf_status status);

/* A context whose warnings go to standard error; NULL after saying why there is none. */
eqf_context *open_context(const char *command, int threads);

/* EXIT_SUCCESS if all that was written to standard output has arrived, else fails. */
int finish_output(const char *command);

/* The fewest digits that read back as the same number; a decimal point or an exponent is always there. The tool never
 * leaves the locale "C". */
void write_number(FILE *file, double value);

/* Text in quotes and escaped, as JSON wants it. */
void write_json_text(FILE *file, const char *text);

/* 3496001 as "3,496,001". */
const char *grouped(int64_t value, char text[32]);

/* On standard error, if that is a terminal. */
typedef struct progress {
    bool shown;
    int64_t done, total; /* total 0: not known */
    struct timespec start;
} progress;

bool progress_wanted(void);
void progress_begin(progress *bar, int64_t total);
void progress_step(progress *bar);       /* one more is done */
void progress_hide(const progress *bar); /* before something else is written */

#endif
