/* Checking one case of an operation. SPDX-License-Identifier: MIT */
#include "registry.h"

enum { MAP_ROWS = 600 };

typedef struct place {
    int64_t rows, segments;
    int samples; /* elements of each argument whose derivatives are checked */
    void (*fill)(int64_t rows, int64_t segments, int32_t *segment);
} place;

static void no_map(int64_t rows, int64_t segments, int32_t *segment)
{
    (void)segments;
    for (int64_t i = 0; i < rows; i++) segment[i] = 0;
}

/* Neither ascending nor onto: segment 1 has no member, and the last one a single one. */
static void scattered(int64_t rows, int64_t segments, int32_t *segment)
{
    for (int64_t i = 0; i < rows; i++) {
        int64_t to = (5 * i + i * i) % (segments - 1);
        segment[i] = (int32_t)(to == 1 ? 0 : to);
    }
    segment[rows / 2] = (int32_t)segments - 1;
}

/* Ascending; the first and the last segment are empty. */
static void ascending(int64_t rows, int64_t segments, int32_t *segment)
{
    for (int64_t i = 0; i < rows; i++) segment[i] = (int32_t)(1 + i * (segments - 2) / rows);
}

/* The last one, where sums over rows come in chunks of more rows than a tile has, takes time: for few cases. */
static const place places[] = {
    {7, 4, 5, scattered}, {1, 1, 2, no_map},     {0, 3, 2, no_map},
    {0, 0, 2, no_map},    {75, 9, 0, ascending}, {MAP_ROWS, 40, 0, scattered},
};

static test_space space_of(const place *p, const int32_t *segment, const int32_t *ring)
{
    test_space space = {.rows = {{"rows", p->rows}, {"segments", p->segments}},
                        .maps = {{"segment", segment}, {"ring", ring}}};
    return space;
}

/* --------------------------------------------------------------------------------------------------------- value -- */

static bool is_one(const test_variable *v) { return v->one; }

static void naive_rows(const registry_case *c, const test_bench *b, int64_t rows, double *y)
{
    bool single = is_one(&b->y);
    for (int i = 0; i < b->n; i++) single = single && is_one(&b->x[i]);
    for (int64_t r = 0; r < (single ? 1 : rows); r++) {
        const double *x[TEST_ARGUMENTS] = {NULL};
        for (int i = 0; i < b->n; i++) x[i] = b->x[i].values + (is_one(&b->x[i]) ? 0 : r * b->x[i].columns);
        c->row(c, x, y + (is_one(&b->y) ? 0 : r * b->y.columns));
    }
}

static void check_value(const registry_case *c, const test_bench *b, int64_t rows, const int32_t *segment)
{
    double *y = calloc(b->y.count + 1, sizeof *y), most = 1;
    assert_non_null(y);
    if (c->row != NULL)
        naive_rows(c, b, rows, y);
    else
        c->whole(c, b, segment, y);
    for (size_t i = 0; i < b->y.count; i++) most = fmax(most, fabs(y[i]));
    assert_all_close(b->y.count, b->y.values, y, 1e-12 * most);
    free(y);
}

/* ----------------------------------------------------------------------------------------------------------- one -- */

/* The operation is in the program, in the place of the value: derivatives have not been recorded before it. */
static void note(registry *r, const registry_case *c, const test_bench *b)
{
    int node = b->program->vars.items[b->y.var.id - 1].node;
    assert_true(node >= 0);
    const eqfi_node *n = &b->program->nodes.items[node];
    bool found = n->op == r->op;
    for (int k = 0; k < n->n_in && !found; k++) {
        int before = b->program->vars.items[n->in[k] - 1].node;
        found = before >= 0 && b->program->nodes.items[before].op == r->op;
        found = found || (r->op == EQFI_OP_GATHER && n->through[k] != 0); /* read along the map */
    }
    if (!found) fail_msg("%s does not record the operation %s", c->name, eqfi_op_name(r->op));
    if (n->op == r->op) r->roles[n->attribute.role] = true;
}

static void check_place(registry *r, const registry_case *c, const place *p, uint64_t seed)
{
    int32_t segment[MAP_ROWS], ring[MAP_ROWS];
    p->fill(p->rows, p->segments, segment);
    for (int64_t i = 0; i < p->rows; i++) ring[i] = registry_ring(i, p->rows);
    test_space space = space_of(p, segment, ring);
    test_bench *b = test_bench_create(r->context, &c->function, &space, seed);
    note(r, c, b);
    check_value(c, b, p->rows, segment);
    test_derivatives(b, p->samples, 2e-9);
    test_float32(b, &space, c->tolerance32 > 0 ? c->tolerance32 : 1e-5);
    test_bench_free(b);
}

void registry_check(registry *r, registry_case *c)
{
    int n = sizeof places / sizeof places[0] - (r->cases++ % 16 == 0 ? 0 : 1);
    c->function.data = c;
    if (c->function.order == 0) c->function.order = 2;
    print_message("# %s\n", c->name);
    for (int i = 0; i < n; i++)
        if (!c->ghosts || places[i].rows >= places[i].segments) check_place(r, c, &places[i], 17 + (uint64_t)i);
}
