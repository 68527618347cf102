/* Trains a network made by hand on something that is no energy: the polarizability of small clouds of two kinds of
 * atoms, a symmetric tensor, hence a scalar and an l = 2 harmonic (1x0e+1x2e).
 *
 *     x_i    <- gate(self x_i + mix sum_j x_j (x) Y(r_ij), paths weighted by a radial network of |r_ij|)     twice
 *     alpha  =  sum_i read x_i
 *
 * The labels are those of point dipoles that induce each other. The loss falls, and the trained tensor of a rotated
 * cloud is the rotated tensor. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/equiformer.h>

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        if ((call) == EQF_OK) break;                                                                                   \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, eqf_context_message(context));                              \
        exit(EXIT_FAILURE);                                                                                            \
    } while (0)

enum { ATOMS = 5, BATCH = 32, BATCHES = 8, EPOCHS = 25, CLOUDS = BATCH * (BATCHES + 1) }; /* the last batch validates */
enum { KINDS = 2, CHANNELS = 16, BASIS = 12, LAYERS = 2, TENSOR = 6 };
static const double cutoff = 7.0, polarizability[KINDS] = {0.8, 1.6};

/* ------------------------------------------------------------------------------------------------------------ data -- */

typedef struct clouds {
    double positions[CLOUDS][ATOMS][3];
    int32_t kind[CLOUDS][ATOMS];
    double alpha[CLOUDS][TENSOR]; /* in the library's basis, minus the mean, in units of the deviation */
} clouds;

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

/* Atoms in a box, none nearer than 2 to another. */
static void draw(uint64_t *state, double positions[ATOMS][3], int32_t *kind)
{
    for (int i = 0; i < ATOMS; i++) {
        double nearest;
        kind[i] = uniform(state) < 0.5;
        do {
            for (int a = 0; a < 3; a++) positions[i][a] = 4 * uniform(state) - 2;
            nearest = INFINITY;
            for (int j = 0; j < i; j++)
                nearest =
                    fmin(nearest, hypot(hypot(positions[i][0] - positions[j][0], positions[i][1] - positions[j][1]),
                                        positions[i][2] - positions[j][2]));
        } while (nearest < 2);
    }
}

/* The field at i of the dipole p at j: (3 (p.r) r - r^2 p) / r^5. */
static void add_field(const double *at, const double *from, const double *p, double *field)
{
    double r[3] = {at[0] - from[0], at[1] - from[1], at[2] - from[2]};
    double square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2], along = p[0] * r[0] + p[1] * r[1] + p[2] * r[2];
    for (int a = 0; a < 3; a++) field[a] += (3 * along * r[a] - square * p[a]) / pow(square, 2.5);
}

/* Dipoles in a unit field along each axis, iterated until they agree with the fields that they make. */
static void induce(const double positions[ATOMS][3], const int32_t *kind, double alpha[3][3])
{
    for (int axis = 0; axis < 3; axis++) {
        double p[ATOMS][3] = {{0}}, next[ATOMS][3];
        for (int iteration = 0; iteration < 60; iteration++) {
            for (int i = 0; i < ATOMS; i++) {
                double field[3] = {axis == 0, axis == 1, axis == 2};
                for (int j = 0; j < ATOMS; j++)
                    if (j != i) add_field(positions[i], positions[j], p[j], field);
                for (int a = 0; a < 3; a++) next[i][a] = polarizability[kind[i]] * field[a];
            }
            memcpy(p, next, sizeof p);
        }
        for (int a = 0; a < 3; a++) alpha[axis][a] = 0;
        for (int i = 0; i < ATOMS; i++)
            for (int a = 0; a < 3; a++) alpha[axis][a] += p[i][a];
    }
}

/* A symmetric tensor is a combination of v v^T, whose part with l = 2 is Y_2(v): three axes and three diagonals do. */
static void to_harmonics(eqf_context *context, const double alpha[3][3], double *tensor)
{
    static const double v[6][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 0}, {1, 0, 1}, {0, 1, 1}};
    double y[6][9], xy = alpha[0][1], xz = alpha[0][2], yz = alpha[1][2];
    double factor[6] = {alpha[0][0] - xy - xz, alpha[1][1] - xy - yz, alpha[2][2] - xz - yz, xy, xz, yz};
    CHECK(eqf_spherical_harmonics(context, 2, EQF_HARMONICS_COMPONENT, 0, 6, v[0], y[0]));
    tensor[0] = alpha[0][0] + alpha[1][1] + alpha[2][2];
    for (int m = 0; m < 5; m++) {
        tensor[1 + m] = 0;
        for (int k = 0; k < 6; k++) tensor[1 + m] += factor[k] * y[k][4 + m];
    }
}

/* The scalar has a mean; the harmonic, which turns with the cloud, must not be shifted. */
static void standardise(double alpha[CLOUDS][TENSOR])
{
    double mean = 0, squares[2] = {0, 0};
    for (int i = 0; i < CLOUDS; i++) mean += alpha[i][0] / CLOUDS;
    for (int i = 0; i < CLOUDS; i++) alpha[i][0] -= mean;
    for (int i = 0; i < CLOUDS; i++)
        for (int m = 0; m < TENSOR; m++) squares[m > 0] += alpha[i][m] * alpha[i][m] / (m > 0 ? 5 * CLOUDS : CLOUDS);
    for (int i = 0; i < CLOUDS; i++)
        for (int m = 0; m < TENSOR; m++) alpha[i][m] /= sqrt(squares[m > 0]);
}

static void make_clouds(eqf_context *context, clouds *data)
{
    uint64_t state = 1;
    for (int i = 0; i < CLOUDS; i++) {
        double alpha[3][3];
        draw(&state, data->positions[i], data->kind[i]);
        induce((const double(*)[3])data->positions[i], data->kind[i], alpha);
        to_harmonics(context, (const double(*)[3])alpha, data->alpha[i]);
    }
    standardise(data->alpha);
}

/* --------------------------------------------------------------------------------------------------------- network -- */

/* Modules, those of a layer after each other; a module's name is the scope of its parameters. */
enum { PRODUCT, WEIGHTS, MIX, SELF, GATE, OF_LAYER, HARMONICS = LAYERS * OF_LAYER, RADIAL, READ, MODULES };
static const char *const names[MODULES] = {"0.product", "0.weights", "0.mix", "0.self", "0.gate",
                                           "1.product", "1.weights", "1.mix", "1.self", "1.gate",
                                           "harmonics", "radial",    "read"};

static void create_modules(eqf_context *context, const eqf_irreps *tensor, eqf_module **m)
{
    eqf_irreps *x, *sh, *hidden;
    CHECK(eqf_irreps_parse(context, "16x0e", &x));
    CHECK(eqf_irreps_parse(context, "1x0e+1x1o+1x2e", &sh));
    CHECK(eqf_irreps_parse(context, "16x0e+8x1o+8x2e", &hidden));
    CHECK(eqf_spherical_harmonics_create(context, sh, EQF_HARMONICS_COMPONENT, 1, &m[HARMONICS]));
    CHECK(eqf_radial_basis_create(context, EQF_RADIAL_EXP, BASIS, cutoff, &m[RADIAL]));
    for (int i = 0; i < LAYERS; i++) {
        eqf_module **layer = m + i * OF_LAYER;
        const eqf_irreps *in = i == 0 ? x : hidden;
        CHECK(eqf_depthwise_create(context, in, sh, hidden, NULL, &layer[PRODUCT]));
        int sizes[] = {BASIS, 16, (int)eqf_tensor_product_weights(layer[PRODUCT])};
        CHECK(eqf_radial_mlp_create(context, 3, sizes, &layer[WEIGHTS]));
        CHECK(eqf_gate_create(context, hidden, &layer[GATE]));
        const eqf_irreps *product = eqf_module_irreps_out(layer[PRODUCT]), *gate = eqf_module_irreps_in(layer[GATE], 0);
        CHECK(eqf_linear_create(context, product, gate, 1, &layer[MIX]));
        CHECK(eqf_linear_create(context, in, gate, 0, &layer[SELF]));
    }
    CHECK(eqf_linear_create(context, hidden, tensor, 1, &m[READ]));
    eqf_irreps_free(x);
    eqf_irreps_free(sh);
    eqf_irreps_free(hidden);
}

/* Those of the modules, and a table of our own with a row of scalars for each kind of atom. */
static eqf_parameters *create_parameters(eqf_context *context, eqf_module *const *m)
{
    eqf_parameters *parameters;
    eqf_parameter_info table = {
        .name = "kinds", .ndim = 2, .shape = {KINDS, CHANNELS}, .flags = EQF_PARAMETER_TRAINABLE};
    double values[KINDS * CHANNELS];
    uint64_t state = 2;
    CHECK(eqf_parameters_create(context, EQF_FLOAT32, &parameters));
    for (int i = 0; i < MODULES; i++) CHECK(eqf_module_init(context, m[i], names[i], 1, parameters));
    for (int i = 0; i < KINDS * CHANNELS; i++) values[i] = 4 * uniform(&state) - 2;
    CHECK(eqf_parameters_add(context, parameters, &table));
    CHECK(eqf_parameters_set(context, parameters, eqf_parameters_find(parameters, "kinds"), values));
    return parameters;
}

/* Errors stick to the program: eqf_program_end returns the first one. */
static void record(eqf_program *p, eqf_module *const *m, const eqf_irreps *vector, const eqf_irreps *tensor,
                   const eqf_parameters *parameters)
{
    eqf_rows atoms = eqf_program_rows(p, "atoms"), edges = eqf_program_rows(p, "edges");
    eqf_rows graphs = eqf_program_rows(p, "graphs"), kinds = eqf_program_rows(p, "kinds");
    eqf_map src = eqf_program_map(p, "src", edges, atoms), dst = eqf_program_map(p, "dst", edges, atoms);
    eqf_var r = eqf_input(p, "vectors", edges, vector);
    eqf_var distance = eqf_power(p, eqf_dot(p, r, r, EQF_PER_ROW, 1), 0.5, 1e-24);
    eqf_var y = eqf_module_record(p, m[HARMONICS], names[HARMONICS], NULL, &r);
    eqf_var basis = eqf_module_record(p, m[RADIAL], names[RADIAL], NULL, &distance);
    eqf_var x = eqf_gather(p, eqf_program_map(p, "kind", atoms, kinds), eqf_parameter(p, "kinds", kinds, CHANNELS));
    for (int i = 0; i < LAYERS; i++) {
        eqf_module *const *layer = m + i * OF_LAYER;
        const char *const *name = names + i * OF_LAYER;
        eqf_var weights = eqf_module_record(p, layer[WEIGHTS], name[WEIGHTS], NULL, &basis);
        eqf_var factors[] = {eqf_gather(p, src, x), y, weights};
        eqf_var sum = eqf_segment_sum(p, dst, eqf_module_record(p, layer[PRODUCT], name[PRODUCT], NULL, factors));
        eqf_var mixed = eqf_module_record(p, layer[MIX], name[MIX], NULL, &sum);
        eqf_var own = eqf_module_record(p, layer[SELF], name[SELF], NULL, &x);
        mixed = eqf_combine(p, 1 / sqrt(ATOMS - 1), mixed, 1, own);
        x = eqf_module_record(p, layer[GATE], name[GATE], NULL, &mixed);
    }
    eqf_var read = eqf_module_record(p, m[READ], names[READ], NULL, &x);
    eqf_var alpha = eqf_multiply(p, 1.0 / ATOMS, eqf_segment_sum(p, eqf_program_map(p, "graph", atoms, graphs), read));
    eqf_var label = eqf_input(p, "label", graphs, tensor), every_row = {0};
    eqf_var loss = eqf_multiply(p, 1.0 / BATCH, eqf_loss(p, EQF_LOSS_L2MAE, 0, alpha, label, every_row));
    eqf_loss_gradients(p, loss, parameters);
    eqf_output(p, "loss", loss);
    eqf_output(p, "alpha", alpha);
}

/* -------------------------------------------------------------------------------------------------------- training -- */

/* Runs a batch; returns its loss. */
static double execute(eqf_context *context, eqf_run *run, eqf_neighbors *neighbors, const clouds *data, int batch)
{
    int32_t graph[BATCH * ATOMS];
    eqf_edges edges;
    double loss;
    int first = batch * BATCH;
    for (int i = 0; i < BATCH * ATOMS; i++) graph[i] = i / ATOMS;
    CHECK(eqf_neighbors_find(context, neighbors, cutoff, BATCH * ATOMS, data->positions[first][0], BATCH, graph, NULL,
                             NULL, &edges));
    CHECK(eqf_run_set_rows(context, run, "atoms", BATCH * ATOMS));
    CHECK(eqf_run_set_rows(context, run, "edges", edges.count));
    CHECK(eqf_run_set_rows(context, run, "graphs", BATCH));
    CHECK(eqf_run_set_map(context, run, "src", edges.src));
    CHECK(eqf_run_set_map(context, run, "dst", edges.dst));
    CHECK(eqf_run_set_map(context, run, "kind", data->kind[first]));
    CHECK(eqf_run_set_map(context, run, "graph", graph));
    CHECK(eqf_run_set_input(context, run, "vectors", edges.vector));
    CHECK(eqf_run_set_input(context, run, "label", data->alpha[first]));
    CHECK(eqf_run_execute(context, run));
    CHECK(eqf_run_get_output(context, run, "loss", &loss));
    return loss;
}

/* Returns the loss of validation at the end, and at the beginning in *before. */
static double train(eqf_context *context, eqf_run *run, eqf_neighbors *neighbors, const clouds *data,
                    eqf_parameters *parameters, double *before)
{
    eqf_parameters *gradients;
    eqf_optimizer *optimizer;
    CHECK(eqf_parameters_copy(context, parameters, EQF_FLOAT32, &gradients));
    eqf_optimizer_options options = EQF_OPTIMIZER_OPTIONS_INIT;
    options.weight_decay = 1e-3;
    options.clip_norm = 10;
    CHECK(eqf_optimizer_create(context, parameters, &options, &optimizer));
    eqf_schedule schedule = EQF_SCHEDULE_INIT;
    schedule.kind = EQF_SCHEDULE_COSINE_STEP;
    schedule.rate = 0.02;
    schedule.start = 0.1;
    schedule.floor = 0.01;
    schedule.warmup = 1;
    schedule.total = EPOCHS;

    double valid = *before = execute(context, run, neighbors, data, BATCHES);
    printf("epoch  0                         validation %.4f\n", valid);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        double loss = 0;
        for (int step = 0; step < BATCHES; step++) {
            double rate = eqf_schedule_rate(&schedule, epoch, step, BATCHES);
            loss += execute(context, run, neighbors, data, step) / BATCHES;
            CHECK(eqf_run_get_gradients(context, run, gradients));
            CHECK(eqf_optimizer_step(context, optimizer, rate, gradients, parameters, NULL));
            CHECK(eqf_run_set_parameters(context, run, parameters));
        }
        valid = execute(context, run, neighbors, data, BATCHES);
        if (epoch % 5 == 4) printf("epoch %2d   training loss %.4f   validation %.4f\n", epoch + 1, loss, valid);
    }
    eqf_optimizer_free(optimizer);
    eqf_parameters_free(gradients);
    return valid;
}

/* By how much the tensors of rotated clouds are not the rotated tensors. */
static double compare_rotated(eqf_context *context, eqf_run *run, eqf_neighbors *neighbors, const eqf_irreps *vector,
                              const eqf_irreps *tensor, clouds *data)
{
    double rotation[9], here[BATCH][TENSOR], there[BATCH][TENSOR], worst = 0;
    double *positions = data->positions[BATCHES * BATCH][0];
    eqf_rotation_random(3, rotation);
    execute(context, run, neighbors, data, BATCHES);
    CHECK(eqf_run_get_output(context, run, "alpha", here[0]));
    CHECK(eqf_irreps_rotate(context, tensor, rotation, BATCH, here[0], here[0]));
    CHECK(eqf_irreps_rotate(context, vector, rotation, BATCH * ATOMS, positions, positions));
    execute(context, run, neighbors, data, BATCHES);
    CHECK(eqf_run_get_output(context, run, "alpha", there[0]));
    for (int i = 0; i < BATCH; i++)
        for (int m = 0; m < TENSOR; m++) worst = fmax(worst, fabs(here[i][m] - there[i][m]));
    return worst;
}

int main(void)
{
    static clouds data;
    eqf_context *context;
    eqf_irreps *vector, *tensor;
    eqf_module *modules[MODULES];
    eqf_program *program;
    eqf_neighbors *neighbors;
    eqf_run *run;
    if (eqf_context_create(NULL, &context) != EQF_OK) return EXIT_FAILURE;
    make_clouds(context, &data);
    CHECK(eqf_irreps_parse(context, "1x1o", &vector));
    CHECK(eqf_irreps_parse(context, "1x0e+1x2e", &tensor));
    create_modules(context, tensor, modules);
    eqf_parameters *parameters = create_parameters(context, modules);
    CHECK(eqf_program_create(context, &program));
    record(program, modules, vector, tensor, parameters);
    CHECK(eqf_program_end(context, program));
    CHECK(eqf_run_create(context, program, parameters, EQF_FLOAT32, &run));
    CHECK(eqf_neighbors_create(context, &neighbors));

    double before, after = train(context, run, neighbors, &data, parameters, &before);
    double difference = compare_rotated(context, run, neighbors, vector, tensor, &data);
    printf("%lld parameters; tensors of rotated clouds differ from rotated tensors by %.1e\n",
           (long long)eqf_parameters_elements(parameters), difference);

    eqf_neighbors_free(neighbors);
    eqf_run_free(run);
    eqf_program_free(program);
    eqf_parameters_free(parameters);
    for (int i = 0; i < MODULES; i++) eqf_module_free(modules[i]);
    eqf_irreps_free(vector);
    eqf_irreps_free(tensor);
    eqf_context_free(context);
    return after < before / 4 && difference < 1e-3 ? EXIT_SUCCESS : EXIT_FAILURE;
}
