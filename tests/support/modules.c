/* Modules of every kind. SPDX-License-Identifier: MIT */
#include "modules.h"

#include "base/rng.h"
#include "nn/module.h"

/* -------------------------------------------------------------------------------------------------- constructors -- */

enum { IRREPS = 7 };

typedef eqf_irreps *irreps_list[IRREPS];

static eqf_status parse(eqf_context *context, const module_case *c, irreps_list irreps)
{
    eqf_status status = EQF_OK;
    for (int i = 0; i < IRREPS; i++) irreps[i] = NULL;
    for (int i = 0; i < IRREPS && status == EQF_OK; i++)
        if (c->irreps[i] != NULL) status = eqf_irreps_parse(context, c->irreps[i], &irreps[i]);
    return status;
}

static void release(irreps_list irreps)
{
    for (int i = 0; i < IRREPS; i++) eqf_irreps_free(irreps[i]);
}

/* The body of a constructor: irreps are parsed, `call` makes the module. */
#define CONSTRUCTOR(name, call)                                                                                        \
    static eqf_status create_##name(eqf_context *context, const module_case *c, eqf_module **module)                   \
    {                                                                                                                  \
        irreps_list x;                                                                                                 \
        eqf_status status = parse(context, c, x);                                                                      \
        if (status == EQF_OK) status = (call);                                                                         \
        release(x);                                                                                                    \
        return status;                                                                                                 \
    }

static const int radial_layers[] = {4, 5}, golden_layers[] = {6, 10, 10};
static const int mlp_layers[] = {4, 7, 5, 6};

static eqf_tensor_product_options product_options(const module_case *c)
{
    eqf_tensor_product_options options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    options.weights = c->other & 1 ? EQF_WEIGHTS_INTERNAL : EQF_WEIGHTS_INPUT;
    options.path_normalization = (eqf_path_normalization)(c->other >> 1 & 3);
    options.irrep_normalization = c->other & 8 ? EQF_IRREP_NORM : EQF_IRREP_COMPONENT;
    options.convention = c->other & 16 ? EQF_CG_E3NN_04 : EQF_CG_E3NN_05;
    return options;
}

/* Every allowed path of the mode `number`; each third one has no weight if `other` has bit 5. */
static eqf_status create_product(eqf_context *context, const module_case *c, eqf_module **module)
{
    irreps_list x;
    eqf_instruction instructions[64];
    int n = 0;
    eqf_tensor_product_options options = product_options(c);
    eqf_status status = parse(context, c, x);
    for (int i = 0; status == EQF_OK && i < eqf_irreps_blocks(x[0]); i++) {
        for (int j = 0; j < eqf_irreps_blocks(x[1]); j++) {
            for (int k = 0; k < eqf_irreps_blocks(x[2]) && n < 64; k++) {
                eqf_irrep a = eqf_irreps_block_at(x[0], i)->irrep, b = eqf_irreps_block_at(x[1], j)->irrep;
                eqf_irrep out = eqf_irreps_block_at(x[2], k)->irrep;
                if (abs(a.l - b.l) > out.l || out.l > a.l + b.l || a.p * b.p != out.p) continue;
                instructions[n] = (eqf_instruction){i, j, k, (eqf_tp_mode)c->number, 1};
                if (c->other & 32) instructions[n].has_weight = n % 3 != 2;
                n++;
            }
        }
    }
    if (status == EQF_OK)
        status = eqf_tensor_product_create(context, x[0], x[1], x[2], n, instructions, &options, module);
    release(x);
    return status;
}

static eqf_status create_depthwise(eqf_context *context, const module_case *c, eqf_module **module)
{
    irreps_list x;
    eqf_tensor_product_options options = product_options(c);
    eqf_status status = parse(context, c, x);
    if (status == EQF_OK) status = eqf_depthwise_create(context, x[0], x[1], x[2], &options, module);
    release(x);
    return status;
}

static eqf_status create_fully_connected(eqf_context *context, const module_case *c, eqf_module **module)
{
    irreps_list x;
    eqf_tensor_product_options options = product_options(c);
    eqf_status status = parse(context, c, x);
    if (status == EQF_OK) status = eqf_fully_connected_create(context, x[0], x[1], x[2], &options, module);
    release(x);
    return status;
}

/* Bits of `other` for attention. */
enum { GOLDEN = 1, LINEAR = 2, RESCALE = 4, DOT = 8, SPLIT = 16, DROP = 32 };

static eqf_attention_options attention_of(const module_case *c, const irreps_list x)
{
    eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
    options.irreps_in = x[0];
    options.irreps_sh = x[1];
    options.irreps_head = x[2];
    options.irreps_out = x[3];
    options.irreps_pre_attn = x[4];
    options.num_heads = c->number;
    options.n_radial = c->other & GOLDEN ? 3 : 2;
    options.radial_layers = c->other & GOLDEN ? golden_layers : radial_layers;
    options.linear_message = (c->other & LINEAR) != 0;
    options.rescale_degree = (c->other & RESCALE) != 0;
    options.average_degree = 2.5;
    options.head_split = c->other & SPLIT ? EQF_HEAD_SPLIT_EQUIVARIANT : EQF_HEAD_SPLIT_PUBLISHED;
    if (c->other & DROP) options.alpha_drop = options.proj_drop = 0.25;
    return options;
}

static eqf_status create_attention(eqf_context *context, const module_case *c, eqf_module **module)
{
    irreps_list x;
    eqf_status status = parse(context, c, x);
    eqf_attention_options options = attention_of(c, x);
    if (status == EQF_OK)
        status =
            (c->other & DOT ? eqf_dot_product_attention_create : eqf_graph_attention_create)(context, &options, module);
    release(x);
    return status;
}

static eqf_status create_block(eqf_context *context, const module_case *c, eqf_module **module)
{
    irreps_list x;
    eqf_block_options options = EQF_BLOCK_OPTIONS_INIT;
    eqf_status status = parse(context, c, x);
    options.kind = c->other & DOT ? EQF_ATTENTION_DOT_PRODUCT : EQF_ATTENTION_GRAPH;
    eqf_attention_options attention = attention_of(c, x);
    options.attention = &attention;
    options.irreps_out = x[3];
    options.irreps_mlp_mid = x[5];
    options.irreps_node_attr = x[6];
    if (c->other & DROP) options.drop_path = 0.25;
    if (status == EQF_OK) status = eqf_block_create(context, &options, module);
    release(x);
    return status;
}

static eqf_status create_edge_degree(eqf_context *context, const module_case *c, eqf_module **module)
{
    irreps_list x;
    eqf_edge_degree_options options = EQF_EDGE_DEGREE_OPTIONS_INIT;
    eqf_status status = parse(context, c, x);
    options.irreps_out = x[0];
    options.irreps_sh = x[1];
    options.n_radial = 2;
    options.radial_layers = radial_layers;
    options.average_degree = 2.5;
    if (status == EQF_OK) status = eqf_edge_degree_create(context, &options, module);
    release(x);
    return status;
}

CONSTRUCTOR(linear, eqf_linear_create(context, x[0], x[1], c->number, module))
CONSTRUCTOR(norm, eqf_norm_create(context, (eqf_norm_kind)c->number, x[0], 1e-5, module))
CONSTRUCTOR(activation, eqf_activation_create(context, (eqf_activation)c->number, x[0], module))
CONSTRUCTOR(gate, eqf_gate_create(context, x[0], module))
CONSTRUCTOR(basis, eqf_radial_basis_create(context, (eqf_radial_kind)c->number, 5, 5.0, module))
CONSTRUCTOR(mlp, eqf_radial_mlp_create(context, c->number, mlp_layers, module))
CONSTRUCTOR(harmonics, eqf_spherical_harmonics_create(context, x[0], (eqf_harmonics)c->number, c->other, module))
CONSTRUCTOR(feed_forward, eqf_feed_forward_create(context, x[0], x[3], x[1], x[2], c->other &DROP ? 0.25 : 0, module))
CONSTRUCTOR(atoms, eqf_atom_embedding_create(context, (eqf_embedding_kind)c->number, MODULE_TYPES, x[0], module))
CONSTRUCTOR(head, eqf_head_create(context, x[0], module))

/* --------------------------------------------------------------------------------------------------------- cases -- */

#define SE3 "4x0e+2x1e+1x2e"
#define E3 "4x0e+1x0o+2x1e+1x1o+1x2e"
#define SH_SE3 "1x0e+1x1e+1x2e"
#define SH_E3 "1x0e+1x1o+1x2e"

/* clang-format off */
const module_case module_cases[] = {
    {"linear", create_linear, .irreps = {"4x0e+3x1o+2x0e+1x2e", "5x0e+2x1o+2x2e+3x1e"}, .number = 1},
    {"linear without bias", create_linear, .irreps = {"4x0e+3x1o", "2x0e+1x1o+1x1o+2x0e"}},
    {"linear with two biases", create_linear, .irreps = {"4x0e+3x1o", "2x0e+1x1o+2x0e"}, .number = 1},
    {"uvw, internal weights", create_product, .irreps = {"2x0e+2x1o", "2x0e+1x1o", "3x0e+2x1o+1x1e+2x2e"}, .number = EQF_UVW, .other = 1 + 2},
    {"uvw, weights per row", create_product, .irreps = {"2x0e+2x1o", "2x0e+1x1o", "3x0e+2x1o"}, .number = EQF_UVW, .other = 4},
    {"uvu, some without weights", create_product, .irreps = {"2x0e+2x1o", "2x0e+1x1o", "2x0e+2x1o+2x1e+2x2e"}, .number = EQF_UVU, .other = 32 + 8},
    {"uvv", create_product, .irreps = {"3x0e+3x1o", "2x0e+2x1o", "2x0e+2x1o+2x1e"}, .number = EQF_UVV, .other = 8 + 2},
    {"uuw", create_product, .irreps = {"3x0e+3x1o", "3x0e+3x1o", "2x0e+4x1o+1x1e"}, .number = EQF_UUW, .other = 1 + 4},
    {"uuu", create_product, .irreps = {"3x0e+3x1o", "3x0e+3x1o", "3x0e+3x1o+3x1e"}, .number = EQF_UUU, .other = 16},
    {"uvuv", create_product, .irreps = {"2x0e+2x1o", "3x0e+3x1o", "6x0e+6x1o"}, .number = EQF_UVUV, .other = 1 + 32},
    {"depthwise", create_depthwise, .irreps = {SE3, SH_SE3, SE3}},
    {"depthwise, weights of one row", create_depthwise, .irreps = {SE3, SH_SE3, SE3}, .other = 16, .single = true},
    {"depthwise with parities", create_depthwise, .irreps = {E3, SH_E3, E3}, .other = 1},
    {"fully connected", create_fully_connected, .irreps = {"2x0e+2x1e", "2x0e+1x1e", "2x0e+2x1e+1x2e"}, .other = 1 + 2},
    {"fully connected, e3nn 0.4", create_fully_connected, .irreps = {"2x0e+1x2o", "1x1o+1x2e", "2x1o+1x2o"}, .other = 16},
    {"norm", create_norm, .irreps = {SE3}},
    {"norm with parities", create_norm, .irreps = {E3}},
    {"norm of scalars", create_norm, .irreps = {"5x0e"}},
    {"norm of vectors", create_norm, .irreps = {"3x1o+2x0o"}},
    {"graph norm", create_norm, .irreps = {SE3}, .number = EQF_NORM_GRAPH},
    {"graph norm with parities", create_norm, .irreps = {E3}, .number = EQF_NORM_GRAPH},
    {"instance norm", create_norm, .irreps = {E3}, .number = EQF_NORM_INSTANCE},
    {"instance norm of vectors", create_norm, .irreps = {"2x0o+3x1o"}, .number = EQF_NORM_INSTANCE},
    {"fast layer norm", create_norm, .irreps = {SE3}, .number = EQF_NORM_FAST_LAYER},
    {"norm of two blocks of scalars", create_norm, .irreps = {"3x0e+1x1o+2x0e"}},
    {"silu", create_activation, .irreps = {"4x0e"}, .number = EQF_ACTIVATION_SILU, .scalar = true},
    {"sigmoid", create_activation, .irreps = {"4x0e"}, .number = EQF_ACTIVATION_SIGMOID, .scalar = true},
    {"tanh", create_activation, .irreps = {"4x0e"}, .number = EQF_ACTIVATION_TANH, .scalar = true},
    {"smooth leaky relu", create_activation, .irreps = {"4x0e"}, .number = EQF_ACTIVATION_SMOOTH_LEAKY_RELU, .scalar = true},
    {"gate", create_gate, .irreps = {SE3}},
    {"gate with parities", create_gate, .irreps = {E3}},
    {"gate without scalars", create_gate, .irreps = {"2x0o+3x1e"}},
    {"gate of scalars", create_gate, .irreps = {"5x0e"}},
    {"gaussian basis", create_basis, .number = EQF_RADIAL_GAUSSIAN, .scalar = true, .positive = true},
    {"exp basis", create_basis, .number = EQF_RADIAL_EXP, .scalar = true, .positive = true},
    {"bessel basis", create_basis, .number = EQF_RADIAL_BESSEL, .scalar = true, .positive = true},
    {"radial network", create_mlp, .number = 4, .scalar = true},
    {"radial network of two layers", create_mlp, .number = 2, .scalar = true},
    {"harmonics", create_harmonics, .irreps = {"1x0e+1x1o+1x2e+1x3o"}, .number = EQF_HARMONICS_COMPONENT, .other = 1},
    {"solid harmonics", create_harmonics, .irreps = {"1x0e+1x1o+1x2e+1x3o"}, .number = EQF_HARMONICS_INTEGRAL},
    {"even harmonics", create_harmonics, .irreps = {SH_SE3}, .number = EQF_HARMONICS_NORM, .other = 1, .proper = true},
    {"attention", create_attention, .irreps = {SE3, SH_SE3, "2x0e+1x1e+1x2e", SE3}, .number = 2},
    {"attention with parities", create_attention, .irreps = {E3, SH_E3, "2x0e+1x0o+1x1e+1x1o", "3x0e+2x1o"}, .number = 2},
    {"attention through fewer", create_attention, .irreps = {SE3, SH_SE3, "3x0e+1x1e", "2x0e+2x1e", "2x0e+1x1e"}, .number = 1},
    {"attention with linear messages", create_attention, .irreps = {SE3, SH_SE3, "3x0e+1x1e+1x2e", SE3}, .number = 2, .other = LINEAR},
    {"linear messages with parities", create_attention, .irreps = {E3, SH_E3, "2x0e+1x0o+1x1o", E3}, .number = 3, .other = LINEAR},
    {"attention times degree", create_attention, .irreps = {SE3, SH_SE3, "2x0e+1x1e+1x2e", SE3}, .number = 2, .other = RESCALE},
    {"attention of fading edges", create_attention, .irreps = {SE3, SH_SE3, "2x0e+1x1e", SE3}, .number = 2, .fading = true},
    {"attention in training", create_attention, .irreps = {SE3, SH_SE3, "2x0e+1x1e", SE3}, .number = 2, .other = DROP, .training = true},
    {"dot-product attention", create_attention, .irreps = {SE3, SH_SE3, "2x0e+1x1e+1x2e", SE3}, .number = 2, .other = DOT},
    {"published heads with parities", create_attention, .irreps = {E3, SH_E3, "2x0e+1x0o+1x1e+1x1o", E3}, .number = 2, .other = DOT + RESCALE, .proper = true},
    {"dot products with parities", create_attention, .irreps = {E3, SH_E3, "2x0e+1x0o+1x1e+1x1o", E3}, .number = 2, .other = DOT + SPLIT},
    {"dot products of fading edges", create_attention, .irreps = {SE3, SH_SE3, "2x0e+1x1e", SE3}, .number = 2, .other = DOT + DROP, .fading = true, .training = true},
    {"feed-forward", create_feed_forward, .irreps = {SE3, "6x0e+3x1e+1x2e", SE3}},
    {"feed-forward to scalars", create_feed_forward, .irreps = {E3, "5x0e+2x0o+1x1o", "3x0e"}},
    {"feed-forward with attributes", create_feed_forward, .irreps = {SE3, "4x0e+2x1e", SE3, "2x0e"}},
    {"feed-forward with vector attributes", create_feed_forward, .irreps = {SE3, "4x0e+2x1e", SE3, "1x0e+1x1e"}, .other = DROP, .training = true},
    {"block", create_block, .irreps = {SE3, SH_SE3, "2x0e+1x1e+1x2e", SE3, NULL, "5x0e+3x1e+1x2e"}, .number = 2},
    {"block to scalars", create_block, .irreps = {SE3, SH_SE3, "2x0e+1x1e+1x2e", "6x0e", NULL, "5x0e+3x1e"}, .number = 2},
    {"block with parities", create_block, .irreps = {E3, SH_E3, "2x0e+1x0o+1x1o", E3, "3x0e+1x0o+1x1o+1x1e", "5x0e+1x0o+2x1o"}, .number = 2},
    {"block of dot products with attributes", create_block, .irreps = {SE3, SH_SE3, "2x0e+1x1e", "5x0e+1x1e", NULL, "4x0e+2x1e", "2x0e"}, .number = 2, .other = DOT + RESCALE},
    {"block in training", create_block, .irreps = {SE3, SH_SE3, "2x0e+1x1e", SE3, NULL, "4x0e+2x1e"}, .number = 2, .other = LINEAR + DROP, .training = true, .fading = true},
    {"atom embedding", create_atoms, .irreps = {"4x0e+2x1e"}},
    {"tag embedding", create_atoms, .irreps = {"2x1o+3x0e"}, .number = EQF_EMBED_TAG},
    {"edge-degree embedding", create_edge_degree, .irreps = {SE3, SH_SE3}},
    {"edge-degree embedding with parities", create_edge_degree, .irreps = {E3, SH_E3}},
    {"edge-degree embedding of fading edges", create_edge_degree, .irreps = {SE3, SH_SE3}, .fading = true},
    {"head", create_head, .irreps = {"5x0e+1x1e"}},
};

#define SE3_8 "8x0e+4x1e+2x2e"
#define E3_8 "8x0e+2x0o+4x1e+4x1o+2x2e+2x2o"

const module_case module_golden[] = {
    {"trans_block_l2", create_block, .irreps = {SE3_8, SH_SE3, "4x0e+2x1e+2x2e", SE3_8, SE3_8, "12x0e+6x1e+4x2e"}, .number = 2, .other = 1},
    {"trans_block_to_scalars_l2", create_block, .irreps = {SE3_8, SH_SE3, "4x0e+2x1e+2x2e", "10x0e", NULL, "12x0e+6x1e+4x2e"}, .number = 2, .other = 1},
    {"trans_block_e3", create_block, .irreps = {E3_8, SH_E3, "4x0e+1x0o+2x1e+2x1o+1x2e+1x2o", E3_8, NULL, "12x0e+4x0o+6x1e+6x1o+4x2e+4x2o"}, .number = 2, .other = 1},
};
/* clang-format on */

const int module_case_count = sizeof module_cases / sizeof module_cases[0];
const int module_golden_count = sizeof module_golden / sizeof module_golden[0];

eqf_module *module_create(eqf_context *context, const module_case *c)
{
    eqf_module *module = NULL;
    TEST_OK(context, c->create(context, c, &module));
    return module;
}

eqf_parameters *module_parameters(eqf_context *context, const eqf_module *module, const char *scope, uint64_t seed)
{
    eqf_parameters *parameters = NULL;
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &parameters));
    TEST_OK(context, eqf_module_init(context, module, scope, seed, parameters));
    for (int i = 0; i < eqf_parameters_arrays(parameters); i++) {
        eqf_parameter_info info;
        TEST_OK(context, eqf_parameters_info(context, parameters, i, &info));
        double *values = malloc(((size_t)info.count + 1) * sizeof *values);
        assert_non_null(values);
        TEST_OK(context, eqf_parameters_get(context, parameters, i, values));
        for (int64_t k = 0; k < info.count; k++)
            values[k] = (double)(float)(values[k] + 0.2 * eqfi_rng_normal(seed, (uint64_t)i + 1000, (uint64_t)k));
        TEST_OK(context, eqf_parameters_set(context, parameters, i, values));
        free(values);
    }
    return parameters;
}

/* --------------------------------------------------------------------------------------------------------- graph -- */

static const int32_t edge_src[] = {1, 5, 0, 2, 3, 4, 5, 0, 4, 1, 3, 2, 0},
                     edge_dst[] = {0, 0, 1, 1, 0, 5, 4, 4, 1, 3, 5, 4, 5};
static const int32_t atom_type[] = {2, 0, 0, 2, 0, 2};
static const int32_t atom_graph[] = {0, 0, 0, 1, 1, 1};

const eqf_graph_data module_graph = {
    sizeof(eqf_graph_data), MODULE_ATOMS, MODULE_EDGES, 2, edge_src, edge_dst, atom_graph, atom_type, atom_type};
const eqf_graph_data module_graph_no_edges = {
    sizeof(eqf_graph_data), 1, 0, 1, edge_src, edge_dst, atom_graph, atom_type, atom_type};
const eqf_graph_data module_graph_no_atoms = {
    sizeof(eqf_graph_data), 0, 0, 0, edge_src, edge_dst, atom_graph, atom_type, atom_type};

test_space module_space_of(const eqf_graph_data *graph, int64_t rows)
{
    test_space space = {
        .rows = {{"atoms", graph->atoms}, {"edges", graph->edges}, {"graphs", graph->graphs}, {"rows", rows}},
        .maps = {{"edge_src", edge_src},
                 {"edge_dst", edge_dst},
                 {"atom_type", atom_type},
                 {"atom_graph", atom_graph},
                 {"atom_tag", atom_type}}};
    return space;
}

test_space module_space(void) { return module_space_of(&module_graph, MODULE_ROWS); }

/* --------------------------------------------------------------------------------------------------------- bench -- */

eqf_var module_record(eqf_program *program, const eqf_var *inputs, const void *data)
{
    const module_recorder *r = data;
    int n = eqf_module_inputs(r->module);
    eqf_rows atoms = eqf_program_rows(program, "atoms"), edges = eqf_program_rows(program, "edges");
    eqf_graph graph = {.edge_src = eqf_program_map(program, "edge_src", edges, atoms),
                       .edge_dst = eqf_program_map(program, "edge_dst", edges, atoms),
                       .atom_graph = eqf_program_map(program, "atom_graph", atoms, eqf_program_rows(program, "graphs")),
                       .atom_type = eqf_program_map(program, "atom_type", atoms, eqf_program_rows(program, "types")),
                       .atom_tag = eqf_program_map(program, "atom_tag", atoms, eqf_program_rows(program, "types"))};
    if (r->c->fading) graph.edge_weight = inputs[n];
    eqf_program_set_training(program, r->c->training);
    return eqf_module_record(program, r->module, r->scope, &graph, inputs);
}

test_function module_function(const module_case *c, const module_recorder *recorder, const eqf_parameters *parameters,
                              char texts[4][128])
{
    static const char *const rows[] = {[EQFI_ON_ROWS] = "rows", [EQFI_ON_ATOMS] = "atoms", [EQFI_ON_EDGES] = "edges"};
    test_function f = {.record = module_record, .data = recorder, .parameters = parameters, .order = 2};
    f.n = eqf_module_inputs(recorder->module);
    for (int i = 0; i < f.n; i++) {
        bool single = c->single && i == f.n - 1;
        eqf_irreps_format(eqf_module_irreps_in(recorder->module, i), texts[i], sizeof texts[i], NULL);
        f.arguments[i] = (test_argument){single ? "one" : rows[recorder->module->in_rows[i]], texts[i], 0, 0, 0, 0};
        if (c->positive) f.arguments[i].low = 0.3, f.arguments[i].high = 4.7;
    }
    if (c->fading) f.arguments[f.n++] = (test_argument){"edges", "1x0e", 0.2, 0.9, 0, 0};
    return f;
}
