/* equiformer dataset: looking at labelled structures, dividing and converting them. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "data.h"
#include "dataset_write.h"
#include "output.h"

/* ----------------------------------------------------------------------------------------------------------- info -- */

typedef struct information {
    const eqf_dataset *dataset;
    eqf_statistics statistics;
    bool with_references;
    double references[119];
} information;

static const char *const label_names[] = {"energy", "forces", "stress", "relaxed"};

/* null for what is not there. */
static void write_entry(const char *key, double value)
{
    printf(", \"%s\": ", key);
    if (isfinite(value))
        write_number(stdout, value);
    else
        fputs("null", stdout);
}

static void write_json(const information *about)
{
    const eqf_statistics *s = &about->statistics;
    printf("{\"samples\": %lld, \"atoms\": %lld, \"atoms_max\": %lld, \"elements\": {", (long long)s->samples,
           (long long)s->atoms, (long long)s->atoms_max);
    const char *comma = "";
    for (int z = 1; z <= 118; z++) {
        if (s->elements[z] == 0) continue;
        printf("%s\"%s\": %lld", comma, eqf_element_symbol(z), (long long)s->elements[z]);
        comma = ", ";
    }
    fputs("}, \"labels\": [", stdout);
    comma = "";
    for (int i = 0; i < 4; i++) {
        if ((s->labels & 1u << i) == 0) continue;
        printf("%s\"%s\"", comma, label_names[i]);
        comma = ", ";
    }
    printf("], \"energy_unit\": \"%s\", \"length_unit\": \"%s\"", eqf_dataset_energy_unit(about->dataset),
           eqf_dataset_length_unit(about->dataset));
    write_entry("energy_mean", s->energy_mean);
    write_entry("energy_deviation", s->energy_deviation);
    write_entry("energy_min", s->energy_min);
    write_entry("energy_max", s->energy_max);
    write_entry("energy_per_atom_mean", s->energy_per_atom_mean);
    write_entry("energy_per_atom_deviation", s->energy_per_atom_deviation);
    write_entry("force_rms", s->force_rms);
    write_entry("force_max", s->force_max);
    write_entry("stress_rms", s->stress_rms);
    write_entry("distance_min", s->distance_min);
    comma = "";
    for (int z = 1; about->with_references && z <= 118; z++) {
        if (s->elements[z] == 0) continue;
        printf("%s\"%s\": ", comma[0] == '\0' ? ", \"references\": {" : comma, eqf_element_symbol(z));
        write_number(stdout, about->references[z]);
        comma = ", ";
    }
    puts(comma[0] != '\0' ? "}}" : "}");
}

static void write_text(const information *about)
{
    const eqf_statistics *s = &about->statistics;
    const char *energy = eqf_dataset_energy_unit(about->dataset), *length = eqf_dataset_length_unit(about->dataset);
    char number[32], unit[16] = "";
    if (strcmp(energy, "1") != 0) snprintf(unit, sizeof unit, " %s", energy);
    printf("samples    %s\n", grouped(s->samples, number));
    printf("atoms      %s", grouped(s->atoms, number));
    printf(", %s in the largest\n", grouped(s->atoms_max, number));
    const char *before = "elements   ";
    for (int z = 1; z <= 118; z++) {
        if (s->elements[z] == 0) continue;
        printf("%s%s %s", before, eqf_element_symbol(z), grouped(s->elements[z], number));
        before = ", ";
    }
    fputs(s->atoms > 0 ? "\nlabels     " : "labels     ", stdout);
    before = "";
    for (int i = 0; i < 4; i++) {
        if ((s->labels & 1u << i) == 0) continue;
        printf("%s%s", before, label_names[i]);
        before = ", ";
    }
    puts(s->labels == 0 ? "none that every sample has" : "");
    if (isfinite(s->energy_mean)) {
        char deviation[2][32] = {"-", "-"}; /* of a single sample there is none */
        if (isfinite(s->energy_deviation)) {
            snprintf(deviation[0], sizeof deviation[0], "%.6f", s->energy_deviation);
            snprintf(deviation[1], sizeof deviation[1], "%.6f", s->energy_per_atom_deviation);
        }
        printf("energy     mean %.6f, deviation %s, from %.6f to %.6f%s\n", s->energy_mean, deviation[0], s->energy_min,
               s->energy_max, unit);
        printf("per atom   mean %.6f, deviation %s%s\n", s->energy_per_atom_mean, deviation[1], unit);
    }
    if (isfinite(s->force_rms))
        printf("forces     rms %.6f, largest component %.6f %s/%s\n", s->force_rms, s->force_max, energy, length);
    if (isfinite(s->stress_rms)) printf("stress     rms %.6g %s/%s^3\n", s->stress_rms, energy, length);
    if (isfinite(s->distance_min)) printf("distance   %.6f %s between the nearest atoms\n", s->distance_min, length);
    for (int z = 1; about->with_references && z <= 118; z++)
        if (s->elements[z] > 0) printf("reference  %-2s %.6f%s\n", eqf_element_symbol(z), about->references[z], unit);
}

static int info(int argc, char **argv)
{
    eqf_dataset_options read = EQF_DATASET_OPTIONS_INIT;
    bool json = false, relaxations = false;
    const char *index = NULL;
    int exit_status = EXIT_SUCCESS;
    information about = {.statistics = EQF_STATISTICS_INIT};
    const option options[] = {
        {"json", 'j', NULL, "one JSON object, all digits", read_switch, &json},
        {"references", 0, NULL, "fit energies of single atoms by least squares", read_switch, &about.with_references},
        {"relaxations", 0, NULL, "each file is one relaxation, and one sample", read_switch, &relaxations},
        {"index", 0, "FILE", "only the samples whose indices this file lists", read_text, &index},
        DATA_OPTIONS(read),
        DATA_TARGET_OPTIONS(read),
        {0}};
    const command_manual manual = {
        "dataset info",
        "FILE...",
        "Checks labelled structures of extended XYZ, npz or raw QM9 files, and says what they are like.",
        options,
        1,
        -1};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    read.relaxations = relaxations;
    eqf_context *context = open_context(manual.command, 1);
    if (context == NULL) return EXIT_FAILURE;
    eqf_dataset *dataset = open_data(manual.command, context, argc - 1, argv + 1, &read, index);
    exit_status = EXIT_FAILURE;
    if (dataset != NULL) {
        about.dataset = dataset;
        eqf_status status = eqf_dataset_statistics(context, dataset, &about.statistics);
        if (status == EQF_OK && about.with_references)
            status = eqf_dataset_fit_references(context, dataset, about.references);
        if (status == EQF_OK) (json ? write_json : write_text)(&about);
        exit_status =
            status == EQF_OK ? finish_output(manual.command) : fail(manual.command, "%s", message_of(context, status));
    }
    eqf_dataset_free(dataset);
    eqf_context_free(context);
    return exit_status;
}

/* ---------------------------------------------------------------------------------------------------------- split -- */

static const char *read_size(const char *text, void *target)
{
    double value;
    if (read_amount(text, &value) != NULL || (value >= 1 && value != floor(value)))
        return "a whole number of samples, or a fraction below 1";
    *(double *)target = value;
    return NULL;
}

static const char *read_format(const char *text, void *target)
{
    if (strcmp(text, "xyz") != 0 && strcmp(text, "npz") != 0) return "xyz or npz";
    *(const char **)target = text;
    return NULL;
}

static int write_parts(eqf_context *context, const eqf_dataset *dataset, const eqf_split_options *parts,
                       const char *prefix, const char *format)
{
    static const char *const names[3] = {"train", "valid", "test"};
    const char *command = "dataset split";
    int64_t n = eqf_dataset_samples(dataset), counts[3];
    int64_t *indices = malloc(((size_t)n + 1) * sizeof *indices);
    size_t room = strlen(prefix) + 16;
    char *path = malloc(room);
    int exit_status = n > 0 ? EXIT_SUCCESS : fail(command, "there are no samples");
    if (indices == NULL || path == NULL) exit_status = fail(command, "memory is exhausted");
    if (exit_status == EXIT_SUCCESS && eqf_split(context, n, parts, indices, counts) != EQF_OK)
        exit_status = fail(command, "%s", eqf_context_message(context));
    const int64_t *part = indices;
    for (int i = 0; i < 3 && exit_status == EXIT_SUCCESS; part += counts[i++]) {
        if (counts[i] == 0) continue;
        snprintf(path, room, "%s.%s.%s", prefix, names[i], format);
        exit_status = write_samples(command, context, dataset, counts[i], part, path);
        if (exit_status != EXIT_SUCCESS) break;
        printf("%s: %lld samples\n", path, (long long)counts[i]);
        snprintf(path, room, "%s.%s.index", prefix, names[i]);
        exit_status = write_indices(command, counts[i], part, path);
    }
    free(path);
    free(indices);
    return exit_status == EXIT_SUCCESS ? finish_output(command) : exit_status;
}

static int split(int argc, char **argv)
{
    eqf_dataset_options read = EQF_DATASET_OPTIONS_INIT;
    eqf_split_options parts = EQF_SPLIT_OPTIONS_INIT;
    bool in_order = false;
    const char *prefix = NULL, *index = NULL, *format = "xyz";
    int exit_status = EXIT_SUCCESS;
    const option options[] = {
        {"output", 'o', "PREFIX", "write PREFIX.train.xyz, PREFIX.train.index, and so on", read_text, &prefix},
        {"train", 0, "N", "samples to train on, or a fraction (what is left)", read_size, &parts.train},
        {"valid", 0, "N", "samples to validate with (none; what is left of --train)", read_size, &parts.valid},
        {"test", 0, "N", "samples to test with (none; what is left of the others)", read_size, &parts.test},
        {"seed", 's', "N", "of the shuffle (0)", read_seed, &parts.seed},
        {"in-order", 0, NULL, "do not shuffle", read_switch, &in_order},
        {"format", 0, "xyz|npz", "of the files (xyz)", read_format, &format},
        {"index", 0, "FILE", "only the samples whose indices this file lists", read_text, &index},
        DATA_OPTIONS(read),
        DATA_TARGET_OPTIONS(read),
        {0}};
    const command_manual manual = {
        "dataset split",
        "FILE...",
        "Divides labelled structures at random, the same way each time, into files of their own, and writes\n"
        "their indices beside them. What no part takes is left out.",
        options,
        1,
        -1};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    if (prefix == NULL) return fail_usage(manual.command, "expected -o PREFIX");
    if (parts.train + parts.valid + parts.test <= 0)
        return fail_usage(manual.command, "expected --train N, --valid N or --test N");
    parts.shuffle = !in_order;
    eqf_context *context = open_context(manual.command, 1);
    if (context == NULL) return EXIT_FAILURE;
    eqf_dataset *dataset = open_data(manual.command, context, argc - 1, argv + 1, &read, index);
    exit_status = dataset == NULL ? EXIT_FAILURE : write_parts(context, dataset, &parts, prefix, format);
    eqf_dataset_free(dataset);
    eqf_context_free(context);
    return exit_status;
}

/* -------------------------------------------------------------------------------------------------------- convert -- */

static int convert(int argc, char **argv)
{
    eqf_dataset_options read = EQF_DATASET_OPTIONS_INIT;
    const char *index = NULL;
    int exit_status = EXIT_SUCCESS;
    const option options[] = {{"index", 0, "FILE", "only the samples whose indices this file lists", read_text, &index},
                              DATA_OPTIONS(read),
                              DATA_TARGET_OPTIONS(read),
                              {0}};
    const command_manual manual = {
        "dataset convert",
        "IN OUT",
        "Reads labelled structures, checks them and writes them in other units, under the usual names:\n"
        "as npz if OUT ends in .npz, else as extended XYZ.",
        options,
        2,
        2};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    eqf_context *context = open_context(manual.command, 1);
    if (context == NULL) return EXIT_FAILURE;
    eqf_dataset *dataset = open_data(manual.command, context, 1, argv + 1, &read, index);
    exit_status = dataset == NULL
                      ? EXIT_FAILURE
                      : write_samples(manual.command, context, dataset, eqf_dataset_samples(dataset), NULL, argv[2]);
    eqf_dataset_free(dataset);
    eqf_context_free(context);
    return exit_status;
}

/* -------------------------------------------------------------------------------------------------------- command -- */

static const struct {
    const char *name, *about;
    int (*run)(int argc, char **argv);
} actions[] = {{"info", "check labelled structures and say what they are like", info},
               {"split", "divide them into files to train, validate and test with", split},
               {"convert", "write them in another format or other units", convert}};

enum { ACTIONS = sizeof actions / sizeof *actions };

static int help(void)
{
    printf("usage: %s dataset ACTION [OPTIONS] FILES\n\nactions:\n", TOOL);
    for (int i = 0; i < ACTIONS; i++) printf("  %-10s %s\n", actions[i].name, actions[i].about);
    printf("\n'%s dataset ACTION --help' tells more.\n", TOOL);
    return finish_output("dataset");
}

int command_dataset(int argc, char **argv)
{
    if (argc < 2) return fail_usage("dataset", "expected info, split or convert");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return help();
    for (int i = 0; i < ACTIONS; i++)
        if (strcmp(argv[1], actions[i].name) == 0) return actions[i].run(argc - 1, argv + 1);
    return fail_usage("dataset", "unknown action '%s', expected info, split or convert", argv[1]);
}
