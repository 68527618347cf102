/* Headers of NumPy's arrays. SPDX-License-Identifier: MIT */
#include "io/npy.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"

/* Kind and size of the elements as in descr, behind the order of bytes. */
static const struct {
    const char *text;
    eqfi_dtype dtype;
} types[] = {{"f8", EQFI_DTYPE_F64}, {"f4", EQFI_DTYPE_F32}, {"f2", EQFI_DTYPE_F16}, {"i8", EQFI_DTYPE_I64},
             {"i4", EQFI_DTYPE_I32}, {"i2", EQFI_DTYPE_I16}, {"i1", EQFI_DTYPE_I8},  {"u8", EQFI_DTYPE_U64},
             {"u4", EQFI_DTYPE_U32}, {"u2", EQFI_DTYPE_U16}, {"u1", EQFI_DTYPE_U8},  {"b1", EQFI_DTYPE_BOOL}};

/* Fails at the label with "PLACE: the header ..."; needs context, status and place. */
#define CHECK_HEADER(condition, ...)                                                                                   \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            char sentence[256];                                                                                        \
            snprintf(sentence, sizeof sentence, __VA_ARGS__);                                                          \
            status = eqfi_fail(context, EQF_ERROR_FORMAT, "%s: the header %s", place, sentence);                       \
            goto fail;                                                                                                 \
        }                                                                                                              \
    } while (0)

static void skip_blanks(eqfi_slice *rest)
{
    while (rest->begin < rest->end && eqfi_is_blank(*rest->begin)) rest->begin++;
}

/* Takes a word of punctuation or a name off the front, blanks before it included. */
static bool take(eqfi_slice *rest, const char *word)
{
    size_t length = strlen(word);
    skip_blanks(rest);
    if (eqfi_slice_length(*rest) < length || memcmp(rest->begin, word, length) != 0) return false;
    rest->begin += length;
    return true;
}

/* A text in single or double quotes, without escapes. */
static bool take_text(eqfi_slice *rest, eqfi_slice *text)
{
    skip_blanks(rest);
    if (rest->begin == rest->end || (*rest->begin != '\'' && *rest->begin != '"')) return false;
    const char *first = rest->begin + 1, *close = memchr(first, *rest->begin, (size_t)(rest->end - first));
    if (close == NULL || memchr(first, '\\', (size_t)(close - first)) != NULL) return false;
    *text = (eqfi_slice){first, close};
    rest->begin = close + 1;
    return true;
}

/* Digits, and the L that Python 2 wrote behind some. */
static bool take_extent(eqfi_slice *rest, int64_t *extent)
{
    skip_blanks(rest);
    const char *at = rest->begin;
    while (at < rest->end && *at >= '0' && *at <= '9') at++;
    if (!eqfi_parse_int64(rest->begin, at, extent)) return false;
    rest->begin = at < rest->end && *at == 'L' ? at + 1 : at;
    return true;
}

static eqf_status parse_shape(eqf_context *context, const char *place, eqfi_slice *rest, eqfi_npy_header *header)
{
    eqf_status status = EQF_OK;
    CHECK_HEADER(take(rest, "("), "has no tuple as the shape");
    header->ndim = 0;
    header->count = 1;
    while (!take(rest, ")")) {
        int64_t extent;
        CHECK_HEADER(header->ndim < EQFI_NDIM_MAX, "has a shape of more than %d dimensions", EQFI_NDIM_MAX);
        CHECK_HEADER(take_extent(rest, &extent), "has a shape that is no tuple of whole numbers");
        CHECK_HEADER(extent == 0 || header->count <= INT64_MAX / 8 / extent, "has a shape that is too large");
        header->shape[header->ndim++] = extent;
        header->count *= extent;
        CHECK_HEADER(take(rest, ",") || (rest->begin < rest->end && *rest->begin == ')'),
                     "has a shape that does not end");
    }
fail:
    return status;
}

/* "<f8"; what is no number stays numeric = false, as the list of a record. */
static eqf_status parse_descr(eqf_context *context, const char *place, eqfi_slice *rest, eqfi_npy_header *header)
{
    eqf_status status = EQF_OK;
    eqfi_slice descr;
    if (take(rest, "[")) { /* of tuples of texts, numbers and lists: nothing that holds a brace or a colon */
        const char *close = rest->end;
        for (int depth = 1; depth > 0 && rest->begin < close; rest->begin++)
            depth += *rest->begin == '[' ? 1 : *rest->begin == ']' ? -1 : 0;
        return EQF_OK;
    }
    CHECK_HEADER(take_text(rest, &descr) && eqfi_slice_length(descr) > 0, "has no text as descr");
    header->big = *descr.begin == '>';
    eqfi_slice type = {descr.begin + (strchr("<>=|", *descr.begin) != NULL), descr.end};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!eqfi_slice_equals(type, types[i].text)) continue;
        header->numeric = true;
        header->dtype = types[i].dtype;
    }
fail:
    return status;
}

eqf_status eqfi_npy_parse(eqf_context *context, const char *place, eqfi_slice text, eqfi_npy_header *header)
{
    eqf_status status = EQF_OK;
    enum { DESCR = 1, ORDER = 2, SHAPE = 4 };
    eqfi_npy_header made = {.numeric = false};
    eqfi_slice rest = text, key;
    int seen = 0;
    CHECK_HEADER(take(&rest, "{"), "is no Python dict");
    while (!take(&rest, "}")) {
        CHECK_HEADER(take_text(&rest, &key) && take(&rest, ":"), "is no Python dict of texts");
        int what = eqfi_slice_equals(key, "descr")           ? DESCR
                   : eqfi_slice_equals(key, "fortran_order") ? ORDER
                   : eqfi_slice_equals(key, "shape")         ? SHAPE
                                                             : 0;
        char excerpt[EQFI_EXCERPT_SIZE];
        CHECK_HEADER(what != 0 && (seen & what) == 0, "has the key '%s', expected descr, fortran_order, shape, once",
                     eqfi_excerpt(key, excerpt));
        seen |= what;
        if (what == DESCR) EQFI_TRY(parse_descr(context, place, &rest, &made));
        if (what == SHAPE) EQFI_TRY(parse_shape(context, place, &rest, &made));
        if (what == ORDER) {
            made.fortran = take(&rest, "True");
            CHECK_HEADER(made.fortran || take(&rest, "False"), "has a fortran_order that is not True or False");
        }
        CHECK_HEADER(take(&rest, ",") || (rest.begin < rest.end && *rest.begin == '}'), "is a dict that does not end");
    }
    skip_blanks(&rest);
    CHECK_HEADER(rest.begin == rest.end, "has text behind the dict");
    CHECK_HEADER(seen == (DESCR | ORDER | SHAPE), "lacks %s",
                 (seen & DESCR) == 0   ? "descr"
                 : (seen & SHAPE) == 0 ? "shape"
                                       : "fortran_order");
    *header = made;
fail:
    return status;
}

eqf_status eqfi_npy_make_header(eqf_context *context, const char *descr, int ndim, const int64_t *shape, char **bytes,
                                size_t *length)
{
    eqf_status status = EQF_OK;
    enum { PREFIX = 10, ALIGNMENT = 64, ROOM = 512 };
    char *made;
    EQFI_TRY(eqfi_new(context, ROOM, 1, (void **)&made));
    memcpy(made, "\x93NUMPY\x01\x00", 8);
    size_t used = PREFIX;
    used += (size_t)snprintf(made + used, ROOM - used, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int d = 0; d < ndim; d++)
        used += (size_t)snprintf(made + used, ROOM - used, "%s%lld%s", d > 0 ? ", " : "", (long long)shape[d],
                                 ndim == 1 ? "," : "");
    used += (size_t)snprintf(made + used, ROOM - used, "), }");
    while ((used + 1) % ALIGNMENT != 0) made[used++] = ' ';
    made[used++] = '\n';
    made[8] = (char)((used - PREFIX) & 255);
    made[9] = (char)((used - PREFIX) >> 8);
    *bytes = made;
    *length = used;
fail:
    return status;
}
