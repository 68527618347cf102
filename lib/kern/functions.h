/* Functions of one variable that programs know, with derivatives of every order.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_FUNCTIONS_H
#define EQFI_KERN_FUNCTIONS_H

/* X(NAME, name, formula): a and b are the parameters of the plan.
 *
 * POWER     max(x, b)^a, whose derivatives are 0 where x < b
 * ENVELOPE  1 - 21 t^5 + 35 t^6 - 15 t^7 for t = x < 1, else 0; computed as (1-t)^3 (1 + 3t + 6t^2 + 10t^3 + 15t^4)
 * COSINE    (cos(pi x) + 1) / 2 for x < 1, else 0 */
#define EQFI_FUNCTION_LIST(X)                                                                                          \
    X(SILU, "silu", "x sigmoid(x)")                                                                                    \
    X(SIGMOID, "sigmoid", "1 / (1 + exp(-x))")                                                                         \
    X(LOGISTIC, "logistic", "x (1 - x)")                                                                               \
    X(TANH, "tanh", "tanh(x)")                                                                                         \
    X(EXP, "exp", "exp(x)")                                                                                            \
    X(SIN, "sin", "sin(x)")                                                                                            \
    X(COS, "cos", "cos(x)")                                                                                            \
    X(ABS, "abs", "|x|")                                                                                               \
    X(POWER, "power", "max(x, b)^a")                                                                                   \
    X(ENVELOPE, "envelope", "1 - 21 x^5 + 35 x^6 - 15 x^7, 0 beyond 1")                                                \
    X(COSINE, "cosine", "(cos(pi x) + 1) / 2, 0 beyond 1")

typedef enum eqfi_function {
#define EQFI_FUNCTION_ENUM(name, text, formula) EQFI_FUNCTION_##name,
    EQFI_FUNCTION_LIST(EQFI_FUNCTION_ENUM)
#undef EQFI_FUNCTION_ENUM
        EQFI_FUNCTION_COUNT
} eqfi_function;

enum { EQFI_ORDER_MAX = 8 }; /* highest derivative */

typedef struct eqfi_unary_plan {
    eqfi_function function;
    int order; /* 0..EQFI_ORDER_MAX */
    double a, b;
} eqfi_unary_plan;

const char *eqfi_function_name(eqfi_function function);

/* The same in double, for tests and set-up. */
double eqfi_function_value(const eqfi_unary_plan *plan, double x);

/* Constants that values and kernels share. For order n >= 1:
 * sigmoid^(n) = s (1-s) R(d), d = 1 - 2s, R of degree n-1 with only even or only odd powers, coefficients from d^0 up. */
void eqfi_sigmoid_polynomial(int order, double coefficients[EQFI_ORDER_MAX]);

/* envelope^(n) = (1-t)^m Q(t), m = max(3-n, 0), Q of degree 4; returns m. */
int eqfi_envelope_polynomial(int order, double coefficients[5]);

/* a (a-1) .. (a-n+1), the factor of x^(a-n) in the n-th derivative of x^a. */
double eqfi_power_factor(double a, int order);

#endif
