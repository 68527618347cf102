/* Functions of one variable and their derivatives, element by element. SPDX-License-Identifier: MIT */
#include <string.h>

#include "kern/variant/declarations.h"
#include "kern/variant/vector_math.h"

/* Every function is a loop over n elements; x and out may be the same array. */
typedef void line_function(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out);

#define EACH_ELEMENT _Pragma("omp simd") for (int64_t i = 0; i < n; i++)

static void fill(int64_t n, real value, real *out) { EACH_ELEMENT out[i] = value; }

/* Beyond this the slope of a sigmoid is 0; keeps x times it from being infinity times zero. */
static inline real clamped(real x)
{
    x = x < -1000 ? -1000 : x;
    return x > 1000 ? 1000 : x;
}

/* The coefficients of R for sigmoid^(order) in powers of d^2, and whether a factor d is left. */
typedef struct tilt_polynomial {
    real c[4];
    real constant, linear; /* 1 and 0, or 0 and 1 */
} tilt_polynomial;

static tilt_polynomial make_tilt_polynomial(int order, double factor)
{
    double all[EQFI_ORDER_MAX];
    eqfi_sigmoid_polynomial(order, all);
    int odd = (order - 1) % 2;
    tilt_polynomial made = {.constant = (real)(1 - odd), .linear = (real)odd};
    for (int i = 0; i < 4; i++) made.c[i] = (real)(factor * all[2 * i + odd]);
    return made;
}

static inline real tilt_polynomial_at(const tilt_polynomial *r, real d)
{
    real u = d * d, sum = real_fma(r->c[3], u, r->c[2]);
    sum = real_fma(sum, u, r->c[1]);
    sum = real_fma(sum, u, r->c[0]);
    return sum * real_fma(r->linear, d, r->constant);
}

static void sigmoid_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    if (plan->order == 0) {
        EACH_ELEMENT out[i] = real_sigmoid(x[i]).value;
    } else {
        tilt_polynomial r = make_tilt_polynomial(plan->order, 1);
        EACH_ELEMENT
        {
            real_logistic s = real_sigmoid(x[i]);
            out[i] = s.slope * tilt_polynomial_at(&r, s.tilt);
        }
    }
}

static void logistic_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    if (plan->order == 0) {
        EACH_ELEMENT out[i] = x[i] * (1 - x[i]);
    } else if (plan->order == 1) {
        EACH_ELEMENT out[i] = 1 - 2 * x[i];
    } else {
        fill(n, plan->order == 2 ? -2 : 0, out);
    }
}

/* tanh(x) = 2 sigmoid(2x) - 1 */
static void tanh_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    if (plan->order == 0) {
        EACH_ELEMENT out[i] = real_tanh(x[i]);
    } else {
        tilt_polynomial r = make_tilt_polynomial(plan->order, (double)(2 << plan->order));
        EACH_ELEMENT
        {
            real_logistic s = real_sigmoid(2 * x[i]);
            out[i] = s.slope * tilt_polynomial_at(&r, s.tilt);
        }
    }
}

/* (x s)^(n) = x s^(n) + n s^(n-1) */
static void silu_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    if (plan->order == 0) {
        EACH_ELEMENT
        {
            real y = x[i] < -1000 ? -1000 : x[i];
            out[i] = y * real_sigmoid(y).value;
        }
    } else if (plan->order == 1) {
        EACH_ELEMENT
        {
            real y = clamped(x[i]);
            real_logistic s = real_sigmoid(y);
            out[i] = real_fma(y, s.slope, s.value);
        }
    } else {
        tilt_polynomial r = make_tilt_polynomial(plan->order, 1);
        tilt_polynomial lower = make_tilt_polynomial(plan->order - 1, plan->order);
        EACH_ELEMENT
        {
            real y = clamped(x[i]);
            real_logistic s = real_sigmoid(y);
            out[i] = s.slope * real_fma(y, tilt_polynomial_at(&r, s.tilt), tilt_polynomial_at(&lower, s.tilt));
        }
    }
}

static void exp_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    (void)plan;
    EACH_ELEMENT out[i] = real_exp(x[i]);
}

/* sin(x + quarters pi/2) */
static void sine(int quarters, int64_t n, const real *x, real *out)
{
    real sign = quarters % 4 < 2 ? 1 : -1;
    if (quarters % 2 == 0)
        for (int64_t i = 0; i < n; i++) out[i] = sign * REAL_CALL(sin)(x[i]);
    else
        for (int64_t i = 0; i < n; i++) out[i] = sign * REAL_CALL(cos)(x[i]);
}

static void sin_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out) { sine(plan->order, n, x, out); }

static void cos_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    sine(plan->order + 1, n, x, out);
}

static void abs_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    if (plan->order == 0) {
        EACH_ELEMENT out[i] = real_abs(x[i]);
    } else if (plan->order == 1) {
        EACH_ELEMENT out[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i];
    } else {
        fill(n, 0, out);
    }
}

/* x^(twice/2) for n <= POWER_BLOCK elements by repeated squaring. */
enum { POWER_BLOCK = 256, POWER_TWICE_MAX = 64 };

static void half_integer_power(int twice, int64_t n, const real *x, real *out)
{
    real square[POWER_BLOCK];
    int left = twice < 0 ? -twice : twice;
    if (left % 2 == 1) {
        EACH_ELEMENT square[i] = real_sqrt(x[i]);
    } else {
        EACH_ELEMENT square[i] = x[i];
        left /= 2;
    }
    fill(n, 1, out);
    for (; left > 0; left /= 2) {
        if (left % 2 == 1) {
            EACH_ELEMENT out[i] *= square[i];
        }
        EACH_ELEMENT square[i] *= square[i];
    }
    if (twice < 0) {
        EACH_ELEMENT out[i] = 1 / out[i];
    }
}

static void power_line(const eqfi_unary_plan *plan, int64_t n_all, const real *x_all, real *out_all)
{
    double twice = 2 * (plan->a - plan->order);
    real factor = (real)eqfi_power_factor(plan->a, plan->order), exponent = (real)(plan->a - plan->order);
    real bound = (real)plan->b;
    if (factor == 0) {
        fill(n_all, 0, out_all);
        return;
    }
    bool easy = twice == nearbyint(twice) && fabs(twice) <= POWER_TWICE_MAX;
    for (int64_t done = 0; done < n_all; done += POWER_BLOCK) {
        int64_t n = n_all - done < POWER_BLOCK ? n_all - done : POWER_BLOCK;
        const real *x = x_all + done;
        real *out = out_all + done, base[POWER_BLOCK], power[POWER_BLOCK];
        EACH_ELEMENT base[i] = x[i] < bound ? bound : x[i];
        if (easy)
            half_integer_power((int)twice, n, base, power);
        else
            for (int64_t i = 0; i < n; i++) power[i] = REAL_CALL(pow)(base[i], exponent);
        EACH_ELEMENT power[i] *= factor;
        if (plan->order > 0) {
            EACH_ELEMENT power[i] = x[i] < bound ? 0 : power[i];
        }
        memcpy(out, power, (size_t)n * sizeof *out);
    }
}

/* (1-t)^m Q(t) below 1 */
static inline void envelope_loop(const int m, const real q[5], int64_t n, const real *x, real *out)
{
    EACH_ELEMENT
    {
        real t = x[i] >= 1 ? 1 : x[i], u = 1 - t, kept = x[i] >= 1 ? (real)0 : (real)1;
        real sum = real_fma(q[4], t, q[3]);
        sum = real_fma(sum, t, q[2]);
        sum = real_fma(sum, t, q[1]);
        sum = real_fma(sum, t, q[0]);
        out[i] = sum * (m == 3 ? u * u * u : m == 2 ? u * u : m == 1 ? u : kept);
    }
}

static void envelope_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    double exact[5];
    real q[5];
    int m = eqfi_envelope_polynomial(plan->order, exact);
    for (int i = 0; i < 5; i++) q[i] = (real)exact[i];
    switch (m) {
    case 0: envelope_loop(0, q, n, x, out); break;
    case 1: envelope_loop(1, q, n, x, out); break;
    case 2: envelope_loop(2, q, n, x, out); break;
    default: envelope_loop(3, q, n, x, out); break;
    }
}

/* With u = 1 - x: sin^2(pi u/2), which keeps its digits where it vanishes; derivatives of -cos(pi u)/2. */
static void cosine_line(const eqfi_unary_plan *plan, int64_t n, const real *x, real *out)
{
    const real pi = (real)3.14159265358979324;
    if (plan->order == 0) {
        for (int64_t i = 0; i < n; i++) {
            real root = REAL_CALL(sin)(pi / 2 * (1 - x[i]));
            out[i] = x[i] >= 1 ? 0 : root * root;
        }
        return;
    }
    double scale = plan->order % 4 == 0 || plan->order % 4 == 1 ? -0.5 : 0.5;
    for (int i = 0; i < plan->order; i++) scale *= 3.14159265358979324;
    for (int64_t i = 0; i < n; i++) {
        real angle = pi * (1 - x[i]);
        real value = plan->order % 2 == 1 ? REAL_CALL(sin)(angle) : REAL_CALL(cos)(angle);
        out[i] = x[i] >= 1 ? 0 : (real)scale * value;
    }
}

void EQFI_KERN(eqfi_unary)(const eqfi_unary_plan *plan, int64_t rows, int64_t columns, const void *x, int64_t ldx,
                           void *out, int64_t ldout)
{
    static line_function *const lines[EQFI_FUNCTION_COUNT] = {
        [EQFI_FUNCTION_SILU] = silu_line,         [EQFI_FUNCTION_SIGMOID] = sigmoid_line,
        [EQFI_FUNCTION_LOGISTIC] = logistic_line, [EQFI_FUNCTION_TANH] = tanh_line,
        [EQFI_FUNCTION_EXP] = exp_line,           [EQFI_FUNCTION_SIN] = sin_line,
        [EQFI_FUNCTION_COS] = cos_line,           [EQFI_FUNCTION_ABS] = abs_line,
        [EQFI_FUNCTION_POWER] = power_line,       [EQFI_FUNCTION_ENVELOPE] = envelope_line,
        [EQFI_FUNCTION_COSINE] = cosine_line,
    };
    line_function *line = lines[plan->function];
    if (rows > 0 && ldx == columns && ldout == columns) {
        columns *= rows;
        rows = 1;
    }
    for (int64_t r = 0; r < rows; r++) line(plan, columns, (const real *)x + r * ldx, (real *)out + r * ldout);
}
