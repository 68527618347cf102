/* Names, constants and reference values of the functions of one variable. SPDX-License-Identifier: MIT */
#include "kern/functions.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846264338327950288;

const char *eqfi_function_name(eqfi_function function)
{
    static const char *const names[EQFI_FUNCTION_COUNT] = {
#define NAME_OF(name, text, formula) text,
        EQFI_FUNCTION_LIST(NAME_OF)
#undef NAME_OF
    };
    return names[function];
}

/* With v = s(1-s) = (1-d^2)/4: dv/dx = v d and dd/dx = -2v, hence (v R)' = v (d R - (1-d^2)/2 R'). */
void eqfi_sigmoid_polynomial(int order, double coefficients[EQFI_ORDER_MAX])
{
    double r[EQFI_ORDER_MAX + 2] = {1};
    for (int n = 1; n < order; n++) {
        double next[EQFI_ORDER_MAX + 2] = {0};
        for (int i = 0; i < n; i++) {
            next[i + 1] += r[i] * (1 + 0.5 * i);
            if (i > 0) next[i - 1] -= r[i] * 0.5 * i;
        }
        memcpy(r, next, sizeof r);
    }
    memcpy(coefficients, r, EQFI_ORDER_MAX * sizeof *r);
}

/* ((1-t)^m Q)' = (1-t)^(m-1) ((1-t) Q' - m Q). */
int eqfi_envelope_polynomial(int order, double coefficients[5])
{
    double q[6] = {1, 3, 6, 10, 15};
    int m = 3;
    for (int n = 0; n < order; n++) {
        double next[6] = {0};
        for (int i = 0; i < 5; i++) {
            next[i] = (i + 1) * q[i + 1];
            if (m > 0) next[i] -= (i + m) * q[i];
        }
        memcpy(q, next, sizeof q);
        if (m > 0) m--;
    }
    memcpy(coefficients, q, 5 * sizeof *q);
    return m;
}

double eqfi_power_factor(double a, int order)
{
    double factor = 1;
    for (int n = 0; n < order; n++) factor *= a - n;
    return factor;
}

static double horner(int count, const double *coefficients, double x)
{
    double sum = 0;
    for (int i = count - 1; i >= 0; i--) sum = sum * x + coefficients[i];
    return sum;
}

/* sigmoid^(order); e = exp(-|x|) avoids overflow, and cancellation in 1 - s. */
static double sigmoid(int order, double x)
{
    double e = exp(-fabs(x)), above = 1 / (1 + e), below = e / (1 + e);
    if (order == 0) return x < 0 ? below : above;
    double r[EQFI_ORDER_MAX];
    eqfi_sigmoid_polynomial(order, r);
    return above * below * horner(EQFI_ORDER_MAX, r, x < 0 ? above - below : below - above);
}

static double logistic(int order, double x)
{
    return order == 0 ? x * (1 - x) : order == 1 ? 1 - 2 * x : order == 2 ? -2 : 0;
}

static double silu(int order, double x)
{
    if (isinf(x)) return order == 0 ? fmax(x, 0) : order == 1 ? x > 0 : 0;
    return order == 0 ? x * sigmoid(0, x) : x * sigmoid(order, x) + order * sigmoid(order - 1, x);
}

/* sin(x + quarters pi/2) */
static double sine(int quarters, double x)
{
    double value = quarters % 2 == 0 ? sin(x) : cos(x);
    return quarters % 4 < 2 ? value : -value;
}

static double absolute(int order, double x)
{
    if (order == 0) return fabs(x);
    if (order > 1) return 0;
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

static double power(const eqfi_unary_plan *plan, double x)
{
    double factor = eqfi_power_factor(plan->a, plan->order);
    if (factor == 0 || (plan->order > 0 && x < plan->b)) return 0;
    return factor * pow(x < plan->b ? plan->b : x, plan->a - plan->order);
}

static double envelope(int order, double x)
{
    double q[5];
    int m = eqfi_envelope_polynomial(order, q);
    return x >= 1 ? 0 : pow(1 - x, m) * horner(5, q, x);
}

/* sin^2(pi u/2) = (1 - cos(pi u))/2 with u = 1 - x keeps digits where the function vanishes. */
static double cosine(int order, double x)
{
    if (x >= 1) return 0;
    double u = 1 - x, root = sin(pi / 2 * u);
    if (order == 0) return root * root;
    double sign = order % 4 == 1 || order % 4 == 2 ? -1 : 1;
    return sign * 0.5 * pow(pi, order) * (order % 2 == 1 ? sin(pi * u) : -cos(pi * u));
}

double eqfi_function_value(const eqfi_unary_plan *plan, double x)
{
    int order = plan->order;
    switch (plan->function) {
    case EQFI_FUNCTION_SILU: return silu(order, x);
    case EQFI_FUNCTION_SIGMOID: return sigmoid(order, x);
    case EQFI_FUNCTION_LOGISTIC: return logistic(order, x);
    case EQFI_FUNCTION_TANH: return order == 0 ? tanh(x) : ldexp(sigmoid(order, 2 * x), order + 1);
    case EQFI_FUNCTION_EXP: return exp(x);
    case EQFI_FUNCTION_SIN: return sine(order, x);
    case EQFI_FUNCTION_COS: return sine(order + 1, x);
    case EQFI_FUNCTION_ABS: return absolute(order, x);
    case EQFI_FUNCTION_POWER: return power(plan, x);
    case EQFI_FUNCTION_ENVELOPE: return envelope(order, x);
    case EQFI_FUNCTION_COSINE: return cosine(order, x);
    default: return NAN;
    }
}
