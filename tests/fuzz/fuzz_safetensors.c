/* Any bytes as a safetensors file: every element of every array is read. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "io/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16) return 0;
    eqf_context *context;
    if (eqf_context_create(NULL, &context) != EQF_OK) return 0;
    eqfi_safetensors *file = NULL;
    eqf_status status = eqfi_safetensors_open_memory(context, data, size, "input", &file);
    demand(status == EQF_OK || strncmp(eqf_context_message(context), "input: ", 7) == 0);
    size_t total = 0;
    for (int i = 0; file != NULL && i < eqfi_safetensors_count(file); i++) {
        const eqfi_array *array = eqfi_safetensors_at(file, i);
        demand(eqfi_safetensors_find(file, array->name) == array);
        for (int64_t k = 0; k < array->count; k++) {
            double value;
            eqfi_array_to_double(array, k, 1, &value);
        }
        total += (size_t)array->count * eqfi_dtype_bytes(array->dtype);
        demand(total <= size);
    }
    if (file != NULL) eqfi_safetensors_metadata(file, "config");
    eqfi_safetensors_close(file);
    eqf_context_free(context);
    return 0;
}
