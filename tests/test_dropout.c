/* Dropouts: masks and their seeds, and what modules drop in training - weights of edges, channels with all their
 * components, residual branches of graphs. SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

#include <equiformer/equiformer.h>

enum { ROWS = 400, COLUMNS = 7 };

/* --------------------------------------------------------------------------------------------------------- masks -- */

static eqf_run *mask_run(eqf_context *context, const char *name, double probability, eqf_precision precision)
{
    eqf_program *program = NULL;
    eqf_run *run = NULL;
    TEST_OK(context, eqf_program_create(context, &program));
    eqf_output(program, "mask",
               eqf_dropout_mask(program, name, eqf_program_rows(program, "rows"), COLUMNS, probability));
    TEST_OK(context, eqf_program_end(context, program));
    TEST_OK(context, eqf_run_create(context, program, NULL, precision, &run));
    TEST_OK(context, eqf_run_set_rows(context, run, "rows", ROWS));
    eqf_program_free(program);
    return run;
}

static void draw(eqf_context *context, const char *name, double probability, uint64_t seed, eqf_precision precision,
                 double *mask)
{
    eqf_run *run = mask_run(context, name, probability, precision);
    eqf_run_set_seed(run, seed);
    TEST_OK(context, eqf_run_execute(context, run));
    TEST_OK(context, eqf_run_get_output(context, run, "mask", mask));
    eqf_run_free(run);
}

/* Masks of different seeds, names, rows and columns agree by chance alone. */
static void expect_unrelated(size_t n, const double *a, const double *b, double probability)
{
    size_t same = 0;
    for (size_t i = 0; i < n; i++) same += (a[i] == 0) == (b[i] == 0);
    double chance = probability * probability + (1 - probability) * (1 - probability);
    assert_close((double)same / (double)n, chance, 4 / sqrt((double)n));
}

static void test_masks(void **state)
{
    (void)state;
    static double a[ROWS * COLUMNS], b[ROWS * COLUMNS];
    static const double probabilities[] = {0, 0.1, 0.5, 0.95};
    const size_t n = ROWS * COLUMNS;
    test_allocator memory;
    eqf_context *context = test_context_threads(&memory, 2);
    for (int i = 0; i < 4; i++) {
        double p = probabilities[i], zeros = 0, kept = 1 / (1 - p);
        draw(context, "a", p, 5, EQF_FLOAT64, a);
        for (size_t k = 0; k < n; k++) {
            assert_true(a[k] == 0 || a[k] == kept);
            zeros += a[k] == 0;
        }
        assert_close(zeros / (double)n, p, 4 * sqrt(p * (1 - p) / (double)n));
        draw(context, "a", p, 5, EQF_FLOAT32, b); /* the same in the other precision */
        for (size_t k = 0; k < n; k++) assert_true((a[k] == 0) == (b[k] == 0));
        draw(context, "a", p, 6, EQF_FLOAT64, b);
        expect_unrelated(n, a, b, p);
        draw(context, "b", p, 5, EQF_FLOAT64, b);
        expect_unrelated(n, a, b, p);
        expect_unrelated(n - 1, a, a + 1, p);
        expect_unrelated(n - COLUMNS, a, a + COLUMNS, p);
    }
    eqf_run *run = mask_run(context, "a", 0.5, EQF_FLOAT64); /* a run may change its seed, and change it back */
    draw(context, "a", 0.5, 0, EQF_FLOAT64, a);
    for (uint64_t seed = 0; seed < 3; seed++) {
        eqf_run_set_seed(run, seed % 2);
        TEST_OK(context, eqf_run_execute(context, run));
        TEST_OK(context, eqf_run_get_output(context, run, "mask", b));
        assert_int_equal(memcmp(a, b, sizeof a) == 0, seed % 2 == 0);
    }
    eqf_run_free(run);
    test_context_free(context, &memory);
}

/* ------------------------------------------------------------------------------------------------------- modules -- */

/* Atoms in graphs of three, the first one of each without edges, the others with one edge each. */
enum { GRAPHS = 80, ATOMS = 3 * GRAPHS, EDGES = 2 * GRAPHS };

typedef struct scene {
    test_allocator memory;
    eqf_context *context;
    eqf_irreps *x, *sh, *head;
    eqf_parameters *parameters;
    int32_t src[EDGES], dst[EDGES], graph[ATOMS];
    double in[3][ATOMS * 20];
} scene;

static void begin(scene *s)
{
    s->context = test_context(&s->memory);
    s->x = test_irreps(s->context, "3x0e+2x1e");
    s->sh = test_irreps(s->context, "1x0e+1x1e");
    s->head = test_irreps(s->context, "3x0e+1x1e");
    TEST_OK(s->context, eqf_parameters_create(s->context, EQF_FLOAT64, &s->parameters));
    for (int32_t g = 0; g < GRAPHS; g++) {
        for (int32_t i = 0; i < 3; i++) s->graph[3 * g + i] = g;
        s->src[2 * g] = 3 * g;
        s->dst[2 * g] = 3 * g + 1;
        s->src[2 * g + 1] = 3 * g + 1;
        s->dst[2 * g + 1] = 3 * g + 2;
    }
    for (uint64_t i = 0; i < 3; i++)
        for (uint64_t k = 0; k < ATOMS * 20; k++) s->in[i][k] = test_normal(3, i, k);
}

static void finish(scene *s)
{
    eqf_parameters_free(s->parameters);
    eqf_irreps_free(s->x);
    eqf_irreps_free(s->sh);
    eqf_irreps_free(s->head);
    test_context_free(s->context, &s->memory);
}

/* The output of a module, in training or not. */
static void evaluate(scene *s, const eqf_module *module, int training, uint64_t seed, double *out)
{
    static const char *const rows[] = {"atoms", "edges", "edges"}, *const names[] = {"in0", "in1", "in2"};
    eqf_program *program = NULL;
    eqf_run *run = NULL;
    eqf_var in[3];
    TEST_OK(s->context, eqf_program_create(s->context, &program));
    assert_int_equal(eqf_program_training(program), 0);
    eqf_program_set_training(program, training);
    eqf_rows atoms = eqf_program_rows(program, "atoms"), edges = eqf_program_rows(program, "edges");
    eqf_graph graph = {.edge_src = eqf_program_map(program, "src", edges, atoms),
                       .edge_dst = eqf_program_map(program, "dst", edges, atoms),
                       .atom_graph = eqf_program_map(program, "graph", atoms, eqf_program_rows(program, "graphs"))};
    for (int i = 0; i < eqf_module_inputs(module); i++)
        in[i] = eqf_input(program, names[i], eqf_program_rows(program, rows[i]), eqf_module_irreps_in(module, i));
    eqf_output(program, "out", eqf_module_record(program, module, "", &graph, in));
    TEST_OK(s->context, eqf_program_end(s->context, program));
    TEST_OK(s->context, eqf_run_create(s->context, program, s->parameters, EQF_FLOAT64, &run));
    TEST_OK(s->context, eqf_run_set_rows(s->context, run, "atoms", ATOMS));
    TEST_OK(s->context, eqf_run_set_rows(s->context, run, "edges", EDGES));
    TEST_OK(s->context, eqf_run_set_rows(s->context, run, "graphs", GRAPHS));
    TEST_OK(s->context, eqf_run_set_map(s->context, run, "src", s->src));
    TEST_OK(s->context, eqf_run_set_map(s->context, run, "dst", s->dst));
    TEST_OK(s->context, eqf_run_set_map(s->context, run, "graph", s->graph));
    for (int i = 0; i < eqf_module_inputs(module); i++)
        TEST_OK(s->context, eqf_run_set_input(s->context, run, names[i], s->in[i]));
    eqf_run_set_seed(run, seed);
    TEST_OK(s->context, eqf_run_execute(s->context, run));
    TEST_OK(s->context, eqf_run_get_output(s->context, run, "out", out));
    eqf_run_free(run);
    eqf_program_free(program);
}

/* 1 if a is b / (1 - p), 0 if a is zero; anything else fails the test. */
static int kept(size_t n, const double *a, const double *b, double p)
{
    double zero = 0, scaled = 0;
    for (size_t i = 0; i < n; i++) {
        zero = fmax(zero, fabs(a[i]));
        scaled = fmax(scaled, fabs(a[i] - b[i] / (1 - p)));
    }
    if (!(fmin(zero, scaled) < 1e-12)) fail_msg("neither dropped (%.3g) nor kept (%.3g)", zero, scaled);
    return scaled < zero;
}

static void expect_share(int dropped, int of, double p)
{
    assert_close((double)dropped / of, p, 4 * sqrt(p * (1 - p) / of));
}

/* Channels of the output of a feed-forward network: all components of one go together. */
static void test_channels(void **state)
{
    (void)state;
    static double whole[ATOMS * 9], part[ATOMS * 9];
    scene s;
    eqf_module *module = NULL;
    const double p = 0.3;
    begin(&s);
    TEST_OK(s.context, eqf_feed_forward_create(s.context, s.x, NULL, s.x, s.x, p, &module));
    TEST_OK(s.context, eqf_module_init(s.context, module, "", 1, s.parameters));
    evaluate(&s, module, 0, 1, whole);
    evaluate(&s, module, 0, 2, part); /* not in training: nothing is drawn */
    assert_memory_equal(whole, part, sizeof whole);
    evaluate(&s, module, 1, 2, part);
    int dropped = 0, rows_alike = 0;
    for (int r = 0; r < ATOMS; r++) {
        int row = 0;
        for (int u = 0; u < 5; u++) {
            int column = 9 * r + (u < 3 ? u : 3 + 3 * (u - 3));
            row += kept(u < 3 ? 1 : 3, &part[column], &whole[column], p);
        }
        dropped += 5 - row;
        rows_alike += row == 0 || row == 5;
    }
    expect_share(dropped, 5 * ATOMS, p);
    assert_true(rows_alike < ATOMS / 2); /* each channel has its own draw */
    eqf_module_free(module);
    finish(&s);
}

/* Weights of edges, by head: with one edge and one head the sum is kept or dropped as a whole; biases stay. */
static void test_attention(void **state)
{
    (void)state;
    static double whole[ATOMS * 9], part[ATOMS * 9];
    static const int layers[] = {4, 5};
    for (int dot = 0; dot < 2; dot++) {
        scene s;
        eqf_module *module = NULL;
        const double p = 0.4;
        begin(&s);
        eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
        options.irreps_in = options.irreps_out = s.x;
        options.irreps_sh = s.sh;
        options.irreps_head = s.head;
        options.n_radial = 2;
        options.radial_layers = layers;
        options.alpha_drop = p;
        TEST_OK(s.context,
                (dot ? eqf_dot_product_attention_create : eqf_graph_attention_create)(s.context, &options, &module));
        TEST_OK(s.context, eqf_module_init(s.context, module, "", 1, s.parameters));
        evaluate(&s, module, 0, 0, whole);
        evaluate(&s, module, 1, 3, part);
        int dropped = 0;
        for (int r = 0; r < ATOMS; r++) {
            for (int i = 0; i < 9; i++) { /* the first atom has no edge: its output is the bias */
                part[9 * r + i] -= whole[i];
                if (r > 0) whole[9 * r + i] -= whole[i];
            }
            if (r % 3 == 0)
                for (int i = 0; i < 9; i++) assert_close(part[9 * r + i], 0, 1e-13);
            else
                dropped += !kept(9, &part[9 * r], &whole[9 * r], p);
        }
        expect_share(dropped, EDGES, p);
        eqf_module_free(module);
        finish(&s);
    }
}

/* Residual branches: all atoms of a graph lose a branch together. Where both are lost, a block is the identity. */
static void test_paths(void **state)
{
    (void)state;
    static double out[ATOMS * 9];
    static const int layers[] = {4, 5};
    scene s;
    eqf_module *module = NULL;
    const double p = 0.5;
    begin(&s);
    eqf_block_options options = EQF_BLOCK_OPTIONS_INIT;
    eqf_attention_options attention = EQF_ATTENTION_OPTIONS_INIT;
    attention.irreps_in = options.irreps_out = options.irreps_mlp_mid = s.x;
    attention.irreps_sh = s.sh;
    attention.irreps_head = s.head;
    attention.n_radial = 2;
    attention.radial_layers = layers;
    options.attention = &attention;
    options.drop_path = p;
    TEST_OK(s.context, eqf_block_create(s.context, &options, &module));
    TEST_OK(s.context, eqf_module_init(s.context, module, "", 1, s.parameters));
    evaluate(&s, module, 1, 4, out);
    int identities = 0;
    for (int g = 0; g < GRAPHS; g++) {
        bool same[3];
        for (int i = 0, r = 3 * g; i < 3; i++, r++)
            same[i] = memcmp(&out[9 * r], &s.in[0][9 * r], 9 * sizeof(double)) == 0;
        assert_true(same[1] == same[2] && same[0] >= same[1]); /* attention adds nothing where there is no edge */
        identities += same[1];
    }
    expect_share(identities, GRAPHS, p * p);
    evaluate(&s, module, 0, 4, out);
    for (int i = 0; i < ATOMS * 9; i++) assert_true(out[i] != s.in[0][i]);
    eqf_module_free(module);
    finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_attention),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
