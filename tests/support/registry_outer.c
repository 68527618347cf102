/* Cases of outer in every role. SPDX-License-Identifier: MIT */
#include "registry.h"

enum { OUT, X, Y };

typedef struct outer_case {
    int x, y, role;
    bool ring; /* along the map "ring", from rows to rows */
} outer_case;

/* The recording call makes role 0; the others are recorded as its gradients are. */
static eqf_var record_outer(eqf_program *program, const eqf_var *x, const void *data)
{
    const outer_case *c = ((const registry_case *)data)->detail;
    eqf_rows rows = eqf_program_rows(program, "rows");
    eqf_rows segments = c->ring ? rows : eqf_program_rows(program, "segments");
    eqf_map map = eqf_program_map(program, c->ring ? "ring" : "segment", rows, segments);
    if (c->role == OUT) return eqfi_emit_outer(program, map, x[0], x[1]);
    eqfi_attribute attribute;
    eqfi_outer_plan *plan;
    memset(&attribute, 0, sizeof attribute);
    assert_int_equal(eqfi_new(program->context, 1, sizeof *plan, (void **)&plan), EQF_OK);
    *plan = (eqfi_outer_plan){c->x, c->y};
    attribute.plan = eqfi_intern_plan(program, plan, sizeof *plan);
    attribute.map = map.id;
    attribute.role = c->role;
    program->maps.items[map.id - 1].segments = true;
    return eqfi_emit(program, EQFI_OP_OUTER, &attribute, segments.id, 2, x, rows.id,
                     eqfi_scalars_type(program, c->role == X ? c->x : c->y));
}

static void naive_outer(const registry_case *c, const test_bench *b, const int32_t *segment, double *y)
{
    const outer_case *o = c->detail;
    int64_t rows = b->x[1].rows; /* of the last input, on the rows */
    const double *slot[3] = {o->role == OUT ? NULL : b->x[0].values, o->role == OUT ? b->x[0].values : b->x[1].values,
                             b->x[1].values};
    for (int64_t r = 0; r < rows; r++) {
        int64_t target = o->ring ? registry_ring(r, rows) : segment[r];
        for (int j = 0; j < o->y; j++) {
            for (int i = 0; i < o->x; i++) {
                int64_t at[3] = {(target * o->y + j) * o->x + i, r * o->x + i, r * o->y + j};
                double product = 1;
                for (int s = 0; s < 3; s++)
                    if (s != o->role) product *= slot[s][at[s]];
                y[at[o->role]] += product;
            }
        }
    }
}

static void check_outer(registry *r, outer_case *o)
{
    char irreps[3][32];
    const int columns[3] = {o->x * o->y, o->x, o->y};
    registry_case c = {.whole = naive_outer, .detail = o};
    snprintf(c.name, sizeof c.name, "outer %d x %d, role %d%s", o->x, o->y, o->role, o->ring ? ", ring" : "");
    c.function = (test_function){.n = 2, .record = record_outer};
    for (int s = 0, i = 0; s < 3; s++) {
        snprintf(irreps[s], sizeof irreps[s], "%dx0e", columns[s]);
        const char *rows = s == OUT && !o->ring ? "segments" : "rows";
        if (s != o->role) c.function.arguments[i++] = (test_argument){rows, irreps[s], 0, 0, 0, 0};
    }
    registry_check(r, &c);
}

void registry_outer(registry *r)
{
    static const int sizes[][2] = {{3, 2}, {1, 1}, {37, 5}, {64, 13}, {2, 130}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int role = OUT; role <= Y; role++) check_outer(r, &(outer_case){sizes[i][0], sizes[i][1], role, false});
    for (int role = OUT; role <= Y; role++) check_outer(r, &(outer_case){5, 3, role, true});
}
