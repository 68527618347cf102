/* equiformer presets: the published configurations and how many parameters they have. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <equiformer/model.h>

#include "commands.h"
#include "options.h"
#include "output.h"

/* Counts by making the model: there is no second list of numbers that could be wrong. */
static eqf_status count_parameters(eqf_context *context, const char *name, int64_t *count)
{
    eqf_config *config = NULL;
    eqf_model *model = NULL;
    eqf_status status = eqf_config_preset(context, name, &config);
    if (status == EQF_OK) status = eqf_model_create(context, config, 0, EQF_FLOAT32, &model);
    if (status == EQF_OK) *count = eqf_parameters_elements(eqf_model_parameters(model));
    eqf_model_free(model);
    eqf_config_free(config);
    return status;
}

int command_presets(int argc, char **argv)
{
    bool json = false;
    const option options[] = {{"json", 'j', NULL, "one JSON object per line: name, parameters", read_switch, &json},
                              {0}};
    const command_manual manual = {"presets", "", "Lists the published configurations and their numbers of parameters.",
                                   options,   0,  0};
    int exit_status = EXIT_SUCCESS;
    if (!options_parse(&manual, &argc, argv, &exit_status)) return exit_status;
    eqf_context *context = open_context("presets", 1);
    if (context == NULL) return EXIT_FAILURE;

    int width = 4;
    for (int i = 0; i < eqf_preset_count(); i++) {
        int length = (int)strlen(eqf_preset_name(i));
        if (length > width) width = length;
    }
    if (!json) printf("%-*s  %12s\n", width, "name", "parameters");
    for (int i = 0; i < eqf_preset_count() && exit_status == EXIT_SUCCESS; i++) {
        const char *name = eqf_preset_name(i);
        int64_t count = 0;
        char text[32];
        eqf_status status = count_parameters(context, name, &count);
        if (status != EQF_OK)
            exit_status = fail("presets", "%s: %s", name, message_of(context, status));
        else if (json)
            printf("{\"name\": \"%s\", \"parameters\": %lld}\n", name, (long long)count);
        else
            printf("%-*s  %12s\n", width, name, grouped(count, text));
    }
    if (exit_status == EXIT_SUCCESS) exit_status = finish_output("presets");
    eqf_context_free(context);
    return exit_status;
}
