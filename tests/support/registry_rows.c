/* Cases of select, gather, segment_sum, segment_softmax, exchange. SPDX-License-Identifier: MIT */
#include "registry.h"

static const char *const mixed = "3x0e+2x1o+1x2e+4x1e";

/* -------------------------------------------------------------------------------------------------------- select -- */

typedef struct selection {
    int block, first, mul;
} selection;

static eqf_irreps *mixed_irreps; /* of the case that runs */

static eqf_var record_channels(eqf_program *program, const eqf_var *x, const void *data)
{
    const selection *s = ((const registry_case *)data)->detail;
    return eqf_channels(program, x[0], s->block, s->first, s->mul);
}

static void channels_row(const registry_case *c, const double *const *x, double *y)
{
    const selection *s = c->detail;
    int dim = 2 * eqf_irreps_block_at(mixed_irreps, s->block)->irrep.l + 1;
    for (int u = 0; u < s->mul; u++)
        for (int m = 0; m < dim; m++) y[u * dim + m] += x[0][registry_column(mixed_irreps, s->block, s->first + u, m)];
}

static eqf_var record_concat(eqf_program *program, const eqf_var *x, const void *data)
{
    (void)data;
    return eqf_concat(program, x[0], x[1]);
}

static void concat_row(const registry_case *c, const double *const *x, double *y)
{
    int first = (int)c->alpha, second = (int)c->beta;
    for (int i = 0; i < first; i++) y[i] += x[0][i];
    for (int i = 0; i < second; i++) y[first + i] += x[1][i];
}

void registry_select(registry *r)
{
    static const selection selections[] = {{0, 1, 2}, {1, 0, 2}, {1, 1, 1}, {2, 0, 1}, {3, 1, 2}, {3, 3, 1}};
    mixed_irreps = test_irreps(r->context, mixed);
    for (size_t i = 0; i < sizeof selections / sizeof selections[0]; i++) {
        registry_case c = {.row = channels_row, .detail = &selections[i]};
        snprintf(c.name, sizeof c.name, "channels %d to %d of block %d", selections[i].first,
                 selections[i].first + selections[i].mul - 1, selections[i].block);
        c.function = (test_function){.n = 1, .record = record_channels};
        c.function.arguments[0] = (test_argument){i == 1 ? "one" : "rows", mixed, 0, 0, 0, 0};
        registry_check(r, &c);
    }
    eqf_irreps_free(mixed_irreps);

    static const struct {
        const char *a, *b;
        int columns_a, columns_b;
    } pairs[] = {{"3x0e+2x1o", "1x2e", 9, 5}, {"2x0e+3x1o", "4x1o+1x0e", 11, 13}, {"2x1e", "2x1e", 6, 6}};
    for (int i = 0; i < 3; i++) {
        for (int mask = 0; mask < 4; mask++) {
            if (mask == 3 && i > 0) continue;
            registry_case c = {.row = concat_row, .alpha = pairs[i].columns_a, .beta = pairs[i].columns_b};
            snprintf(c.name, sizeof c.name, "concat %s, %s (%d)", pairs[i].a, pairs[i].b, mask);
            c.function = (test_function){.n = 2, .record = record_concat};
            c.function.arguments[0] = (test_argument){mask & 1 ? "one" : "rows", pairs[i].a, 0, 0, 0, 0};
            c.function.arguments[1] = (test_argument){mask & 2 ? "one" : "rows", pairs[i].b, 0, 0, 0, 0};
            registry_check(r, &c);
        }
    }
}

/* ------------------------------------------------------------------------------------------------ rows to others -- */

static eqf_map map_of(eqf_program *program)
{
    return eqf_program_map(program, "segment", eqf_program_rows(program, "rows"),
                           eqf_program_rows(program, "segments"));
}

static eqf_var record_gather(eqf_program *program, const eqf_var *x, const void *data)
{
    (void)data;
    return eqf_gather(program, map_of(program), x[0]);
}

static void naive_gather(const registry_case *c, const test_bench *b, const int32_t *segment, double *y)
{
    (void)c;
    int columns = b->y.columns;
    for (int64_t r = 0; r < b->y.rows; r++)
        for (int i = 0; i < columns; i++) y[r * columns + i] = b->x[0].values[segment[r] * columns + i];
}

/* x + the operation on 2x along a map within one row set: what it reads is made in the same rows. */
static eqf_var record_ring(eqf_program *program, const eqf_var *x, const void *data)
{
    eqf_rows rows = eqf_program_rows(program, "rows");
    eqf_map ring = eqf_program_map(program, "ring", rows, rows);
    eqf_var twice = eqf_multiply(program, 2, x[0]), y;
    switch (((const registry_case *)data)->number) {
    case EQFI_OP_GATHER: y = eqf_gather(program, ring, twice); break;
    case EQFI_OP_SEGMENT_SUM: y = eqf_segment_sum(program, ring, twice); break;
    default: y = eqf_segment_softmax(program, ring, twice, (eqf_var){0}); break;
    }
    return eqf_add(program, x[0], y);
}

static double naive_ring_softmax(const double *x, int64_t row, int64_t rows, int column, int columns)
{
    double sum = 1e-16;
    for (int64_t q = 0; q < rows; q++)
        if (registry_ring(q, rows) == registry_ring(row, rows))
            sum += exp(2 * x[q * columns + column] - 2 * x[row * columns + column]);
    return 1 / sum;
}

static void naive_ring(const registry_case *c, const test_bench *b, const int32_t *segment, double *y)
{
    (void)segment;
    int columns = b->y.columns;
    const double *x = b->x[0].values;
    for (int64_t r = 0; r < b->y.rows; r++) {
        int64_t target = registry_ring(r, b->y.rows);
        for (int i = 0; i < columns; i++) {
            y[r * columns + i] += x[r * columns + i];
            if (c->number == EQFI_OP_GATHER) y[r * columns + i] += 2 * x[target * columns + i];
            if (c->number == EQFI_OP_SEGMENT_SUM) y[target * columns + i] += 2 * x[r * columns + i];
            if (c->number == EQFI_OP_SEGMENT_SOFTMAX)
                y[r * columns + i] += naive_ring_softmax(x, r, b->y.rows, i, columns);
        }
    }
}

static void check_ring(registry *r)
{
    registry_case c = {.name = "along a ring", .whole = naive_ring, .number = (int)r->op, .tolerance32 = 1e-4};
    c.function = (test_function){.n = 1, .record = record_ring, .order = 3};
    c.function.arguments[0] = (test_argument){"rows", "3x0e", -1, 1, 0, 0};
    registry_check(r, &c);
}

/* Rows of the segment 1 are read by nobody: the gradient there is zero, elsewhere it is not. */
void registry_gather(registry *r)
{
    check_ring(r);
    static const char *const irreps[] = {"3x0e+2x1o+1x2e+4x1e", "1x0e", "40x0e"};
    for (int i = 0; i < 3; i++) {
        registry_case c = {.whole = naive_gather};
        snprintf(c.name, sizeof c.name, "gather %s", irreps[i]);
        c.function = (test_function){.n = 1, .record = record_gather};
        c.function.arguments[0] = (test_argument){"segments", irreps[i], 0, 0, 0, 0};
        registry_check(r, &c);
    }
}

static eqf_var record_segment_sum(eqf_program *program, const eqf_var *x, const void *data)
{
    (void)data;
    return eqf_segment_sum(program, map_of(program), x[0]);
}

static void naive_segment_sum(const registry_case *c, const test_bench *b, const int32_t *segment, double *y)
{
    (void)c;
    int columns = b->y.columns;
    for (int64_t r = 0; r < b->x[0].rows; r++)
        for (int i = 0; i < columns; i++) y[segment[r] * columns + i] += b->x[0].values[r * columns + i];
}

void registry_segment_sum(registry *r)
{
    check_ring(r);
    static const char *const irreps[] = {"3x0e+2x1o+1x2e+4x1e", "1x0e", "40x0e"};
    for (int i = 0; i < 3; i++) {
        registry_case c = {.whole = naive_segment_sum};
        snprintf(c.name, sizeof c.name, "segment_sum %s", irreps[i]);
        c.function = (test_function){.n = 1, .record = record_segment_sum};
        c.function.arguments[0] = (test_argument){"rows", irreps[i], 0, 0, 0, 0};
        registry_check(r, &c);
    }
}

/* ------------------------------------------------------------------------------------------------------- softmax -- */

static eqf_var record_softmax(eqf_program *program, const eqf_var *x, const void *data)
{
    const registry_case *c = data;
    return eqf_segment_softmax(program, map_of(program), x[0], c->function.n == 2 ? x[1] : (eqf_var){0});
}

static void naive_softmax(const registry_case *c, const test_bench *b, const int32_t *segment, double *y)
{
    int columns = b->y.columns;
    const double *x = b->x[0].values, *u = c->function.n == 2 ? b->x[1].values : NULL;
    for (int64_t r = 0; r < b->y.rows; r++) {
        for (int i = 0; i < columns; i++) {
            double most = -INFINITY, sum = 1e-16;
            for (int64_t q = 0; q < b->y.rows; q++)
                if (segment[q] == segment[r]) most = fmax(most, x[q * columns + i]);
            for (int64_t q = 0; q < b->y.rows; q++)
                if (segment[q] == segment[r]) sum += (u == NULL ? 1 : u[q]) * exp(x[q * columns + i] - most);
            y[r * columns + i] = exp(x[r * columns + i] - most) / sum;
        }
    }
}

/* With one member the softmax is 1 whatever its argument is. Large arguments must not overflow. */
void registry_segment_softmax(registry *r)
{
    check_ring(r);
    static const struct {
        const char *irreps;
        double low, high;
    } cases[] = {{"3x0e", -2, 2}, {"1x0e", -1, 1}, {"9x0e", 500, 505}};
    for (int i = 0; i < 3; i++) {
        for (int n = 1; n <= 2; n++) {
            registry_case c = {.whole = naive_softmax, .tolerance32 = 2e-4};
            snprintf(c.name, sizeof c.name, "segment_softmax %s from %g%s", cases[i].irreps, cases[i].low,
                     n == 2 ? ", weighted" : "");
            c.function = (test_function){.n = n, .record = record_softmax, .order = 3, .vanishes = true};
            c.function.arguments[0] = (test_argument){"rows", cases[i].irreps, cases[i].low, cases[i].high, 0, 0};
            c.function.arguments[1] = (test_argument){"rows", "1x0e", 0.3, 1.2, 0, 0};
            registry_check(r, &c);
        }
    }
}

/* ------------------------------------------------------------------------------------------------------ exchange -- */

enum { PROCESSES = 3 }; /* all with the same rows */

static int64_t owner_of(int64_t ghost, int64_t own) { return (3 * ghost + 1) % own; }

static double number_at(const eqf_exchange *e, int64_t i)
{
    return e->precision == EQF_FLOAT64 ? ((double *)e->values)[i] : (double)((float *)e->values)[i];
}

static void set_number(const eqf_exchange *e, int64_t i, double number)
{
    if (e->precision == EQF_FLOAT64)
        ((double *)e->values)[i] = number;
    else
        ((float *)e->values)[i] = (float)number;
}

static int carry_out(void *user, const eqf_exchange *e)
{
    (void)user;
    for (int64_t r = 0; r < e->own && e->kind == EQF_EXCHANGE_SUM; r++)
        for (int i = 0; i < e->width; i++) set_number(e, r * e->width + i, PROCESSES * number_at(e, r * e->width + i));
    for (int64_t ghost = e->own; ghost < e->rows; ghost++) {
        int64_t owner = owner_of(ghost, e->own);
        for (int64_t i = 0; i < e->width; i++) {
            double own = number_at(e, owner * e->width + i), other = number_at(e, ghost * e->width + i);
            if (e->kind == EQF_EXCHANGE_FORWARD) set_number(e, ghost * e->width + i, own);
            if (e->kind == EQF_EXCHANGE_REVERSE) set_number(e, owner * e->width + i, own + other);
        }
    }
    return 0;
}

static eqf_var record_exchange(eqf_program *program, const eqf_var *x, const void *data)
{
    eqf_program_set_distributed(program, 1);
    bool sums = ((const registry_case *)data)->number == EQF_EXCHANGE_SUM;
    return sums ? eqf_all_reduce(program, x[0]) : eqf_with_ghosts(program, eqf_program_rows(program, "rows"), x[0]);
}

static void naive_exchange(const registry_case *c, const test_bench *b, const int32_t *segment, double *y)
{
    (void)segment;
    bool sums = c->number == EQF_EXCHANGE_SUM;
    for (int64_t r = 0; r < b->y.rows; r++) {
        int64_t from = r < b->x[0].rows ? r : owner_of(r, b->x[0].rows);
        for (int i = 0; i < b->y.columns; i++)
            y[r * b->y.columns + i] = (sums ? PROCESSES : 1) * b->x[0].values[from * b->y.columns + i];
    }
}

/* REVERSE is the derivative of FORWARD, which is that of REVERSE. */
void registry_exchange(registry *r)
{
    static const char *const irreps[] = {"3x0e+2x1o+1x2e+4x1e", "1x0e"};
    for (int i = 0; i < 4; i++) {
        bool sums = i % 2 != 0;
        registry_case c = {.whole = naive_exchange, .ghosts = !sums};
        c.number = sums ? EQF_EXCHANGE_SUM : EQF_EXCHANGE_FORWARD;
        snprintf(c.name, sizeof c.name, "exchange %s %s", sums ? "sum" : "forward", irreps[i / 2]);
        c.function = (test_function){.n = 1, .record = record_exchange, .order = 2, .exchange = carry_out};
        c.function.arguments[0] = (test_argument){sums ? "rows" : "segments", irreps[i / 2], 0, 0, 0, 0};
        registry_check(r, &c);
    }
}
