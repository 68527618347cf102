/* Reading labelled structures as command lines say. SPDX-License-Identifier: MIT */
#include "data.h"

#include <stdint.h>

#include "output.h"

const char *read_least_distance(const char *text, void *target)
{
    const char *expected = read_amount(text, target);
    double *distance = target;
    if (expected == NULL && *distance <= 0) *distance = -1;
    return expected;
}

const char *read_mebibytes(const char *text, void *target)
{
    int64_t count;
    if (read_whole(text, &count) != NULL || (uint64_t)count > SIZE_MAX >> 20) return "a whole number, 1 or more";
    *(size_t *)target = (size_t)count << 20;
    return NULL;
}

eqf_dataset *open_data(const char *command, eqf_context *context, int n, char **paths,
                       const eqf_dataset_options *options, const char *index)
{
    eqf_dataset *all = NULL, *selection = NULL;
    eqf_status status = eqf_dataset_open(context, n, (const char *const *)paths, options, &all);
    if (status == EQF_OK && index != NULL) {
        status = eqf_dataset_select_file(context, all, index, &selection);
        eqf_dataset_free(all);
        all = selection;
    }
    if (status == EQF_OK) return all;
    fail(command, "%s", message_of(context, status));
    return NULL;
}
