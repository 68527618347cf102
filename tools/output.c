/* Errors, numbers, JSON texts and the progress bar. SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --------------------------------------------------------------------------------------------------------- errors -- */

static void say(const char *command, const char *format, va_list arguments)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, arguments);
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = ' ';
    fflush(stdout);
    fprintf(stderr, "%s%s%s: %s", TOOL, command == NULL ? "" : " ", command == NULL ? "" : command, text);
}

int fail(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(command, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return EXIT_FAILURE;
}

int fail_usage(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(command, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; see '%s%s%s --help'\n", TOOL, command == NULL ? "" : " ", command == NULL ? "" : command);
    return EXIT_USAGE;
}

int check_output(const char *command, const char *output, bool json)
{
    if (!json || output == NULL || strcmp(output, "-") != 0) return EXIT_SUCCESS;
    return fail_usage(command, "--json and -o - are both for standard output, expected one of them");
}

const char *message_of(const eqf_context *context, eqf_status status)
{
    const char *message = eqf_context_message(context);
    return message[0] != '\0' ? message : eqf_status_string(status);
}

static void log_warning(void *user, eqf_log_level level, const char *message)
{
    (void)user;
    if (level == EQF_LOG_WARNING) fail(NULL, "warning: %s", message);
}

eqf_context *open_context(const char *command, int threads)
{
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.log = log_warning;
    eqf_context *context = NULL;
    eqf_status status = eqf_context_create(&options, &context);
    if (status == EQF_OK) return context;
    fail(command, "cannot start: %s", eqf_status_string(status));
    return NULL;
}

int finish_output(const char *command)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return EXIT_SUCCESS;
    return fail(command, "cannot write standard output: %s", errno != 0 ? strerror(errno) : "an earlier write failed");
}

/* ----------------------------------------------------------------------------------------------- numbers and texts -- */

void write_number(FILE *file, double value)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fputs(text, file);
    if (strcspn(text, ".e") == strlen(text)) fputs(".0", file);
}

void write_json_text(FILE *file, const char *text)
{
    json_t *string = json_string(text);
    if (string == NULL) { /* not UTF-8, as a file's name may be */
        char *copy = strdup(text);
        for (char *c = copy; c != NULL && *c != '\0'; c++)
            if ((unsigned char)*c >= 128) *c = '?';
        string = json_string(copy == NULL ? "?" : copy);
        free(copy);
    }
    json_dumpf(string, file, JSON_ENCODE_ANY);
    json_decref(string);
}

const char *grouped(int64_t value, char text[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)value), out = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && digits[i - 1] != '-' && (n - i) % 3 == 0) text[out++] = ',';
        text[out++] = digits[i];
    }
    text[out] = '\0';
    return text;
}

/* -------------------------------------------------------------------------------------------------------- progress -- */

bool progress_wanted(void) { return isatty(STDERR_FILENO) == 1; }

void progress_begin(progress *bar, int64_t total)
{
    bar->shown = progress_wanted();
    bar->done = 0;
    bar->total = total;
    clock_gettime(CLOCK_MONOTONIC, &bar->start);
}

void progress_hide(const progress *bar)
{
    if (bar->shown && bar->done > 0) fputs("\r\033[K", stderr);
}

void progress_step(progress *bar)
{
    enum { WIDTH = 30 };
    bar->done++;
    if (!bar->shown) return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = (double)(now.tv_sec - bar->start.tv_sec) + 1e-9 * (double)(now.tv_nsec - bar->start.tv_nsec);
    if (bar->done > bar->total) { /* no total is known, or the files have grown */
        fprintf(stderr, "\r%lld frames, %.0f s", (long long)bar->done, seconds);
        return;
    }
    int filled = (int)(WIDTH * bar->done / bar->total);
    double left = seconds * (double)(bar->total - bar->done) / (double)bar->done;
    fprintf(stderr, "\r[%.*s%.*s] %lld of %lld frames, %.0f s left ", filled, "##############################",
            WIDTH - filled, "..............................", (long long)bar->done, (long long)bar->total, left);
}
