/* Elements of safetensors arrays as numbers. SPDX-License-Identifier: MIT */
#include "io/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    size_t bytes;
} dtypes[] = {
#define DTYPE_ROW(name, text, bytes) {text, bytes},
    EQFI_DTYPE_LIST(DTYPE_ROW)
#undef DTYPE_ROW
};

const char *eqfi_dtype_text(eqfi_dtype dtype) { return dtypes[dtype].text; }

size_t eqfi_dtype_bytes(eqfi_dtype dtype) { return dtypes[dtype].bytes; }

static uint64_t load(const unsigned char *bytes, int size)
{
    uint64_t bits = 0;
    for (int i = size - 1; i >= 0; i--) bits = bits << 8 | bytes[i];
    return bits;
}

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double float_of_bits(uint64_t bits)
{
    uint32_t narrow = (uint32_t)bits;
    float value;
    memcpy(&value, &narrow, sizeof value);
    return (double)value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits; bias 15. */
static double half_of_bits(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), value;
    if (exponent == 31)
        value = fraction > 0 ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 & 1 ? -value : value;
}

static double double_of(eqfi_dtype dtype, uint64_t bits)
{
    switch (dtype) {
    case EQFI_DTYPE_F64: return double_of_bits(bits);
    case EQFI_DTYPE_F32: return float_of_bits(bits);
    case EQFI_DTYPE_F16: return half_of_bits(bits);
    case EQFI_DTYPE_BF16: return float_of_bits(bits << 16);
    case EQFI_DTYPE_I64: return (double)(int64_t)bits;
    case EQFI_DTYPE_I32: return (double)(int32_t)(uint32_t)bits;
    case EQFI_DTYPE_I16: return (double)(int16_t)(uint16_t)bits;
    case EQFI_DTYPE_I8: return (double)(int8_t)(uint8_t)bits;
    case EQFI_DTYPE_BOOL: return bits != 0 ? 1.0 : 0.0;
    default: return (double)bits;
    }
}

void eqfi_array_to_double(const eqfi_array *array, int64_t first, int64_t count, double *values)
{
    size_t size = eqfi_dtype_bytes(array->dtype);
    const unsigned char *bytes = array->data;
    for (int64_t i = 0; i < count; i++)
        values[i] = double_of(array->dtype, load(bytes + (size_t)(first + i) * size, (int)size));
}

const char *eqfi_shape_text(int ndim, const int64_t *shape, char text[EQFI_SHAPE_TEXT])
{
    size_t used = 0;
    text[used++] = '[';
    for (int d = 0; d < ndim; d++)
        used += (size_t)snprintf(text + used, EQFI_SHAPE_TEXT - used, "%s%lld", d > 0 ? "," : "", (long long)shape[d]);
    strcpy(text + used, "]");
    return text;
}
