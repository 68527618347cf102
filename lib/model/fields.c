/* Setting, reading and keeping members by key. SPDX-License-Identifier: MIT */
#include "model/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <equiformer/irreps.h>
#include <equiformer/structure.h>

eqf_status eqfi_object_parse(eqf_context *context, const char *what, const char *text, json_t **object)
{
    eqf_status status = EQF_OK;
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    EQFI_CHECK(root != NULL, EQF_ERROR_PARSE, "%s: line %d, column %d: %s", what, error.line, error.column, error.text);
    EQFI_CHECK(json_is_object(root), EQF_ERROR_PARSE, "%s is no JSON object", what);
    *object = root;
    return EQF_OK;
fail:
    json_decref(root);
    return status;
}

const eqfi_field *eqfi_field_find(int n, const eqfi_field *fields, const char *key)
{
    for (int i = 0; i < n; i++)
        if (strcmp(fields[i].key, key) == 0) return &fields[i];
    return NULL;
}

static void *member(const void *object, const eqfi_field *f) { return (char *)(uintptr_t)object + f->offset; }

/* -------------------------------------------------------------------------------------------------------- refusing -- */

static const char *expectation(eqfi_field_kind kind)
{
    static const char *const texts[] = {
        [EQFI_IRREPS] = "irreps as \"8x0e+4x1e\"",
        [EQFI_IRREPS_OR_NULL] = "irreps as \"8x0e+4x1e\" or null",
        [EQFI_COUNT] = "a whole number from 1 to 100000",
        [EQFI_WHOLE] = "a whole number, 0 or more",
        [EQFI_POSITIVE] = "a positive number",
        [EQFI_AMOUNT] = "a number, 0 or more",
        [EQFI_FRACTION] = "a number from 0 to below 1",
        [EQFI_NUMBER] = "a number",
        [EQFI_NUMBER_OR_NULL] = "a number or null",
        [EQFI_BOOLEAN] = "true or false",
        [EQFI_CHOICE] = "a name",
        [EQFI_INTEGERS] = "a list of whole numbers",
        [EQFI_NUMBERS_OR_NULL] = "a list of numbers or null",
        [EQFI_ELEMENTS_OR_NULL] = "an object as {\"H\": -13.6} or null",
        [EQFI_UNIT] = "a text of at most 15 characters",
        [EQFI_TEXT_OR_NULL] = "a text of at most 63 characters or null",
    };
    return texts[kind];
}

static eqf_status refuse(eqf_context *context, const eqfi_field *f, const json_t *value)
{
    char known[256] = "one of: ", *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    for (int i = 0; f->kind == EQFI_CHOICE && f->choices[i] != NULL; i++) {
        if (i > 0) strncat(known, ", ", sizeof known - strlen(known) - 1);
        strncat(known, f->choices[i], sizeof known - strlen(known) - 1);
    }
    eqf_status status = eqfi_fail(context, EQF_ERROR_ARGUMENT, "%s is %.200s, expected %s", f->key,
                                  text == NULL ? "?" : text, f->kind == EQFI_CHOICE ? known : expectation(f->kind));
    free(text);
    return status;
}

/* --------------------------------------------------------------------------------------------------------- setting -- */

static eqf_status set_irreps(eqf_context *context, const eqfi_field *f, const json_t *value, eqf_irreps **irreps)
{
    eqf_irreps *fresh = NULL;
    if (f->kind == EQFI_IRREPS || !json_is_null(value)) {
        if (!json_is_string(value)) return refuse(context, f, value);
        eqf_status status = eqf_irreps_parse(context, json_string_value(value), &fresh);
        if (status != EQF_OK) return eqfi_fail(context, status, "%s: %s", f->key, eqf_context_message(context));
        if (eqf_irreps_blocks(fresh) > EQFI_BLOCKS_MAX) {
            status = eqfi_fail(context, EQF_ERROR_RANGE, "%s has %d blocks, expected at most %d", f->key,
                               eqf_irreps_blocks(fresh), EQFI_BLOCKS_MAX);
            eqf_irreps_free(fresh);
            return status;
        }
    }
    eqf_irreps_free(*irreps);
    *irreps = fresh;
    return EQF_OK;
}

static eqf_status set_choice(eqf_context *context, const eqfi_field *f, const json_t *value, int *choice)
{
    for (int i = 0; json_is_string(value) && f->choices[i] != NULL; i++)
        if (strcmp(f->choices[i], json_string_value(value)) == 0) {
            *choice = i;
            return EQF_OK;
        }
    return refuse(context, f, value);
}

static eqf_status set_integers(eqf_context *context, const eqfi_field *f, const json_t *value, eqfi_int_list *list)
{
    eqfi_int_list fresh = {0, {0}};
    if (!json_is_array(value) || json_array_size(value) == 0 || json_array_size(value) > EQFI_TYPES_MAX)
        return refuse(context, f, value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_integer(item) || json_integer_value(item) < -1 || json_integer_value(item) > 100000)
            return refuse(context, f, value);
        fresh.values[fresh.n++] = (int)json_integer_value(item);
    }
    *list = fresh;
    return EQF_OK;
}

static eqf_status set_numbers(eqf_context *context, const eqfi_field *f, const json_t *value, eqfi_number_list *list)
{
    eqfi_number_list fresh = {0, {0}};
    if (!json_is_null(value) && (!json_is_array(value) || json_array_size(value) > EQFI_TYPES_MAX))
        return refuse(context, f, value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_number(item) || !isfinite(json_number_value(item))) return refuse(context, f, value);
        fresh.values[fresh.n++] = json_number_value(item);
    }
    *list = fresh;
    return EQF_OK;
}

static eqf_status set_elements(eqf_context *context, const eqfi_field *f, const json_t *value, eqfi_number_list *list)
{
    eqfi_number_list fresh = {0, {0}};
    json_t *object = (json_t *)(uintptr_t)value;
    if (!json_is_null(value) && json_object_size(value) == 0) return refuse(context, f, value);
    if (!json_is_null(value)) fresh.n = EQFI_TYPES_MAX;
    for (int z = 0; z < fresh.n; z++) fresh.values[z] = NAN;
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        int z = eqf_element_number(json_object_iter_key(at));
        const json_t *item = json_object_iter_value(at);
        if (z == 0 || !json_is_number(item) || !isfinite(json_number_value(item))) return refuse(context, f, value);
        fresh.values[z] = json_number_value(item);
    }
    *list = fresh;
    return EQF_OK;
}

static eqf_status set_whole(eqf_context *context, const eqfi_field *f, const json_t *value, void *to)
{
    json_int_t x = json_integer_value(value);
    bool count = f->kind == EQFI_COUNT;
    if (!json_is_integer(value) || x < (count ? 1 : 0) || (count && x > 100000)) return refuse(context, f, value);
    if (count)
        *(int *)to = (int)x;
    else
        *(int64_t *)to = x;
    return EQF_OK;
}

static bool number_fits(eqfi_field_kind kind, double x)
{
    if (!isfinite(x)) return false;
    if (kind == EQFI_POSITIVE) return x > 0;
    if (kind == EQFI_NUMBER || kind == EQFI_NUMBER_OR_NULL) return true;
    return x >= 0 && (kind == EQFI_AMOUNT || x < 1);
}

static eqf_status set_number(eqf_context *context, const eqfi_field *f, const json_t *value, double *to)
{
    bool null = f->kind == EQFI_NUMBER_OR_NULL && json_is_null(value);
    if (!null && (!json_is_number(value) || !number_fits(f->kind, json_number_value(value))))
        return refuse(context, f, value);
    *to = null ? NAN : json_number_value(value);
    return EQF_OK;
}

static eqf_status set_text(eqf_context *context, const eqfi_field *f, const json_t *value, char *to)
{
    bool nullable = f->kind == EQFI_TEXT_OR_NULL;
    size_t size = nullable ? EQFI_TEXT_MAX : EQFI_UNIT_MAX, length = json_string_length(value);
    const char *text = json_string_value(value);
    if (!(nullable && json_is_null(value)) && (text == NULL || length >= size || strlen(text) != length))
        return refuse(context, f, value);
    memset(to, 0, size);
    if (text != NULL) memcpy(to, text, length);
    return EQF_OK;
}

eqf_status eqfi_field_set(eqf_context *context, const eqfi_field *f, const json_t *value, void *object)
{
    void *to = member(object, f);
    switch (f->kind) {
    case EQFI_IRREPS:
    case EQFI_IRREPS_OR_NULL: return set_irreps(context, f, value, to);
    case EQFI_CHOICE: return set_choice(context, f, value, to);
    case EQFI_INTEGERS: return set_integers(context, f, value, to);
    case EQFI_NUMBERS_OR_NULL: return set_numbers(context, f, value, to);
    case EQFI_ELEMENTS_OR_NULL: return set_elements(context, f, value, to);
    case EQFI_COUNT:
    case EQFI_WHOLE: return set_whole(context, f, value, to);
    case EQFI_POSITIVE:
    case EQFI_AMOUNT:
    case EQFI_FRACTION:
    case EQFI_NUMBER:
    case EQFI_NUMBER_OR_NULL: return set_number(context, f, value, to);
    case EQFI_UNIT:
    case EQFI_TEXT_OR_NULL: return set_text(context, f, value, to);
    case EQFI_BOOLEAN: break;
    }
    if (!json_is_boolean(value)) return refuse(context, f, value);
    *(bool *)to = json_is_true(value);
    return EQF_OK;
}

/* How a word is to be read. */
enum { PLAIN = 0, IS_TEXT = 1, IS_LIST = 2, HAS_NULL = 4 };

static int word_form(eqfi_field_kind kind)
{
    static const int forms[] = {
        [EQFI_IRREPS] = IS_TEXT,
        [EQFI_IRREPS_OR_NULL] = IS_TEXT | HAS_NULL,
        [EQFI_CHOICE] = IS_TEXT,
        [EQFI_UNIT] = IS_TEXT,
        [EQFI_TEXT_OR_NULL] = IS_TEXT | HAS_NULL,
        [EQFI_INTEGERS] = IS_LIST,
        [EQFI_NUMBERS_OR_NULL] = IS_LIST | HAS_NULL,
    };
    return (size_t)kind < sizeof forms / sizeof *forms ? forms[kind] : PLAIN;
}

eqf_status eqfi_field_parse(eqf_context *context, const eqfi_field *f, const char *word, json_t **value)
{
    eqf_status status = EQF_OK;
    int form = word_form(f->kind);
    char *text = NULL;
    json_t *made = NULL;
    if ((form & HAS_NULL) && strcmp(word, "null") == 0) {
        made = json_null();
    } else if (form & IS_TEXT) {
        made = json_string(word);
    } else {
        size_t length = strlen(word), brackets = (form & IS_LIST) && word[0] != '[';
        EQFI_TRY(eqfi_new(context, length + 3, 1, (void **)&text));
        if (brackets) text[0] = '[';
        memcpy(text + brackets, word, length);
        if (brackets) text[length + 1] = ']';
        made = json_loads(text, JSON_DECODE_ANY, NULL);
    }
    EQFI_CHECK(made != NULL, EQF_ERROR_ARGUMENT, "%s is %.200s, expected %s", f->key, word, expectation(f->kind));
    *value = made;
fail:
    eqfi_delete(context, text);
    return status;
}

/* --------------------------------------------------------------------------------------------------------- reading -- */

static json_t *json_of_irreps(eqf_context *context, const eqf_irreps *irreps)
{
    if (irreps == NULL) return json_null();
    size_t length;
    char *text;
    eqf_irreps_format(irreps, NULL, 0, &length);
    if (eqfi_new(context, length + 1, 1, (void **)&text) != EQF_OK) return NULL;
    eqf_irreps_format(irreps, text, length + 1, NULL);
    json_t *value = json_string(text);
    eqfi_delete(context, text);
    return value;
}

static json_t *json_of_list(const eqfi_field *f, const void *from)
{
    const eqfi_int_list *integers = from;
    const eqfi_number_list *numbers = from;
    bool whole = f->kind == EQFI_INTEGERS;
    int n = whole ? integers->n : numbers->n;
    if (!whole && n == 0) return json_null();
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(array, whole ? json_integer(integers->values[i]) : json_real(numbers->values[i]));
    return array;
}

static json_t *json_of_elements(const eqfi_number_list *list)
{
    if (list->n == 0) return json_null();
    json_t *object = json_object();
    for (int z = 1; z < list->n; z++)
        if (!isnan(list->values[z])) json_object_set_new(object, eqf_element_symbol(z), json_real(list->values[z]));
    return object;
}

json_t *eqfi_field_json(eqf_context *context, const eqfi_field *f, const void *object)
{
    const void *from = member(object, f);
    switch (f->kind) {
    case EQFI_IRREPS:
    case EQFI_IRREPS_OR_NULL: return json_of_irreps(context, *(eqf_irreps *const *)from);
    case EQFI_CHOICE: return json_string(f->choices[*(const int *)from]);
    case EQFI_COUNT: return json_integer(*(const int *)from);
    case EQFI_WHOLE: return json_integer(*(const int64_t *)from);
    case EQFI_POSITIVE:
    case EQFI_AMOUNT:
    case EQFI_FRACTION:
    case EQFI_NUMBER: return json_real(*(const double *)from);
    case EQFI_NUMBER_OR_NULL: return isnan(*(const double *)from) ? json_null() : json_real(*(const double *)from);
    case EQFI_BOOLEAN: return json_boolean(*(const bool *)from);
    case EQFI_UNIT: return json_string(from);
    case EQFI_TEXT_OR_NULL: return *(const char *)from == '\0' ? json_null() : json_string(from);
    case EQFI_ELEMENTS_OR_NULL: return json_of_elements(from);
    case EQFI_INTEGERS:
    case EQFI_NUMBERS_OR_NULL: break;
    }
    return json_of_list(f, from);
}

/* ------------------------------------------------------------------------------------------------------------ life -- */

static bool holds_irreps(const eqfi_field *f) { return f->kind == EQFI_IRREPS || f->kind == EQFI_IRREPS_OR_NULL; }

eqf_status eqfi_field_text(eqf_context *context, const eqfi_field *field, const void *object, char **text)
{
    eqf_status status = EQF_OK;
    char *dumped = NULL;
    json_t *json = eqfi_field_json(context, field, object);
    if (json != NULL && !json_is_string(json)) dumped = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    EQFI_CHECK(dumped != NULL || json_is_string(json), EQF_ERROR_MEMORY, "out of memory for %s", field->key);
    EQFI_TRY(eqfi_copy_text(context, dumped == NULL ? json_string_value(json) : dumped, text));
fail:
    free(dumped);
    json_decref(json);
    return status;
}

void eqfi_fields_retain(int n, const eqfi_field *fields, void *object)
{
    for (int i = 0; i < n; i++) {
        if (!holds_irreps(&fields[i])) continue;
        eqf_irreps **irreps = member(object, &fields[i]);
        if (*irreps != NULL) *irreps = eqf_irreps_retain(*irreps);
    }
}

void eqfi_fields_release(int n, const eqfi_field *fields, void *object)
{
    for (int i = 0; i < n; i++)
        if (holds_irreps(&fields[i])) eqf_irreps_free(*(eqf_irreps **)member(object, &fields[i]));
}
