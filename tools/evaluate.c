/* equiformer evaluate: how far a model is from labels. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/trainer.h>

#include "commands.h"
#include "config.h"
#include "data.h"
#include "dataset_write.h"
#include "options.h"
#include "output.h"

typedef enum error_unit { ENERGY, FORCE, STRESS, LENGTH, NO_UNIT, UNITS } error_unit;
typedef enum error_mean { OF_SAMPLES, OF_ATOMS, OF_MOVABLE_ATOMS, MEANS } error_mean;

/* What is printed. Members of eqf_metrics are means over samples or atoms (those with tag > 0 are movable), roots of means
 * if `root`. */
static const struct {
    const char *key;
    size_t offset;
    error_unit unit;
    error_mean over;
    bool root;
} errors[] = {{"energy_mae", offsetof(eqf_metrics, energy_mae), ENERGY, OF_SAMPLES, false},
              {"energy_rmse", offsetof(eqf_metrics, energy_rmse), ENERGY, OF_SAMPLES, true},
              {"energy_mae_per_atom", offsetof(eqf_metrics, energy_mae_per_atom), ENERGY, OF_SAMPLES, false},
              {"force_mae", offsetof(eqf_metrics, force_mae), FORCE, OF_ATOMS, false},
              {"force_rmse", offsetof(eqf_metrics, force_rmse), FORCE, OF_ATOMS, true},
              {"force_cosine", offsetof(eqf_metrics, force_cosine), NO_UNIT, OF_ATOMS, false},
              {"stress_mae", offsetof(eqf_metrics, stress_mae), STRESS, OF_SAMPLES, false},
              {"displacement_mae", offsetof(eqf_metrics, displacement_mae), LENGTH, OF_MOVABLE_ATOMS, false}};

enum { ERRORS = sizeof errors / sizeof *errors, UNIT_MAX = 64 };

/* Sums over the samples of one file or of several. */
typedef struct score {
    const char *path;
    int64_t frames, atoms;
    double sum[ERRORS], weight[ERRORS];
} score;

typedef struct evaluator {
    eqf_context *context;
    eqf_model *model;
    eqf_precision precision;
    eqf_dataset_options data;
    char unit[UNITS][UNIT_MAX];
    int64_t movable;         /* atoms of the file */
    frames_file predictions; /* writer NULL: none are written */
    eqf_status written;
    progress bar;
} evaluator;

/* --------------------------------------------------------------------------------------------------------- scores -- */

static void add_metrics(score *s, const eqf_metrics *metrics, int64_t movable)
{
    s->frames += metrics->samples;
    s->atoms += metrics->atoms;
    for (int i = 0; i < ERRORS; i++) {
        double value = *(const double *)((const char *)metrics + errors[i].offset);
        if (isnan(value)) continue;
        const int64_t numbers[MEANS] = {metrics->samples, metrics->atoms, movable};
        double weight = (double)numbers[errors[i].over];
        s->sum[i] += weight * (errors[i].root ? value * value : value);
        s->weight[i] += weight;
    }
}

/* nan if no sample has the label. */
static double error_of(const score *s, int i)
{
    if (s->weight[i] <= 0) return NAN;
    double mean = s->sum[i] / s->weight[i];
    return errors[i].root ? sqrt(mean) : mean;
}

/* -------------------------------------------------------------------------------------------------------- printing -- */

static void write_members(const score *s)
{
    printf("\"frames\": %lld, \"atoms\": %lld", (long long)s->frames, (long long)s->atoms);
    for (int i = 0; i < ERRORS; i++) {
        printf(", \"%s\": ", errors[i].key);
        if (isnan(error_of(s, i)))
            fputs("null", stdout);
        else
            write_number(stdout, error_of(s, i));
    }
}

static void write_json(const evaluator *e, int n, const score *all, const score *scores)
{
    fputs("{", stdout);
    write_members(all);
    fputs(", \"energy_unit\": ", stdout);
    write_json_text(stdout, e->unit[ENERGY]);
    fputs(", \"force_unit\": ", stdout);
    write_json_text(stdout, e->unit[FORCE]);
    fputs(", \"stress_unit\": ", stdout);
    write_json_text(stdout, e->unit[STRESS]);
    fputs(", \"length_unit\": ", stdout);
    write_json_text(stdout, e->unit[LENGTH]);
    fputs(", \"files\": [", stdout);
    for (int k = 0; k < n; k++) {
        fputs(k == 0 ? "{\"file\": " : ", {\"file\": ", stdout);
        write_json_text(stdout, scores[k].path);
        fputs(", ", stdout);
        write_members(&scores[k]);
        fputs("}", stdout);
    }
    fputs("]}\n", stdout);
}

static int width_of(const evaluator *e, int i)
{
    size_t heading = strlen(errors[i].key), unit = strlen(e->unit[errors[i].unit]), least = 11;
    size_t longest = heading > unit ? heading : unit;
    return (int)(longest > least ? longest : least);
}

static void write_row(const evaluator *e, const score *all, const score *s, int name_width)
{
    printf("%-*s %7lld", name_width, s->path, (long long)s->frames);
    for (int i = 0; i < ERRORS; i++) {
        if (all->weight[i] <= 0) continue;
        if (isnan(error_of(s, i)))
            printf("  %*s", width_of(e, i), "-");
        else
            printf("  %*.6f", width_of(e, i), error_of(s, i));
    }
    fputs("\n", stdout);
}

static void write_table(const evaluator *e, int n, const score *all, const score *scores)
{
    int name_width = 4;
    for (int k = 0; k < n; k++)
        if ((int)strlen(scores[k].path) > name_width) name_width = (int)strlen(scores[k].path);
    printf("%-*s %7s", name_width, "file", "frames");
    for (int i = 0; i < ERRORS; i++)
        if (all->weight[i] > 0) printf("  %*s", width_of(e, i), errors[i].key);
    printf("\n%*s", name_width + 8, "");
    for (int i = 0; i < ERRORS; i++)
        if (all->weight[i] > 0) printf("  %*s", width_of(e, i), e->unit[errors[i].unit]);
    fputs("\n", stdout);
    for (int k = 0; k < n; k++) write_row(e, all, &scores[k], name_width);
    if (n > 1) write_row(e, all, all, name_width);
}

/* ------------------------------------------------------------------------------------------------------ evaluating -- */

static eqf_status write_prediction(evaluator *e, const eqf_sample *sample, double energy, const double *forces)
{
    eqf_structure frame = *sample->structure;
    const eqf_frame_entry entries[] = {{"file", sample->source, 0},
                                       {"frame", NULL, (double)sample->frame},
                                       {"labelled_energy", NULL, sample->structure->energy}};
    int first = is_npz(e->predictions.path) ? 1 : 0; /* it has numbers only */
    frame.has_energy = 1;
    frame.energy = energy;
    frame.forces = forces;
    frame.has_stress = 0;
    return eqf_frames_writer_add(e->context, e->predictions.writer, &frame,
                                 (sample->structure->has_energy ? 3 : 2) - first, entries + first);
}

static int take_sample(void *user, int64_t i, const eqf_sample *sample, double energy, const double *forces)
{
    (void)i;
    evaluator *e = user;
    const eqf_structure *s = sample->structure;
    for (int64_t k = 0; s->tags != NULL && k < s->natoms; k++) e->movable += s->tags[k] > 0;
    if (e->predictions.writer != NULL) e->written = write_prediction(e, sample, energy, forces);
    if (e->written != EQF_OK) {
        progress_hide(&e->bar);
        fail("evaluate", "%s", message_of(e->context, e->written));
    }
    progress_step(&e->bar);
    return e->written != EQF_OK;
}

static int evaluate_file(evaluator *e, score *s)
{
    eqf_dataset *dataset = NULL;
    eqf_metrics metrics = EQF_METRICS_INIT;
    e->movable = 0;
    eqf_status status = eqf_dataset_open(e->context, 1, &s->path, &e->data, &dataset);
    if (status == EQF_OK) {
        progress_begin(&e->bar, eqf_dataset_samples(dataset));
        status = eqf_evaluate(e->context, e->model, e->precision, dataset, take_sample, e, &metrics);
        progress_hide(&e->bar);
    }
    eqf_dataset_free(dataset);
    if (e->written != EQF_OK) return EXIT_FAILURE; /* which has been said */
    if (status != EQF_OK) return fail("evaluate", "%s", message_of(e->context, status));
    add_metrics(s, &metrics, e->movable);
    for (int i = 0; i < ERRORS; i++)
        if (s->weight[i] > 0) return EXIT_SUCCESS;
    return fail("evaluate", "%s has no labels to compare with: neither energies nor forces nor stresses", s->path);
}

static int evaluate(evaluator *e, int n, char **paths, bool json)
{
    score all = {.path = "all"}, *scores = calloc((size_t)n, sizeof *scores);
    if (scores == NULL) return fail("evaluate", "memory is exhausted");
    int exit_status = EXIT_SUCCESS;
    for (int k = 0; k < n && exit_status == EXIT_SUCCESS; k++) {
        scores[k].path = paths[k];
        exit_status = evaluate_file(e, &scores[k]);
        all.frames += scores[k].frames;
        all.atoms += scores[k].atoms;
        for (int i = 0; i < ERRORS; i++) {
            all.sum[i] += scores[k].sum[i];
            all.weight[i] += scores[k].weight[i];
        }
    }
    if (frames_file_close("evaluate", e->context, &e->predictions, exit_status == EXIT_SUCCESS) != EXIT_SUCCESS)
        exit_status = EXIT_FAILURE;
    if (exit_status == EXIT_SUCCESS) {
        (json ? write_json : write_table)(e, n, &all, scores);
        exit_status = finish_output("evaluate");
    }
    free(scores);
    return exit_status;
}

/* Labels are converted to the units of the model, unless that is none of energy: debye, say. */
static int take_units(evaluator *e)
{
    json_t *config = config_json(e->context, eqf_model_config(e->model));
    const char *energy = json_string_value(json_object_get(config, "energy_unit"));
    const char *length = json_string_value(json_object_get(config, "length_unit"));
    if (energy != NULL && length != NULL) {
        snprintf(e->unit[ENERGY], UNIT_MAX, "%.20s", energy);
        snprintf(e->unit[FORCE], UNIT_MAX, "%.20s/%.20s", energy, length);
        snprintf(e->unit[STRESS], UNIT_MAX, "%.20s/%.20s^3", energy, length);
        snprintf(e->unit[NO_UNIT], UNIT_MAX, "1");
        snprintf(e->unit[LENGTH], UNIT_MAX, "%.20s", length);
        bool converted = eqf_unit_factor(e->context, energy, "eV", &(double){0}) == EQF_OK;
        e->data.to_energy_unit = converted ? e->unit[ENERGY] : "1";
        e->data.to_length_unit = e->unit[LENGTH];
        if (e->data.energy_unit == NULL && !converted) e->data.energy_unit = "1";
    }
    json_decref(config);
    return e->data.to_energy_unit != NULL ? EXIT_SUCCESS : fail("evaluate", "memory is exhausted");
}

static int open_model(evaluator *e, const char *path, int precision)
{
    eqf_status status = eqf_model_load(e->context, path, &e->model);
    if (status != EQF_OK) return fail("evaluate", "%s", message_of(e->context, status));
    status = choose_arithmetic(e->context, e->model, precision, &e->precision);
    return status == EQF_OK ? take_units(e) : fail("evaluate", "%s", message_of(e->context, status));
}

int command_evaluate(int argc, char **argv)
{
    evaluator e = {.data = EQF_DATASET_OPTIONS_INIT};
    const char *predictions = NULL;
    bool json = false, relaxations = false;
    int precision = -1, threads = 0, exit_status = EXIT_SUCCESS;
    const option options[] = {
        {"json", 'j', NULL, "one JSON object, all digits", read_switch, &json},
        {"predictions", 0, "FILE", "write what the model predicts there, as extended XYZ or npz", read_text,
         &predictions},
        {"relaxations", 0, NULL, "each file is one relaxation, and one structure", read_switch, &relaxations},
        DATA_OPTIONS(e.data),
        {"precision", 0, "f32|f64|bf16", "of the computation (that of the model file)", read_arithmetic, &precision},
        {"threads", 't', "N", "threads; 0 is one per processor (0)", read_threads, &threads},
        {0}};
    const command_manual manual = {
        "evaluate",
        "MODEL FILE...",
        "Compares a model with labelled structures: mean absolute errors (mae) and root mean square errors\n"
        "(rmse) of energies and of the components of forces, and the mean cosine between predicted and labelled\n"
        "forces, for each file and for all together, in the units of the model. Of relaxations: energies of\n"
        "last structures, and displacements to them if the model has an auxiliary head.",
        options,
        2,
        -1};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    e.data.relaxations = relaxations;
    if ((e.context = open_context("evaluate", threads)) == NULL) return EXIT_FAILURE;
    exit_status = open_model(&e, argv[1], precision);
    if (exit_status == EXIT_SUCCESS && predictions != NULL)
        exit_status = frames_file_open("evaluate", e.context, predictions, &e.predictions);
    if (exit_status == EXIT_SUCCESS) exit_status = evaluate(&e, argc - 2, argv + 2, json);
    frames_file_close("evaluate", e.context, &e.predictions, false);
    eqf_model_free(e.model);
    eqf_context_free(e.context);
    return exit_status;
}
