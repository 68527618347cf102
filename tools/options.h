/* The command line of a subcommand: a table of options, each with a reader that stores its value. Options and other
 * arguments may be mixed; "--" ends the options, and "-" is an argument.
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>

#include <equiformer/model.h>

/* Stores what text says at target. Returns NULL, or what was expected instead. */
typedef const char *(*option_reader)(const char *text, void *target);

typedef struct option {
    const char *name;  /* "output" for --output */
    char letter;       /* 'o' for -o, or 0 */
    const char *value; /* what the help calls the value; NULL: a switch, which has none */
    const char *help;
    option_reader read;
    void *target;
} option;

typedef struct command_manual {
    const char *command;   /* "predict" */
    const char *arguments; /* "MODEL STRUCTURES..." */
    const char *about;     /* sentences, lines broken */
    const option *options; /* ends with a name that is NULL; --help is understood without being there */
    int least, most;       /* number of arguments that are no options; most -1: any */
} command_manual;

/* Texts of an option that may be repeated; borrowed from the command line. */
typedef struct text_list {
    int n;
    const char **items; /* to be freed */
} text_list;

/* Reads argv[1..*argc - 1] and leaves there the arguments that are no options, *argc - 1 of them. False: the subcommand
 * is to end with *exit_status at once, since --help was asked for or the line is wrong, which has been said. */
bool options_parse(const command_manual *manual, int *argc, char **argv, int *exit_status);

const char *read_switch(const char *text, void *target);     /* bool */
const char *read_text(const char *text, void *target);       /* const char * */
const char *read_item(const char *text, void *target);       /* text_list */
const char *read_setting(const char *text, void *target);    /* text_list of KEY=VALUE */
const char *read_count(const char *text, void *target);      /* int64_t, 0 or more */
const char *read_whole(const char *text, void *target);      /* int64_t, 1 or more */
const char *read_amount(const char *text, void *target);     /* double, 0 or more */
const char *read_positive(const char *text, void *target);   /* double above 0 */
const char *read_seed(const char *text, void *target);       /* uint64_t */
const char *read_threads(const char *text, void *target);    /* int */
const char *read_precision(const char *text, void *target);  /* int: eqf_precision */
const char *read_arithmetic(const char *text, void *target); /* int: eqf_precision, or ARITHMETIC_BF16 */

/* float32 with matrix products of bfloat16. */
enum { ARITHMETIC_BF16 = 100 };

/* The precision that was read, or that of the model's parameters if it is below 0; the context's matrix products are set. */
eqf_status choose_arithmetic(eqf_context *context, const eqf_model *model, int wanted, eqf_precision *precision);

#endif
