/* Reading command lines. SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/context.h>

#include "output.h"

static void print_option(const option *entry)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", entry->name, entry->value == NULL ? "" : " ",
             entry->value == NULL ? "" : entry->value);
    printf("  %c%c%c %-22s %s\n", entry->letter ? '-' : ' ', entry->letter ? entry->letter : ' ',
           entry->letter ? ',' : ' ', left, entry->help);
}

static void print_help(const command_manual *manual)
{
    printf("usage: %s %s [OPTIONS] %s\n\n%s\n\noptions:\n", TOOL, manual->command, manual->arguments, manual->about);
    for (const option *entry = manual->options; entry->name != NULL; entry++) print_option(entry);
    print_option(&(option){"help", 'h', NULL, "show this text", NULL, NULL});
}

/* The option that an argument names, NULL if there is none; *value is what is attached to it, NULL if nothing is. */
static const option *find_option(const option *options, const char *argument, const char **value)
{
    *value = NULL;
    if (argument[1] != '-') {
        for (const option *entry = options; entry->name != NULL; entry++) {
            if (entry->letter == 0 || argument[1] != entry->letter) continue;
            if (argument[2] != '\0') *value = argument + 2;
            return entry;
        }
        return NULL;
    }
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    if (name[length] == '=') *value = name + length + 1;
    for (const option *entry = options; entry->name != NULL; entry++)
        if (strlen(entry->name) == length && memcmp(entry->name, name, length) == 0) return entry;
    return NULL;
}

/* Reads the option argv[*i], and argv[*i + 1] if that is its value. */
static int read_option(const command_manual *manual, int argc, char **argv, int *i)
{
    const char *argument = argv[*i], *value;
    const option *entry = find_option(manual->options, argument, &value);
    if (entry == NULL) return fail_usage(manual->command, "unknown option '%s'", argument);
    if (entry->value == NULL && value != NULL)
        return fail_usage(manual->command, "'%s': --%s takes no value", argument, entry->name);
    if (entry->value != NULL && value == NULL) {
        if (*i + 1 >= argc) return fail_usage(manual->command, "'%s' needs a value, %s", argument, entry->value);
        value = argv[++*i];
    }
    const char *expected = entry->read(value, entry->target);
    if (expected == NULL) return EXIT_SUCCESS;
    return fail_usage(manual->command, "--%s is '%s', expected %s", entry->name, value, expected);
}

bool options_parse(const command_manual *manual, int *argc, char **argv, int *exit_status)
{
    int kept = 1;
    bool over = false; /* "--" was there */
    for (int i = 1; i < *argc; i++) {
        if (over || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[kept++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            over = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(manual);
            *exit_status = finish_output(manual->command);
            return false;
        } else {
            *exit_status = read_option(manual, *argc, argv, &i);
            if (*exit_status != EXIT_SUCCESS) return false;
        }
    }
    *argc = kept;
    if (kept - 1 < manual->least) {
        *exit_status = fail_usage(manual->command, "expected %s", manual->arguments);
        return false;
    }
    if (manual->most >= 0 && kept - 1 > manual->most) {
        *exit_status = fail_usage(manual->command, "'%s' is one argument too many", argv[manual->most + 1]);
        return false;
    }
    return true;
}

const char *read_switch(const char *text, void *target)
{
    (void)text;
    *(bool *)target = true;
    return NULL;
}

const char *read_text(const char *text, void *target)
{
    *(const char **)target = text;
    return NULL;
}

const char *read_setting(const char *text, void *target)
{
    return text[0] == '=' || strchr(text, '=') == NULL ? "KEY=VALUE" : read_item(text, target);
}

const char *read_item(const char *text, void *target)
{
    text_list *list = target;
    const char **items = realloc(list->items, ((size_t)list->n + 1) * sizeof *items);
    if (items == NULL) return "less: memory is exhausted";
    list->items = items;
    list->items[list->n++] = text;
    return NULL;
}

static bool parse_whole(const char *text, int64_t least, int64_t *value)
{
    char *end;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || parsed < least) return false;
    *value = parsed;
    return true;
}

const char *read_count(const char *text, void *target)
{
    return parse_whole(text, 0, target) ? NULL : "a whole number, 0 or more";
}

const char *read_whole(const char *text, void *target)
{
    return parse_whole(text, 1, target) ? NULL : "a whole number, 1 or more";
}

static bool parse_number(const char *text, double *value)
{
    char *end;
    double parsed = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed) || parsed < 0) return false;
    *value = parsed;
    return true;
}

const char *read_amount(const char *text, void *target)
{
    return parse_number(text, target) ? NULL : "a number, 0 or more";
}

const char *read_positive(const char *text, void *target)
{
    double value;
    if (!parse_number(text, &value) || value <= 0) return "a number above 0";
    *(double *)target = value;
    return NULL;
}

const char *read_seed(const char *text, void *target)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > UINT64_MAX)
        return "an integer from 0 to 18446744073709551615";
    *(uint64_t *)target = value;
    return NULL;
}

const char *read_threads(const char *text, void *target)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > 1024)
        return "an integer from 1 to 1024, or 0 for one thread per processor";
    *(int *)target = (int)value;
    return NULL;
}

const char *read_precision(const char *text, void *target)
{
    if (strcmp(text, "f32") != 0 && strcmp(text, "f64") != 0) return "f32 or f64";
    *(int *)target = text[1] == '3' ? EQF_FLOAT32 : EQF_FLOAT64;
    return NULL;
}

eqf_status choose_arithmetic(eqf_context *context, const eqf_model *model, int wanted, eqf_precision *precision)
{
    *precision = wanted < 0 ? eqf_parameters_precision(eqf_model_parameters(model)) : (eqf_precision)wanted;
    if (wanted != ARITHMETIC_BF16) return EQF_OK;
    *precision = EQF_FLOAT32;
    return eqf_context_set_matmul(context, EQF_MATMUL_BFLOAT16);
}

const char *read_arithmetic(const char *text, void *target)
{
    if (strcmp(text, "bf16") != 0) return read_precision(text, target) == NULL ? NULL : "f32, f64 or bf16";
    *(int *)target = ARITHMETIC_BF16;
    return NULL;
}
