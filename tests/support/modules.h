/* Modules of every kind, small, with numbers for all their parameters.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_MODULES_H
#define TESTS_SUPPORT_MODULES_H

#include "derivatives.h"

#include <equiformer/equiformer.h>

typedef struct module_case {
    const char *name;
    eqf_status (*create)(eqf_context *context, const struct module_case *c, eqf_module **module);
    const char *irreps[7]; /* for the constructor; missing ones are NULL */
    int number, other;
    bool scalar;   /* no rotation acts on it */
    bool proper;   /* parities do not fit an inversion of the input */
    bool single;   /* the last input has one row */
    bool positive; /* inputs are lengths between 0.3 and 4.7 */
    bool training; /* dropouts are recorded */
    bool fading;   /* edges have weights: one more argument of the function */
} module_case;

/* The cases, and their number. */
extern const module_case module_cases[];
extern const int module_case_count;

/* Blocks that golden/blocks.safetensors has under their names. */
extern const module_case module_golden[];
extern const int module_golden_count;

/* Creates the module of a case, or fails the test. */
eqf_module *module_create(eqf_context *context, const module_case *c);

/* Parameters of a module in float64 under a scope: initial values, to which random numbers are added. */
eqf_parameters *module_parameters(eqf_context *context, const eqf_module *module, const char *scope, uint64_t seed);

/* A graph for modules; edges are in no order, atom 2 has no neighbour, atom 3 one. */
enum { MODULE_ATOMS = 6, MODULE_EDGES = 13, MODULE_ROWS = 5, MODULE_TYPES = 3 };
extern const eqf_graph_data module_graph;
test_space module_space(void);

/* Same, but without edges, and without atoms. */
extern const eqf_graph_data module_graph_no_edges, module_graph_no_atoms;
test_space module_space_of(const eqf_graph_data *graph, int64_t rows);

/* The function that records a module; data points to a module_recorder. */
typedef struct module_recorder {
    const module_case *c;
    const eqf_module *module;
    const char *scope;
} module_recorder;

eqf_var module_record(eqf_program *program, const eqf_var *inputs, const void *data);

/* The function of a module on a bench. `texts` is room for the irreps of its inputs. */
test_function module_function(const module_case *c, const module_recorder *recorder, const eqf_parameters *parameters,
                              char texts[4][128]);

#endif
