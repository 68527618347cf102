/* Attention as it is recorded, with the second product once per receiver and head and the first one in the frames of edges, and
 * blocks that give scalars alone, against the plain recording: values, first and second derivatives by all inputs and parameters, in both precisions.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/attention.h>
#include <equiformer/spherical_harmonics.h>

#include "ad/program.h"
#include "base/rng.h"
#include "support/derivatives.h"

enum { ATOMS = 9, EDGES = 47, HEADS = 2, WRT_MAX = 64, OUTPUTS = 3 };

typedef struct variant {
    const char *name, *in, *sh, *head;
    bool training, smooth, rescale;
    const char *out;  /* NULL: as in */
    double vanishing; /* derivatives below this are rounding errors */
    enum { GRAPH, LINEAR, DOT_PRODUCT } kind;
    bool framed;     /* inputs are edges, not their harmonics */
    const char *mid; /* of the feed-forward network of a block; NULL: attention alone */
    eqf_norm_kind norm;
} variant;

static const variant variants[] = {
    {"plain", "16x0e+16x1e", "1x0e+1x1e", "8x0e+8x1e", false, false, false, .vanishing = 0},
    {"dropout", "6x0e+4x1e+2x2e", "1x0e+1x1e+1x2e", "4x0e+3x1e+2x2e", true, false, false, .vanishing = 0},
    {"smooth", "6x0e+4x1e", "1x0e+1x1e+1x2e", "4x0e+3x1e+2x2e", true, true, true, .vanishing = 0},
    {"parity", "5x0e+4x0o+3x1e+4x1o", "1x0e+1x1o+1x2e", "4x0e+2x0o+3x1e+2x1o", false, true, false, .vanishing = 0},
    {"two harmonics of a degree", "16x1e", "1x0o+1x1e+1x1o", "8x0e+8x1o", false, false, false, .out = "16x0e+16x1o",
     .vanishing = 1e-2},
    {"frames", "16x0e+16x1e", "1x0e+1x1e", "8x0e+8x1e", false, true, false, .framed = true},
    {"frames, degree 2", "16x0e+16x1e+16x2e", "1x0e+1x1e+1x2e", "8x0e+8x1e+8x2e", false, false, false, .framed = true},
    {"frames, parity", "16x1o+32x0e+16x1e", "1x0e+1x1o+1x2e", "8x0e+8x0o+8x1o", true, true, true, .framed = true},
    {"linear messages", "6x0e+4x1e+2x2e", "1x0e+1x1e+1x2e", "4x0e+3x1e+2x2e", true, true, true, .kind = LINEAR},
    {"linear messages without 0e", "16x1o", "1x0e", "8x0e+8x1o", false, false, false, .out = "16x0e+16x1o",
     .vanishing = 1e-2, .kind = LINEAR},
    {"linear messages, parity", "5x0e+4x0o+3x1e", "1x0e+1x1o", "4x0e+2x0o+3x1o", false, false, false, .kind = LINEAR},
    {"block", "16x0e+16x1e", "1x0e+1x1e", "8x0e+8x1e", false, true, true, .out = "12x0e", .framed = true,
     .mid = "10x0e+6x1e"},
    {"block, degree 2", "32x0e+16x1e+16x2e", "1x0e+1x1e+1x2e", "16x0e+8x1e+8x2e", true, false, false, .out = "9x0e",
     .framed = true, .mid = "7x0e+5x1e+3x2e"},
    {"block, parity", "16x0e+16x0o+16x1o", "1x0e+1x1o+1x2e", "8x0e+8x0o+8x1e", false, false, false, .out = "5x0e",
     .framed = true, .mid = "8x0e+4x1e", .norm = EQF_NORM_GRAPH},
    {"block without frames", "6x0e+4x1e", "1x0e+1x1e", "4x0e+3x1e", false, false, false, .out = "5x0e",
     .mid = "8x0e+4x1e"},
    {"block, linear messages", "6x0e+4x1e", "1x0e+1x1e", "4x0e+3x1e", false, false, false, .out = "5x0e",
     .kind = LINEAR, .mid = "8x0e", .norm = EQF_NORM_INSTANCE},
    {"block, dot products", "16x0e+16x1e", "1x0e+1x1e", "8x0e+8x1e", false, true, false, .out = "5x0e",
     .kind = DOT_PRODUCT, .framed = true, .mid = "8x0e+4x1e"},
    {"frames, dot products", "16x1e+16x0e", "1x0e+1x1e", "8x0e+8x1e", false, true, false, .kind = DOT_PRODUCT,
     .framed = true},
};

/* A block with such attention. */
static eqf_module *block(eqf_context *context, const variant *v, const eqf_attention_options *attention)
{
    eqf_irreps *mid = test_irreps(context, v->mid), *out = test_irreps(context, v->out);
    eqf_block_options options = EQF_BLOCK_OPTIONS_INIT;
    eqf_module *module;
    options.kind = v->kind == DOT_PRODUCT ? EQF_ATTENTION_DOT_PRODUCT : EQF_ATTENTION_GRAPH;
    options.attention = attention;
    options.irreps_mlp_mid = mid;
    options.irreps_out = out;
    options.norm = v->norm;
    TEST_OK(context, eqf_block_create(context, &options, &module));
    eqf_irreps_free(mid);
    eqf_irreps_free(out);
    return module;
}

static eqf_module *attention(eqf_context *context, const variant *v)
{
    eqf_irreps *in = test_irreps(context, v->in), *sh = test_irreps(context, v->sh);
    eqf_irreps *head = test_irreps(context, v->head), *out = test_irreps(context, v->out == NULL ? v->in : v->out);
    eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
    eqf_module *module;
    options.irreps_in = in;
    options.irreps_out = out;
    options.irreps_sh = sh;
    options.irreps_head = head;
    options.num_heads = HEADS;
    options.n_radial = 2;
    options.radial_layers = (const int[]){6, 8};
    options.rescale_degree = v->rescale;
    options.alpha_drop = v->training ? 0.3 : 0;
    options.linear_message = v->kind == LINEAR;
    if (v->mid != NULL)
        module = block(context, v, &options);
    else if (v->kind == DOT_PRODUCT)
        TEST_OK(context, eqf_dot_product_attention_create(context, &options, &module));
    else
        TEST_OK(context, eqf_graph_attention_create(context, &options, &module));
    eqf_irreps_free(in);
    eqf_irreps_free(sh);
    eqf_irreps_free(head);
    eqf_irreps_free(out);
    return module;
}

typedef struct desk {
    eqf_context *context;
    eqf_program *program;
    const eqf_module *module;
    eqf_parameters *parameters;
    eqf_graph graph;
    eqf_var in[4]; /* the third is followed by the smooth weights */
    int n_in;
    bool framed; /* the second input are edges */
    double vanishing;
} desk;

static eqf_var input(desk *d, int i, const char *rows, const eqf_irreps *irreps)
{
    char name[16];
    snprintf(name, sizeof name, "in%d", i);
    return d->in[i] = eqf_input(d->program, name, eqf_program_rows(d->program, rows), irreps);
}

/* A number that every gradient in the list depends on: the sum of their squares. */
static eqf_var squares(eqf_program *p, int n, const eqf_var *x)
{
    eqf_var sum = {0};
    for (int i = 0; i < n; i++) {
        eqf_var own = eqf_sum_rows(p, eqf_dot(p, x[i], x[i], EQF_PER_ROW, 1));
        sum = sum.id == 0 ? own : eqf_add(p, sum, own);
    }
    return sum;
}

/* Of the edges, whose frames go into the graph. */
static eqf_var harmonics(desk *d, eqf_var edges)
{
    eqf_module *module;
    const eqf_irreps *sh = eqf_module_irreps_in(d->module, 1);
    eqf_graph none = {{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}};
    d->graph.edge_frame = eqf_edge_frames(d->program, edges, 2);
    TEST_OK(d->context, eqf_spherical_harmonics_create(d->context, sh, EQF_HARMONICS_COMPONENT, 1, &module));
    eqf_var y = eqf_module_record(d->program, module, "", &none, &edges);
    eqf_module_free(module);
    return y;
}

/* Records the module, the gradient of a function of its result, and the gradient of a function of that one; outputs are named
 * prefix.order.index. */
static int record(desk *d, const char *prefix, bool plain)
{
    eqf_program *p = d->program;
    eqf_var wrt[WRT_MAX], first[WRT_MAX], second[WRT_MAX];
    char name[32];
    int n = 0;
    p->plain = plain;
    eqf_var in[4] = {d->in[0], d->in[1], d->in[2]};
    if (d->framed) in[1] = harmonics(d, in[1]);
    eqf_var out = eqf_module_record(p, d->module, "", &d->graph, in), loss = squares(p, 1, &out);
    for (int i = 0; i < d->n_in; i++) wrt[n++] = d->in[i];
    for (int i = 0; i < eqf_parameters_arrays(d->parameters); i++) {
        eqf_parameter_info info;
        TEST_OK(d->context, eqf_parameters_info(d->context, d->parameters, i, &info));
        eqf_var parameter = eqf_program_parameter(p, info.name);
        if (parameter.id != 0) wrt[n++] = parameter;
    }
    assert_true(n <= WRT_MAX);
    eqf_grad(p, 1, &loss, NULL, n, wrt, first);
    eqf_var more = squares(p, n, first);
    eqf_grad(p, 1, &more, NULL, n, wrt, second);
    snprintf(name, sizeof name, "%s.0.0", prefix);
    eqf_output(p, name, out);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s.1.%d", prefix, i);
        eqf_output(p, name, first[i]);
        snprintf(name, sizeof name, "%s.2.%d", prefix, i);
        eqf_output(p, name, second[i]);
    }
    return n;
}

static void fill(desk *d, eqf_run *run, int i, int64_t rows)
{
    char name[16];
    int64_t count = rows * eqf_irreps_dim(eqf_var_irreps(d->program, d->in[i]));
    double *values = calloc((size_t)count, sizeof *values);
    assert_non_null(values);
    snprintf(name, sizeof name, "in%d", i);
    for (int64_t k = 0; k < count; k++)
        values[k] = i == 3 ? eqfi_rng_uniform(3, 3, (uint64_t)k) : 0.5 * eqfi_rng_normal(3, (uint64_t)i, (uint64_t)k);
    TEST_OK(d->context, eqf_run_set_input(d->context, run, name, values));
    free(values);
}

/* Relative to the largest element. */
static void compare(desk *d, const eqf_run *run, int order, int i, double tolerance, const char *what)
{
    static double a[ATOMS * 100 + EDGES * 100 + 10000], b[ATOMS * 100 + EDGES * 100 + 10000];
    char name[32];
    double largest = fmax(d->vanishing, 1e-30), worst = 0;
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    snprintf(name, sizeof name, "heads.%d.%d", order, i);
    TEST_OK(d->context, eqf_run_get_output(d->context, run, name, a));
    snprintf(name, sizeof name, "plain.%d.%d", order, i);
    TEST_OK(d->context, eqf_run_get_output(d->context, run, name, b));
    for (size_t k = 0; k < sizeof a / sizeof a[0]; k++) {
        largest = fmax(largest, fabs(b[k]));
        worst = fmax(worst, fabs(a[k] - b[k]));
    }
    if (!(worst <= tolerance * largest))
        fail_msg("%s: derivative %d by %d differs by %g of %g", what, order, i, worst, largest);
}

static void check(desk *d, const eqf_program *program, int n, bool ascending, eqf_precision precision, const char *what)
{
    int32_t src[EDGES], dst[EDGES];
    eqf_run *run;
    for (int e = 0; e < EDGES; e++) { /* receiver 2 has one edge, the last one none */
        src[e] = (int32_t)(7 * e % ATOMS);
        dst[e] = (int32_t)(ascending ? e * (ATOMS - 1) / EDGES : e * e % (ATOMS - 1));
        if (dst[e] == 2 && e != 13) dst[e] = 3;
    }
    TEST_OK(d->context, eqf_run_create(d->context, program, d->parameters, precision, &run));
    TEST_OK(d->context, eqf_run_set_rows(d->context, run, "atoms", ATOMS));
    TEST_OK(d->context, eqf_run_set_rows(d->context, run, "edges", EDGES));
    TEST_OK(d->context, eqf_run_set_map(d->context, run, "edge_src", src));
    TEST_OK(d->context, eqf_run_set_map(d->context, run, "edge_dst", dst));
    if (d->graph.atom_graph.id != 0) {
        static const int32_t graph[ATOMS] = {0, 0, 0, 0, 1, 1, 1, 1, 1};
        TEST_OK(d->context, eqf_run_set_rows(d->context, run, "graphs", 2));
        TEST_OK(d->context, eqf_run_set_map(d->context, run, "atom_graph", graph));
    }
    for (int i = 0; i < d->n_in; i++) fill(d, run, i, i == 0 ? ATOMS : EDGES);
    TEST_OK(d->context, eqf_run_execute(d->context, run));
    static const double tolerance[2][OUTPUTS] = {{2e-5, 2e-4, 2e-3}, {1e-13, 1e-12, 1e-11}};
    compare(d, run, 0, 0, tolerance[precision][0], what);
    for (int order = 1; order < OUTPUTS; order++)
        for (int i = 0; i < n; i++) compare(d, run, order, i, tolerance[precision][order], what);
    eqf_run_free(run);
}

static void check_variant(const variant *v)
{
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_module *module = attention(context, v);
    desk d = {.context = context,
              .module = module,
              .n_in = v->smooth ? 4 : 3,
              .framed = v->framed,
              .vanishing = v->vanishing};
    eqf_irreps *weight = test_irreps(context, "1x0e"), *edge = test_irreps(context, "1x1o");
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &d.parameters));
    TEST_OK(context, eqf_module_init(context, module, "", 5, d.parameters));
    TEST_OK(context, eqf_program_create(context, &d.program));
    eqf_program_set_training(d.program, v->training);
    eqf_rows atoms = eqf_program_rows(d.program, "atoms"), edges = eqf_program_rows(d.program, "edges");
    d.graph.edge_src = eqf_program_map(d.program, "edge_src", edges, atoms);
    d.graph.edge_dst = eqf_program_map(d.program, "edge_dst", edges, atoms);
    if (v->norm != EQF_NORM_LAYER)
        d.graph.atom_graph = eqf_program_map(d.program, "atom_graph", atoms, eqf_program_rows(d.program, "graphs"));
    for (int i = 0; i < 3; i++)
        input(&d, i, i == 0 ? "atoms" : "edges", v->framed && i == 1 ? edge : eqf_module_irreps_in(module, i));
    if (v->smooth) d.graph.edge_weight = input(&d, 3, "edges", weight);
    int n = record(&d, "heads", false);
    size_t nodes = d.program->nodes.n;
    if (v->mid != NULL && v->framed && v->kind == GRAPH) /* components along the edges do */
        for (size_t i = 0; i < nodes; i++) assert_true(d.program->nodes.items[i].op != EQFI_OP_CONTRACT);
    assert_int_equal(record(&d, "plain", true), n);
    assert_true(d.program->nodes.n > nodes); /* not the same recording */
    TEST_OK(context, eqf_program_end(context, d.program));
    if (v->framed) assert_true(eqfi_var(d.program, d.graph.edge_frame)->used);
    if (strcmp(v->name, "frames, degree 2") == 0) /* contractions, wider than what they are mapped to, stay in tiles */
        for (size_t i = 0; i < d.program->nodes.n; i++) {
            const eqfi_node *node = &d.program->nodes.items[i];
            if (node->op == EQFI_OP_CONTRACT && node->attribute.role != EQFI_CONTRACT_W)
                assert_true(d.program->vars.items[node->out - 1].local);
        }
    for (int ascending = 0; ascending < 2; ascending++)
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++)
            check(&d, d.program, n, ascending, (eqf_precision)precision, v->name);
    eqf_program_free(d.program);
    eqf_parameters_free(d.parameters);
    eqf_module_free(module);
    eqf_irreps_free(weight);
    eqf_irreps_free(edge);
    test_context_free(context, &memory);
}

static void test_variants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) check_variant(&variants[i]);
}

static eqf_status every_allocation(eqf_context *context, void *argument)
{
    const eqf_module *module = argument;
    eqf_program *program = NULL;
    eqf_var in[3];
    eqf_status status = eqf_program_create(context, &program);
    if (status != EQF_OK) return status;
    eqf_rows atoms = eqf_program_rows(program, "atoms"), edges = eqf_program_rows(program, "edges");
    eqf_irreps *edge = NULL;
    status = eqf_irreps_parse(context, "1x1o", &edge);
    eqf_var vectors = eqf_input(program, "edge", edges, edge);
    eqf_graph graph = {.edge_src = eqf_program_map(program, "edge_src", edges, atoms),
                       .edge_dst = eqf_program_map(program, "edge_dst", edges, atoms),
                       .edge_frame = eqf_edge_frames(program, vectors, 1)};
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "in%d", i);
        in[i] = eqf_input(program, name, i == 0 ? atoms : edges, eqf_module_irreps_in(module, i));
    }
    eqf_var out = eqf_sum_rows(program, eqf_module_record(program, module, "", &graph, in)), gradient;
    eqf_output(program, "out", out);
    eqf_grad(program, 1, &out, NULL, 1, &vectors, &gradient);
    eqf_output(program, "gradient", gradient);
    if (status == EQF_OK) status = eqf_program_end(context, program);
    eqf_program_free(program);
    eqf_irreps_free(edge);
    return status;
}

static void test_lack_of_memory(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        if (i > 0 && (variants[i].mid == NULL || variants[i - 1].mid != NULL))
            continue; /* the first one and the first block */
        eqf_module *module = attention(context, &variants[i]);
        test_every_allocation(every_allocation, module);
        eqf_module_free(module);
    }
    test_context_free(context, &memory);
}

/* Records attention with something wrong in the graph; the program fails with a message that has `part`. */
static void expect_failure(eqf_context *context, const eqf_module *module, int wrong, eqf_status expected,
                           const char *part)
{
    eqf_program *program;
    eqf_var in[3];
    eqf_irreps *edge = test_irreps(context, "1x1o");
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_rows atoms = eqf_program_rows(program, "atoms"), edges = eqf_program_rows(program, "edges");
    eqf_graph graph = {.edge_src = eqf_program_map(program, "edge_src", edges, atoms),
                       .edge_dst = eqf_program_map(program, "edge_dst", edges, atoms)};
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "in%d", i);
        in[i] = eqf_input(program, name, i == 0 ? atoms : edges, eqf_module_irreps_in(module, i));
    }
    if (wrong == 0) graph.edge_frame = (eqf_var){12345};
    if (wrong == 1) graph.edge_pair = (eqf_map){77};
    if (wrong == 2) graph.edge_frame = eqf_edge_frames(program, eqf_input(program, "x", atoms, edge), 1);
    eqf_output(program, "out", eqf_module_record(program, module, "", &graph, in));
    TEST_FAILS(context, expected, part, eqf_program_end(context, program));
    eqf_program_free(program);
    eqf_irreps_free(edge);
}

static void test_wrong_graphs(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_module *module = attention(context, &variants[0]);
    expect_failure(context, module, 0, EQF_ERROR_ARGUMENT, "edge_frame is no variable");
    expect_failure(context, module, 1, EQF_ERROR_ARGUMENT, "edge_pair is no map");
    expect_failure(context, module, 2, EQF_ERROR_SHAPE, "edge_frame: rows of atoms against rows of edges");
    eqf_module_free(module);
    test_context_free(context, &memory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_variants), cmocka_unit_test(test_wrong_graphs),
                                              cmocka_unit_test(test_lack_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
