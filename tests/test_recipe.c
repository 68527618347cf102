/* Recipes: what the named ones say, keys as text and as JSON. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <locale.h>

#include <jansson.h>

#include <equiformer/trainer.h>

static test_allocator memory;
static eqf_context *context;
static eqf_recipe *recipe;

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqf_recipe_free(recipe);
    recipe = NULL;
    test_context_free(context, &memory);
    return 0;
}

static void preset(const char *name)
{
    eqf_recipe_free(recipe);
    recipe = NULL;
    TEST_OK(context, eqf_recipe_preset(context, name, &recipe));
}

static json_t *as_json(void)
{
    char *text = NULL;
    TEST_OK(context, eqf_recipe_format(context, recipe, &text));
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    eqf_text_free(context, text);
    return root;
}

/* The value of a key, "model.KEY" for those of the model, as JSON text. */
static void expect(const char *key, const char *value)
{
    json_t *root = as_json();
    const json_t *at = root;
    if (strncmp(key, "model.", 6) == 0) at = json_object_get(root, "model");
    at = json_object_get(at, at == root ? key : key + 6);
    json_t *expected = json_loads(value, JSON_DECODE_ANY, NULL);
    char *have = json_dumps(at, JSON_ENCODE_ANY);
    bool same = json_is_number(at) && json_is_number(expected)
                    ? fabs(json_number_value(at) - json_number_value(expected)) <= 1e-14 * fabs(json_number_value(at))
                    : json_equal(at, expected);
    if (!same) fail_msg("%s is %s, expected %s", key, have == NULL ? "missing" : have, value);
    free(have);
    json_decref(expected);
    json_decref(root);
}

typedef struct entry {
    const char *key, *value;
} entry;

static void expect_all(const entry *entries)
{
    for (; entries->key != NULL; entries++) expect(entries->key, entries->value);
}

/* ------------------------------------------------------------------------------------------------------------ named -- */

static const entry everywhere[] = {
    {"optimizer", "\"adamw\""}, {"beta1", "0.9"},     {"beta2", "0.999"}, {"epsilon", "1e-8"},
    {"ema_decay", "0.0"},       {"clip_norm", "0.0"}, {NULL, NULL}};

static const entry md17[] = {{"schedule", "\"cosine_epoch\""},
                             {"lr_start", "1e-6"},
                             {"lr_floor", "1e-6"},
                             {"warmup_epochs", "10.0"},
                             {"weight_decay", "1e-6"},
                             {"energy_loss", "\"l1\""},
                             {"energy_weight", "1.0"},
                             {"forces_loss", "\"l2mae\""},
                             {"standardise", "\"energy\""},
                             {"references", "\"none\""},
                             {"train_size", "950.0"},
                             {"valid_size", "50.0"},
                             {NULL, NULL}};

static const entry md17_l2[] = {{"model.preset", "\"graph_attention_transformer_nonlinear_exp_l2_md17\""},
                                {"model.alpha_drop", "0.0"},
                                {"forces_weight", "80.0"},
                                {"batch_size", "8"},
                                {"lr", "5e-4"},
                                {"epochs", "1500"},
                                {NULL, NULL}};

static const entry md17_l3[] = {{"model.preset", "\"graph_attention_transformer_nonlinear_exp_l3_md17\""},
                                {"forces_weight", "100.0"},
                                {"batch_size", "5"},
                                {"lr", "2e-4"},
                                {"epochs", "2000"},
                                {NULL, NULL}};

static const entry qm9[] = {{"schedule", "\"cosine_epoch\""},
                            {"warmup_epochs", "5.0"},
                            {"lr_start", "1e-6"},
                            {"lr_floor", "1e-6"},
                            {"energy_loss", "\"l1\""},
                            {"forces_weight", "0.0"},
                            {"train_size", "110000.0"},
                            {"valid_size", "10000.0"},
                            {NULL, NULL}};

static const entry qm9_u0[] = {{"target", "\"U0\""},
                               {"model.preset", "\"graph_attention_transformer_nonlinear_bessel_l2_drop00\""},
                               {"model.alpha_drop", "0.0"},
                               {"batch_size", "64"},
                               {"lr", "1.5e-4"},
                               {"weight_decay", "0.0"},
                               {"epochs", "600"},
                               {"standardise", "\"none\""},
                               {"references", "\"given\""},
                               {"energy_key", "\"u0\""},
                               {"energy_unit", "\"hartree\""},
                               {"to_energy_unit", "\"eV\""},
                               {NULL, NULL}};

static const entry qm9_mu[] = {{"target", "\"mu\""},
                               {"model.preset", "\"graph_attention_transformer_nonlinear_l2\""},
                               {"model.alpha_drop", "0.2"},
                               {"batch_size", "128"},
                               {"lr", "5e-4"},
                               {"weight_decay", "5e-3"},
                               {"epochs", "300"},
                               {"standardise", "\"energy\""},
                               {"references", "\"none\""},
                               {"atom_energies", "null"},
                               {"energy_key", "\"mu\""},
                               {"energy_unit", "\"1\""},
                               {"model.energy_unit", "\"D\""},
                               {NULL, NULL}};

static const entry oc20[] = {{"schedule", "\"cosine_step\""},
                             {"lr_start", "0.2"},
                             {"lr_floor", "0.01"},
                             {"warmup_epochs", "2.0"},
                             {"weight_decay", "1e-3"},
                             {"batch_size", "32"},
                             {"energy_loss", "\"l1\""},
                             {"energy_weight", "1.0"},
                             {"standardise", "\"given\""},
                             {"target_mean", "-1.525913953781128"},
                             {"target_scale", "2.279365062713623"},
                             {"relaxations", "true"},
                             {"model.max_neighbors", "500"},
                             {"model.max_radius", "5.0"},
                             {"model.family", "\"oc20\""},
                             {NULL, NULL}};

static const entry oc20_plain[] = {
    {"lr", "2e-4"}, {"epochs", "20"}, {"model.num_layers", "6"}, {"noise_fraction", "0.0"}, {NULL, NULL}};

static const entry oc20_aux[] = {{"lr", "5e-4"},
                                 {"epochs", "40"},
                                 {"model.num_layers", "18"},
                                 {"model.drop_path_rate", "0.05"},
                                 {"model.use_auxiliary_task", "true"},
                                 {"model.auxiliary_scale", "0.87715524"},
                                 {"noise_fraction", "0.5"},
                                 {"noise_sigma", "0.3"},
                                 {"displacement_loss", "\"l1\""},
                                 {"displacement_weight", "15.0"},
                                 {"displacement_weight_final", "1.0"},
                                 {NULL, NULL}};

static void test_named(void **state)
{
    (void)state;
    static const char *const names[] = {"qm9", "md17-l2", "md17-l3", "oc20-is2re", "oc20-is2re-aux"};
    assert_int_equal(eqf_recipe_count(), 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(eqf_recipe_name(i), names[i]);
        preset(names[i]);
        expect_all(everywhere);
    }
    assert_null(eqf_recipe_name(5));
    assert_null(eqf_recipe_name(-1));
    preset("md17-l2");
    expect_all(md17);
    expect_all(md17_l2);
    preset("md17-l3");
    expect_all(md17);
    expect_all(md17_l3);
    preset("oc20-is2re");
    expect_all(oc20);
    expect_all(oc20_plain);
    preset("oc20-is2re-aux");
    expect_all(oc20);
    expect_all(oc20_aux);
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND,
               "unknown recipe md18, expected one of: qm9, md17-l2, md17-l3, oc20-is2re, oc20-is2re-aux",
               eqf_recipe_preset(context, "md18", &recipe));
}

static void test_targets(void **state)
{
    (void)state;
    preset("qm9");
    expect_all(qm9);
    expect_all(qm9_u0);
    json_t *root = as_json();
    double carbon = json_number_value(json_object_get(json_object_get(root, "atom_energies"), "C"));
    json_decref(root);
    assert_close(carbon, -37.846772 * 27.211386246, 1e-9);
    TEST_OK(context, eqf_recipe_set(context, recipe, "target", "mu"));
    expect_all(qm9);
    expect_all(qm9_mu);
    TEST_OK(context, eqf_recipe_set(context, recipe, "target", "G"));
    expect("energy_key", "\"g298\"");
    expect("model.energy_unit", "\"eV\"");
    TEST_OK(context, eqf_recipe_set(context, recipe, "target", "gap"));
    expect("energy_unit", "\"hartree\"");
    expect("references", "\"none\"");
    TEST_FAILS(context, EQF_ERROR_ARGUMENT,
               "expected one of: none, mu, alpha, homo, lumo, gap, r2, zpve, U0, U, H, G, Cv",
               eqf_recipe_set(context, recipe, "target", "entropy"));
}

/* ------------------------------------------------------------------------------------------------------------- keys -- */

static void test_set(void **state)
{
    (void)state;
    preset("md17-l2");
    static const entry settings[] = {
        {"batch_size", "3"},           {"lr", "0.25"},         {"ema_decay", "0.999"},
        {"energy_key", "free_energy"}, {"energy_key", "null"}, {"forces_weight_final", "5"},
        {"model.num_layers", "2"},     {"references", "fit"},  {"drop_last", "true"},
        {"distance_min", "-1"},        {"stress_unit", "GPa"}, {"standardise", "forces"},
        {"model.max_radius", "4.5"},   {"time_limit", "3600"}, {"seed", "12345678901234"}};
    static const entry after[] = {{"batch_size", "3"},
                                  {"lr", "0.25"},
                                  {"ema_decay", "0.999"},
                                  {"energy_key", "null"},
                                  {"forces_weight_final", "5.0"},
                                  {"model.num_layers", "2"},
                                  {"references", "\"fit\""},
                                  {"drop_last", "true"},
                                  {"distance_min", "-1.0"},
                                  {"stress_unit", "\"GPa\""},
                                  {"standardise", "\"forces\""},
                                  {"model.max_radius", "4.5"},
                                  {"seed", "12345678901234"},
                                  {NULL, NULL}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        TEST_OK(context, eqf_recipe_set(context, recipe, settings[i].key, settings[i].value));
    expect_all(after);
    TEST_OK(context,
            eqf_recipe_set(context, recipe, "model.preset", "graph_attention_transformer_nonlinear_exp_l3_md17"));
    expect("model.num_layers", "6");

    eqf_dataset_options options;
    eqf_recipe_dataset_options(recipe, &options);
    assert_null(options.energy_key);
    assert_string_equal(options.stress_unit, "GPa");
    assert_string_equal(options.energy_unit, "eV");
    assert_true(options.distance_min == -1 && options.size == sizeof options);
    assert_int_equal(options.labels, EQF_LABEL_ENERGY | EQF_LABEL_FORCES);

    static const struct {
        const char *key, *value, *message;
        eqf_status status;
    } wrong[] = {
        {"batchsize", "3", "unknown key batchsize of a training recipe (docs/recipes.md", EQF_ERROR_NOT_FOUND},
        {"model.layers", "3", "unknown key layers of a model", EQF_ERROR_NOT_FOUND},
        {"batch_size", "-1", "batch_size is -1, expected a whole number, 0 or more", EQF_ERROR_ARGUMENT},
        {"batch_size", "2.5", "batch_size is 2.5, expected a whole number", EQF_ERROR_ARGUMENT},
        {"lr", "fast", "lr is fast, expected a number, 0 or more", EQF_ERROR_ARGUMENT},
        {"lr", "1e400", "lr is 1e400, expected a number", EQF_ERROR_ARGUMENT},
        {"ema_decay", "1", "ema_decay is 1, expected a number from 0 to below 1", EQF_ERROR_ARGUMENT},
        {"optimizer", "lion", "optimizer is \"lion\", expected one of: adamw, adam, sgd", EQF_ERROR_ARGUMENT},
        {"drop_last", "yes", "drop_last is yes, expected true or false", EQF_ERROR_ARGUMENT},
        {"atom_energies", "{\"Xx\":1}", "expected an object as {\"H\": -13.6} or null", EQF_ERROR_ARGUMENT},
        {"atom_energies", "{\"H\":true}", "expected an object as {\"H\": -13.6} or null", EQF_ERROR_ARGUMENT},
        {"target_scale", "0", "target_scale is 0, expected a positive number", EQF_ERROR_ARGUMENT},
        {"energy_unit", "a unit with a name that is long", "expected a text of at most 15", EQF_ERROR_ARGUMENT},
        {"recipe", "qm9", "unknown key recipe", EQF_ERROR_NOT_FOUND},
        {"model.preset", "none", "unknown preset none", EQF_ERROR_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        TEST_FAILS(context, wrong[i].status, wrong[i].message,
                   eqf_recipe_set(context, recipe, wrong[i].key, wrong[i].value));
    expect("batch_size", "3");
    expect("lr", "0.25");
}

static void parse(const char *json)
{
    eqf_recipe_free(recipe);
    recipe = NULL;
    TEST_OK(context, eqf_recipe_parse(context, json, &recipe));
}

static void test_parse(void **state)
{
    (void)state;
    parse("{\"lr\": 1, \"recipe\": \"md17-l2\", \"model\": {\"num_layers\": 3}, \"epochs\": 7}");
    expect("lr", "1.0");
    expect("epochs", "7");
    expect("forces_weight", "80.0");
    expect("model.num_layers", "3");
    expect("model.basis_type", "\"exp\"");
    expect("recipe", "\"md17-l2\"");
    parse("{\"batch_size\": 5, \"target\": \"mu\", \"model\": {\"preset\": \"dot_product_attention_transformer_l2\"}}");
    expect("batch_size", "5"); /* what is given counts more than what the target says */
    expect("energy_key", "\"mu\"");
    expect("model.dot_product_attention", "true");
    parse("{}");
    expect("batch_size", "8");
    TEST_FAILS(context, EQF_ERROR_PARSE, "line 1", eqf_recipe_parse(context, "{\"lr\": }", &recipe));
    TEST_FAILS(context, EQF_ERROR_PARSE, "is no JSON object", eqf_recipe_parse(context, "[]", &recipe));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "unknown key speed", eqf_recipe_parse(context, "{\"speed\": 1}", &recipe));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "model is no JSON object",
               eqf_recipe_parse(context, "{\"model\": 1}", &recipe));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "recipe is no text", eqf_recipe_parse(context, "{\"recipe\": 1}", &recipe));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "unknown key layers",
               eqf_recipe_parse(context, "{\"model\": {\"layers\": 1}}", &recipe));
}

/* What is written reads back as the same, bit for bit, whatever the locale. */
static void test_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < eqf_recipe_count(); i++) {
        char *first = NULL, *second = NULL;
        preset(eqf_recipe_name(i));
        TEST_OK(context, eqf_recipe_set(context, recipe, "lr", "0.1234567890123456789"));
        TEST_OK(context, eqf_recipe_set(context, recipe, "forces_weight_final", "null"));
        TEST_OK(context, eqf_recipe_set(context, recipe, "atom_energies", "{\"H\":-0.1,\"Og\":3}"));
        TEST_OK(context, eqf_recipe_format(context, recipe, &first));
        bool german = setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
        parse(first);
        TEST_OK(context, eqf_recipe_format(context, recipe, &second));
        if (german) setlocale(LC_ALL, "C");
        assert_string_equal(first, second);
        eqf_text_free(context, first);
        eqf_text_free(context, second);
    }
}

/* The largest published network. */
static void test_parameters(void **state)
{
    (void)state;
    eqf_config *config = NULL;
    eqf_model *model = NULL;
    preset("oc20-is2re-aux");
    json_t *root = as_json();
    char *text = json_dumps(json_object_get(root, "model"), 0);
    json_decref(root);
    TEST_OK(context, eqf_config_parse(context, text, &config));
    free(text);
    TEST_OK(context, eqf_model_create(context, config, 1, EQF_FLOAT32, &model));
    assert_int_equal(eqf_parameters_elements(eqf_model_parameters(model)), 26773379);
    eqf_model_free(model);
    eqf_config_free(config);
}

static eqf_status make_and_format(eqf_context *own, void *argument)
{
    eqf_recipe *made = NULL;
    char *text = NULL;
    eqf_status status = eqf_recipe_parse(own, argument, &made);
    if (status == EQF_OK) status = eqf_recipe_set(own, made, "lr", "0.5");
    if (status == EQF_OK) status = eqf_recipe_format(own, made, &text);
    eqf_text_free(own, text);
    eqf_recipe_free(made);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    static char json[] = "{\"recipe\": \"qm9\", \"target\": \"mu\", \"model\": {\"num_layers\": 2}}";
    test_every_allocation(make_and_format, json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameters, set_up, tear_down),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
