/* Any text as a model configuration: what is accepted can be written and read again. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <equiformer/model.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 14) return 0;
    eqf_context *context;
    eqf_config *config, *again;
    char *text = malloc(size + 1), *written, *rewritten;
    if (text == NULL || eqf_context_create(NULL, &context) != EQF_OK) return 0;
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    if (eqf_config_parse(context, text, &config) == EQF_OK) {
        eqf_config_set(context, config, "num_layers", text);
        eqf_config_set(context, config, text, "1");
        if (eqf_config_format(context, config, &written) == EQF_OK) {
            if (eqf_config_parse(context, written, &again) == EQF_OK) {
                demand(eqf_config_format(context, again, &rewritten) == EQF_OK && strcmp(written, rewritten) == 0);
                eqf_text_free(context, rewritten);
                eqf_config_free(again);
            } else { /* only for what was never given */
                demand(strstr(written, "null") != NULL);
            }
            eqf_text_free(context, written);
        }
        eqf_config_free(config);
    } else {
        demand(eqf_context_message(context)[0] != '\0');
    }
    eqf_context_free(context);
    free(text);
    return 0;
}
