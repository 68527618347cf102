/* Model configurations: from command lines, and to be looked at. SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

char *read_whole_file(const char *command, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file == NULL) {
        fail(command, "cannot open %s: %s", path, strerror(errno));
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
        fail(command, "cannot read %s: %s", path, failed ? strerror(errno) : "memory is exhausted");
        free(text);
        text = NULL;
    } else {
        text[length] = '\0';
        if (strlen(text) != length) {
            fail(command, "%s is no JSON text: it has a zero byte", path);
            free(text);
            text = NULL;
        }
    }
    if (file != stdin) fclose(file);
    return text;
}

eqf_config *make_config(const char *command, eqf_context *context, const char *preset, const char *path,
                        const text_list *settings)
{
    eqf_config *config = NULL;
    eqf_status status;
    if (path != NULL) {
        char *text = read_whole_file(command, path);
        if (text == NULL) return NULL;
        status = eqf_config_parse(context, text, &config);
        free(text);
        if (status != EQF_OK) {
            fail(command, "%s: %s", strcmp(path, "-") == 0 ? "standard input" : path, message_of(context, status));
            return NULL;
        }
    } else {
        status = eqf_config_preset(context, preset, &config);
    }
    for (int i = 0; status == EQF_OK && i < settings->n; i++) {
        const char *setting = settings->items[i], *equals = strchr(setting, '=');
        char *key = strndup(setting, (size_t)(equals - setting));
        if (key == NULL) {
            fail(command, "memory is exhausted");
            eqf_config_free(config);
            return NULL;
        }
        status = eqf_config_set(context, config, key, equals + 1);
        free(key);
    }
    if (status == EQF_OK) return config;
    fail(command, "%s", message_of(context, status));
    eqf_config_free(config);
    return NULL;
}

json_t *config_json(eqf_context *context, const eqf_config *config)
{
    char *text = NULL;
    if (eqf_config_format(context, config, &text) != EQF_OK) return NULL;
    json_t *object = json_loads(text, 0, NULL);
    eqf_text_free(context, text);
    return object;
}
