/* Small models and distorted structures for tests. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_MODELS_H
#define TESTS_SUPPORT_MODELS_H

#include "test.h"

#include <equiformer/calculator.h>

/* Kinds of small models: se3: QM9's H C N O F, gaussian basis; exp: atoms by number, exp basis, l = 3; e3: both
 * parities, messages through fewer irreps, signs of e3nn 0.4; dot: dot-product attention with both parities; linear:
 * linear messages times degree, bessel basis, norms over graphs; smooth: no jump at the cut-off, attention head. */
typedef enum model_kind {
    MODEL_SE3,
    MODEL_EXP,
    MODEL_E3,
    MODEL_DOT,
    MODEL_LINEAR,
    MODEL_SMOOTH,
    MODEL_KINDS
} model_kind;

/* Whether an inversion leaves energies as they are; whether atoms far away matter (norms over graphs). */
bool model_has_parities(model_kind kind);
bool model_is_global(model_kind kind);

eqf_config *model_small_config(eqf_context *context, model_kind kind);

/* A small model. All parameters differ from their initial values, so that biases count. */
eqf_model *model_small(eqf_context *context, model_kind kind, eqf_precision precision, uint64_t seed);

/* A small model with its calculator, in a context of its own that counts allocations. */
typedef struct model_bench {
    test_allocator memory;
    eqf_context *context;
    eqf_model *model; /* float64 parameters */
    eqf_calculator *calculator;
} model_bench;

void model_begin(model_bench *b, model_kind kind, eqf_precision precision);
void model_finish(model_bench *b); /* checks that nothing leaked */

/* A system with room; `of` gives what the calculator takes. */
enum { MODEL_ATOMS = 64, MODEL_GRAPHS = 4 };

typedef struct model_system {
    int64_t natoms, graphs;
    int numbers[MODEL_ATOMS];
    double positions[3 * MODEL_ATOMS];
    int32_t graph[MODEL_ATOMS];
    double cell[9 * MODEL_GRAPHS];
    int pbc[3 * MODEL_GRAPHS];
    bool periodic;
} model_system;

/* H, C, N, O on a distorted grid with distances above 0.9; nothing of it is symmetric. */
model_system model_molecule(int64_t natoms, uint64_t seed);

/* Three atoms in a skewed cell that is smaller than the cut-off; periodic along the axes whose bit is set. */
model_system model_crystal(int axes, uint64_t seed);

/* Puts the atoms of b behind those of a, as another system. */
void model_append(model_system *a, const model_system *b);

eqf_system model_of(const model_system *system);

typedef struct model_result {
    double energy[MODEL_GRAPHS];
    double atoms[MODEL_ATOMS];
    double forces[3 * MODEL_ATOMS];
    int64_t edges;
} model_result;

/* Computes everything, or fails the test. */
model_result model_compute(eqf_context *context, eqf_calculator *calculator, const model_system *system);

#endif
