/* Configurations in the spelling of the published constructors. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/model.h>

#include "model/config.h"

static test_allocator memory;
static eqf_context *context;
static eqf_config *config;

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    config = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqf_config_free(config);
    test_context_free(context, &memory);
    return 0;
}

static const eqf_config *parse(const char *json)
{
    eqf_config_free(config);
    config = NULL;
    TEST_OK(context, eqf_config_parse(context, json, &config));
    return config;
}

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        eqfi_family family;
        bool dot_product;
    } cases[] = {{"{\"kind\": \"qm9\"}", EQFI_FAMILY_QM9, false},
                 {"{\"kind\": \"md17\"}", EQFI_FAMILY_MD17, false},
                 {"{\"num_layers\": 2, \"kind\": \"oc20\"}", EQFI_FAMILY_OC20, false},
                 {"{\"kind\": \"qm9_dot_product\"}", EQFI_FAMILY_QM9, true},
                 {"{\"kind\": \"md17_dot_product\"}", EQFI_FAMILY_MD17, true},
                 {"{\"kind\": \"dot_product_attention_transformer_l2\"}", EQFI_FAMILY_QM9, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        parse(cases[i].json);
        assert_int_equal(config->family, cases[i].family);
        assert_int_equal(config->dot_product_attention, cases[i].dot_product);
    }
    parse("{\"kind\": \"graph_attention_transformer_nonlinear_l2\", \"radius\": 5.0, \"num_basis\": 128}");
    assert_string_equal(config->preset, "graph_attention_transformer_nonlinear_l2");
    parse("{\"kind\": \"graph_attention_transformer_nonlinear_l2\", \"radius\": 6}");
    assert_string_equal(config->preset, "");
    assert_true(config->max_radius == 6);
}

static void test_arguments(void **state)
{
    (void)state;
    parse("{\"kind\": \"md17\", \"irreps_in\": \"10x0e\", \"radius\": 4.5, \"num_basis\": 7, \"use_attn_head\": true, "
          "\"num_heads\": 3, \"fc_neurons\": [16], \"irreps_sh\": \"1x0e+1x1o\", \"irreps_node_attr\": \"1x0e\", "
          "\"mean\": 1.5, \"std\": null, \"scale\": null, \"atomref\": null, \"num_targets\": 1, \"num_atoms\": null, "
          "\"irreps_pre_attn\": null, \"cg_convention\": \"e3nn-0.4\"}");
    assert_int_equal(config->atom_types.n, 10);
    assert_int_equal(config->atom_types.values[0], -1);
    assert_int_equal(config->atom_types.values[9], 9);
    assert_true(config->max_radius == 4.5 && config->number_of_basis == 7 && config->num_heads == 3);
    assert_true(config->use_attention_head && config->fc_neurons.n == 1 && config->fc_neurons.values[0] == 16);
    assert_int_equal(config->convention, EQF_CG_E3NN_04);
    assert_null(config->irreps_pre_attn);
    /* Elsewhere the index of types is not the atomic number. */
    parse("{\"kind\": \"qm9\", \"irreps_in\": \"5x0e\"}");
    assert_int_equal(config->atom_types.values[1], 6);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        eqf_status status;
        const char *message;
    } cases[] = {
        {"{\"kind\": 3}", EQF_ERROR_ARGUMENT, "kind is no text"},
        {"{\"kind\": \"qm8\"}", EQF_ERROR_ARGUMENT, "kind is qm8, expected a preset, or qm9, md17 or oc20"},
        {"{\"kind\": \"qm9_dot\"}", EQF_ERROR_ARGUMENT, "kind is qm9_dot"},
        {"{\"kind\": \"md17\", \"irreps_in\": \"64x0o\"}", EQF_ERROR_ARGUMENT, "irreps_in is 64x0o, expected 1x0e"},
        {"{\"kind\": \"md17\", \"irreps_in\": \"0x0e\"}", EQF_ERROR_ARGUMENT, "irreps_in is 0x0e"},
        {"{\"kind\": \"md17\", \"irreps_in\": \"999x0e\"}", EQF_ERROR_ARGUMENT, "irreps_in is 999x0e"},
        {"{\"kind\": \"qm9\", \"scale\": 2}", EQF_ERROR_UNSUPPORTED, "scale is 2, expected null"},
        {"{\"kind\": \"qm9\", \"num_targets\": 2}", EQF_ERROR_UNSUPPORTED, "num_targets is 2, expected 1"},
        {"{\"kind\": \"qm9\", \"irreps_node_attr\": \"1x0e+1x1e\"}", EQF_ERROR_UNSUPPORTED, "irreps_node_attr is"},
        {"{\"kind\": \"qm9\", \"atomref\": [1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8]}",
         EQF_ERROR_UNSUPPORTED, "atomref is something else, expected null"},
        {"{\"kind\": \"qm9\", \"max_radius\": -1}", EQF_ERROR_ARGUMENT, "max_radius is -1"},
        {"{\"kind\": \"qm9\", \"radius\": \"x\"}", EQF_ERROR_ARGUMENT, "max_radius is \"x\""},
        {"{\"kind\": \"qm9\", \"other\": 1}", EQF_ERROR_NOT_FOUND, "unknown key other"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        TEST_FAILS(context, cases[i].status, cases[i].message, eqf_config_parse(context, cases[i].json, &config));
    assert_null(config);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_kinds), CASE(test_arguments), CASE(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
