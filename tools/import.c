/* equiformer import: writes a model file from a checkpoint of the published code. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <equiformer/import.h>

#include <jansson.h>

#include "commands.h"
#include "config.h"
#include "options.h"
#include "output.h"

static const char *convention_of(eqf_context *context, const eqf_model *model, char text[32])
{
    char *json = NULL;
    snprintf(text, 32, "?");
    if (eqf_config_format(context, eqf_model_config(model), &json) != EQF_OK) return text;
    json_t *config = json_loads(json, 0, NULL);
    const char *name = json_string_value(json_object_get(config, "cg_convention"));
    if (name != NULL) snprintf(text, 32, "%s", name);
    json_decref(config);
    eqf_text_free(context, json);
    return text;
}

static void print_summary(eqf_context *context, const eqf_model *model, const char *output, bool json)
{
    const eqf_parameters *parameters = eqf_model_parameters(model);
    const char *precision = eqf_parameters_precision(parameters) == EQF_FLOAT64 ? "float64" : "float32";
    char count[32], convention[32];
    convention_of(context, model, convention);
    if (json) {
        fputs("{\"file\": ", stdout);
        write_json_text(stdout, output);
        fputs(", \"name\": ", stdout);
        write_json_text(stdout, eqf_model_name(model));
        printf(", \"parameters\": %lld, \"precision\": \"%s\", \"cg_convention\": \"%s\"}\n",
               (long long)eqf_parameters_elements(parameters), precision, convention);
    } else {
        printf("%s: %s, %s parameters, %s, sign convention %s\n", output, eqf_model_name(model),
               grouped(eqf_parameters_elements(parameters), count), precision, convention);
    }
}

int command_import(int argc, char **argv)
{
    const char *output = NULL, *path = NULL, *preset = NULL;
    bool json = false;
    text_list settings = {0, NULL};
    const option options[] = {
        {"output", 'o', "FILE", "the model file to write (required)", read_text, &output},
        {"preset", 'p', "NAME", "the published configuration that the checkpoint has", read_text, &preset},
        {"config", 'c', "FILE", "a JSON configuration instead; '-' is standard input", read_text, &path},
        {"set", 's', "KEY=VALUE", "change one key of the configuration; may be repeated", read_setting, &settings},
        {"json", 'j', NULL, "one JSON object: file, name, parameters, precision, cg_convention", read_switch, &json},
        {0}};
    const command_manual manual = {
        "import",
        "CHECKPOINT -o FILE",
        "Writes a model file from a checkpoint of the published code: a file of PyTorch (.pt, .pth,\n"
        ".pth.tar), of which nothing is run, or safetensors. Which model it is has to be said, unless the\n"
        "metadata of a safetensors file do.",
        options,
        1,
        1};
    int exit_status = EXIT_SUCCESS;
    eqf_context *context = NULL;
    eqf_config *config = NULL;
    eqf_model *model = NULL;
    if (!options_parse(&manual, &argc, argv, &exit_status)) goto done;
    exit_status = EXIT_USAGE;
    if (preset != NULL && path != NULL) {
        fail_usage("import", "--preset and --config exclude each other");
        goto done;
    }
    if (settings.n > 0 && preset == NULL && path == NULL) {
        fail_usage("import", "--set changes a configuration, expected --preset NAME or --config FILE");
        goto done;
    }
    if (output == NULL) {
        fail_usage("import", "expected -o FILE, where the model is to be written");
        goto done;
    }
    exit_status = EXIT_FAILURE;
    if ((context = open_context("import", 1)) == NULL) goto done;
    if ((preset != NULL || path != NULL) && (config = make_config("import", context, preset, path, &settings)) == NULL)
        goto done;
    eqf_status status = eqf_model_import(context, argv[1], config, &model);
    if (status == EQF_OK) status = eqf_model_save(context, model, output);
    if (status == EQF_OK) {
        print_summary(context, model, output, json);
        exit_status = finish_output("import");
    } else {
        exit_status = fail("import", "%s", message_of(context, status));
    }
done:
    eqf_model_free(model);
    eqf_config_free(config);
    eqf_context_free(context);
    free(settings.items);
    return exit_status;
}
