/* Numbers from and to text. Most decimals are exact quotients of small integers; the rest is settled with integers of
 * any length, as in W. D. Clinger, How to read floating point numbers accurately (1990).
 * SPDX-License-Identifier: MIT */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    DIGITS_MAX = 800, /* 767 digits decide the rounding of any double */
    DECADE_MAX = 310, /* 1e310 is infinite, 1e-330 is 0 */
    DECADE_MIN = -330,
    WORDS = 128 /* 10^(800 + 330) has 3754 bits */
};

/* digits * 10^exponent, the digits without leading zeros. */
typedef struct decimal {
    bool negative;
    bool more; /* digits beyond DIGITS_MAX that are not all 0 */
    int count;
    int64_t exponent;
    uint64_t leading;  /* the first 19 digits */
    const char *first; /* where they stand, a point may be among them */
    const char *last;
} decimal;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool same_word(const char *begin, const char *end, const char *word)
{
    for (; begin < end && *word != '\0'; begin++, word++)
        if ((*begin | 32) != *word) return false;
    return begin == end && *word == '\0';
}

static bool scan_exponent(const char *at, const char *end, int64_t *exponent)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end) return false;
    int64_t sum = 0;
    for (; at < end; at++) {
        if (!is_digit(*at)) return false;
        if (sum < INT64_MAX / 100) sum = sum * 10 + (*at - '0');
    }
    *exponent += negative ? -sum : sum;
    return true;
}

/* Digits and exponent of an unsigned decimal. */
static bool scan(const char *at, const char *end, decimal *number)
{
    bool point = false, any = false;
    for (; at < end; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(*at)) break;
        any = true;
        int digit = *at - '0';
        if (number->count == 0 && digit == 0) {
            number->exponent -= point;
            continue;
        }
        if (number->count == 0) number->first = at;
        if (number->count < DIGITS_MAX) {
            if (number->count < 19) number->leading = number->leading * 10 + (uint64_t)digit;
            number->count++;
            number->last = at;
            number->exponent -= point;
        } else {
            number->more |= digit != 0;
            number->exponent += !point;
        }
    }
    if (!any || at == end) return any;
    if ((*at | 32) != 'e' && (*at | 32) != 'd') return false;
    return scan_exponent(at + 1, end, &number->exponent);
}

/* Natural numbers, lowest word first, no zero words above n. */
typedef struct natural {
    int n;
    uint32_t words[WORDS];
} natural;

static void multiply_add(natural *x, uint32_t factor, uint32_t term)
{
    uint64_t carry = term;
    for (int i = 0; i < x->n; i++) {
        carry += (uint64_t)x->words[i] * factor;
        x->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry > 0) x->words[x->n++] = (uint32_t)carry;
}

static void multiply_power_of_10(natural *x, int64_t exponent)
{
    for (; exponent >= 9; exponent -= 9) multiply_add(x, 1000000000, 0);
    for (; exponent > 0; exponent--) multiply_add(x, 10, 0);
}

static int bits_of(const natural *x)
{
    int bits = 32 * (x->n - 1);
    for (uint32_t top = x->words[x->n - 1]; top > 0; top >>= 1) bits++;
    return bits;
}

static void shift_left(natural *x, int bits)
{
    int whole = bits / 32;
    if (whole > 0) {
        memmove(x->words + whole, x->words, (size_t)x->n * sizeof *x->words);
        memset(x->words, 0, (size_t)whole * sizeof *x->words);
        x->n += whole;
    }
    multiply_add(x, (uint32_t)1 << bits % 32, 0);
}

static bool at_least(const natural *x, const natural *y)
{
    if (x->n != y->n) return x->n > y->n;
    for (int i = x->n - 1; i >= 0; i--)
        if (x->words[i] != y->words[i]) return x->words[i] > y->words[i];
    return true;
}

/* x -= y, which is not larger. */
static void subtract(natural *x, const natural *y)
{
    int64_t borrow = 0;
    for (int i = 0; i < x->n; i++) {
        borrow += (int64_t)x->words[i] - (i < y->n ? (int64_t)y->words[i] : 0);
        x->words[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    while (x->n > 0 && x->words[x->n - 1] == 0) x->n--;
}

/* The next bit of x / y < 2, binary point after it; x becomes the rest, doubled. */
static int next_bit(natural *x, const natural *y)
{
    int bit = at_least(x, y);
    if (bit) subtract(x, y);
    multiply_add(x, 2, 0);
    return bit;
}

/* x / y rounded to nearest, ties to even; both are overwritten. */
static double quotient(natural *x, natural *y)
{
    int scale = bits_of(x) - bits_of(y);
    if (scale > 0)
        shift_left(y, scale);
    else
        shift_left(x, -scale);
    if (!at_least(x, y)) {
        multiply_add(x, 2, 0);
        scale--;
    }
    /* Now x / y is in [1, 2) and the value x / y * 2^scale. */
    int precision = scale >= DBL_MIN_EXP - 1 ? DBL_MANT_DIG : DBL_MANT_DIG + scale - (DBL_MIN_EXP - 1);
    if (precision < 0) return 0;
    uint64_t bits = 0;
    for (int i = 0; i < precision; i++) bits = bits << 1 | (uint64_t)next_bit(x, y);
    int half = next_bit(x, y);
    if (half && (x->n > 0 || bits % 2 == 1)) bits++;
    return ldexp((double)bits, scale - precision + 1);
}

static double exact(const decimal *number)
{
    natural x = {0}, y = {.n = 1, .words = {1}};
    uint32_t group = 0, base = 1;
    for (const char *at = number->first; at <= number->last; at++) {
        if (*at == '.') continue;
        group = group * 10 + (uint32_t)(*at - '0');
        base *= 10;
        if (base == 1000000000 || at == number->last) {
            multiply_add(&x, base, group);
            group = 0;
            base = 1;
        }
    }
    int64_t exponent = number->exponent;
    if (number->more) {
        multiply_add(&x, 10, 1);
        exponent--;
    }
    multiply_power_of_10(exponent > 0 ? &x : &y, exponent > 0 ? exponent : -exponent);
    return quotient(&x, &y);
}

static double value_of(const decimal *number)
{
    static const double power_of_10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                         1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t exponent = number->exponent;
    if (number->count == 0) return 0;
    /* Both are exact doubles, so that their quotient or product is rounded once. */
    if (FLT_EVAL_METHOD == 0 && number->count <= 19 && number->leading <= (uint64_t)1 << DBL_MANT_DIG &&
        -22 <= exponent && exponent <= 22) {
        double digits = (double)number->leading;
        return exponent < 0 ? digits / power_of_10[-exponent] : digits * power_of_10[exponent];
    }
    if (number->count + exponent > DECADE_MAX) return (double)INFINITY;
    if (number->count + exponent < DECADE_MIN) return 0;
    return exact(number);
}

bool eqfi_parse_double(const char *begin, const char *end, double *value)
{
    decimal number = {0};
    number.negative = begin < end && *begin == '-';
    if (begin < end && (*begin == '-' || *begin == '+')) begin++;
    double magnitude;
    if (scan(begin, end, &number))
        magnitude = value_of(&number);
    else if (same_word(begin, end, "inf") || same_word(begin, end, "infinity"))
        magnitude = (double)INFINITY;
    else if (same_word(begin, end, "nan"))
        magnitude = (double)NAN;
    else
        return false;
    *value = number.negative ? -magnitude : magnitude;
    return true;
}

bool eqfi_parse_int64(const char *begin, const char *end, int64_t *value)
{
    bool negative = begin < end && *begin == '-';
    if (begin < end && (*begin == '-' || *begin == '+')) begin++;
    if (begin == end) return false;
    /* Summed below zero, where there is room for INT64_MIN. */
    int64_t sum = 0;
    for (; begin < end; begin++) {
        if (!is_digit(*begin)) return false;
        int digit = *begin - '0';
        if (sum < (INT64_MIN + digit) / 10) return false;
        sum = sum * 10 - digit;
    }
    if (!negative && sum == INT64_MIN) return false;
    *value = negative ? sum : -sum;
    return true;
}

void eqfi_format_double(double value, char text[32])
{
    if (isnan(value) || isinf(value)) {
        strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    /* 15 digits hold every shorter decimal of a normal number; subnormal ones have fewer. */
    int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG;
    for (; digits <= DBL_DECIMAL_DIG; digits++) {
        char local[48];
        snprintf(local, sizeof local, "%.*g", digits, value);
        /* The locale's decimal point may be any run of characters. */
        size_t n = 0;
        for (const char *at = local; *at != '\0'; at++) {
            bool kept = is_digit(*at) || *at == '-' || *at == '+' || *at == 'e';
            if (kept)
                text[n++] = *at;
            else if (n == 0 || text[n - 1] != '.')
                text[n++] = '.';
        }
        text[n] = '\0';
        double back;
        if (eqfi_parse_double(text, text + n, &back) && back == value) return;
    }
}
