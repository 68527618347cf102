/* Modules: what constructors, recording and direct evaluation refuse; every allocation failing.
 * SPDX-License-Identifier: MIT */
#include "support/modules.h"

/* Irreps by text, freed together. */
typedef struct desk {
    test_allocator memory;
    eqf_context *context;
    eqf_irreps *irreps[32];
    int n;
    eqf_module *module; /* stays NULL where creation fails */
} desk;

static const eqf_irreps *of(desk *d, const char *text)
{
    assert_true(d->n < 32);
    return d->irreps[d->n++] = test_irreps(d->context, text);
}

static void begin(desk *d)
{
    memset(d, 0, sizeof *d);
    d->context = test_context(&d->memory);
}

static void finish(desk *d)
{
    for (int i = 0; i < d->n; i++) eqf_irreps_free(d->irreps[i]);
    test_context_free(d->context, &d->memory);
}

#define REFUSED(status, text, call)                                                                                    \
    do {                                                                                                               \
        TEST_FAILS(d.context, status, text, call);                                                                     \
        assert_null(d.module);                                                                                         \
    } while (0)

/* -------------------------------------------------------------------------------------------------- constructors -- */

static void test_small_modules(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    const eqf_irreps *mixed = of(&d, "2x0e+1x1o"), *vector = of(&d, "1x1o"), *twice = of(&d, "2x0e+1x1o+2x0e");
    eqf_context *context = d.context;
    REFUSED(EQF_ERROR_ARGUMENT, "unknown kind 4 of norm",
            eqf_norm_create(context, (eqf_norm_kind)4, mixed, 1e-5, &d.module));
    REFUSED(EQF_ERROR_RANGE, "a norm with eps -1, expected 0 or more",
            eqf_norm_create(context, EQF_NORM_LAYER, mixed, -1, &d.module));
    REFUSED(EQF_ERROR_RANGE, "a norm with eps nan", eqf_norm_create(context, EQF_NORM_LAYER, mixed, NAN, &d.module));
    REFUSED(EQF_ERROR_ARGUMENT, "unknown activation 4",
            eqf_activation_create(context, (eqf_activation)4, mixed, &d.module));
    REFUSED(EQF_ERROR_SHAPE, "an activation of irreps 2x0e+1x1o, expected 0e only",
            eqf_activation_create(context, EQF_ACTIVATION_SILU, mixed, &d.module));
    REFUSED(EQF_ERROR_SHAPE, "a gate without channels", eqf_gate_create(context, of(&d, "0x1o"), &d.module));
    REFUSED(EQF_ERROR_ARGUMENT, "unknown radial basis 7",
            eqf_radial_basis_create(context, (eqf_radial_kind)7, 8, 5, &d.module));
    REFUSED(EQF_ERROR_RANGE, "0 radial functions, expected 1 or more",
            eqf_radial_basis_create(context, EQF_RADIAL_EXP, 0, 5, &d.module));
    REFUSED(EQF_ERROR_RANGE, "a cut-off of 0, expected a positive number",
            eqf_radial_basis_create(context, EQF_RADIAL_EXP, 8, 0, &d.module));
    REFUSED(EQF_ERROR_RANGE, "a cut-off of inf",
            eqf_radial_basis_create(context, EQF_RADIAL_GAUSSIAN, 8, INFINITY, &d.module));
    REFUSED(EQF_ERROR_RANGE, "a radial network of 1 layers, expected 2 or more",
            eqf_radial_mlp_create(context, 1, (const int[]){4}, &d.module));
    REFUSED(EQF_ERROR_RANGE, "layer 1 of a radial network has 0 channels, expected 1 or more",
            eqf_radial_mlp_create(context, 3, (const int[]){4, 0, 5}, &d.module));
    REFUSED(EQF_ERROR_ARGUMENT, "unknown normalization 5",
            eqf_spherical_harmonics_create(context, vector, (eqf_harmonics)5, 1, &d.module));
    REFUSED(EQF_ERROR_SHAPE, "block 0 of spherical harmonics is 1x1, expected 1x0",
            eqf_spherical_harmonics_create(context, vector, EQF_HARMONICS_NORM, 1, &d.module));
    REFUSED(EQF_ERROR_SHAPE, "spherical harmonics without irreps",
            eqf_spherical_harmonics_create(context, of(&d, ""), EQF_HARMONICS_NORM, 1, &d.module));
    REFUSED(EQF_ERROR_RANGE, "an embedding of 0 types",
            eqf_atom_embedding_create(context, EQF_EMBED_TAG, 0, mixed, &d.module));
    REFUSED(EQF_ERROR_SHAPE, "2 blocks of 0e, expected one",
            eqf_atom_embedding_create(context, EQF_EMBED_TYPE, 3, twice, &d.module));
    REFUSED(EQF_ERROR_SHAPE, "0 blocks of 0e, expected one",
            eqf_atom_embedding_create(context, EQF_EMBED_TYPE, 3, vector, &d.module));
    REFUSED(EQF_ERROR_SHAPE, "a head of irreps without 0e", eqf_head_create(context, vector, &d.module));
    finish(&d);
}

static void test_products(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    const eqf_irreps *a = of(&d, "2x0e+3x1o"), *b = of(&d, "2x0e+1x1o"), *out = of(&d, "2x0e+4x1o+1x2e+1x0o");
    static const struct {
        eqf_instruction instruction;
        eqf_status status;
        const char *message;
    } table[] = {
        {{2, 0, 0, EQF_UVW, 1}, EQF_ERROR_RANGE, "instruction 1: block 2 of in1, expected 0 to 1"},
        {{0, -1, 0, EQF_UVW, 1}, EQF_ERROR_RANGE, "instruction 1: block -1 of in2, expected 0 to 1"},
        {{0, 0, 4, EQF_UVW, 1}, EQF_ERROR_RANGE, "instruction 1: block 4 of out, expected 0 to 3"},
        {{0, 0, 0, (eqf_tp_mode)6, 1}, EQF_ERROR_ARGUMENT, "instruction 1: unknown mode 6"},
        {{1, 1, 1, EQF_UVW, 1}, EQF_ERROR_SHAPE, "instruction 1: 1o is not in the product of 1o and 1o"},
        {{0, 0, 2, EQF_UVW, 1}, EQF_ERROR_SHAPE, "instruction 1: 2e is not in the product of 0e and 0e"},
        {{1, 1, 3, EQF_UVW, 1}, EQF_ERROR_SHAPE, "instruction 1: 0o is not in the product of 1o and 1o"},
        {{1, 0, 1, EQF_UVU, 1}, EQF_ERROR_SHAPE, "instruction 1: multiplicities 3, 2, 4 do not fit the mode"},
        {{0, 1, 1, EQF_UVV, 1}, EQF_ERROR_SHAPE, "instruction 1: multiplicities 2, 1, 4 do not fit the mode"},
        {{1, 1, 0, EQF_UUW, 1}, EQF_ERROR_SHAPE, "instruction 1: multiplicities 3, 1, 2 do not fit the mode"},
        {{0, 0, 1, EQF_UUU, 1}, EQF_ERROR_SHAPE, "instruction 1: multiplicities 2, 2, 4 do not fit the mode"},
        {{0, 0, 0, EQF_UVUV, 1}, EQF_ERROR_SHAPE, "instruction 1: multiplicities 2, 2, 2 do not fit the mode"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        eqf_instruction instructions[2] = {{0, 0, 0, EQF_UVW, 1}, table[i].instruction};
        REFUSED(table[i].status, table[i].message,
                eqf_tensor_product_create(d.context, a, b, out, 2, instructions, NULL, &d.module));
    }
    const eqf_irreps *wide = of(&d, "65536x0e"), *widest = of(&d, "2000000000x0e");
    const eqf_instruction pairs = {0, 0, 0, EQF_UVUV, 0}, all = {0, 0, 0, EQF_UVW, 1};
    REFUSED(EQF_ERROR_SHAPE, "multiplicities 65536, 65536, 0",
            eqf_tensor_product_create(d.context, wide, wide, of(&d, "0x0e"), 1, &pairs, NULL, &d.module));
    REFUSED(EQF_ERROR_RANGE, "instruction 0 brings the weights of the tensor product above 2147483647",
            eqf_tensor_product_create(d.context, widest, widest, widest, 1, &all, NULL, &d.module));
    eqf_tensor_product_options options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    options.convention = (eqf_cg_convention)2;
    REFUSED(EQF_ERROR_ARGUMENT, "options 0, 0, 0, 2",
            eqf_fully_connected_create(d.context, a, b, out, &options, &d.module));
    options.size = 4;
    REFUSED(EQF_ERROR_ARGUMENT, "eqf_tensor_product_options has size 4",
            eqf_depthwise_create(d.context, a, b, out, &options, &d.module));

    TEST_OK(d.context, eqf_depthwise_create(d.context, a, b, out, NULL, &d.module));
    eqf_instruction instruction;
    double factor = -1;
    assert_int_equal(eqf_tensor_product_instructions(d.module), 5);
    assert_int_equal(eqf_tensor_product_weights(d.module), 2 * 2 + 2 * 1 + 3 * 2 + 3 * 1 + 3 * 1);
    TEST_OK(d.context, eqf_tensor_product_instruction(d.context, d.module, 1, &instruction, &factor));
    assert_int_equal(instruction.in2, 1);
    assert_close(factor, sqrt(3), 1e-15);
    TEST_FAILS(d.context, EQF_ERROR_RANGE, "instruction 5 of a tensor_product",
               eqf_tensor_product_instruction(d.context, d.module, 5, &instruction, NULL));
    eqf_module_free(d.module);
    TEST_OK(d.context, eqf_gate_create(d.context, a, &d.module));
    assert_int_equal(eqf_tensor_product_weights(d.module), -1);
    assert_int_equal(eqf_tensor_product_instructions(d.module), -1);
    assert_null(eqf_module_irreps_in(d.module, 1));
    assert_null(eqf_module_irreps_in(d.module, -1));
    TEST_FAILS(d.context, EQF_ERROR_RANGE, "instruction 0 of a gate",
               eqf_tensor_product_instruction(d.context, d.module, 0, &instruction, NULL));
    eqf_module_free(d.module);
    eqf_module_free(NULL);
    finish(&d);
}

static void test_attention(void **state)
{
    (void)state;
    static const int layers[] = {4, 5};
    desk d;
    begin(&d);
    eqf_attention_options good = EQF_ATTENTION_OPTIONS_INIT, bad;
    good.irreps_in = good.irreps_out = good.irreps_head = of(&d, "2x0e+1x1e");
    good.irreps_sh = of(&d, "1x0e+1x1e");
    good.n_radial = 2;
    good.radial_layers = layers;
    bad = good;
    bad.size = 7;
    REFUSED(EQF_ERROR_ARGUMENT, "eqf_attention_options has size 7",
            eqf_graph_attention_create(d.context, &bad, &d.module));
    bad = good;
    bad.irreps_sh = NULL;
    REFUSED(EQF_ERROR_ARGUMENT, "attention needs irreps_in, irreps_sh",
            eqf_graph_attention_create(d.context, &bad, &d.module));
    bad = good;
    bad.num_heads = 0;
    REFUSED(EQF_ERROR_RANGE, "0 heads, expected 1 to 65536", eqf_graph_attention_create(d.context, &bad, &d.module));
    bad = good;
    bad.irreps_head = of(&d, "2x1e");
    REFUSED(EQF_ERROR_SHAPE, "heads without 0e channels", eqf_graph_attention_create(d.context, &bad, &d.module));
    bad = good;
    bad.n_radial = 0;
    REFUSED(EQF_ERROR_RANGE, "radial layers", eqf_graph_attention_create(d.context, &bad, &d.module));
    bad = good;
    bad.radial_layers = NULL;
    REFUSED(EQF_ERROR_RANGE, "radial layers", eqf_graph_attention_create(d.context, &bad, &d.module));

    eqf_block_options block = EQF_BLOCK_OPTIONS_INIT;
    REFUSED(EQF_ERROR_ARGUMENT, "a block needs irreps_in, irreps_mlp_mid and irreps_out",
            eqf_block_create(d.context, &block, &d.module));
    block.size = 0;
    REFUSED(EQF_ERROR_ARGUMENT, "eqf_block_options has size 0", eqf_block_create(d.context, &block, &d.module));
    eqf_edge_degree_options degree = EQF_EDGE_DEGREE_OPTIONS_INIT;
    REFUSED(EQF_ERROR_ARGUMENT, "an edge-degree embedding needs irreps_out and irreps_sh",
            eqf_edge_degree_create(d.context, &degree, &d.module));
    degree.irreps_out = good.irreps_in;
    degree.irreps_sh = good.irreps_sh;
    REFUSED(EQF_ERROR_RANGE, "radial layers: 0 of them", eqf_edge_degree_create(d.context, &degree, &d.module));
    degree.average_degree = 0;
    REFUSED(EQF_ERROR_RANGE, "an average degree of 0", eqf_edge_degree_create(d.context, &degree, &d.module));
    finish(&d);
}

/* ----------------------------------------------------------------------------------------------------- recording -- */

static void test_recording(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    const eqf_irreps *mixed = of(&d, "2x0e+1x1o");
    const char *const messages[] = {"norm: input 0 has irreps 1x1o, expected 2x0e+1x1o", "norm: input 0 is no variable",
                                    "atom_embedding: the graph has no map atom_type", "gather: no map",
                                    "the parameter name"};
    for (int i = 0; i < 5; i++) {
        eqf_program *program = NULL;
        TEST_OK(d.context, eqf_program_create(d.context, &program));
        eqf_rows rows = eqf_program_rows(program, "atoms");
        eqf_var x = eqf_input(program, "x", rows, i == 0 ? of(&d, "1x1o") : mixed), in[3] = {x, x, x};
        if (i < 2 || i == 4) {
            char scope[400];
            memset(scope, 'a', sizeof scope);
            scope[i == 4 ? 300 : 3] = '\0';
            TEST_OK(d.context, eqf_norm_create(d.context, EQF_NORM_LAYER, mixed, 1e-5, &d.module));
            eqf_module_record(program, d.module, scope, NULL, i == 1 ? (eqf_var[]){{0}} : in);
        } else if (i == 2) {
            TEST_OK(d.context, eqf_atom_embedding_create(d.context, EQF_EMBED_TYPE, 3, mixed, &d.module));
            eqf_module_record(program, d.module, "", NULL, NULL);
        } else {
            d.module = module_create(d.context, &module_golden[0]);
            for (int k = 0; k < 3; k++) {
                char name[8];
                snprintf(name, sizeof name, "y%d", k);
                in[k] = eqf_input(program, name, rows, eqf_module_irreps_in(d.module, k));
            }
            eqf_module_record(program, d.module, "block", NULL, in);
        }
        eqf_output(program, "y", x);
        eqf_status expected = i == 0 ? EQF_ERROR_SHAPE : i == 4 ? EQF_ERROR_RANGE : EQF_ERROR_ARGUMENT;
        TEST_FAILS(d.context, expected, messages[i], eqf_program_end(d.context, program));
        eqf_module_free(d.module);
        eqf_program_free(program);
    }
    finish(&d);
}

/* Maps that are none of the program's. */
static void test_foreign_maps(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    TEST_OK(d.context, eqf_atom_embedding_create(d.context, EQF_EMBED_TYPE, 3, of(&d, "4x0e"), &d.module));
    for (int id = -1; id < 5001; id += 5001) {
        eqf_program *program;
        eqf_graph graph = {.atom_type = {id}};
        TEST_OK(d.context, eqf_program_create(d.context, &program));
        eqf_output(program, "y", eqf_module_record(program, d.module, "", &graph, NULL));
        TEST_FAILS(d.context, EQF_ERROR_ARGUMENT, "atom_embedding: atom_type is no map",
                   eqf_program_end(d.context, program));
        eqf_program_free(program);
    }
    eqf_module_free(d.module);
    finish(&d);
}

/* --------------------------------------------------------------------------------------------- direct evaluation -- */

static eqf_tensor *tensor_of(desk *d, const char *irreps, int64_t rows, eqf_precision precision)
{
    eqf_tensor *tensor = NULL;
    TEST_OK(d->context, eqf_tensor_create(d->context, of(d, irreps), rows, precision, &tensor));
    return tensor;
}

static void test_direct(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    TEST_OK(d.context, eqf_gate_create(d.context, of(&d, "2x0e+1x1o"), &d.module));
    const struct {
        const char *in, *out;
        int64_t rows_in, rows_out;
        eqf_precision precision;
        const char *message;
    } table[] = {
        {"2x0e+1x1o", "2x0e+1x1o", 3, 3, EQF_FLOAT64, "gate: input 0 has irreps 2x0e+1x1o, expected 3x0e+1x1o"},
        {"1x1o+3x0e", "2x0e+1x1o", 3, 3, EQF_FLOAT64, "gate: input 0 has irreps 1x1o+3x0e, expected 3x0e+1x1o"},
        {"3x0e+1x1e", "2x0e+1x1o", 3, 3, EQF_FLOAT64, "gate: input 0 has irreps 3x0e+1x1e, expected 3x0e+1x1o"},
        {"3x0e+1x1o", "5x0e", 3, 3, EQF_FLOAT64, "gate: output 0 has irreps 5x0e, expected 2x0e+1x1o"},
        {"3x0e+1x1o", "2x0e+1x1o", 3, 4, EQF_FLOAT64, "gate: output 0 has 4 rows, expected 3"},
        {"3x0e+1x1o", "2x0e+1x1o", 3, 3, EQF_FLOAT32, "gate: output 0 differs in precision"}};
    for (int i = 0; i < 6; i++) {
        eqf_tensor *in = tensor_of(&d, table[i].in, table[i].rows_in, EQF_FLOAT64), *gradient = NULL;
        eqf_tensor *out = tensor_of(&d, table[i].out, table[i].rows_out, table[i].precision);
        const eqf_tensor *inputs[1] = {in};
        TEST_FAILS(d.context, EQF_ERROR_SHAPE, table[i].message,
                   eqf_module_apply(d.context, d.module, "", NULL, NULL, inputs, out));
        TEST_FAILS(d.context, EQF_ERROR_SHAPE, i < 3 ? table[i].message : "gate: cotangent 0",
                   eqf_module_vjp(d.context, d.module, "", NULL, NULL, inputs, out, &gradient));
        TEST_FAILS(d.context, EQF_ERROR_ARGUMENT, "gate: the output is NULL",
                   eqf_module_apply(d.context, d.module, "", NULL, NULL, inputs, NULL));
        eqf_tensor_free(in);
        eqf_tensor_free(out);
    }
    eqf_tensor *split = tensor_of(&d, "1x0e+0x2e+2x0e+1x1o", 3, EQF_FLOAT64); /* the same channels in other blocks */
    eqf_tensor *out = tensor_of(&d, "2x0e+1x1o", 3, EQF_FLOAT64);
    const eqf_tensor *inputs[1] = {split}, *nothing[1] = {NULL};
    TEST_OK(d.context, eqf_module_apply(d.context, d.module, "", NULL, NULL, inputs, out));
    TEST_FAILS(d.context, EQF_ERROR_ARGUMENT, "gate: input 0 is NULL",
               eqf_module_apply(d.context, d.module, "", NULL, NULL, nothing, out));
    eqf_module_free(d.module);
    d.module = module_create(d.context, &module_golden[0]);
    TEST_FAILS(d.context, EQF_ERROR_SHAPE, "block: input 0 has irreps",
               eqf_module_apply(d.context, d.module, "", NULL, &module_graph,
                                (const eqf_tensor *[]){split, split, split}, out));
    TEST_FAILS(d.context, EQF_ERROR_ARGUMENT, "block needs a graph",
               eqf_module_apply(d.context, d.module, "", NULL, NULL, (const eqf_tensor *[]){split, split, split}, out));
    eqf_module_free(d.module);
    eqf_tensor_free(split);
    eqf_tensor_free(out);
    finish(&d);
}

/* No rows, with weights that all rows share. */
static void test_no_rows(void **state)
{
    (void)state;
    desk d;
    begin(&d);
    TEST_OK(d.context,
            eqf_depthwise_create(d.context, of(&d, "2x0e"), of(&d, "1x0e"), of(&d, "2x0e"), NULL, &d.module));
    eqf_tensor *x = tensor_of(&d, "2x0e", 0, EQF_FLOAT64), *y = tensor_of(&d, "1x0e", 0, EQF_FLOAT64);
    eqf_tensor *w = tensor_of(&d, "2x0e", 1, EQF_FLOAT64), *out = tensor_of(&d, "2x0e", 0, EQF_FLOAT64);
    TEST_OK(d.context, eqf_module_apply(d.context, d.module, "", NULL, NULL, (const eqf_tensor *[]){x, y, w}, out));
    eqf_tensor_free(x);
    eqf_tensor_free(y);
    eqf_tensor_free(w);
    eqf_tensor_free(out);
    eqf_module_free(d.module);
    finish(&d);
}

/* -------------------------------------------------------------------------------------------------------- memory -- */

/* Creation, initial values, and the vector-Jacobian product of one kind. */
static eqf_status whole_life(eqf_context *context, void *argument)
{
    const module_case *c = argument;
    eqf_module *module = NULL;
    eqf_parameters *parameters = NULL;
    eqf_program *program = NULL;
    eqf_status status = c->create(context, c, &module);
    if (status == EQF_OK) status = eqf_parameters_create(context, EQF_FLOAT32, &parameters);
    if (status == EQF_OK) status = eqf_module_init(context, module, "x", 1, parameters);
    if (status == EQF_OK) status = eqf_program_create(context, &program);
    if (status == EQF_OK) {
        eqf_var in[4] = {{0}}, g[4];
        for (int i = 0; i < eqf_module_inputs(module); i++) {
            static const char *const names[] = {"in0", "in1", "in2", "in3"};
            bool edge = strstr(c->name, "attention") != NULL || strstr(c->name, "block") != NULL;
            eqf_rows rows = eqf_program_rows(program, edge && (i == 1 || i == 2) ? "edges" : "atoms");
            in[i] = eqf_input(program, names[i], rows, eqf_module_irreps_in(module, i));
        }
        module_recorder recorder = {c, module, "x"};
        eqf_var y = module_record(program, in, &recorder);
        eqf_grad(program, 1, &y, NULL, eqf_module_inputs(module), in, g);
        eqf_output(program, "y", y);
        if (eqf_module_inputs(module) > 0) eqf_output(program, "g", g[0]);
        status = eqf_program_end(context, program);
    }
    eqf_program_free(program);
    eqf_parameters_free(parameters);
    eqf_module_free(module);
    return status;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    static const char *const names[] = {"linear",
                                        "uvu, some without weights",
                                        "depthwise with parities",
                                        "norm with parities",
                                        "smooth leaky relu",
                                        "gate",
                                        "gaussian basis",
                                        "exp basis",
                                        "radial network",
                                        "even harmonics",
                                        "feed-forward with attributes",
                                        "atom embedding",
                                        "head",
                                        "block to scalars",
                                        "graph norm with parities",
                                        "bessel basis",
                                        "attention with linear messages",
                                        "dot-product attention"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        module_case found = {0};
        for (int c = 0; c < module_case_count; c++)
            if (strcmp(module_cases[c].name, names[i]) == 0) found = module_cases[c];
        assert_non_null(found.name);
        test_every_allocation(whole_life, &found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_modules), cmocka_unit_test(test_products),
        cmocka_unit_test(test_attention),     cmocka_unit_test(test_recording),
        cmocka_unit_test(test_foreign_maps),  cmocka_unit_test(test_direct),
        cmocka_unit_test(test_no_rows),       cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
