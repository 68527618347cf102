/* Golden cases of modules on graphs: attention, feed-forward networks, blocks, edge-degree embedding.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include <string.h>

/* Irreps of node attributes; NULL for 1x0e, which stands for none. */
static eqf_irreps *node_attributes(golden_case *c)
{
    const char *text = golden_has(c, "irreps_node_attr") ? golden_text(c, "irreps_node_attr") : NULL;
    return text == NULL || strcmp(text, "1x0e") == 0 ? NULL : golden_irreps(c, "irreps_node_attr");
}

static eqf_attention_options attention_options(golden_case *c)
{
    eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
    options.irreps_in = golden_irreps(c, "irreps_in");
    options.irreps_sh = golden_irreps(c, "irreps_sh");
    options.irreps_out = golden_irreps(c, "irreps_out");
    options.irreps_head = golden_irreps(c, "irreps_head");
    const json_t *pre = json_object_get(c->config, "irreps_pre_attn");
    if (pre != NULL && !json_is_null(pre)) options.irreps_pre_attn = golden_irreps(c, "irreps_pre_attn");
    options.num_heads = golden_int(c, "num_heads");
    options.radial_layers = golden_ints(c, "radial_layers", &options.n_radial);
    options.convention = c->file->convention;
    options.linear_message = golden_has(c, "nonlinear_message") && !golden_flag(c, "nonlinear_message");
    options.rescale_degree = golden_has(c, "rescale_degree") && golden_flag(c, "rescale_degree");
    return options;
}

static eqf_module *create_graph_attention(golden_case *c)
{
    eqf_attention_options options = attention_options(c);
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_graph_attention_create(c->context, &options, &module));
    return module;
}

static eqf_module *create_dot_product_attention(golden_case *c)
{
    eqf_attention_options options = attention_options(c);
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_dot_product_attention_create(c->context, &options, &module));
    return module;
}

static eqf_module *create_feed_forward(golden_case *c)
{
    eqf_irreps *in = golden_irreps(c, "irreps_in"), *mid = golden_irreps(c, "irreps_mlp_mid");
    eqf_irreps *out = golden_irreps(c, "irreps_out");
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_feed_forward_create(c->context, in, node_attributes(c), mid, out, 0, &module));
    return module;
}

static eqf_module *create_block(golden_case *c)
{
    eqf_block_options options = EQF_BLOCK_OPTIONS_INIT;
    eqf_attention_options attention = attention_options(c);
    options.attention = &attention;
    options.irreps_node_attr = node_attributes(c);
    options.irreps_mlp_mid = golden_irreps(c, "irreps_mlp_mid");
    options.irreps_out = golden_irreps(c, "irreps_out");
    options.norm = golden_norm_kind(c, golden_text(c, "norm_layer"));
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_block_create(c->context, &options, &module));
    return module;
}

static eqf_module *create_edge_degree(golden_case *c)
{
    eqf_edge_degree_options options = EQF_EDGE_DEGREE_OPTIONS_INIT;
    options.irreps_out = golden_irreps(c, "irreps_out");
    options.irreps_sh = golden_irreps(c, "irreps_sh");
    options.radial_layers = golden_ints(c, "radial_layers", &options.n_radial);
    if (golden_has(c, "avg_degree")) options.average_degree = golden_number(c, "avg_degree");
    options.convention = c->file->convention;
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_edge_degree_create(c->context, &options, &module));
    return module;
}

const golden_kind *golden_block_kind(const char *name)
{
    static const golden_kind kinds[] = {
        {"graph_attention", create_graph_attention, "aee"},
        {"dot_product_attention", create_dot_product_attention, "aee"},
        {"feed_forward", create_feed_forward, "aa"},
        {"trans_block", create_block, "aeea"},
        {"edge_degree", create_edge_degree, "ee"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}
