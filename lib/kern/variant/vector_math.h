/* Elementary functions of one real in a form that compilers vectorise: no branches, no calls, no tables. A condition
 * selects between values that are used anyway, never between expressions: gcc would compute those in a branch.
 *
 * Products that join a sum are written as real_fma, so that the same element gets the same bits in the body and in the
 * remainder of a vectorised loop. SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_VARIANT_VECTOR_MATH_H
#define EQFI_KERN_VARIANT_VECTOR_MATH_H

#include <math.h>

#include "kern/variant.h"

#if EQFI_VARIANT_REAL == 32
#define REAL_CALL(name) name##f
typedef uint32_t real_bits;
enum { REAL_MANTISSA = 23, REAL_BIAS = 127 };
#define REAL_MAGIC 0x1.8p23F       /* adding it rounds to an integer, kept in the low bits of the sum */
#define REAL_EXP_LOWEST -87.3F     /* exp is normal above */
#define REAL_EXP_ZERO -104.0F      /* exp rounds to 0 below */
#define REAL_EXP_INFINITE 89.0F    /* exp overflows above */
#define REAL_TANH_ONE 10.0F        /* tanh rounds to 1 above */
#define REAL_LN2_HIGH 0.693359375F /* few digits: its multiples are exact */
#define REAL_LN2_LOW -2.12194440e-4F
#else
#define REAL_CALL(name) name
typedef uint64_t real_bits;
enum { REAL_MANTISSA = 52, REAL_BIAS = 1023 };
#define REAL_MAGIC 0x1.8p52
#define REAL_EXP_LOWEST -708.3
#define REAL_EXP_ZERO -746.0
#define REAL_EXP_INFINITE 710.0
#define REAL_TANH_ONE 22.0
#define REAL_LN2_HIGH 6.93147180369123816490e-01
#define REAL_LN2_LOW 1.90821492927058770002e-10
#endif
#define REAL_LOG2_E ((real)1.4426950408889634)

static inline real real_fma(real a, real b, real c)
{
#if defined(__FMA__) || defined(__FP_FAST_FMA) || defined(__ARM_FEATURE_FMA)
    return REAL_CALL(__builtin_fma)(a, b, c);
#else
    return a * b + c;
#endif
}

static inline real real_abs(real x) { return REAL_CALL(__builtin_fabs)(x); }
static inline real real_with_sign(real x, real sign) { return REAL_CALL(__builtin_copysign)(x, sign); }
static inline real real_sqrt(real x) { return REAL_CALL(__builtin_sqrt)(x); }

/* 2^n for the integer n that REAL_MAGIC was added to, n in the range of normal numbers. */
static inline real real_power_of_two(real shifted)
{
    union {
        real value;
        real_bits bits;
    } word = {shifted};
    word.bits = (word.bits << REAL_MANTISSA) + ((real_bits)REAL_BIAS << REAL_MANTISSA);
    return word.value;
}

/* exp(x) = 2^n (1 + fraction), |fraction| < 0.42; n comes with REAL_MAGIC added. exp(r) on |r| <= log(2)/2 is
 * 1 + r + r^2 Q(r) with Q interpolating at Chebyshev points (relative error 1e-8 and 2e-17). */
typedef struct real_exponential {
    real shifted, fraction;
} real_exponential;

static inline real_exponential real_exp_parts(real x)
{
    real shifted = real_fma(x, REAL_LOG2_E, REAL_MAGIC), n = shifted - REAL_MAGIC;
    real r = real_fma(n, -REAL_LN2_HIGH, x);
    r = real_fma(n, -REAL_LN2_LOW, r);
#if EQFI_VARIANT_REAL == 32
    real q = 1.392618359e-03F;
    q = real_fma(q, r, 8.363179053e-03F);
    q = real_fma(q, r, 4.166655462e-02F);
    q = real_fma(q, r, 1.666657699e-01F);
    q = real_fma(q, r, 0.5F);
#else
    real q = 2.51003854955103203e-08;
    q = real_fma(q, r, 2.76200884454097462e-07);
    q = real_fma(q, r, 2.75572684599970641e-06);
    q = real_fma(q, r, 2.48015212959543761e-05);
    q = real_fma(q, r, 1.98412698630536177e-04);
    q = real_fma(q, r, 1.38888889172137167e-03);
    q = real_fma(q, r, 8.33333333333006153e-03);
    q = real_fma(q, r, 4.16666666666241289e-02);
    q = real_fma(q, r, 1.66666666666666685e-01);
    q = real_fma(q, r, 0.5);
#endif
    return (real_exponential){shifted, real_fma(r * r, q, r)};
}

/* Over the whole range, with infinities and subnormal numbers; 2^n is applied in two steps that are both normal. */
static inline real real_exp(real x)
{
    x = x < REAL_EXP_ZERO ? REAL_EXP_ZERO : x;
    x = x > REAL_EXP_INFINITE ? REAL_EXP_INFINITE : x;
    real_exponential e = real_exp_parts(x);
    real n = e.shifted - REAL_MAGIC, half = real_fma(n, (real)0.5, REAL_MAGIC);
    real rest = n - (half - REAL_MAGIC) + REAL_MAGIC;
    return (1 + e.fraction) * real_power_of_two(half) * real_power_of_two(rest);
}

/* For x <= 0; 0 where the result would not be normal. */
static inline real real_exp_negative(real x)
{
    real within = x < REAL_EXP_LOWEST ? REAL_EXP_LOWEST : x;
    real_exponential e = real_exp_parts(within);
    real kept = x < REAL_EXP_LOWEST ? (real)0 : (real)1;
    return (1 + e.fraction) * real_power_of_two(e.shifted) * kept;
}

/* tanh |x| = -m / (2 + m), m = exp(-2 |x|) - 1 = 2^n fraction + (2^n - 1): accurate near 0, too. */
static inline real real_tanh(real x)
{
    real size = real_abs(x);
    size = size > REAL_TANH_ONE ? REAL_TANH_ONE : size;
    real_exponential e = real_exp_parts(-2 * size);
    real scale = real_power_of_two(e.shifted), m = real_fma(scale, e.fraction, scale - 1);
    return real_with_sign(m / (2 + m), x);
}

/* sigmoid s(x) and what its derivatives are made of. */
typedef struct real_logistic {
    real value; /* s */
    real slope; /* s (1 - s), without cancellation */
    real tilt;  /* 1 - 2 s = -tanh(x/2) */
} real_logistic;

static inline real_logistic real_sigmoid(real x)
{
    real e = real_exp_negative(-real_abs(x)), reciprocal = 1 / (1 + e), numerator = x < 0 ? e : 1;
    return (real_logistic){numerator * reciprocal, e * reciprocal * reciprocal,
                           real_with_sign((1 - e) * reciprocal, -x)};
}

#endif
