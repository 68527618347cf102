/* An equivariant network made by hand: one convolution over the neighbours of each atom, its energy, its forces.
 *
 *     message_ij = x_j (x) Y(r_ij), paths weighted by a radial network of |r_ij|
 *     E = sum_i head(gate(linear(sum_j message_ij))),     F = -dE/dr
 *
 * The forces are compared with central differences, and the atoms are rotated: E must stay, F must turn along.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <equiformer/equiformer.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        if ((call) == EQF_OK) break;                                                                                   \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, eqf_context_message(context));                              \
        exit(EXIT_FAILURE);                                                                                            \
    } while (0)

enum { ATOMS = 5, BASIS = 16 };
static const double cutoff = 3.5;

/* The pieces of the network. */
enum { HARMONICS, RADIAL, PRODUCT, WEIGHTS, LINEAR, GATE, HEAD, MODULES };
static const char *const names[MODULES] = {"harmonics", "radial", "product", "weights", "linear", "gate", "head"};

static void create_modules(eqf_context *context, eqf_module **m)
{
    eqf_irreps *in, *sh, *hidden;
    CHECK(eqf_irreps_parse(context, "4x0e", &in));
    CHECK(eqf_irreps_parse(context, "1x0e+1x1o+1x2e", &sh));
    CHECK(eqf_irreps_parse(context, "8x0e+4x1o+2x2e", &hidden));
    CHECK(eqf_spherical_harmonics_create(context, sh, EQF_HARMONICS_COMPONENT, 1, &m[HARMONICS]));
    CHECK(eqf_radial_basis_create(context, EQF_RADIAL_EXP, BASIS, cutoff, &m[RADIAL]));
    CHECK(eqf_depthwise_create(context, in, sh, hidden, NULL, &m[PRODUCT]));
    int layers[] = {BASIS, 32, (int)eqf_tensor_product_weights(m[PRODUCT])};
    CHECK(eqf_radial_mlp_create(context, 3, layers, &m[WEIGHTS]));
    CHECK(eqf_gate_create(context, hidden, &m[GATE]));
    const eqf_irreps *product = eqf_module_irreps_out(m[PRODUCT]), *gate = eqf_module_irreps_in(m[GATE], 0);
    CHECK(eqf_linear_create(context, product, gate, 1, &m[LINEAR]));
    CHECK(eqf_head_create(context, hidden, &m[HEAD]));
    eqf_irreps_free(in);
    eqf_irreps_free(sh);
    eqf_irreps_free(hidden);
}

/* Errors stick to the program: eqf_program_end returns the first one. */
static void record(eqf_program *p, eqf_module *const *m, const eqf_irreps *vector)
{
    eqf_rows atoms = eqf_program_rows(p, "atoms"), edges = eqf_program_rows(p, "edges");
    eqf_map src = eqf_program_map(p, "src", edges, atoms), dst = eqf_program_map(p, "dst", edges, atoms);
    eqf_var positions = eqf_input(p, "positions", atoms, vector);
    eqf_var x = eqf_input(p, "x", atoms, eqf_module_irreps_in(m[PRODUCT], 0));

    eqf_var r = eqf_combine(p, 1, eqf_gather(p, src, positions), -1, eqf_gather(p, dst, positions));
    eqf_var distance = eqf_power(p, eqf_dot(p, r, r, EQF_PER_ROW, 1), 0.5, 1e-24);
    eqf_var y = eqf_module_record(p, m[HARMONICS], names[HARMONICS], NULL, &r);
    eqf_var basis = eqf_module_record(p, m[RADIAL], names[RADIAL], NULL, &distance);
    eqf_var weights = eqf_module_record(p, m[WEIGHTS], names[WEIGHTS], NULL, &basis);
    eqf_var factors[] = {eqf_gather(p, src, x), y, weights};
    eqf_var sum = eqf_segment_sum(p, dst, eqf_module_record(p, m[PRODUCT], names[PRODUCT], NULL, factors));
    eqf_var mixed = eqf_module_record(p, m[LINEAR], names[LINEAR], NULL, &sum);
    eqf_var gated = eqf_module_record(p, m[GATE], names[GATE], NULL, &mixed);
    eqf_var energy = eqf_sum_rows(p, eqf_module_record(p, m[HEAD], names[HEAD], NULL, &gated));

    eqf_var gradient, ones = {0};
    eqf_grad(p, 1, &energy, &ones, 1, &positions, &gradient);
    eqf_output(p, "energy", energy);
    eqf_output(p, "forces", eqf_multiply(p, -1, gradient));
}

/* Energy and forces at these positions; forces may be NULL. */
static double evaluate(eqf_context *context, eqf_run *run, eqf_neighbors *neighbors, const double *positions,
                       double *forces)
{
    eqf_edges edges;
    double energy;
    CHECK(eqf_neighbors_find(context, neighbors, cutoff, ATOMS, positions, 1, NULL, NULL, NULL, &edges));
    CHECK(eqf_run_set_rows(context, run, "edges", edges.count));
    CHECK(eqf_run_set_map(context, run, "src", edges.src));
    CHECK(eqf_run_set_map(context, run, "dst", edges.dst));
    CHECK(eqf_run_set_input(context, run, "positions", positions));
    CHECK(eqf_run_execute(context, run));
    CHECK(eqf_run_get_output(context, run, "energy", &energy));
    if (forces != NULL) CHECK(eqf_run_get_output(context, run, "forces", forces));
    return energy;
}

int main(void)
{
    double r[ATOMS * 3] = {0.02,  -0.05, 0.01,  0.60, 0.71, 0.55,  -0.97, 0.88,
                           -0.40, -0.91, -0.80, 1.13, 1.05, -1.22, -1.02};
    /* Any description of the atoms; here four scalars each. */
    const double x[ATOMS * 4] = {1.0, 0.0, 0.3,  -0.2, 0.0, 1.0, 0.1, 0.4, 0.5,  -1.0,
                                 0.2, 0.3, -0.7, 0.2,  1.0, 0.0, 0.4, 0.4, -0.3, 1.0};
    eqf_context *context;
    eqf_irreps *vector;
    eqf_module *modules[MODULES];
    eqf_parameters *parameters;
    eqf_program *program;
    eqf_neighbors *neighbors;
    eqf_run *run;
    if (eqf_context_create(NULL, &context) != EQF_OK) return EXIT_FAILURE;
    CHECK(eqf_irreps_parse(context, "1x1o", &vector));
    create_modules(context, modules);
    CHECK(eqf_parameters_create(context, EQF_FLOAT64, &parameters));
    for (int i = 0; i < MODULES; i++) CHECK(eqf_module_init(context, modules[i], names[i], 1, parameters));
    CHECK(eqf_program_create(context, &program));
    record(program, modules, vector);
    CHECK(eqf_program_end(context, program));
    CHECK(eqf_run_create(context, program, parameters, EQF_FLOAT64, &run));
    CHECK(eqf_neighbors_create(context, &neighbors));
    CHECK(eqf_run_set_rows(context, run, "atoms", ATOMS));
    CHECK(eqf_run_set_input(context, run, "x", x));

    double forces[ATOMS * 3], forces_of_turned[ATOMS * 3], rotation[9], difference = 0, turning = 0, step = 1e-5;
    double energy = evaluate(context, run, neighbors, r, forces);
    for (int i = 0; i < ATOMS * 3; i++) {
        double here = r[i];
        r[i] = here + step;
        double above = evaluate(context, run, neighbors, r, NULL);
        r[i] = here - step;
        double below = evaluate(context, run, neighbors, r, NULL);
        r[i] = here;
        difference += fabs(forces[i] + (above - below) / (2 * step));
    }

    eqf_rotation_random(7, rotation);
    CHECK(eqf_irreps_rotate(context, vector, rotation, ATOMS, r, r));
    CHECK(eqf_irreps_rotate(context, vector, rotation, ATOMS, forces, forces));
    double change = fabs(evaluate(context, run, neighbors, r, forces_of_turned) - energy);
    for (int i = 0; i < ATOMS * 3; i++) turning += fabs(forces_of_turned[i] - forces[i]);

    printf("energy %.6f\n", energy);
    printf("forces differ from central differences by %.1e\n", difference);
    printf("after a rotation the energy differs by %.1e, the forces, turned along, by %.1e\n", change, turning);

    eqf_run_free(run);
    eqf_neighbors_free(neighbors);
    eqf_program_free(program);
    eqf_parameters_free(parameters);
    for (int i = 0; i < MODULES; i++) eqf_module_free(modules[i]);
    eqf_irreps_free(vector);
    eqf_context_free(context);
    return difference < 1e-8 && change < 1e-12 && turning < 1e-12 ? EXIT_SUCCESS : EXIT_FAILURE;
}
