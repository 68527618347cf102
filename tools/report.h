/* What `report` shows: a training run, and how its model compares with labels.
 *
 *     report.c: reads the run, asks the model --> report_figures.c: SVG and PNG --> report_page.c: one page of HTML
 *
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include <equiformer/trainer.h>

#include "output.h"

enum { REPORT_ELEMENTS = 119, REPORT_UNIT_MAX = 64, REPORT_NAME_MAX = 512 };

/* Pairs of numbers: what labels say, and what the model says instead. */
typedef struct pairs {
    int64_t n, room;
    double *label, *prediction;
} pairs;

typedef struct report {
    const char *command;
    const char *directory;       /* of the run */
    json_t *recipe, *run;        /* recipe.json, run.json; NULL if there are none */
    json_t *log;                 /* array of the objects of log.jsonl, by epoch */
    char valid[REPORT_NAME_MAX]; /* what the data compared with are called */

    eqf_context *context;
    eqf_model *model;
    json_t *config; /* of the model */
    progress bar;
    eqf_metrics metrics;
    pairs energies;
    pairs forces[REPORT_ELEMENTS]; /* components, by atomic number of the atom */
    const char *target;            /* "energy", or "target" of models of something else */
    char energy_unit[REPORT_UNIT_MAX], force_unit[REPORT_UNIT_MAX]; /* as they are shown */
    char length_unit[REPORT_UNIT_MAX];
    char small_energy_unit[REPORT_UNIT_MAX], small_force_unit[REPORT_UNIT_MAX]; /* of errors, */
    char small_stress_unit[REPORT_UNIT_MAX];
    double small; /* which are multiplied by this */
} report;

typedef enum report_section { CURVES, PARITY, ERRORS } report_section;

/* A figure, whose files are NAME.svg and NAME.png. */
typedef struct report_figure {
    const char *name;
    report_section section;
    const char *titles[2]; /* the other one for models of something else than energies, where it is not NULL */
    const char *caption;
    bool (*wanted)(const report *r);
    bool (*draw)(const report *r, FILE *script); /* false without memory */
} report_figure;

/* The figures in their order; the last one has no name. */
extern const report_figure report_figures[];

/* Writes the files of all figures that are wanted to a directory. Returns an exit status. */
int report_draw(const report *r, const char *directory);

/* Writes the page, which has the SVG files of the directory in itself. Returns an exit status. */
int report_write(const report *r, const char *directory, const char *path);

/* The number of a key of an epoch; nan if there is none. */
double report_number(const json_t *epoch, const char *key);

/* The epoch, by its place in the log, whose model is the best one; -1 if none is marked. */
int report_best(const report *r);

/* Mean absolute and root mean square difference. */
double pairs_mae(const pairs *p);
double pairs_rmse(const pairs *p);

#endif
