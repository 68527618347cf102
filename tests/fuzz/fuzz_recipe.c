/* Any text as a training recipe: what is accepted can be written and read again. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <equiformer/trainer.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

static void try_again(eqf_context *context, const char *written)
{
    eqf_recipe *again;
    char *rewritten;
    if (eqf_recipe_parse(context, written, &again) == EQF_OK) {
        demand(eqf_recipe_format(context, again, &rewritten) == EQF_OK && strcmp(written, rewritten) == 0);
        eqf_text_free(context, rewritten);
        eqf_recipe_free(again);
    } else { /* only for irreps that were never given */
        demand(strstr(written, "irreps") != NULL && strstr(written, "null") != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 14) return 0;
    eqf_context *context;
    eqf_recipe *recipe;
    char *text = malloc(size + 1), *written;
    if (text == NULL || eqf_context_create(NULL, &context) != EQF_OK) return 0;
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    if (eqf_recipe_parse(context, text, &recipe) == EQF_OK) {
        eqf_recipe_set(context, recipe, "atom_energies", text);
        eqf_recipe_set(context, recipe, text, "1");
        if (eqf_recipe_format(context, recipe, &written) == EQF_OK) {
            try_again(context, written);
            eqf_text_free(context, written);
        }
        eqf_recipe_free(recipe);
    } else {
        demand(eqf_context_message(context)[0] != '\0');
    }
    eqf_context_free(context);
    free(text);
    return 0;
}
