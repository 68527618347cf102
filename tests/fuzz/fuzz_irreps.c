/* Any text as irreps: what is accepted survives formatting, sorting and rotation. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <equiformer/irreps.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

/* Formatting and parsing again gives the same irreps. */
static void round_trip(eqf_context *context, const eqf_irreps *irreps)
{
    size_t length;
    eqf_irreps *again;
    eqf_irreps_format(irreps, NULL, 0, &length);
    char *text = malloc(length + 1);
    demand(text != NULL);
    eqf_irreps_format(irreps, text, length + 1, NULL);
    demand(strlen(text) == length);
    demand(eqf_irreps_parse(context, text, &again) == EQF_OK && eqf_irreps_equal(irreps, again));
    eqf_irreps_free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) return 0;
    eqf_context *context;
    eqf_irreps *irreps, *simple, *sorted;
    char *text = malloc(size + 1);
    if (text == NULL || eqf_context_create(NULL, &context) != EQF_OK) return 0;
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    eqf_status status = eqf_irreps_parse(context, text, &irreps);
    if (status == EQF_OK) {
        round_trip(context, irreps);
        demand(eqf_irreps_simplify(context, irreps, &simple) == EQF_OK);
        demand(eqf_irreps_sort(context, irreps, EQF_ORDER_EVEN_FIRST, &sorted, NULL, NULL) == EQF_OK);
        demand(eqf_irreps_dim(simple) == eqf_irreps_dim(irreps) && eqf_irreps_dim(sorted) == eqf_irreps_dim(irreps));
        eqf_irreps_free(simple);
        eqf_irreps_free(sorted);
        eqf_irreps_free(irreps);
    } else {
        demand(eqf_context_message(context)[0] != '\0');
    }
    eqf_context_free(context);
    free(text);
    return 0;
}
