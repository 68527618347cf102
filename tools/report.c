/* equiformer report: what came of a training run. SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "config.h"
#include "data.h"
#include "options.h"
#include "output.h"

/* "DIRECTORY/NAME" to be freed; NULL without memory. */
static char *join(const char *directory, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

static int fail_memory(const report *r) { return fail(r->command, "memory is exhausted"); }

static int fail_library(const report *r, eqf_status status)
{
    return fail(r->command, "%s", message_of(r->context, status));
}

/* ------------------------------------------------------------------------------------------------- the run's files -- */

/* A JSON file of the directory; NULL, and *exit_status EXIT_SUCCESS, if it is not there. */
static json_t *read_json(const report *r, const char *name, int *exit_status)
{
    char *path = join(r->directory, name);
    json_t *json = NULL;
    json_error_t error;
    FILE *file = path == NULL ? NULL : fopen(path, "rb");
    if (path == NULL) {
        *exit_status = fail_memory(r);
    } else if (file != NULL) {
        json = json_loadf(file, 0, &error);
        if (json == NULL) *exit_status = fail(r->command, "%s, line %d: %s", path, error.line, error.text);
        fclose(file);
    } else if (errno != ENOENT) {
        *exit_status = fail(r->command, "cannot open %s: %s", path, strerror(errno));
    }
    free(path);
    return json;
}

/* An epoch that was done again, after a run had gone on from an earlier checkpoint, replaces what is there. */
static bool add_epoch(report *r, json_t *epoch)
{
    double number = report_number(epoch, "epoch");
    for (size_t n; (n = json_array_size(r->log)) > 0;) {
        if (report_number(json_array_get(r->log, n - 1), "epoch") < number) break;
        json_array_remove(r->log, n - 1);
    }
    return json_array_append_new(r->log, epoch) == 0;
}

static int read_lines(report *r, FILE *file, const char *path)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int exit_status = EXIT_SUCCESS;
    for (long number = 1; exit_status == EXIT_SUCCESS && (length = getline(&line, &room, file)) > 0; number++) {
        json_error_t error;
        json_t *epoch = json_loadb(line, (size_t)length, 0, &error);
        if (epoch == NULL && line[length - 1] != '\n') break; /* it is being written */
        if (!json_is_object(epoch) || isnan(report_number(epoch, "epoch"))) {
            json_decref(epoch);
            exit_status = fail(r->command, "%s, line %ld: expected a JSON object with the key epoch", path, number);
        } else if (!add_epoch(r, epoch)) {
            exit_status = fail_memory(r);
        }
    }
    free(line);
    return exit_status;
}

static int read_log(report *r)
{
    char *path = join(r->directory, "log.jsonl");
    if (path == NULL || (r->log = json_array()) == NULL) {
        free(path);
        return fail_memory(r);
    }
    FILE *file = fopen(path, "rb");
    int exit_status =
        file != NULL ? read_lines(r, file, path) : fail(r->command, "cannot open %s: %s", path, strerror(errno));
    if (file != NULL) fclose(file);
    free(path);
    return exit_status;
}

double report_number(const json_t *epoch, const char *key)
{
    const json_t *value = json_object_get(epoch, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

int report_best(const report *r)
{
    int best = -1;
    for (size_t i = 0; i < json_array_size(r->log); i++)
        if (json_is_true(json_object_get(json_array_get(r->log, i), "best"))) best = (int)i;
    return best;
}

/* ------------------------------------------------------------------------------------------------------ comparing -- */

double pairs_mae(const pairs *p)
{
    double sum = 0;
    for (int64_t i = 0; i < p->n; i++) sum += fabs(p->prediction[i] - p->label[i]);
    return sum / (double)p->n;
}

double pairs_rmse(const pairs *p)
{
    double sum = 0;
    for (int64_t i = 0; i < p->n; i++) sum += (p->prediction[i] - p->label[i]) * (p->prediction[i] - p->label[i]);
    return sqrt(sum / (double)p->n);
}

static bool pairs_add(pairs *p, double label, double prediction)
{
    if (p->n == p->room) {
        int64_t room = 2 * p->room + 64;
        double *more = realloc(p->label, 2 * (size_t)room * sizeof *more);
        if (more == NULL) return false;
        memmove(more + room, more + p->room, (size_t)p->n * sizeof *more);
        p->label = more;
        p->prediction = more + room;
        p->room = room;
    }
    p->label[p->n] = label;
    p->prediction[p->n++] = prediction;
    return true;
}

static int take_sample(void *user, int64_t i, const eqf_sample *sample, double energy, const double *forces)
{
    (void)i;
    report *r = user;
    const eqf_structure *s = sample->structure;
    bool complete = !s->has_energy || pairs_add(&r->energies, s->energy, energy);
    for (int64_t k = 0; forces != NULL && s->forces != NULL && k < 3 * s->natoms; k++)
        complete = complete && pairs_add(&r->forces[s->atomic_numbers[k / 3]], s->forces[k], forces[k]);
    progress_step(&r->bar);
    return !complete;
}

/* As they are shown: Å for angstrom, errors in meV where energies are in eV. */
static void take_units(report *r, const eqf_dataset *dataset)
{
    const char *energy = eqf_dataset_energy_unit(dataset), *length = eqf_dataset_length_unit(dataset);
    bool ev = strcmp(energy, "eV") == 0, none = strcmp(energy, "1") == 0;
    if (strcmp(length, "angstrom") == 0) length = "Å";
    r->target = none ? "target" : "energy";
    r->small = ev ? 1000 : 1;
    snprintf(r->energy_unit, REPORT_UNIT_MAX, "%.16s", none ? "" : energy);
    snprintf(r->force_unit, REPORT_UNIT_MAX, "%.16s/%.16s", energy, length);
    snprintf(r->length_unit, REPORT_UNIT_MAX, "%.16s", length);
    snprintf(r->small_energy_unit, REPORT_UNIT_MAX, "%s%.16s", ev ? "m" : "", none ? "" : energy);
    snprintf(r->small_force_unit, REPORT_UNIT_MAX, "%s%.16s/%.16s", ev ? "m" : "", energy, length);
    snprintf(r->small_stress_unit, REPORT_UNIT_MAX, "%s%.16s/%.16s³", ev ? "m" : "", energy, length);
}

static int compare(report *r, const eqf_dataset *dataset)
{
    take_units(r, dataset);
    progress_begin(&r->bar, eqf_dataset_samples(dataset));
    eqf_status status = eqf_evaluate(r->context, r->model, eqf_parameters_precision(eqf_model_parameters(r->model)),
                                     dataset, take_sample, r, &r->metrics);
    progress_hide(&r->bar);
    if (status == EQF_ERROR_CALLBACK) return fail_memory(r);
    return status == EQF_OK ? EXIT_SUCCESS : fail_library(r, status);
}

/* ------------------------------------------------------------------------------------------------------------ data -- */

static int read_directory(report *r)
{
    int exit_status = EXIT_SUCCESS;
    struct stat about;
    if (stat(r->directory, &about) != 0) return fail(r->command, "cannot open %s: %s", r->directory, strerror(errno));
    r->recipe = read_json(r, "recipe.json", &exit_status);
    if (exit_status == EXIT_SUCCESS) r->run = read_json(r, "run.json", &exit_status);
    if (exit_status != EXIT_SUCCESS) return exit_status;
    if (r->recipe == NULL)
        return fail(r->command, "%s is no directory of a training: it has no recipe.json", r->directory);
    return read_log(r);
}

static int open_model(report *r)
{
    char *path = join(r->directory, "best.safetensors");
    if (path == NULL) return fail_memory(r);
    eqf_status status = eqf_model_load(r->context, path, &r->model);
    free(path);
    if (status != EQF_OK) return fail_library(r, status);
    r->config = config_json(r->context, eqf_model_config(r->model));
    return r->config != NULL ? EXIT_SUCCESS : fail_memory(r);
}

/* The paths of a key of run.json, borrowed from it; NULL if there are none, or no memory. */
static char **paths_of(const report *r, const char *key, int *n)
{
    const json_t *list = json_object_get(r->run, key);
    size_t size = json_array_size(list);
    char **paths = size == 0 || size > INT_MAX ? NULL : calloc(size, sizeof *paths);
    *n = 0;
    for (size_t i = 0; paths != NULL && i < size; i++) {
        const char *path = json_string_value(json_array_get(list, i));
        if (path != NULL) paths[(*n)++] = (char *)path;
    }
    return paths;
}

/* The part of a training set that the trainer has put aside to validate. */
static eqf_status put_aside(const report *r, eqf_dataset **dataset)
{
    eqf_split_options options = EQF_SPLIT_OPTIONS_INIT;
    options.train = json_number_value(json_object_get(r->recipe, "train_size"));
    options.valid = json_number_value(json_object_get(r->recipe, "valid_size"));
    options.seed = (uint64_t)json_integer_value(json_object_get(r->recipe, "split_seed"));
    int64_t n = eqf_dataset_samples(*dataset), counts[3] = {0}, *indices = malloc((size_t)n * sizeof *indices + 1);
    eqf_dataset *part = NULL;
    eqf_status status = indices == NULL ? EQF_ERROR_MEMORY : eqf_split(r->context, n, &options, indices, counts);
    if (status == EQF_OK) status = eqf_dataset_select(r->context, *dataset, counts[1], indices + counts[0], &part);
    free(indices);
    eqf_dataset_free(*dataset);
    *dataset = part;
    return status;
}

/* What to compare with, read as the recipe says: a file that was asked for, or the validation set of the training, or
 * what was put aside of its training set. */
static int open_samples(report *r, const eqf_recipe *recipe, const char *asked, eqf_dataset **dataset)
{
    int n = 1;
    char *file = (char *)asked, **paths = asked != NULL ? NULL : paths_of(r, "valid", &n);
    const char *index = asked != NULL ? NULL : json_string_value(json_object_get(r->run, "valid_index"));
    bool aside = asked == NULL && paths == NULL;
    if (aside) {
        paths = paths_of(r, "train", &n);
        index = json_string_value(json_object_get(r->run, "index"));
    }
    if (paths != NULL) file = paths[0];
    eqf_dataset_options options = EQF_DATASET_OPTIONS_INIT;
    eqf_status status = EQF_OK;
    if (file != NULL && n > 0) {
        eqf_recipe_dataset_options(recipe, &options);
        *dataset = open_data(r->command, r->context, n, paths != NULL ? paths : &file, &options, index);
        if (*dataset != NULL && aside) status = put_aside(r, dataset);
        snprintf(r->valid, sizeof r->valid, "%s%s%s", aside ? "put aside of " : "", file, n > 1 ? " and others" : "");
    }
    free(paths);
    if (file != NULL && *dataset != NULL && eqf_dataset_samples(*dataset) == 0)
        return fail(r->command, "%s has no samples to compare with", file);
    if (file == NULL) return fail(r->command, "%s does not say what to compare with: give --valid FILE", r->directory);
    if (status != EQF_OK) return fail_library(r, status);
    return *dataset != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int open_valid(report *r, const char *asked, eqf_dataset **dataset)
{
    char *text = json_dumps(r->recipe, 0);
    eqf_recipe *recipe = NULL;
    eqf_status status = text == NULL ? EQF_ERROR_MEMORY : eqf_recipe_parse(r->context, text, &recipe);
    int exit_status = status == EQF_OK ? open_samples(r, recipe, asked, dataset) : fail_library(r, status);
    eqf_recipe_free(recipe);
    free(text);
    return exit_status;
}

/* ------------------------------------------------------------------------------------------------------------ command -- */

static int write_report(report *r)
{
    char *pictures = join(r->directory, "report"), *path = join(r->directory, "report.html");
    int exit_status = EXIT_SUCCESS;
    struct stat about;
    if (pictures == NULL || path == NULL)
        exit_status = fail_memory(r);
    else if (mkdir(pictures, 0777) != 0 && (errno != EEXIST || stat(pictures, &about) != 0 || !S_ISDIR(about.st_mode)))
        exit_status = fail(r->command, "cannot make the directory %s: %s", pictures, strerror(errno));
    if (exit_status == EXIT_SUCCESS) exit_status = report_draw(r, pictures);
    if (exit_status == EXIT_SUCCESS) exit_status = report_write(r, pictures, path);
    if (exit_status == EXIT_SUCCESS) {
        printf("%s\n", path);
        exit_status = finish_output(r->command);
    }
    free(pictures);
    free(path);
    return exit_status;
}

static void close_report(report *r)
{
    free(r->energies.label);
    for (int z = 0; z < REPORT_ELEMENTS; z++) free(r->forces[z].label);
    json_decref(r->config);
    json_decref(r->log);
    json_decref(r->run);
    json_decref(r->recipe);
    eqf_model_free(r->model);
    eqf_context_free(r->context);
}

int command_report(int argc, char **argv)
{
    report r = {.command = "report", .metrics = EQF_METRICS_INIT};
    const char *valid = NULL;
    int threads = 0, exit_status = EXIT_SUCCESS;
    const option options[] = {
        {"valid", 0, "FILE", "compare with these labels (those that the training validated with)", read_text, &valid},
        {"threads", 't', "N", "threads; 0 is one per processor (0)", read_threads, &threads},
        {0}};
    const command_manual manual = {
        "report",
        "DIRECTORY",
        "Shows what came of a training: writes DIRECTORY/report.html, a page with learning curves, predictions\n"
        "of the best model against labels, errors by element, times and the recipe; its pictures are in\n"
        "DIRECTORY/report too, as SVG and PNG. Needs gnuplot.",
        options,
        1,
        1};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    r.directory = argv[1];
    if ((r.context = open_context("report", threads)) == NULL) return EXIT_FAILURE;
    eqf_dataset *dataset = NULL;
    exit_status = read_directory(&r);
    if (exit_status == EXIT_SUCCESS) exit_status = open_model(&r);
    if (exit_status == EXIT_SUCCESS) exit_status = open_valid(&r, valid, &dataset);
    if (exit_status == EXIT_SUCCESS) exit_status = compare(&r, dataset);
    if (exit_status == EXIT_SUCCESS) exit_status = write_report(&r);
    eqf_dataset_free(dataset);
    close_report(&r);
    return exit_status;
}
