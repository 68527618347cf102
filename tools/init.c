/* equiformer init: writes a model file with published initial values. SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/model.h>

#include "commands.h"
#include "options.h"
#include "output.h"

/* The whole of a file ("-": standard input) as text to be freed; NULL after saying why not. */
static char *read_file(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file == NULL) {
        fail("init", "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    size_t room = 4096, length = 0;
    char *text = malloc(room);
    while (text != NULL) {
        length += fread(text + length, 1, room - length - 1, file);
        if (feof(file) || ferror(file)) break;
        char *more = realloc(text, room *= 2);
        if (more == NULL) free(text);
        text = more;
    }
    bool failed = ferror(file) != 0;
    if (text == NULL || failed) {
        fail("init", "cannot read %s: %s", path, failed ? strerror(errno) : "memory is exhausted");
        free(text);
        text = NULL;
    } else {
        text[length] = '\0';
        if (strlen(text) != length) {
            fail("init", "%s is no JSON text: it has a zero byte", path);
            free(text);
            text = NULL;
        }
    }
    if (file != stdin) fclose(file);
    return text;
}

/* The configuration of a preset or, if path is not NULL, of a file; NULL after saying why not. */
static eqf_config *make_config(eqf_context *context, const char *preset, const char *path, const text_list *settings)
{
    eqf_config *config = NULL;
    eqf_status status;
    if (path != NULL) {
        char *text = read_file(path);
        if (text == NULL) return NULL;
        status = eqf_config_parse(context, text, &config);
        free(text);
        if (status != EQF_OK) {
            fail("init", "%s: %s", strcmp(path, "-") == 0 ? "standard input" : path, message_of(context, status));
            return NULL;
        }
    } else {
        status = eqf_config_preset(context, preset, &config);
    }
    for (int i = 0; status == EQF_OK && i < settings->n; i++) {
        const char *setting = settings->items[i], *equals = strchr(setting, '=');
        char *key = strndup(setting, (size_t)(equals - setting));
        if (key == NULL) {
            fail("init", "memory is exhausted");
            eqf_config_free(config);
            return NULL;
        }
        status = eqf_config_set(context, config, key, equals + 1);
        free(key);
    }
    if (status == EQF_OK) return config;
    fail("init", "%s", message_of(context, status));
    eqf_config_free(config);
    return NULL;
}

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
    if ((config = make_config(context, argv[1], path, &settings)) == NULL) goto done;
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
