/* Cases of combine, scale, dot, unary, harmonics. SPDX-License-Identifier: MIT */
#include "registry.h"

#include "base/hash.h"
#include "base/rng.h"
#include "math/spherical_harmonics.h"

static const char *const mixed = "3x0e+2x1o+1x2e+4x1e"; /* of most cases */

static const char *rows_or_one(int mask, int bit) { return mask & 1 << bit ? "one" : "rows"; }

/* ------------------------------------------------------------------------------------------------------- combine -- */

static void combine_row(const registry_case *c, const double *const *x, double *y)
{
    int columns = c->number;
    for (int i = 0; i < columns; i++) y[i] += c->alpha * x[0][i] + (x[1] == NULL ? 0 : c->beta * x[1][i]);
}

static eqf_var record_combine(eqf_program *program, const eqf_var *x, const void *data)
{
    const registry_case *c = data;
    return eqf_combine(program, c->alpha, x[0], c->beta, x[1]);
}

static eqf_var record_multiply(eqf_program *program, const eqf_var *x, const void *data)
{
    return eqf_multiply(program, ((const registry_case *)data)->alpha, x[0]);
}

static eqf_var record_broadcast(eqf_program *program, const eqf_var *x, const void *data)
{
    (void)data;
    return eqf_broadcast(program, eqf_program_rows(program, "rows"), x[0]);
}

static eqf_var record_sum_rows(eqf_program *program, const eqf_var *x, const void *data)
{
    (void)data;
    return eqf_sum_rows(program, x[0]);
}

void registry_combine(registry *r)
{
    for (int mask = 0; mask < 4; mask++) {
        registry_case c = {.row = combine_row, .number = 32, .alpha = -0.75, .beta = 1.25};
        snprintf(c.name, sizeof c.name, "combine %s, %s", rows_or_one(mask, 0), rows_or_one(mask, 1));
        c.function = (test_function){.n = 2, .record = record_combine};
        for (int i = 0; i < 2; i++) c.function.arguments[i] = (test_argument){rows_or_one(mask, i), mixed, 0, 0, 0, 0};
        c.number = 26;
        registry_check(r, &c);
    }
    static const struct {
        const char *name, *rows;
        eqf_var (*record)(eqf_program *, const eqf_var *, const void *);
        double alpha;
    } single[] = {{"multiply", "rows", record_multiply, 2.5},
                  {"multiply one", "one", record_multiply, -0.5},
                  {"broadcast", "one", record_broadcast, 1},
                  {"sum_rows", "rows", record_sum_rows, 1}};
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        registry_case c = {.row = combine_row, .number = 26, .alpha = single[i].alpha};
        snprintf(c.name, sizeof c.name, "%s", single[i].name);
        c.function = (test_function){.n = 1, .record = single[i].record};
        c.function.arguments[0] = (test_argument){single[i].rows, mixed, 0, 0, 0, 0};
        registry_check(r, &c);
    }
}

/* ------------------------------------------------------------------------------------------------- scale and dot -- */

typedef struct grouped {
    eqf_irreps *irreps;
    eqf_grouping grouping;
    int heads, groups;
} grouped;

/* Group of channel u of block b. */
static int group_of(const grouped *g, int b, int u)
{
    int mul = eqf_irreps_block_at(g->irreps, b)->mul, before = 0;
    for (int i = 0; i < b; i++) before += eqf_irreps_block_at(g->irreps, i)->mul;
    switch (g->grouping) {
    case EQF_PER_BLOCK: return b;
    case EQF_PER_CHANNEL: return before + u;
    case EQF_PER_HEAD: return u / (mul / g->heads);
    default: return 0;
    }
}

/* y += x s and y += <x, y>, column by column. */
static void grouped_row(const registry_case *c, const double *const *x, double *y)
{
    const grouped *g = c->detail;
    for (int b = 0; b < eqf_irreps_blocks(g->irreps); b++) {
        const eqf_irreps_block *block = eqf_irreps_block_at(g->irreps, b);
        for (int u = 0; u < block->mul; u++) {
            for (int m = 0; m < 2 * block->irrep.l + 1; m++) {
                int column = registry_column(g->irreps, b, u, m), group = group_of(g, b, u);
                if (c->number == EQFI_OP_SCALE)
                    y[column] += x[0][column] * x[1][group];
                else
                    y[group] += x[0][column] * x[1][column];
            }
        }
    }
}

static eqf_var record_grouped(eqf_program *program, const eqf_var *x, const void *data)
{
    const registry_case *c = data;
    const grouped *g = c->detail;
    if (c->number == EQFI_OP_SCALE) return eqf_scale(program, x[0], x[1], g->grouping, g->heads);
    return eqf_dot(program, x[0], x[1], g->grouping, g->heads);
}

static void check_grouped(registry *r, const char *text, eqf_grouping grouping, int heads, int mask)
{
    static const char *const names[] = {"per row", "per block", "per channel", "per head"};
    grouped g = {test_irreps(r->context, text), grouping, heads, 0};
    int groups[4] = {1, eqf_irreps_blocks(g.irreps), eqf_irreps_channels(g.irreps), heads};
    char factors[16];
    snprintf(factors, sizeof factors, "%dx0e", groups[grouping]);
    registry_case c = {.row = grouped_row, .detail = &g, .number = (int)r->op};
    snprintf(c.name, sizeof c.name, "%s %s %s, %s, %s", eqfi_op_name(r->op), names[grouping], text,
             rows_or_one(mask, 0), rows_or_one(mask, 1));
    c.function = (test_function){.n = 2, .record = record_grouped};
    c.function.arguments[0] = (test_argument){rows_or_one(mask, 0), text, 0, 0, 0, 0};
    c.function.arguments[1] =
        (test_argument){rows_or_one(mask, 1), r->op == EQFI_OP_SCALE ? factors : text, 0, 0, 0, 0};
    registry_check(r, &c);
    eqf_irreps_free(g.irreps);
}

static void all_groupings(registry *r)
{
    for (int mask = 0; mask < 4; mask++)
        for (int grouping = EQF_PER_ROW; grouping <= EQF_PER_CHANNEL; grouping++)
            check_grouped(r, mixed, (eqf_grouping)grouping, 1, mask);
    check_grouped(r, "6x0e+4x1o+2x2e", EQF_PER_HEAD, 2, 0);
    check_grouped(r, "6x0e+4x1o+2x2e", EQF_PER_HEAD, 2, 2);
    check_grouped(r, "3x0e+3x1e", EQF_PER_HEAD, 3, 1);
    check_grouped(r, "40x0e+20x1o", EQF_PER_HEAD, 4, 0);
    check_grouped(r, "37x0e+19x1o", EQF_PER_CHANNEL, 1, 0);
}

void registry_scale(registry *r) { all_groupings(r); }
void registry_dot(registry *r) { all_groupings(r); }

/* --------------------------------------------------------------------------------------------------------- unary -- */

static double plain_value(eqfi_function f, double x, double a, double b)
{
    switch (f) {
    case EQFI_FUNCTION_SILU: return x / (1 + exp(-x));
    case EQFI_FUNCTION_SIGMOID: return 1 / (1 + exp(-x));
    case EQFI_FUNCTION_LOGISTIC: return x - x * x;
    case EQFI_FUNCTION_TANH: return tanh(x);
    case EQFI_FUNCTION_EXP: return exp(x);
    case EQFI_FUNCTION_SIN: return sin(x);
    case EQFI_FUNCTION_COS: return cos(x);
    case EQFI_FUNCTION_ABS: return fabs(x);
    case EQFI_FUNCTION_POWER: return pow(x > b ? x : b, a);
    case EQFI_FUNCTION_ENVELOPE: return x < 1 ? 1 - 21 * pow(x, 5) + 35 * pow(x, 6) - 15 * pow(x, 7) : 0;
    case EQFI_FUNCTION_COSINE: return x < 1 ? (cos(acos(-1.0) * x) + 1) / 2 : 0;
    default: return NAN;
    }
}

static void unary_row(const registry_case *c, const double *const *x, double *y)
{
    for (int i = 0; i < 5; i++) y[i] += plain_value((eqfi_function)c->number, x[0][i], c->alpha, c->beta);
}

static eqf_var record_unary(eqf_program *program, const eqf_var *x, const void *data)
{
    const registry_case *c = data;
    eqfi_unary_plan plan = {(eqfi_function)c->number, 0, c->alpha, c->beta};
    return eqfi_emit_unary(program, &plan, x[0]);
}

typedef struct function_case {
    eqfi_function function;
    double a, b, low, high;
    bool avoids;
    double avoided;
} function_case;

/* Ranges on both sides of floors, kinks and cut-offs. */
static const function_case functions[] = {
    {EQFI_FUNCTION_SILU, 0, 0, -6, 6, false, 0},      {EQFI_FUNCTION_SIGMOID, 0, 0, -6, 6, false, 0},
    {EQFI_FUNCTION_TANH, 0, 0, -3, 3, false, 0},      {EQFI_FUNCTION_EXP, 0, 0, -3, 1, false, 0},
    {EQFI_FUNCTION_SIN, 0, 0, -9, 9, false, 0},       {EQFI_FUNCTION_COS, 0, 0, -9, 9, false, 0},
    {EQFI_FUNCTION_ABS, 0, 0, -1, 1, true, 0},        {EQFI_FUNCTION_POWER, -0.5, 0.3, 0.1, 2, true, 0.3},
    {EQFI_FUNCTION_POWER, -1, 0.5, -1, 2, true, 0.5}, {EQFI_FUNCTION_POWER, 0.5, 0.25, 0.1, 3, true, 0.25},
    {EQFI_FUNCTION_POWER, 2, -100, -2, 2, false, 0},  {EQFI_FUNCTION_POWER, 3, -1, -2, 2, true, -1},
    {EQFI_FUNCTION_POWER, 1, 0, -1, 1, true, 0},      {EQFI_FUNCTION_POWER, 0, 0, 0.5, 1, false, 0},
    {EQFI_FUNCTION_LOGISTIC, 0, 0, -2, 3, false, 0},  {EQFI_FUNCTION_ENVELOPE, 0, 0, 0, 1.3, true, 1},
    {EQFI_FUNCTION_COSINE, 0, 0, 0, 1.3, true, 1},
};

void registry_unary(registry *r)
{
    bool seen[EQFI_FUNCTION_COUNT] = {false};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        const function_case *f = &functions[i];
        registry_case c = {.row = unary_row, .number = (int)f->function, .alpha = f->a, .beta = f->b};
        snprintf(c.name, sizeof c.name, "%s(%g, %g)", eqfi_function_name(f->function), f->a, f->b);
        c.function = (test_function){.n = 1, .record = record_unary, .order = 3};
        c.function.vanishes = true; /* below floors, beyond cut-offs */
        c.function.arguments[0] = (test_argument){"rows", "5x0e", f->low, f->high, f->avoids, f->avoided};
        registry_check(r, &c);
        seen[f->function] = true;
    }
    for (int f = 0; f < EQFI_FUNCTION_COUNT; f++)
        if (!seen[f]) fail_msg("no case for the function %s", eqfi_function_name((eqfi_function)f));
}

/* ----------------------------------------------------------------------------------------------------- harmonics -- */

static void harmonics_row(const registry_case *c, const double *const *x, double *y)
{
    double all[(EQF_LMAX + 1) * (EQF_LMAX + 1)];
    eqfi_solid_harmonics(c->number, x[0], all);
    for (int i = 0; i < (c->number + 1) * (c->number + 1); i++) y[i] += all[i];
}

static eqf_var record_harmonics(eqf_program *program, const eqf_var *x, const void *data)
{
    const registry_case *c = data;
    return eqf_solid_harmonics(program, x[0], c->detail);
}

void registry_harmonics(registry *r)
{
    static const double at_zero[600 * 3] = {0};
    static const int degrees[] = {0, 1, 2, 3, 4, 6, 11};
    for (size_t i = 0; i < sizeof degrees / sizeof degrees[0]; i++) {
        for (int zero = 0; zero < (degrees[i] == 3 ? 2 : 1); zero++) {
            eqf_irreps *irreps = NULL;
            int odd = degrees[i] % 2;
            TEST_OK(r->context, eqf_irreps_spherical_harmonics(r->context, degrees[i], odd, &irreps));
            registry_case c = {.row = harmonics_row, .number = degrees[i], .detail = irreps};
            snprintf(c.name, sizeof c.name, "harmonics up to %d%s", degrees[i], zero ? " of the zero vector" : "");
            c.function = (test_function){.n = 1, .record = record_harmonics, .order = degrees[i] < 4 ? 3 : 2};
            c.function.vanishes = degrees[i] == 0;
            c.function.arguments[0] = (test_argument){i == 2 ? "one" : "rows", odd ? "1x1o" : "1x1e", 0, 0, 0, 0};
            if (degrees[i] > 4) c.function.arguments[0].low = -(c.function.arguments[0].high = 0.6);
            if (zero) c.function.values[0] = at_zero;
            registry_check(r, &c);
            eqf_irreps_free(irreps);
        }
    }
}

/* ---------------------------------------------------------------------------------------------------------- mask -- */

static const char *const mask_name = "blocks.0.drop";

static eqf_var record_mask(eqf_program *program, const eqf_var *x, const void *data)
{
    eqf_var mask = eqf_dropout_mask(program, mask_name, eqf_program_rows(program, "rows"), 7,
                                    ((const registry_case *)data)->alpha);
    return eqf_scale(program, x[0], mask, EQF_PER_CHANNEL, 1);
}

/* Four columns share a draw of four words, a row has two draws; the seed of a run is 0 unless set. */
static void naive_mask(const registry_case *c, const test_bench *b, const int32_t *segment, double *y)
{
    (void)segment;
    for (int64_t r = 0; r < b->y.rows; r++) {
        for (int i = 0; i < 7; i++) {
            uint32_t words[4];
            eqfi_rng_words(0, eqfi_hash_text(mask_name), (uint64_t)(2 * r + i / 4), words);
            bool dropped = (double)words[i % 4] < c->alpha * 4294967296.0;
            y[7 * r + i] = dropped ? 0 : b->x[0].values[7 * r + i] / (1 - c->alpha);
        }
    }
}

void registry_mask(registry *r)
{
    static const double probabilities[] = {0, 0.3, 0.9};
    for (int i = 0; i < 3; i++) {
        registry_case c = {.whole = naive_mask, .alpha = probabilities[i]};
        snprintf(c.name, sizeof c.name, "mask %g", probabilities[i]);
        c.function = (test_function){.n = 1, .record = record_mask, .vanishes = true};
        c.function.arguments[0] = (test_argument){"rows", "7x0e", 0, 0, 0, 0};
        registry_check(r, &c);
    }
    r->roles[0] = true;
}

/* ------------------------------------------------------------------------------------------------------- convert -- */

/* A wide detour: x in float64, a function of it, and back; mixing widths widens. */
static eqf_var record_convert(eqf_program *program, const eqf_var *x, const void *data)
{
    (void)data;
    eqf_var wide = eqf_to_double(program, x[0]);
    wide = eqf_scale(program, eqf_apply(program, EQF_SIN, wide), x[1], EQF_PER_CHANNEL, 1);
    return eqf_from_double(program, wide);
}

static void convert_row(const registry_case *c, const double *const *x, double *y)
{
    (void)c;
    for (int i = 0; i < 5; i++) y[i] = sin(x[0][i]) * x[1][i];
}

void registry_convert(registry *r)
{
    for (int one = 0; one < 2; one++) {
        registry_case c = {.row = convert_row};
        snprintf(c.name, sizeof c.name, "convert, factor on %s", one ? "one" : "rows");
        c.function = (test_function){.n = 2, .record = record_convert};
        c.function.arguments[0] = (test_argument){"rows", "5x0e", 0, 0, 0, 0};
        c.function.arguments[1] = (test_argument){one ? "one" : "rows", "5x0e", 0, 0, 0, 0};
        registry_check(r, &c);
    }
    r->roles[0] = true;
}
