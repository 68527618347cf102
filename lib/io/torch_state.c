/* Finding the state dict, and reading what is said of its tensors. SPDX-License-Identifier: MIT */
#include "io/torch_state.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 4, LOOKS_MAX = 64 };

/* Keys below which training programs put a state dict; the first that has one. */
static const char *const keys[] = {"state_dict", "model_state_dict", "model",         "ema",
                                   "model_ema",  "ema_state_dict",   "state_dict_ema"};
enum { KEYS = sizeof keys / sizeof *keys };

/* ---------------------------------------------------------------------------------------------------- state dict -- */

/* Dicts and ordered dicts that were filled after they were made; an ordered dict of a list of pairs is none. */
static bool is_mapping(const eqfi_pickle *pickle, const eqfi_pickle_value *value)
{
    return value->kind == EQFI_PICKLE_DICT ||
           (eqfi_pickle_is_call(pickle, value, "collections", "OrderedDict") && (value->keyed || value->count == 0));
}

/* Parameters are tensors with something around them. */
static const eqfi_pickle_value *unwrap(const eqfi_pickle *pickle, const eqfi_pickle_value *value)
{
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        if (!eqfi_pickle_is_call(pickle, value, "torch._utils", "_rebuild_parameter") &&
            !eqfi_pickle_is_call(pickle, value, "torch._utils", "_rebuild_parameter_with_state"))
            break;
        eqfi_pickle_cursor cursor = eqfi_pickle_items(pickle, eqfi_pickle_arguments(pickle, value));
        const eqfi_pickle_value *first = eqfi_pickle_next(&cursor);
        if (first == NULL) break;
        value = first;
    }
    return value;
}

static bool is_tensor(const eqfi_pickle *pickle, const eqfi_pickle_value *value)
{
    return eqfi_pickle_is_call(pickle, unwrap(pickle, value), "torch._utils", "_rebuild_tensor_v2");
}

/* Looks at every item once: for each usual key what lies under it, and whether there is a tensor. A dict may contain
 * itself: *looks is how many are still looked at. */
static const eqfi_pickle_value *find_state(const eqfi_pickle *pickle, const eqfi_pickle_value *value, int depth,
                                           int *looks)
{
    const eqfi_pickle_value *under[KEYS] = {NULL}, *key, *item;
    bool has_tensor = false;
    if (!is_mapping(pickle, value) || (*looks)-- <= 0) return NULL;
    eqfi_pickle_cursor cursor = eqfi_pickle_items(pickle, value);
    while ((key = eqfi_pickle_next(&cursor)) != NULL && (item = eqfi_pickle_next(&cursor)) != NULL) {
        has_tensor = has_tensor || is_tensor(pickle, item);
        for (int i = 0; i < KEYS; i++)
            if (key->kind == EQFI_PICKLE_TEXT && eqfi_slice_equals(key->text, keys[i])) under[i] = item;
    }
    for (int i = 0; i < KEYS && depth < DEPTH_MAX; i++) {
        const eqfi_pickle_value *found = under[i] == NULL ? NULL : find_state(pickle, under[i], depth + 1, looks);
        if (found != NULL) return found;
    }
    return has_tensor ? value : NULL;
}

eqf_status eqfi_torch_find_state(eqf_context *context, const char *place, const eqfi_pickle *pickle,
                                 const eqfi_pickle_value **state)
{
    char text[EQFI_PICKLE_DESCRIPTION];
    int looks = LOOKS_MAX;
    const eqfi_pickle_value *root = eqfi_pickle_root(pickle), *found = find_state(pickle, root, 0, &looks);
    if (found == NULL)
        return eqfi_fail(context, EQF_ERROR_FORMAT,
                         "%s: it holds %s, expected a dict of tensors by name, or one under '%s', '%s', '%s' or '%s'",
                         place, eqfi_pickle_describe(pickle, root, text), keys[0], keys[1], keys[2], keys[3]);
    *state = found;
    return EQF_OK;
}

/* ------------------------------------------------------------------------------------------------------- tensors -- */

/* What is wrong with a tensor begins with its name; needs context, status, place, name and value. */
#define CHECK_TENSOR(condition, ...)                                                                                   \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            status = fail_in_tensor(context, place, name, value, __VA_ARGS__);                                         \
            goto fail;                                                                                                 \
        }                                                                                                              \
    } while (0)

static eqf_status fail_in_tensor(eqf_context *context, const char *place, const char *name,
                                 const eqfi_pickle_value *value, const char *format, ...) EQFI_PRINTF(5, 6);

static eqf_status fail_in_tensor(eqf_context *context, const char *place, const char *name,
                                 const eqfi_pickle_value *value, const char *format, ...)
{
    char sentence[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return eqfi_fail(context, EQF_ERROR_FORMAT, "%s: byte %u: the tensor %.200s %s", place, (unsigned)value->position,
                     name, sentence);
}

/* The first n items of a tuple; false if it has fewer. */
static bool take_items(const eqfi_pickle *pickle, const eqfi_pickle_value *tuple, int n,
                       const eqfi_pickle_value **items)
{
    eqfi_pickle_cursor cursor = eqfi_pickle_items(pickle, tuple);
    for (int i = 0; i < n; i++)
        if ((items[i] = eqfi_pickle_next(&cursor)) == NULL) return false;
    return tuple->kind == EQFI_PICKLE_TUPLE;
}

/* Whole numbers of 0 or more; -1 if the value is anything else than a tuple of up to EQFI_NDIM_MAX of them. */
static int take_numbers(const eqfi_pickle *pickle, const eqfi_pickle_value *tuple, int64_t *numbers)
{
    if (tuple->kind != EQFI_PICKLE_TUPLE || tuple->count > EQFI_NDIM_MAX) return -1;
    eqfi_pickle_cursor cursor = eqfi_pickle_items(pickle, tuple);
    int n = 0;
    for (const eqfi_pickle_value *item; (item = eqfi_pickle_next(&cursor)) != NULL; n++) {
        if (item->kind != EQFI_PICKLE_INTEGER || item->integer < 0) return -1;
        numbers[n] = item->integer;
    }
    return n;
}

/* ('storage', torch.FloatStorage, '0', 'cpu', 100) */
static eqf_status read_storage(eqf_context *context, const char *place, const char *name, const eqfi_pickle *pickle,
                               const eqfi_pickle_value *value, eqfi_torch_storage *storage)
{
    static const struct {
        const char *name;
        eqfi_dtype dtype;
    } types[] = {{"FloatStorage", EQFI_DTYPE_F32}, {"DoubleStorage", EQFI_DTYPE_F64},
                 {"HalfStorage", EQFI_DTYPE_F16},  {"BFloat16Storage", EQFI_DTYPE_BF16},
                 {"LongStorage", EQFI_DTYPE_I64},  {"IntStorage", EQFI_DTYPE_I32},
                 {"ShortStorage", EQFI_DTYPE_I16}, {"CharStorage", EQFI_DTYPE_I8},
                 {"ByteStorage", EQFI_DTYPE_U8},   {"BoolStorage", EQFI_DTYPE_BOOL}};
    eqf_status status = EQF_OK;
    const eqfi_pickle_value *items[5];
    CHECK_TENSOR(value->kind == EQFI_PICKLE_PERSISTENT && take_items(pickle, eqfi_pickle_of(pickle, value), 5, items) &&
                     items[0]->kind == EQFI_PICKLE_TEXT && eqfi_slice_equals(items[0]->text, "storage") &&
                     items[2]->kind == EQFI_PICKLE_TEXT && items[4]->kind == EQFI_PICKLE_INTEGER &&
                     items[4]->integer >= 0 && items[4]->integer <= INT64_MAX / 1024,
                 "has no storage, expected ('storage', type, key, device, size)");
    size_t type = 0, n = sizeof types / sizeof *types;
    while (type < n && !eqfi_pickle_is_global(items[1], "torch", types[type].name)) type++;
    char text[EQFI_PICKLE_DESCRIPTION];
    CHECK_TENSOR(type < n, "has as storage %s, expected a torch.FloatStorage or another of numbers",
                 eqfi_pickle_describe(pickle, items[1], text));
    *storage = (eqfi_torch_storage){items[2]->text, types[type].dtype, items[4]->integer};
fail:
    return status;
}

/* Counts the elements and finds the last one in the storage, without a sum that overflows. */
static bool fits(eqfi_torch_tensor *tensor)
{
    tensor->count = 1;
    for (int d = 0; d < tensor->ndim; d++) {
        int64_t extent = tensor->shape[d];
        if (extent > 0 && tensor->count > INT64_MAX / 1024 / extent) return false;
        tensor->count *= extent;
    }
    int64_t left = tensor->storage.count - 1 - tensor->offset; /* that may follow the first one */
    if (tensor->count == 0) return left >= -1;
    if (left < 0) return false;
    for (int d = 0; d < tensor->ndim; d++) {
        int64_t steps = tensor->shape[d] - 1, stride = tensor->strides[d];
        if (steps > 0 && stride > left / steps) return false;
        left -= steps > 0 ? steps * stride : 0;
    }
    return true;
}

eqf_status eqfi_torch_read_tensor(eqf_context *context, const char *place, const char *name, const eqfi_pickle *pickle,
                                  const eqfi_pickle_value *value, eqfi_torch_tensor *tensor)
{
    eqf_status status = EQF_OK;
    const eqfi_pickle_value *items[4]; /* storage, offset, shape, strides, then what does not matter */
    char text[EQFI_PICKLE_DESCRIPTION];
    eqfi_torch_tensor made = {.offset = 0};
    value = unwrap(pickle, value);
    CHECK_TENSOR(is_tensor(pickle, value), "is %s, expected a tensor made by torch._utils._rebuild_tensor_v2",
                 eqfi_pickle_describe(pickle, value, text));
    CHECK_TENSOR(take_items(pickle, eqfi_pickle_arguments(pickle, value), 4, items),
                 "lacks some of storage, offset, shape and strides");
    CHECK_TENSOR(items[1]->kind == EQFI_PICKLE_INTEGER && items[1]->integer >= 0, "does not begin at a whole number");
    made.offset = items[1]->integer;
    made.ndim = take_numbers(pickle, items[2], made.shape);
    CHECK_TENSOR(made.ndim >= 0, "has a shape that is no tuple of up to %d whole numbers", EQFI_NDIM_MAX);
    CHECK_TENSOR(take_numbers(pickle, items[3], made.strides) == made.ndim,
                 "has strides that are not one whole number for each dimension");
    EQFI_TRY(read_storage(context, place, name, pickle, items[0], &made.storage));
    CHECK_TENSOR(fits(&made), "reaches beyond the %lld elements of its storage", (long long)made.storage.count);
    *tensor = made;
fail:
    return status;
}
