/* Any bytes as a model file. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <equiformer/model.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int condition)
{
    if (!condition) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16) return 0;
    eqf_context *context;
    eqf_model *model;
    char path[64];
    int file = memfd_create("model", 0);
    if (file < 0 || eqf_context_create(NULL, &context) != EQF_OK) return 0;
    demand(write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (eqf_model_load(context, path, &model) == EQF_OK)
        eqf_model_free(model);
    else
        demand(eqf_context_message(context)[0] != '\0');
    eqf_context_free(context);
    close(file);
    return 0;
}
