/* The list of cases. SPDX-License-Identifier: MIT */
#include "bench.h"

const char *bench_group_name(bench_group group)
{
    static const char *const names[BENCH_GROUPS] = {[BENCH_PRIMITIVES] = "primitives", [BENCH_TABLE] = "table",
                                                    [BENCH_DEGREES] = "degrees",       [BENCH_BF16] = "bf16",
                                                    [BENCH_SCALING] = "threads",       [BENCH_TRAINING] = "training",
                                                    [BENCH_SYSTEMS] = "systems"};
    return names[group];
}

/* Group, name, what times are per; prepare function, degree, what it computes, size, threads; must and goal. */
const bench_case bench_cases[] = {
    {BENCH_PRIMITIVES, "gemm", "row", bench_prepare_gemm, 0, 0, 0, 1, 0, 0},
    {BENCH_PRIMITIVES, "sh-l2", "vector", bench_prepare_harmonics, 2, BENCH_VALUE, 0, 1, 2, 2},
    {BENCH_PRIMITIVES, "sh-l3", "vector", bench_prepare_harmonics, 3, BENCH_VALUE, 0, 1, 2, 2},
    {BENCH_PRIMITIVES, "sh-l2-gradient", "vector", bench_prepare_harmonics, 2, BENCH_GRADIENT, 0, 1, 5, 5},
    {BENCH_PRIMITIVES, "sh-l3-gradient", "vector", bench_prepare_harmonics, 3, BENCH_GRADIENT, 0, 1, 12, 12},
    {BENCH_PRIMITIVES, "sh-module-l2", "vector", bench_prepare_harmonics_module, 2, 0, 0, 1, 0, 0},
    {BENCH_PRIMITIVES, "sh-module-l3", "vector", bench_prepare_harmonics_module, 3, 0, 0, 1, 0, 0},
    {BENCH_PRIMITIVES, "dtp-l1", "edge", bench_prepare_product, 1, 0, 0, 1, 0, 0},
    {BENCH_PRIMITIVES, "dtp-l2", "edge", bench_prepare_product, 2, 0, 0, 1, 280, 280},
    {BENCH_PRIMITIVES, "dtp-l3", "edge", bench_prepare_product, 3, 0, 0, 1, 1100, 1100},
    {BENCH_PRIMITIVES, "attention-l2", "edge", bench_prepare_attention, 2, 0, 0, 1, 0, 0},
    {BENCH_PRIMITIVES, "attention-l3", "edge", bench_prepare_attention, 3, 0, 0, 1, 0, 0},
    {BENCH_TABLE, "aspirin-l2-energy", "evaluation", bench_prepare_model, 2, BENCH_ENERGY, 1, 1, 0.65, 0.53},
    {BENCH_TABLE, "aspirin-l2-forces", "evaluation", bench_prepare_model, 2, BENCH_FORCES, 1, 1, 0.70, 0.58},
    {BENCH_TABLE, "aspirin-l2-force-gradient", "evaluation", bench_prepare_gradient, 2, BENCH_FORCE_GRADIENT, 1, 1,
     0.75, 0.62},
    {BENCH_TABLE, "aspirin-l3-energy", "evaluation", bench_prepare_model, 3, BENCH_ENERGY, 1, 1, 0.58, 0.47},
    {BENCH_TABLE, "aspirin-l3-forces", "evaluation", bench_prepare_model, 3, BENCH_FORCES, 1, 1, 0.63, 0.52},
    {BENCH_TABLE, "aspirin-l3-force-gradient", "evaluation", bench_prepare_gradient, 3, BENCH_FORCE_GRADIENT, 1, 1,
     0.70, 0.56},
    {BENCH_DEGREES, "aspirin-l1-energy", "evaluation", bench_prepare_model, 1, BENCH_ENERGY, 1, 1, 0, 0},
    {BENCH_DEGREES, "aspirin-l1-forces", "evaluation", bench_prepare_model, 1, BENCH_FORCES, 1, 1, 0, 0},
    {BENCH_DEGREES, "aspirin-l1-force-gradient", "evaluation", bench_prepare_gradient, 1, BENCH_FORCE_GRADIENT, 1, 1, 0,
     0},
    {BENCH_DEGREES, "aspirin-l2-energy-gradient", "evaluation", bench_prepare_gradient, 2, BENCH_ENERGY_GRADIENT, 1, 1,
     0, 0},
    {BENCH_DEGREES, "aspirin-l3-energy-gradient", "evaluation", bench_prepare_gradient, 3, BENCH_ENERGY_GRADIENT, 1, 1,
     0, 0},
    {BENCH_BF16, "aspirin-l2-energy-bf16", "evaluation", bench_prepare_model, 2, BENCH_ENERGY, 1, 1, 0, 0},
    {BENCH_BF16, "aspirin-l2-forces-bf16", "evaluation", bench_prepare_model, 2, BENCH_FORCES, 1, 1, 0, 0},
    {BENCH_BF16, "aspirin-l3-energy-bf16", "evaluation", bench_prepare_model, 3, BENCH_ENERGY, 1, 1, 0, 0},
    {BENCH_BF16, "aspirin-l3-forces-bf16", "evaluation", bench_prepare_model, 3, BENCH_FORCES, 1, 1, 0, 0},
    {BENCH_SCALING, "aspirin-l2-x1-forces", "molecule", bench_prepare_model, 2, BENCH_FORCES, 1, 2, 0, 0},
    {BENCH_SCALING, "aspirin-l2-x8-forces", "molecule", bench_prepare_model, 2, BENCH_FORCES, 8, 2, 0, 0},
    {BENCH_SCALING, "aspirin-l3-x1-forces", "molecule", bench_prepare_model, 3, BENCH_FORCES, 1, 2, 0, 0},
    {BENCH_TRAINING, "train-aspirin-l2", "sample", bench_prepare_training, 2, 1, 8, 2, 0, 0},
    {BENCH_TRAINING, "train-aspirin-l2-parts", "sample", bench_prepare_training, 2, 2, 8, 2, 0, 0},
    {BENCH_SYSTEMS, "crystal-1000", "atom", bench_prepare_system, 2, BENCH_CRYSTAL, 1000, 1, 0, 0},
    {BENCH_SYSTEMS, "crystal-10000", "atom", bench_prepare_system, 2, BENCH_CRYSTAL, 10000, 1, 0, 0},
    {BENCH_SYSTEMS, "crystal-100000", "atom", bench_prepare_system, 2, BENCH_CRYSTAL, 100000, 1, 0, 0},
    {BENCH_SYSTEMS, "water-1000", "atom", bench_prepare_system, 2, BENCH_WATER, 1000, 1, 0, 0},
    {BENCH_SYSTEMS, "water-10000", "atom", bench_prepare_system, 2, BENCH_WATER, 10000, 1, 0, 0},
    {BENCH_SYSTEMS, "water-100000", "atom", bench_prepare_system, 2, BENCH_WATER, 100000, 1, 0, 0},
    {BENCH_SYSTEMS, "published-water-1000", "atom", bench_prepare_system, 2, BENCH_WATER_PUBLISHED, 1000, 1, 0, 0},
};

const int bench_case_count = sizeof bench_cases / sizeof bench_cases[0];
