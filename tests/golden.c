/* Compares the library with arrays that were computed by the published implementation.
 *
 * usage: golden DIR|FILE... [--precision f64|f32] [--values-only] [--separate] [--list FILE]
 *
 * Runs every case of every *.safetensors below the directories. --values-only leaves out derivatives and training runs;
 * --separate gives every operation of a program a stage of its own;
 * --list restricts the cases to the names in a file, one shell pattern in a line, # begins a comment. Prints a line for
 * each case, `ok NAME ERROR (ARRAY)` or `FAIL NAME ERROR: reason`, the error being the one that comes nearest to its
 * tolerance; then `N passed, N failed`. Exit status 0 if something passed and nothing failed.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void *golden_new(size_t count, size_t size)
{
    void *block = calloc(count == 0 ? 1 : count, size);
    if (block != NULL) return block;
    fprintf(stderr, "golden: no memory for %zu elements of %zu bytes\n", count, size);
    exit(2);
}

/* -------------------------------------------------------------------------------------------------------- results -- */

void golden_report(golden_session *session, const char *file, const char *name, const char *message)
{
    session->failed++;
    printf("FAIL %s%s%s -: %s\n", file, name[0] == '\0' ? "" : "/", name, message);
}

/* Whether the list names the case. */
static bool is_listed(golden_session *session, const char *name)
{
    bool listed = session->list.n == 0;
    for (int i = 0; i < session->list.n; i++) {
        if (fnmatch(session->list.patterns[i], name, 0) != 0) continue;
        session->list.matched[i] = true;
        listed = true;
    }
    return listed;
}

static void print_result(golden_case *c, const char *path)
{
    char error[32] = "-"; /* where nothing was measured */
    if (c->compared > 0) snprintf(error, sizeof error, "%.1e", c->worst);
    if (golden_good(c)) {
        c->file->session->passed++;
        printf("ok %s %s", path, error);
        if (c->worst_name[0] != '\0') printf(" (%s)", c->worst_name);
        putchar('\n');
    } else {
        c->file->session->failed++;
        printf("FAIL %s %s: %s\n", path, error, c->message);
    }
    fflush(stdout);
}

void golden_run(golden_file *file, const char *name, const json_t *config, golden_body body)
{
    golden_session *session = file->session;
    char path[2 * GOLDEN_NAME_SIZE];
    snprintf(path, sizeof path, "%s%s%s", file->name, name[0] == '\0' ? "" : "/", name);
    golden_case c = {.file = file,
                     .context = session->context,
                     .name = name,
                     .config = config,
                     .by_rows = true,
                     .precision = session->precision,
                     .values_only = session->values_only};
    bool listed = is_listed(session, path);
    if (listed) body(&c);
    if (listed && c.compared == 0) golden_fail(&c, "nothing was compared");
    if (c.ratio > 1)
        golden_fail(&c, "%s has an error of %.1e, %.0e is allowed", c.worst_name[0] == '\0' ? name : c.worst_name,
                    c.worst, c.allowed);
    golden_check_used(&c);
    if (listed) print_result(&c, path);
    for (int i = 0; i < c.n_irreps; i++) eqf_irreps_free(c.irreps[i]);
    for (int i = 0; i < c.n_arrays; i++) free(c.arrays[i]);
    free(c.irreps);
    free(c.arrays);
}

/* ---------------------------------------------------------------------------------------------------- directories -- */

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

static void walk_file(golden_session *session, const char *path, const char *name)
{
    char stem[GOLDEN_NAME_SIZE];
    snprintf(stem, sizeof stem, "%s", name);
    if (has_suffix(stem, ".safetensors")) stem[strlen(stem) - strlen(".safetensors")] = '\0';
    golden_run_file(session, path, stem);
}

/* Order of bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* name is the path below the directory that was given. */
static void walk_directory(golden_session *session, const char *path, const char *name)
{
    struct dirent **entries;
    int n = scandir(path, &entries, is_visible, by_name);
    if (n < 0) {
        golden_report(session, path, "", strerror(errno));
        return;
    }
    for (int i = 0; i < n; i++) {
        char below[4096], below_name[4096];
        struct stat information;
        snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
        snprintf(below_name, sizeof below_name, "%s%s%s", name, name[0] == '\0' ? "" : "/", entries[i]->d_name);
        if (stat(below, &information) != 0)
            golden_report(session, below, "", strerror(errno));
        else if (S_ISDIR(information.st_mode))
            walk_directory(session, below, below_name);
        else if (has_suffix(below, ".safetensors"))
            walk_file(session, below, below_name);
        free(entries[i]);
    }
    free(entries);
}

static void walk(golden_session *session, const char *path)
{
    struct stat information;
    if (stat(path, &information) != 0) {
        golden_report(session, path, "", strerror(errno));
    } else if (S_ISDIR(information.st_mode)) {
        walk_directory(session, path, "");
    } else {
        const char *slash = strrchr(path, '/');
        walk_file(session, path, slash == NULL ? path : slash + 1);
    }
}

/* --------------------------------------------------------------------------------------------------- command line -- */

static void free_list(golden_list *list)
{
    for (int i = 0; i < list->n; i++) free(list->patterns[i]);
    free(list->patterns);
    free(list->matched);
}

static bool read_list(const char *path, golden_list *list)
{
    char line[GOLDEN_NAME_SIZE];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "golden: %s: %s\n", path, strerror(errno));
        return false;
    }
    free_list(list);
    *list = (golden_list){0};
    while (fgets(line, sizeof line, file) != NULL) {
        char pattern[GOLDEN_NAME_SIZE] = "";
        if (sscanf(line, " %511[^# \t\r\n]", pattern) != 1) continue;
        list->patterns = realloc(list->patterns, (size_t)(list->n + 1) * sizeof *list->patterns);
        if (list->patterns == NULL || (list->patterns[list->n] = strdup(pattern)) == NULL) exit(2);
        list->n++;
    }
    list->matched = golden_new((size_t)list->n, sizeof *list->matched);
    fclose(file);
    return true;
}

static int usage(void)
{
    fputs("usage: golden DIR|FILE... [--precision f64|f32] [--values-only] [--separate] [--list FILE]\n", stderr);
    return 2;
}

/* Options may stand anywhere; what is left of argv are the paths. False if something is wrong. */
static bool parse_options(int argc, char **argv, golden_session *session, int *n_paths)
{
    *n_paths = 0;
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--values-only") == 0) {
            session->values_only = true;
        } else if (strcmp(argv[i], "--separate") == 0) {
            session->separate = true;
        } else if (strcmp(argv[i], "--precision") == 0 && (strcmp(next, "f64") == 0 || strcmp(next, "f32") == 0)) {
            session->precision = strcmp(next, "f64") == 0 ? EQF_FLOAT64 : EQF_FLOAT32;
            i++;
        } else if (strcmp(argv[i], "--list") == 0 && next[0] != '\0') {
            if (!read_list(next, &session->list)) return false;
            i++;
        } else if (argv[i][0] == '-') {
            return false;
        } else {
            argv[(*n_paths)++] = argv[i];
        }
    }
    return *n_paths > 0;
}

int main(int argc, char **argv)
{
    golden_session session = {.precision = EQF_FLOAT64};
    int n_paths;
    if (!parse_options(argc, argv, &session, &n_paths)) {
        free_list(&session.list);
        return usage();
    }
    if (eqf_context_create(NULL, &session.context) != EQF_OK) return 2;
    eqfi_context_set_fusion(session.context, !session.separate);
    for (int i = 0; i < n_paths; i++) walk(&session, argv[i]);
    for (int i = 0; i < session.list.n && !session.values_only; i++)
        if (!session.list.matched[i]) golden_report(&session, session.list.patterns[i], "", "no case has this name");
    printf("%d passed, %d failed\n", session.passed, session.failed);
    eqf_context_free(session.context);
    free_list(&session.list);
    return session.passed > 0 && session.failed == 0 ? 0 : 1;
}
