/* Large systems: a crystal and a liquid, made here, and their neighbour lists.
 *
 * The crystal is rock salt, magnesium oxide, with every atom displaced; the liquid is water at 1 g/cm^3, molecules at random
 * orientations on a displaced grid. They are deterministic. The model is small so that many atoms take seconds: two blocks,
 * 16x0e+16x1e+16x2e in each of two heads, 4 Angstrom, with which an atom of either system has about 26 neighbours.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const small_model[][2] = {{"num_layers", "2"},
                                             {"max_radius", "4"},
                                             {"cutoff_mode", "smooth"},
                                             {"irreps_node_embedding", "16x0e+16x1e+16x2e"},
                                             {"irreps_head", "16x0e+16x1e+16x2e"},
                                             {"num_heads", "2"},
                                             {"irreps_mlp_mid", "32x0e+16x1e+16x2e"},
                                             {"irreps_feature", "32x0e"},
                                             {"fc_neurons", "[16, 16]"},
                                             {"number_of_basis", "16"}};

typedef struct system_state {
    eqf_context *context;
    eqf_calculator *calculator;
    double cutoff;
    int64_t natoms;
    int *numbers;
    double *positions, *forces, cell[9];
    uint64_t random;
} system_state;

/* SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014), in -1..1. */
static double jitter(system_state *s)
{
    uint64_t z = s->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-52 - 1;
}

static void provide_atoms(system_state *s, int64_t natoms)
{
    s->natoms = natoms;
    s->numbers = bench_new((size_t)natoms * sizeof *s->numbers);
    s->positions = bench_new(3 * (size_t)natoms * sizeof *s->positions);
    s->forces = bench_new(3 * (size_t)natoms * sizeof *s->forces);
}

/* ---------------------------------------------------------------------------------------------------------- crystal -- */

/* Three even numbers with this product, none much larger than it must be: the sides of the crystal. */
static void divide(int64_t natoms, int64_t side[3])
{
    int64_t best = INT64_MAX;
    for (int64_t a = 2; a * a * a <= natoms; a += 2)
        for (int64_t b = a; a * b * b <= natoms; b += 2)
            if (natoms % (a * b) == 0 && natoms / (a * b) % 2 == 0 && natoms / (a * b) < best) {
                best = natoms / (a * b);
                side[0] = a;
                side[1] = b;
                side[2] = best;
            }
}

static void make_crystal(system_state *s, int64_t natoms)
{
    static const double distance = 4.21 / 2;
    int64_t side[3] = {0, 0, 0}, i = 0, at[3];
    divide(natoms, side);
    provide_atoms(s, side[0] * side[1] * side[2]);
    for (int k = 0; k < 3; k++) s->cell[4 * k] = distance * (double)side[k];
    for (at[0] = 0; at[0] < side[0]; at[0]++)
        for (at[1] = 0; at[1] < side[1]; at[1]++)
            for (at[2] = 0; at[2] < side[2]; at[2]++, i++) {
                s->numbers[i] = (at[0] + at[1] + at[2]) % 2 == 0 ? 12 : 8;
                for (int k = 0; k < 3; k++) s->positions[3 * i + k] = distance * (double)at[k] + 0.1 * jitter(s);
            }
}

/* ----------------------------------------------------------------------------------------------------------- liquid -- */

/* A uniform rotation: the orthogonal matrix of a random unit quaternion. */
static void rotation(system_state *s, double r[3][3])
{
    double q[4], square;
    do {
        square = 0;
        for (int k = 0; k < 4; k++) {
            q[k] = jitter(s);
            square += q[k] * q[k];
        }
    } while (square > 1 || square < 0.01);
    for (int k = 0; k < 4; k++) q[k] /= sqrt(square);
    for (int a = 0; a < 3; a++) {
        int b = (a + 1) % 3, c = (a + 2) % 3;
        r[a][a] = 1 - 2 * (q[b] * q[b] + q[c] * q[c]);
        r[a][b] = 2 * (q[a] * q[b] - q[c] * q[3]);
        r[a][c] = 2 * (q[a] * q[c] + q[b] * q[3]);
    }
}

/* As many molecules as a cube of them has that comes nearest to a number of atoms. */
static void make_water(system_state *s, int64_t natoms)
{
    static const int numbers[3] = {8, 1, 1};
    static const double molecule[3][3] = {{0, 0, 0}, {0.757, 0.586, 0}, {-0.757, 0.586, 0}};
    const double distance = cbrt(18.015 / 6.02214076e23 * 1e24); /* volume per molecule at 1 g/cm^3 */
    int64_t side = llround(cbrt((double)natoms / 3)), i = 0, at[3];
    provide_atoms(s, 3 * side * side * side);
    for (int k = 0; k < 3; k++) s->cell[4 * k] = distance * (double)side;
    for (at[0] = 0; at[0] < side; at[0]++)
        for (at[1] = 0; at[1] < side; at[1]++)
            for (at[2] = 0; at[2] < side; at[2]++) {
                double turn[3][3], centre[3];
                rotation(s, turn);
                for (int k = 0; k < 3; k++) centre[k] = distance * (double)at[k] + 0.2 * jitter(s);
                for (int m = 0; m < 3; m++, i++) {
                    s->numbers[i] = numbers[m];
                    for (int k = 0; k < 3; k++)
                        s->positions[3 * i + k] = centre[k] + turn[k][0] * molecule[m][0] + turn[k][1] * molecule[m][1];
                }
            }
}

/* -------------------------------------------------------------------------------------------------------- measuring -- */

static void run_system(void *state)
{
    system_state *s = state;
    double energy;
    eqf_system system = EQF_SYSTEM_INIT;
    eqf_results results = EQF_RESULTS_INIT;
    system.natoms = s->natoms;
    system.atomic_numbers = s->numbers;
    system.positions = s->positions;
    system.cell = s->cell;
    system.pbc = (const int[]){1, 1, 1};
    results.energy = &energy;
    results.forces = s->forces;
    bench_check(s->context, eqf_calculator_compute(s->context, s->calculator, &system, &results));
}

static void free_system(void *state)
{
    system_state *s = state;
    eqf_calculator_free(s->calculator);
    free(s->numbers);
    free(s->positions);
    free(s->forces);
    free(s);
}

/* Nanoseconds per atom of the processor that a list takes, the least of three times; with a skin, of calls that do not
 * search. */
static double list_ns(system_state *s, double skin)
{
    eqf_neighbors *list;
    eqf_edges edges;
    double best = 1e30;
    bench_check(s->context, eqf_neighbors_create(s->context, &list));
    bench_check(s->context, eqf_neighbors_set_skin(s->context, list, skin));
    for (int turn = 0; turn < 4; turn++) {
        double begin = bench_now(CLOCK_PROCESS_CPUTIME_ID);
        bench_check(s->context, eqf_neighbors_find(s->context, list, s->cutoff, s->natoms, s->positions, 1, NULL,
                                                   s->cell, (const int[]){1, 1, 1}, &edges));
        double passed = bench_now(CLOCK_PROCESS_CPUTIME_ID) - begin;
        if (turn > 0 && passed < best) best = passed;
    }
    eqf_neighbors_free(list);
    return best / (double)s->natoms * 1e9;
}

static int system_figures(void *state, bench_figure figures[BENCH_FIGURES])
{
    system_state *s = state;
    double natoms = (double)s->natoms;
    figures[0] = (bench_figure){"atoms", natoms};
    figures[1] = (bench_figure){"edges_per_atom", (double)eqf_calculator_edges(s->calculator) / natoms};
    figures[2] = (bench_figure){"bytes_per_atom", (double)eqf_calculator_bytes(s->calculator) / natoms};
    figures[3] = (bench_figure){"neighbors_ns", list_ns(s, 0)};
    figures[4] = (bench_figure){"neighbors_skin_ns", list_ns(s, 1)};
    return 5;
}

void bench_prepare_system(eqf_context *context, const bench_case *self, bench_work *work)
{
    system_state *s = bench_new(sizeof *s);
    eqf_config *config;
    eqf_model *model;
    s->context = context;
    bench_check(context, eqf_config_preset(context, "graph_attention_transformer_nonlinear_exp_l2_md17", &config));
    for (size_t i = 0; self->what != BENCH_WATER_PUBLISHED && i < sizeof small_model / sizeof *small_model; i++)
        bench_check(context, eqf_config_set(context, config, small_model[i][0], small_model[i][1]));
    bench_check(context, eqf_model_create(context, config, 1, EQF_FLOAT32, &model));
    bench_check(context, eqf_calculator_create(context, model, EQF_FLOAT32, &s->calculator));
    s->cutoff = eqf_model_cutoff(model);
    if (self->what == BENCH_CRYSTAL)
        make_crystal(s, self->size);
    else
        make_water(s, self->size);
    eqf_config_free(config);
    eqf_model_free(model);
    *work = (bench_work){run_system, free_system, s, (double)s->natoms, 0, 0, system_figures};
}
