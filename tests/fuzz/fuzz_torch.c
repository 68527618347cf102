/* Any bytes as a checkpoint of PyTorch, or as the pickle of one: every tensor is loaded and read.
 *
 * Behind "PK" the input is an archive, otherwise the pickle of one with two storages.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "io/torch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ELEMENTS_MAX = 1 << 16 };
    if (size > 1 << 16) return 0;
    eqf_context *context;
    eqfi_torch *file = NULL;
    test_bytes archive = {NULL, 0, 0}, pickle = {NULL, 0, 0};
    if (eqf_context_create(NULL, &context) != EQF_OK) return 0;
    if (size >= 2 && memcmp(data, "PK", 2) == 0) {
        test_put(&archive, data, size);
    } else {
        test_put(&pickle, data, size);
        test_checkpoint(&archive, &pickle);
    }
    eqf_status status = eqfi_torch_open_memory(context, archive.bytes, archive.length, "input", &file);
    demand(status == EQF_OK || strncmp(eqf_context_message(context), "input: ", 7) == 0);
    for (int i = 0; status == EQF_OK && i < eqfi_torch_count(file); i++) {
        const eqfi_array *array = eqfi_torch_at(file, i);
        if (array->count > ELEMENTS_MAX) continue;
        status = eqfi_torch_load(context, file, i);
        demand(status == EQF_OK || strncmp(eqf_context_message(context), "input: ", 7) == 0);
        for (int64_t k = 0; status == EQF_OK && k < array->count; k++) {
            double value;
            eqfi_array_to_double(array, k, 1, &value);
        }
    }
    eqfi_torch_close(file);
    test_release(&archive);
    test_release(&pickle);
    eqf_context_free(context);
    return 0;
}
