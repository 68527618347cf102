/* What all golden cases use: failing, configuration, arrays, parameters. SPDX-License-Identifier: MIT */
#include "golden.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first failure stays. */
void golden_fail(golden_case *c, const char *format, ...)
{
    if (!golden_good(c)) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->message, sizeof c->message, format, arguments);
    va_end(arguments);
    if (c->message[0] == '\0') strcpy(c->message, "failed");
}

bool golden_check_status(golden_case *c, eqf_status status)
{
    if (status != EQF_OK) golden_fail(c, "%s (%s)", eqf_context_message(c->context), eqf_status_string(status));
    return golden_good(c);
}

/* -------------------------------------------------------------------------------------------------- configuration -- */

bool golden_has(const golden_case *c, const char *key) { return json_object_get(c->config, key) != NULL; }

static const json_t *value_of(golden_case *c, const char *key, const char *expected)
{
    const json_t *value = json_object_get(c->config, key);
    if (value == NULL) golden_fail(c, "the configuration has no %s, %s is expected", key, expected);
    return value;
}

const char *golden_text(golden_case *c, const char *key)
{
    const json_t *value = value_of(c, key, "a text");
    if (value != NULL && !json_is_string(value)) golden_fail(c, "%s of the configuration is no text", key);
    return json_string_value(value);
}

int golden_int(golden_case *c, const char *key)
{
    const json_t *value = value_of(c, key, "an integer");
    json_int_t i = json_integer_value(value);
    if (value != NULL && (!json_is_integer(value) || i < INT_MIN || i > INT_MAX))
        golden_fail(c, "%s of the configuration is no integer", key);
    return golden_good(c) ? (int)i : 0;
}

double golden_number(golden_case *c, const char *key)
{
    const json_t *value = value_of(c, key, "a number");
    if (value != NULL && !json_is_number(value)) golden_fail(c, "%s of the configuration is no number", key);
    return json_number_value(value);
}

bool golden_flag(golden_case *c, const char *key)
{
    const json_t *value = value_of(c, key, "true or false");
    if (value != NULL && !json_is_boolean(value)) golden_fail(c, "%s of the configuration is not true or false", key);
    return json_is_true(value);
}

int *golden_ints(golden_case *c, const char *key, int *n)
{
    const json_t *list = value_of(c, key, "a list of integers");
    *n = (int)json_array_size(list);
    int *values = (int *)golden_doubles(c, *n);
    if (list != NULL && !json_is_array(list)) golden_fail(c, "%s of the configuration is no list", key);
    for (int i = 0; i < *n; i++) {
        const json_t *value = json_array_get(list, (size_t)i);
        if (!json_is_integer(value)) golden_fail(c, "%s[%d] of the configuration is no integer", key, i);
        values[i] = (int)json_integer_value(value);
    }
    return values;
}

eqf_irreps *golden_irreps_of(golden_case *c, const char *text)
{
    eqf_irreps *irreps = NULL;
    if (text == NULL || !GOLDEN_TRY(c, eqf_irreps_parse(c->context, text, &irreps))) return NULL;
    c->irreps = realloc(c->irreps, (size_t)(c->n_irreps + 1) * sizeof *c->irreps);
    if (c->irreps == NULL) exit(2);
    return c->irreps[c->n_irreps++] = irreps;
}

eqf_irreps *golden_irreps(golden_case *c, const char *key) { return golden_irreps_of(c, golden_text(c, key)); }

const char *golden_format(const eqf_irreps *irreps)
{
    static char texts[4][1024];
    static int next;
    char *text = texts[next++ % 4];
    if (irreps == NULL) return "none";
    eqf_irreps_format(irreps, text, sizeof texts[0], NULL);
    return text;
}

void golden_expect_irreps(golden_case *c, const char *what, const eqf_irreps *irreps, const char *text)
{
    if (!golden_good(c) || text == NULL) return;
    const char *own = golden_format(irreps);
    GOLDEN_EXPECT(c, strcmp(own, text) == 0, "%s is %s, expected %s", what, own, text);
}

/* --------------------------------------------------------------------------------------------------------- arrays -- */

int64_t golden_rows(const eqfi_array *array) { return array->ndim == 0 ? 1 : array->shape[0]; }

double *golden_doubles(golden_case *c, int64_t count)
{
    c->arrays = realloc(c->arrays, (size_t)(c->n_arrays + 1) * sizeof *c->arrays);
    if (c->arrays == NULL) exit(2);
    return c->arrays[c->n_arrays++] = golden_new((size_t)count, sizeof(double));
}

static const eqfi_array *find_in_file(golden_case *c, const char *name)
{
    const eqfi_safetensors *data = c->file->data;
    for (int i = 0; i < eqfi_safetensors_count(data); i++) {
        if (strcmp(eqfi_safetensors_at(data, i)->name, name) != 0) continue;
        c->file->used[i] = true;
        return eqfi_safetensors_at(data, i);
    }
    return NULL;
}

/* NAME/leaf, or the one of the two that is not "". */
static void name_of(const golden_case *c, const char *leaf, char name[GOLDEN_NAME_SIZE])
{
    const char *slash = c->name[0] == '\0' || leaf[0] == '\0' ? "" : "/";
    snprintf(name, GOLDEN_NAME_SIZE, "%s%s%s", c->name, slash, leaf);
}

const eqfi_array *golden_find(golden_case *c, const char *leaf)
{
    char name[GOLDEN_NAME_SIZE];
    name_of(c, leaf, name);
    return find_in_file(c, name);
}

static double *read_array(golden_case *c, const eqfi_array *array, const char *name, int64_t count)
{
    if (array == NULL) golden_fail(c, "the file has no array %s", name);
    if (array != NULL && count >= 0 && array->count != count)
        golden_fail(c, "the array %s has %lld elements, expected %lld", name, (long long)array->count,
                    (long long)count);
    if (array == NULL || !golden_good(c)) return NULL;
    double *values = golden_doubles(c, array->count);
    eqfi_array_to_double(array, 0, array->count, values);
    return values;
}

double *golden_read(golden_case *c, const char *leaf, int64_t count)
{
    return read_array(c, golden_find(c, leaf), leaf, count);
}

double *golden_read_from_file(golden_case *c, const char *name, int64_t count)
{
    return read_array(c, find_in_file(c, name), name, count);
}

int32_t *golden_read_ints(golden_case *c, const char *leaf, int64_t count)
{
    const eqfi_array *array = golden_find(c, leaf);
    double *values = read_array(c, array, leaf, count);
    if (values == NULL) return NULL;
    int32_t *ints = (int32_t *)golden_doubles(c, array->count);
    for (int64_t i = 0; i < array->count; i++) {
        ints[i] = (int32_t)values[i];
        if ((double)ints[i] != values[i]) golden_fail(c, "element %lld of %s is %g", (long long)i, leaf, values[i]);
    }
    return ints;
}

void golden_check_used(golden_case *c)
{
    size_t n = strlen(c->name);
    for (int i = 0; i < eqfi_safetensors_count(c->file->data); i++) {
        const char *array = eqfi_safetensors_at(c->file->data, i)->name;
        bool own = n == 0 || (strncmp(array, c->name, n) == 0 && (array[n] == '/' || array[n] == '\0'));
        if (!own || c->file->used[i]) continue;
        if (!c->values_only) golden_fail(c, "the array %s is not used", array);
        c->file->used[i] = true;
    }
}

/* ----------------------------------------------------------------------------------------------------- parameters -- */

/* Buffers that follow from the irreps, and external weights. */
static bool is_derived(const eqfi_array *array)
{
    size_t n = strlen(array->name), m = strlen("output_mask");
    bool mask = n >= m && strcmp(array->name + n - m, "output_mask") == 0;
    return mask || strstr(array->name, "_w3j_") != NULL || array->count == 0;
}

static void shape_text(int ndim, const int64_t *shape, char text[64])
{
    int used = snprintf(text, 64, "[");
    for (int d = 0; d < ndim; d++)
        used += snprintf(text + used, 64 - (size_t)used, "%s%lld", d == 0 ? "" : ",", (long long)shape[d]);
    snprintf(text + used, 64 - (size_t)used, "]");
}

static void read_parameter(golden_case *c, const eqfi_array *array, const char *name, eqf_parameters *parameters,
                           bool *set)
{
    int i = eqf_parameters_find(parameters, name);
    eqf_parameter_info info;
    if (i < 0) golden_fail(c, "%s is a parameter of the file and not of the library", name);
    if (!GOLDEN_TRY(c, eqf_parameters_info(c->context, parameters, i, &info))) return;
    bool same = info.ndim == array->ndim;
    for (int d = 0; same && d < info.ndim; d++) same = info.shape[d] == array->shape[d];
    if (!same) {
        char own[64], given[64];
        shape_text(info.ndim, info.shape, own);
        shape_text(array->ndim < EQF_PARAMETER_NDIM ? array->ndim : EQF_PARAMETER_NDIM, array->shape, given);
        golden_fail(c, "parameter %s has shape %s, in the file %s", name, own, given);
        return;
    }
    double *values = golden_new((size_t)array->count, sizeof *values);
    eqfi_array_to_double(array, 0, array->count, values);
    set[i] = GOLDEN_TRY(c, eqf_parameters_set(c->context, parameters, i, values));
    free(values);
}

void golden_read_parameters(golden_case *c, const char *prefix, eqf_parameters *parameters)
{
    char start[GOLDEN_NAME_SIZE];
    name_of(c, prefix, start);
    int n = eqf_parameters_arrays(parameters);
    bool *set = golden_new((size_t)n, sizeof *set);
    for (int i = 0; i < eqfi_safetensors_count(c->file->data); i++) {
        const eqfi_array *array = eqfi_safetensors_at(c->file->data, i);
        if (strncmp(array->name, start, strlen(start)) != 0) continue;
        c->file->used[i] = true;
        if (!is_derived(array)) read_parameter(c, array, array->name + strlen(start), parameters, set);
    }
    for (int i = 0; i < n && golden_good(c); i++) {
        eqf_parameter_info info;
        if (set[i] || !GOLDEN_TRY(c, eqf_parameters_info(c->context, parameters, i, &info))) continue;
        golden_fail(c, "%s is a parameter of the library and not of the file", info.name);
    }
    free(set);
}
