/* Fields: one table of keys serves JSON, the command line, copies and the end of an object - a model's configuration, a
 * training recipe.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_FIELDS_H
#define EQFI_MODEL_FIELDS_H

#include <stddef.h>

#include <jansson.h>

#include "base/context.h"

enum { EQFI_TYPES_MAX = 128, EQFI_UNIT_MAX = 16, EQFI_TEXT_MAX = 64, EQFI_BLOCKS_MAX = 32 };

/* What a member is and what values it takes. */
typedef enum eqfi_field_kind {
    EQFI_IRREPS,           /* eqf_irreps * */
    EQFI_IRREPS_OR_NULL,   /* the same */
    EQFI_COUNT,            /* int, 1..100000 */
    EQFI_WHOLE,            /* int64_t, 0 or more */
    EQFI_POSITIVE,         /* double above 0 */
    EQFI_AMOUNT,           /* double, 0 or more */
    EQFI_FRACTION,         /* double, 0 to below 1 */
    EQFI_NUMBER,           /* double, finite */
    EQFI_NUMBER_OR_NULL,   /* double, nan for null */
    EQFI_BOOLEAN,          /* bool */
    EQFI_CHOICE,           /* int */
    EQFI_INTEGERS,         /* eqfi_int_list */
    EQFI_NUMBERS_OR_NULL,  /* eqfi_number_list, empty for null */
    EQFI_ELEMENTS_OR_NULL, /* eqfi_number_list by atomic number, nan for elements that are not named; empty for null */
    EQFI_UNIT,             /* char[EQFI_UNIT_MAX] */
    EQFI_TEXT_OR_NULL      /* char[EQFI_TEXT_MAX], empty for null */
} eqfi_field_kind;

typedef struct eqfi_int_list {
    int n;
    int values[EQFI_TYPES_MAX];
} eqfi_int_list;

typedef struct eqfi_number_list {
    int n;
    double values[EQFI_TYPES_MAX];
} eqfi_number_list;

typedef struct eqfi_field {
    const char *key;
    eqfi_field_kind kind;
    size_t offset;              /* of the member */
    const char *const *choices; /* of EQFI_CHOICE: NULL-terminated, by value */
} eqfi_field;

/* The JSON object in a text, as a new reference; `what` ("a model configuration") begins the message if it is none. */
eqf_status eqfi_object_parse(eqf_context *context, const char *what, const char *text, json_t **object);

/* NULL if the table has no such key. */
const eqfi_field *eqfi_field_find(int n, const eqfi_field *fields, const char *key);

/* Sets the member of object; an error names key, value and what was expected, and leaves it as it was. */
eqf_status eqfi_field_set(eqf_context *context, const eqfi_field *field, const json_t *value, void *object);

/* A word of the command line as JSON: texts need no quotes, lists no brackets. */
eqf_status eqfi_field_parse(eqf_context *context, const eqfi_field *field, const char *word, json_t **value);

/* The member's value as a new reference; NULL without memory. */
json_t *eqfi_field_json(eqf_context *context, const eqfi_field *field, const void *object);

/* The member's value as text that eqfi_field_parse takes, made with the context's allocator. */
eqf_status eqfi_field_text(eqf_context *context, const eqfi_field *field, const void *object, char **text);

/* After the members were copied as bytes: references of its own. */
void eqfi_fields_retain(int n, const eqfi_field *fields, void *object);
void eqfi_fields_release(int n, const eqfi_field *fields, void *object);

#endif
