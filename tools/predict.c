/* equiformer predict: energies, forces and stresses of structures, frame by frame. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <equiformer/calculator.h>
#include <equiformer/structure.h>

#include "commands.h"
#include "options.h"
#include "output.h"

typedef struct predictor {
    eqf_context *context;
    eqf_calculator *calculator;
    bool json, with_forces, with_stress;
    bool has_header; /* of the table */
    int name_width;  /* of the column of files */
    double *forces;  /* room for `room` atoms, if wanted */
    int64_t room;
    double energy, stress[9]; /* of the present frame */
    progress bar;
} predictor;

/* Frames of all files, for the progress bar; 0 if that cannot be told without using up a file. */
static int64_t count_frames(eqf_context *context, int n, char **paths)
{
    int64_t count = 0;
    for (int i = 0; i < n; i++) {
        struct stat about;
        eqf_frames *frames = NULL;
        if (stat(paths[i], &about) != 0 || !S_ISREG(about.st_mode)) return 0;
        if (eqf_frames_open(context, paths[i], NULL, &frames) != EQF_OK) return 0;
        eqf_structure frame = EQF_STRUCTURE_INIT;
        while (eqf_frames_next(context, frames, &frame) == EQF_OK) count++;
        eqf_frames_close(frames);
    }
    return count;
}

/* Places of xx, yy, zz, yz, xz, xy in a matrix. */
static const int voigt[6] = {0, 4, 8, 5, 2, 1};

/* Only what fills space has a stress. */
static bool has_stress(const eqf_structure *frame) { return frame->pbc[0] && frame->pbc[1] && frame->pbc[2]; }

static void write_json(predictor *p, const char *path, int64_t index, const eqf_structure *frame)
{
    fputs("{\"file\": ", stdout);
    write_json_text(stdout, path);
    printf(", \"frame\": %lld, \"natoms\": %lld, \"energy\": ", (long long)index, (long long)frame->natoms);
    write_number(stdout, p->energy);
    if (p->with_stress && !has_stress(frame)) fputs(", \"stress\": null", stdout);
    for (int i = 0; p->with_stress && has_stress(frame) && i < 6; i++) {
        fputs(i == 0 ? ", \"stress\": [" : ", ", stdout);
        write_number(stdout, p->stress[voigt[i]]);
        if (i == 5) fputs("]", stdout);
    }
    if (p->with_forces) {
        fputs(", \"forces\": [", stdout);
        for (int64_t i = 0; i < 3 * frame->natoms; i++) {
            fputs(i % 3 != 0 ? ", " : i == 0 ? "[" : ", [", stdout);
            write_number(stdout, p->forces[i]);
            if (i % 3 == 2) fputs("]", stdout);
        }
        fputs("]", stdout);
    }
    fputs("}\n", stdout);
}

static void write_table(predictor *p, const char *path, int64_t index, const eqf_structure *frame)
{
    if (!p->has_header) {
        printf("%-*s %6s %6s %16s\n", p->name_width, "file", "frame", "atoms", "energy");
        if (p->with_stress)
            printf("%*s %14s %14s %14s %14s %14s %14s\n", p->name_width, "", "stress xx", "yy", "zz", "yz", "xz", "xy");
        if (p->with_forces) printf("%*s    %14s %14s %14s\n", p->name_width, "atom", "force x", "y", "z");
        p->has_header = true;
    }
    printf("%-*s %6lld %6lld %16.6f\n", p->name_width, path, (long long)index, (long long)frame->natoms, p->energy);
    if (p->with_stress) printf("%*s", p->name_width, "");
    for (int i = 0; p->with_stress && i < 6; i++) {
        if (has_stress(frame))
            printf(" %14.8f", p->stress[voigt[i]]);
        else
            printf(" %14s", "-");
    }
    if (p->with_stress) fputs("\n", stdout);
    if (!p->with_forces) return;
    for (int64_t i = 0; i < frame->natoms; i++)
        printf("%*lld %-2s %14.6f %14.6f %14.6f\n", p->name_width, (long long)i,
               eqf_element_symbol(frame->atomic_numbers[i]), p->forces[3 * i], p->forces[3 * i + 1],
               p->forces[3 * i + 2]);
}

/* Room for the forces on n atoms. */
static bool make_room(predictor *p, int64_t n)
{
    if (!p->with_forces || n <= p->room) return true;
    double *more = realloc(p->forces, (size_t)n * 3 * sizeof *more);
    if (more == NULL) return false;
    p->forces = more;
    p->room = n;
    return true;
}

static eqf_status compute(predictor *p, const eqf_structure *frame)
{
    eqf_system system = EQF_SYSTEM_INIT;
    system.natoms = frame->natoms;
    system.atomic_numbers = frame->atomic_numbers;
    system.positions = frame->positions;
    system.cell = frame->cell;
    system.pbc = frame->pbc;
    system.tags = frame->tags;
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = &p->energy;
    results.forces = p->with_forces ? p->forces : NULL;
    results.stress = p->with_stress && has_stress(frame) ? p->stress : NULL;
    return eqf_calculator_compute(p->context, p->calculator, &system, &results);
}

static int predict_file(predictor *p, const char *path)
{
    eqf_frames *frames = NULL;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqf_status status = eqf_frames_open(p->context, path, NULL, &frames);
    if (status != EQF_OK) {
        progress_hide(&p->bar);
        return fail("predict", "%s", message_of(p->context, status));
    }
    int64_t index = 0;
    while ((status = eqf_frames_next(p->context, frames, &frame)) == EQF_OK) {
        if (!make_room(p, frame.natoms)) {
            eqf_frames_close(frames);
            progress_hide(&p->bar);
            return fail("predict", "%s, frame %lld: memory is exhausted", path, (long long)index);
        }
        if ((status = compute(p, &frame)) != EQF_OK) break;
        progress_hide(&p->bar);
        (p->json ? write_json : write_table)(p, path, index, &frame);
        if (p->bar.shown) fflush(stdout);
        progress_step(&p->bar);
        index++;
    }
    eqf_frames_close(frames);
    if (status == EQF_END) return EXIT_SUCCESS;
    progress_hide(&p->bar);
    return fail("predict", "%s, frame %lld: %s", path, (long long)index, message_of(p->context, status));
}

static int predict(predictor *p, int n, char **paths)
{
    p->name_width = 8;
    for (int i = 0; i < n; i++)
        if ((int)strlen(paths[i]) > p->name_width) p->name_width = (int)strlen(paths[i]);
    progress_begin(&p->bar, progress_wanted() ? count_frames(p->context, n, paths) : 0);
    int exit_status = EXIT_SUCCESS;
    for (int i = 0; i < n && exit_status == EXIT_SUCCESS; i++) exit_status = predict_file(p, paths[i]);
    progress_hide(&p->bar);
    return exit_status == EXIT_SUCCESS ? finish_output("predict") : exit_status;
}

int command_predict(int argc, char **argv)
{
    predictor p = {0};
    int precision = -1, threads = 0, exit_status = EXIT_SUCCESS;
    const option options[] = {
        {"forces", 'f', NULL, "forces too, not energies alone", read_switch, &p.with_forces},
        {"stress", 0, NULL, "stress too, positive under tension, of frames that are periodic in three directions",
         read_switch, &p.with_stress},
        {"json", 'j', NULL, "one JSON object per frame and line, all digits", read_switch, &p.json},
        {"precision", 0, "f32|f64|bf16", "of the computation (that of the model file)", read_arithmetic, &precision},
        {"threads", 't', "N", "threads; 0 is one per processor (0)", read_threads, &threads},
        {0}};
    const command_manual manual = {
        "predict",
        "MODEL STRUCTURES...",
        "Computes the energy of every frame of extended XYZ, plain XYZ or npz files ('-' is standard\n"
        "input), in the units of the model. A frame that fails ends the run; what was printed before is valid.",
        options,
        2,
        -1};
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    if ((p.context = open_context("predict", threads)) == NULL) return EXIT_FAILURE;

    eqf_model *model = NULL;
    eqf_status status = eqf_model_load(p.context, argv[1], &model);
    eqf_precision arithmetic = EQF_FLOAT32;
    if (status == EQF_OK) status = choose_arithmetic(p.context, model, precision, &arithmetic);
    if (status == EQF_OK) status = eqf_calculator_create(p.context, model, arithmetic, &p.calculator);
    exit_status =
        status == EQF_OK ? predict(&p, argc - 2, argv + 2) : fail("predict", "%s", message_of(p.context, status));
    free(p.forces);
    eqf_calculator_free(p.calculator);
    eqf_model_free(model);
    eqf_context_free(p.context);
    return exit_status;
}
