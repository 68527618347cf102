/* equiformer init: writes a model file with published initial values. SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <equiformer/model.h>

#include "commands.h"
#include "config.h"
#include "options.h"
#include "output.h"

int command_init(int argc, char **argv)
{
    const char *output = NULL, *path = NULL;
    uint64_t seed = 0;
    int precision = EQF_FLOAT32;
    text_list settings = {0, NULL};
    const option options[] = {
        {"output", 'o', "FILE", "the model file to write (required)", read_text, &output},
        {"config", 'c', "FILE", "a JSON configuration in place of PRESET; '-' is standard input", read_text, &path},
        {"set", 's', "KEY=VALUE", "change one key of the configuration; may be repeated", read_setting, &settings},
        {"seed", 0, "N", "seed of the initial values (0)", read_seed, &seed},
        {"precision", 0, "f32|f64", "numbers in the file (f32)", read_precision, &precision},
        {0}};
    const command_manual manual = {
        "init",
        "PRESET -o FILE",
        "Writes a model file: a published configuration (see 'equiformer presets') with the published\n"
        "initial values, which depend on the seed alone.",
        options,
        0,
        1};
    int exit_status = EXIT_SUCCESS;
    eqf_context *context = NULL;
    eqf_config *config = NULL;
    eqf_model *model = NULL;
    if (!options_parse(&manual, &argc, argv, &exit_status)) goto done;
    exit_status = EXIT_USAGE;
    if ((argc == 2) == (path != NULL)) {
        fail_usage("init", argc == 2 ? "PRESET and --config exclude each other" : "expected PRESET or --config FILE");
        goto done;
    }
    if (output == NULL) {
        fail_usage("init", "expected -o FILE, where the model is to be written");
        goto done;
    }
    exit_status = EXIT_FAILURE;
    if ((context = open_context("init", 0)) == NULL) goto done;
    if ((config = make_config("init", context, argv[1], path, &settings)) == NULL) goto done;
    eqf_status status = eqf_model_create(context, config, seed, (eqf_precision)precision, &model);
    if (status == EQF_OK) status = eqf_model_save(context, model, output);
    exit_status = status == EQF_OK ? EXIT_SUCCESS : fail("init", "%s", message_of(context, status));
done:
    eqf_model_free(model);
    eqf_config_free(config);
    eqf_context_free(context);
    free(settings.items);
    return exit_status;
}
