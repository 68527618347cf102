/* Cases of linear, product and contract in every role. SPDX-License-Identifier: MIT */
#include "registry.h"

#include <equiformer/wigner.h>

#include "base/rng.h"

/* An operation whose slot `role` is the result, in the domain "rows" unless everything is of row set one. */
typedef struct form {
    eqfi_op op;
    int slots, role;
    int ones;                 /* bit of each slot that is of row set one */
    const void *plan, *naive; /* CONTRACT: naive is the product's own plan */
    eqf_irreps *irreps[4];    /* of the slots */
    int n;                    /* instructions, below */
    const eqf_instruction *instructions;
    const double *factors;
    bool computed; /* LINEAR: the sines of the last input are the weights */
} form;

static bool is_one(const form *f, int slot) { return f->ones & 1 << slot; }

static eqf_var record_form(eqf_program *program, const eqf_var *x, const void *data)
{
    const form *f = ((const registry_case *)data)->detail;
    eqfi_attribute attribute;
    memset(&attribute, 0, sizeof attribute);
    attribute.role = f->role;
    attribute.plan = f->plan;
    int rows = eqf_program_rows(program, "rows").id, all = (1 << f->slots) - 1;
    eqf_var in[3] = {x[0], f->computed ? eqf_apply(program, EQF_SIN, x[1]) : x[1], x[2]};
    return eqfi_emit(program, f->op, &attribute, f->ones == all ? EQFI_ROWS_ONE : rows, f->slots - 1, in,
                     is_one(f, f->role) ? EQFI_ROWS_ONE : rows, eqfi_intern_type(program, f->irreps[f->role]));
}

/* The slots from the inputs in order. */
static void spread(const form *f, const double *const *x, const double **slot)
{
    for (int s = 0, i = 0; s < f->slots; s++) slot[s] = s == f->role ? NULL : x[i++];
}

static void check_form(registry *r, form *f, registry_row *row, const char *what)
{
    char texts[4][128];
    registry_case c = {.row = row, .detail = f};
    size_t used = (size_t)snprintf(c.name, sizeof c.name, "%s, role %d, one:", what, f->role);
    c.function = (test_function){.n = f->slots - 1, .record = record_form};
    for (int s = 0, i = 0; s < f->slots; s++) {
        if (is_one(f, s)) used += (size_t)snprintf(c.name + used, sizeof c.name - used, " %d", s);
        eqf_irreps_format(f->irreps[s], texts[s], sizeof texts[s], NULL);
        if (s != f->role)
            c.function.arguments[i++] = (test_argument){is_one(f, s) ? "one" : "rows", texts[s], 0, 0, 0, 0};
    }
    registry_check(r, &c);
}

/* -------------------------------------------------------------------------------------------------------- linear -- */

enum { OUT, X, WEIGHT };

/* The term out[w][m] x[u][m] W[u][w], with the result in place of one of the three. */
static void linear_row(const registry_case *c, const double *const *x, double *y)
{
    const form *f = c->detail;
    const double *slot[4];
    int64_t first = 0;
    spread(f, x, slot);
    for (int i = 0; i < eqf_irreps_blocks(f->irreps[X]); i++) {
        for (int k = 0; k < eqf_irreps_blocks(f->irreps[OUT]); k++) {
            const eqf_irreps_block *a = eqf_irreps_block_at(f->irreps[X], i),
                                   *b = eqf_irreps_block_at(f->irreps[OUT], k);
            if (a->irrep.l != b->irrep.l || a->irrep.p != b->irrep.p) continue;
            for (int u = 0; u < a->mul; u++) {
                for (int w = 0; w < b->mul; w++) {
                    int64_t weight = first + u * b->mul + w;
                    for (int m = 0; m < 2 * a->irrep.l + 1; m++) {
                        int in = registry_column(f->irreps[X], i, u, m), out = registry_column(f->irreps[OUT], k, w, m);
                        double value = f->role == WEIGHT ? 0 : slot[WEIGHT][weight];
                        if (f->computed) value = sin(value);
                        if (f->role == OUT) y[out] += slot[X][in] * value;
                        if (f->role == X) y[in] += slot[OUT][out] * value;
                        if (f->role == WEIGHT) y[weight] += slot[OUT][out] * slot[X][in];
                    }
                }
            }
            first += (int64_t)a->mul * b->mul;
        }
    }
}

/* Inputs in several blocks of one irrep, outputs without input, shapes that are no multiple of a tile. */
void registry_linear(registry *r)
{
    static const struct {
        const char *in, *out;
    } shapes[] = {{"3x0e+2x1o", "4x0e+3x1o"},
                  {"2x0e+3x1o+4x0e+1x1e", "5x0e+2x1o+2x1e"},
                  {"2x0e+1x1o", "3x0e+2x2e+2x1o"},
                  {"3x2e+2x0e", "3x2e"},
                  {"1x0e", "1x0e"},
                  {"33x0e+17x1e", "13x0e+50x1e"}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        form f = {.op = EQFI_OP_LINEAR, .slots = 3};
        eqfi_linear_plan *plan = NULL;
        f.irreps[X] = test_irreps(r->context, shapes[i].in);
        f.irreps[OUT] = test_irreps(r->context, shapes[i].out);
        TEST_OK(r->context, eqfi_linear_plan_create(r->context, f.irreps[X], f.irreps[OUT], &plan));
        char weights[32];
        snprintf(weights, sizeof weights, "%dx0e", (int)plan->weights);
        f.irreps[WEIGHT] = test_irreps(r->context, weights);
        f.plan = plan;
        for (f.role = OUT; f.role <= WEIGHT; f.role++) {
            for (int single = 0; single < 2; single++) {
                f.ones = single ? 7 : 1 << WEIGHT;
                char what[64];
                snprintf(what, sizeof what, "%s -> %s", shapes[i].in, shapes[i].out);
                if (i < 2 || !single) check_form(r, &f, linear_row, what);
            }
        }
        f.computed = true; /* weights that are results, too, in the same domain and in another */
        for (f.role = OUT; f.role < WEIGHT && i < 2; f.role++) {
            f.ones = 7;
            check_form(r, &f, linear_row, "with computed weights");
            f.ones = 1 << WEIGHT;
            check_form(r, &f, linear_row, "with computed weights");
        }
        for (int s = 0; s < 3; s++) eqf_irreps_free(f.irreps[s]);
        eqfi_delete(r->context, plan);
    }
}

/* ------------------------------------------------------------------------------------------------------- product -- */

enum { Y = 2, W = 3 };

typedef struct term {
    const form *f;
    const eqf_instruction *instruction;
    const double *cg;
    double factor;
    const double *slot[4];
    double *y;
} term;

/* All components of one triple of channels with one weight. */
static void add_term(const term *t, int u, int v, int w, int64_t weight)
{
    const form *f = t->f;
    const eqf_instruction *i = t->instruction;
    int d1 = 2 * eqf_irreps_block_at(f->irreps[X], i->in1)->irrep.l + 1;
    int d2 = 2 * eqf_irreps_block_at(f->irreps[Y], i->in2)->irrep.l + 1;
    int d3 = 2 * eqf_irreps_block_at(f->irreps[OUT], i->out)->irrep.l + 1;
    for (int m1 = 0; m1 < d1; m1++) {
        for (int m2 = 0; m2 < d2; m2++) {
            for (int m3 = 0; m3 < d3; m3++) {
                int64_t at[4] = {registry_column(f->irreps[OUT], i->out, w, m3),
                                 registry_column(f->irreps[X], i->in1, u, m1),
                                 registry_column(f->irreps[Y], i->in2, v, m2), weight};
                double product = t->factor * t->cg[(m1 * d2 + m2) * d3 + m3];
                for (int s = 0; s < 4; s++)
                    if (s != f->role && (s != W || i->has_weight)) product *= t->slot[s][at[s]];
                if (f->role != W || i->has_weight) t->y[at[f->role]] += product;
            }
        }
    }
}

/* Channels and weights as the table of tensor_product.h says; returns the number of weights. */
static int64_t add_instruction(const term *t, int64_t first)
{
    const eqf_instruction *i = t->instruction;
    int mul1 = eqf_irreps_block_at(t->f->irreps[X], i->in1)->mul;
    int mul2 = eqf_irreps_block_at(t->f->irreps[Y], i->in2)->mul;
    int mul3 = eqf_irreps_block_at(t->f->irreps[OUT], i->out)->mul;
    int64_t count = 0;
    for (int u = 0; u < mul1; u++) {
        for (int v = 0; v < mul2; v++) {
            for (int w = 0; w < mul3; w++) {
                int64_t uv = (int64_t)u * mul2 + v;
                switch (i->mode) {
                case EQF_UVW: add_term(t, u, v, w, first + uv * mul3 + w); break;
                case EQF_UVU:
                    if (w == u) add_term(t, u, v, w, first + uv);
                    break;
                case EQF_UVV:
                    if (w == v) add_term(t, u, v, w, first + uv);
                    break;
                case EQF_UUW:
                    if (u == v) add_term(t, u, v, w, first + u * mul3 + w);
                    break;
                case EQF_UUU:
                    if (u == v && v == w) add_term(t, u, v, w, first + u);
                    break;
                case EQF_UVUV:
                    if (w == uv) add_term(t, u, v, w, first + uv);
                    break;
                }
            }
        }
    }
    count = i->mode == EQF_UVW ? (int64_t)mul1 * mul2 * mul3 : i->mode == EQF_UUW ? (int64_t)mul1 * mul3 : mul1;
    if (i->mode == EQF_UVU || i->mode == EQF_UVV || i->mode == EQF_UVUV) count = (int64_t)mul1 * mul2;
    return i->has_weight ? count : 0;
}

static void product_row(const registry_case *c, const double *const *x, double *y)
{
    const form *f = c->detail;
    int64_t first = 0;
    for (int k = 0; k < f->n; k++) {
        double cg[9 * 9 * 9];
        const eqf_instruction *i = &f->instructions[k];
        term t = {.f = f, .instruction = i, .cg = cg, .factor = f->factors[k], .y = y};
        spread(f, x, t.slot);
        assert_int_equal(eqf_wigner_3j(NULL, EQF_CG_E3NN_05, eqf_irreps_block_at(f->irreps[X], i->in1)->irrep.l,
                                       eqf_irreps_block_at(f->irreps[Y], i->in2)->irrep.l,
                                       eqf_irreps_block_at(f->irreps[OUT], i->out)->irrep.l, cg),
                         EQF_OK);
        first += add_instruction(&t, first);
    }
}

/* How the multiplicities of the three blocks are tied. */
static const struct {
    const char *name;
    int mul1, mul2, mul3;
} modes[] = {
    [EQF_UVW] = {"uvw", 3, 2, 4}, [EQF_UVU] = {"uvu", 3, 2, 3}, [EQF_UVV] = {"uvv", 3, 2, 2},
    [EQF_UUW] = {"uuw", 3, 3, 4}, [EQF_UUU] = {"uuu", 3, 3, 3}, [EQF_UVUV] = {"uvuv", 3, 2, 6},
};

enum { PATHS = 8 };

static const int paths[PATHS][3] = {{0, 0, 0}, {1, 1, 1}, {0, 1, 2}, {1, 0, 2},
                                    {1, 1, 3}, {1, 1, 4}, {1, 2, 2}, {0, 2, 4}};

/* `weighted` has a bit for each instruction with weights. */
static void check_product(registry *r, eqf_tp_mode mode, int mul1, int mul2, int mul3, int weighted, bool every)
{
    eqf_instruction instructions[PATHS];
    double factors[PATHS];
    char text[128];
    form f = {.op = EQFI_OP_PRODUCT, .slots = 3, .n = PATHS, .instructions = instructions, .factors = factors};
    for (int i = 0; i < PATHS; i++) {
        instructions[i] = (eqf_instruction){paths[i][0], paths[i][1], paths[i][2], mode, weighted >> i & 1};
        factors[i] = eqfi_rng_normal(3, 0, (uint64_t)i);
    }
    snprintf(text, sizeof text, "%dx0e+%dx1o", mul1, mul1);
    f.irreps[X] = test_irreps(r->context, text);
    snprintf(text, sizeof text, "%dx0e+%dx1o+%dx2e", mul2, mul2, mul2);
    f.irreps[Y] = test_irreps(r->context, text);
    snprintf(text, sizeof text, "%dx0e+%dx0e+%dx1o+%dx1e+%dx2e", mul3, mul3, mul3, mul3, mul3);
    f.irreps[OUT] = test_irreps(r->context, text);
    eqfi_product_plan *plan = NULL;
    TEST_OK(r->context, eqfi_product_plan_create(r->context, EQF_CG_E3NN_05, f.irreps[X], f.irreps[Y], f.irreps[OUT],
                                                 f.n, instructions, factors, &plan));
    if (weighted != 0) {
        f.slots = 4;
        snprintf(text, sizeof text, "%dx0e", plan->columns[EQFI_ROLE_W]);
        f.irreps[W] = test_irreps(r->context, text);
    }
    f.plan = plan;
    snprintf(text, sizeof text, "%s %d %d %d, weights %x", modes[mode].name, mul1, mul2, mul3, (unsigned)weighted);
    for (f.role = 0; f.role < f.slots; f.role++)
        for (f.ones = 0; f.ones < 1 << f.slots; f.ones++)
            if (every || f.ones == 0 || f.ones == 1 << (f.slots - 1)) check_form(r, &f, product_row, text);
    for (int s = 0; s < f.slots; s++) eqf_irreps_free(f.irreps[s]);
    eqfi_delete(r->context, plan);
}

void registry_product(registry *r)
{
    for (int mode = EQF_UVW; mode <= EQF_UVUV; mode++) {
        bool every = mode == EQF_UVU;
        check_product(r, (eqf_tp_mode)mode, modes[mode].mul1, modes[mode].mul2, modes[mode].mul3, 0xFF, every);
        check_product(r, (eqf_tp_mode)mode, modes[mode].mul1, modes[mode].mul2, modes[mode].mul3, 0x5A, false);
        check_product(r, (eqf_tp_mode)mode, modes[mode].mul1, modes[mode].mul2, modes[mode].mul3, 0, false);
    }
    check_product(r, EQF_UVU, 5, 1, 5, 0xFF, true); /* depthwise: one channel of y */
    check_product(r, EQF_UVU, 37, 1, 37, 0xBF, false);
}

/* ------------------------------------------------------------------------------------------------------ contract -- */

enum { HEADS = 2, HARMONICS = 4 };

/* w C out A with A[y][head][x] and a row of out for each head, in the layout of plans. */
static void contract_row(const registry_case *c, const double *const *x, double *y)
{
    const form *f = c->detail;
    const eqfi_product_plan *plan = f->naive;
    const double *slot[4];
    int nx = plan->columns[EQFI_ROLE_X], columns = plan->columns[EQFI_ROLE_OUT];
    spread(f, x, slot);
    for (int i = 0; i < plan->n * HEADS; i++) {
        const eqfi_path *p = &plan->paths[i % plan->n];
        int h = i / plan->n;
        for (int k = p->first; k < p->first + p->n; k++) {
            const eqfi_coupling *coupling = &plan->couplings[k];
            for (int u = 0; u < p->x.mul; u++) {
                int at[3] = {h * columns + p->out.offset + coupling->m3 * p->out.step + u,
                             ((p->y.offset + coupling->m2) * HEADS + h) * nx + p->x.offset + coupling->m1 * p->x.step +
                                 u,
                             (int)p->weight + u};
                double product = coupling->f64;
                for (int s = 0; s < 3; s++)
                    if (s != f->role) product *= slot[s][at[s]];
                y[at[f->role]] += product;
            }
        }
    }
}

static void check_contract(registry *r, const char *in, int mul, bool every)
{
    form f = {.op = EQFI_OP_CONTRACT, .slots = 3};
    eqfi_product_plan *plan = NULL, *by_head = NULL;
    eqf_instruction instructions[5] = {{0, 0, 0, EQF_UVU, 1},
                                       {0, 1, 2, EQF_UVU, 1},
                                       {1, 0, 3, EQF_UVU, 1},
                                       {1, 1, 1, EQF_UVU, 1},
                                       {1, 1, 4, EQF_UVU, 1}};
    char text[128];
    snprintf(text, sizeof text, "%dx0e+%dx0e+%dx1o+%dx1o+%dx1e", mul, mul, mul, mul, mul);
    eqf_irreps *x = test_irreps(r->context, in), *y = test_irreps(r->context, "1x0e+1x1o");
    eqf_irreps *out = test_irreps(r->context, text);
    TEST_OK(r->context, eqfi_product_plan_create(r->context, EQF_CG_E3NN_05, x, y, out, 5, instructions,
                                                 (const double[]){0.5, -1, 2, 0.7, 1.5}, &plan));
    TEST_OK(r->context, eqfi_product_plan_by_head(r->context, plan, HEADS, &by_head));
    const int columns[3] = {by_head->columns[EQFI_ROLE_OUT], by_head->columns[EQFI_ROLE_X],
                            by_head->columns[EQFI_ROLE_W]};
    assert_int_equal(columns[1], 4 * mul * HEADS * HARMONICS);
    for (int s = 0; s < 3; s++) {
        snprintf(text, sizeof text, "%dx0e", columns[s]);
        f.irreps[s] = test_irreps(r->context, text);
    }
    f.plan = by_head;
    f.naive = plan;
    for (f.role = 0; f.role < 3; f.role++)
        for (f.ones = 0; f.ones < 8; f.ones++)
            if (every || f.ones == 4) check_form(r, &f, contract_row, in);
    for (int s = 0; s < 3; s++) eqf_irreps_free(f.irreps[s]);
    eqf_irreps_free(x);
    eqf_irreps_free(y);
    eqf_irreps_free(out);
    eqfi_delete(r->context, plan);
    eqfi_delete(r->context, by_head);
}

void registry_contract(registry *r)
{
    check_contract(r, "3x0e+3x1o", 3, true);
    check_contract(r, "67x0e+67x1o", 67, false);
    check_contract(r, "16x0e+16x1o", 16, false); /* in straight-line code */
}
