/* equiformer info: what a model file holds. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <equiformer/model.h>
#include <equiformer/structure.h>

#include "commands.h"
#include "config.h"
#include "options.h"
#include "output.h"

/* Keys of the configuration with the words that people use, in the order in which they are printed. */
static const struct {
    const char *key, *label;
} rows[] = {{"num_layers", "blocks"},
            {"num_heads", "heads"},
            {"irreps_node_embedding", "irreps of atoms"},
            {"irreps_sh", "irreps of edges"},
            {"irreps_head", "irreps of a head"},
            {"irreps_mlp_mid", "irreps of feed-forward"},
            {"irreps_feature", "irreps of features"},
            {"norm_layer", "norm"},
            {"basis_type", "radial basis"},
            {"number_of_basis", "radial functions"},
            {"fc_neurons", "radial network"},
            {"max_radius", "cut-off"},
            {"length_unit", "unit of length"},
            {"energy_unit", "unit of energy"},
            {"cg_convention", "sign convention"}};

static void print_value(const json_t *value)
{
    if (json_is_string(value)) {
        fputs(json_string_value(value), stdout);
    } else if (json_is_real(value)) {
        printf("%.10g", json_real_value(value));
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        fputs(text == NULL ? "?" : text, stdout);
        free(text);
    }
}

/* "H-Ne, Si" */
static void print_elements(const eqf_model *model)
{
    const char *separator = "";
    printf("%-24s", "elements");
    for (int z = 1; eqf_element_symbol(z) != NULL; z++) {
        if (eqf_model_type(model, z) < 0) continue;
        int last = z;
        while (eqf_model_type(model, last + 1) >= 0) last++;
        if (last < z + 2) last = z;
        printf("%s%s", separator, eqf_element_symbol(z));
        if (last > z) printf("-%s", eqf_element_symbol(last));
        separator = ", ";
        z = last;
    }
    fputs("\n", stdout);
}

static void print_table(const eqf_model *model, const json_t *config)
{
    const eqf_parameters *parameters = eqf_model_parameters(model);
    char count[32];
    printf("%-24s%s\n", "name", eqf_model_name(model));
    printf("%-24s%s, %s\n", "parameters", grouped(eqf_parameters_elements(parameters), count),
           eqf_parameters_precision(parameters) == EQF_FLOAT64 ? "float64" : "float32");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const json_t *value = json_object_get(config, rows[i].key);
        if (value == NULL) continue;
        printf("%-24s", rows[i].label);
        print_value(value);
        fputs("\n", stdout);
    }
    print_elements(model);
}

static void print_json(const eqf_model *model, const json_t *config)
{
    fputs("{\"name\": ", stdout);
    write_json_text(stdout, eqf_model_name(model));
    printf(", \"parameters\": %lld, \"config\": ", (long long)eqf_parameters_elements(eqf_model_parameters(model)));
    json_dumpf(config, stdout, 0);
    fputs("}\n", stdout);
}

int command_info(int argc, char **argv)
{
    bool json = false;
    const option options[] = {{"json", 'j', NULL, "one JSON object: name, parameters, config", read_switch, &json},
                              {0}};
    const command_manual manual = {"info", "FILE", "Describes a model file.", options, 1, 1};
    int exit_status = EXIT_SUCCESS;
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    eqf_context *context = open_context("info", 1);
    if (context == NULL) return EXIT_FAILURE;

    eqf_model *model = NULL;
    json_t *config = NULL;
    eqf_status status = eqf_model_load(context, argv[1], &model);
    if (status == EQF_OK && (config = config_json(context, eqf_model_config(model))) == NULL) status = EQF_ERROR_MEMORY;
    if (status == EQF_OK) {
        if (json)
            print_json(model, config);
        else
            print_table(model, config);
        exit_status = finish_output("info");
    } else {
        exit_status = fail("info", "%s", message_of(context, status));
    }
    json_decref(config);
    eqf_model_free(model);
    eqf_context_free(context);
    return exit_status;
}
