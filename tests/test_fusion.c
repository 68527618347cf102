/* Random programs have the same results whether operations are fused or not: sums in what makes their terms, columns and rows
 * where they are read, stages in tiles.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/linear.h>

#include "base/context.h"
#include "base/rng.h"

enum {
    ROWS = 9,
    LINKS = 33,
    TYPES = 5,
    INPUTS = 4,
    OPERATIONS = 24,
    POOL = 64,
    OUTPUTS = 4,
    WIDEST = 256,
    PROGRAMS = 400
};

static const char *const texts[TYPES] = {"4x0e", "4x0e+2x1o", "2x0e", "1x0e", "8x0e+4x1o"};

/* What all programs share. */
static test_allocator memory;
static eqf_context *context;
static eqf_irreps *irreps[TYPES];
static eqf_module *linear[TYPES][TYPES];
static eqf_parameters *parameters;

/* A program that is being recorded, by a sequence of draws. */
typedef struct recording {
    eqf_program *program;
    uint64_t seed, draws;
    eqf_rows rows, links;
    eqf_map map; /* from links to rows */
    eqf_var pool[POOL];
    int n;
} recording;

static int draw(recording *r, int below) { return (int)(below * eqfi_rng_uniform(r->seed, 0, r->draws++)); }

static void add(recording *r, eqf_var x)
{
    if (x.id != 0 && r->n < POOL && eqf_irreps_dim(eqf_var_irreps(r->program, x)) <= WIDEST) r->pool[r->n++] = x;
}

static bool is_scalar(const recording *r, eqf_var x)
{
    const eqf_irreps *own = eqf_var_irreps(r->program, x);
    return eqf_irreps_dim(own) == eqf_irreps_channels_of(own, (eqf_irrep){0, 1});
}

static bool has_rows_of(const recording *r, eqf_var x, eqf_var y)
{
    return eqf_var_rows(r->program, x).id == eqf_var_rows(r->program, y).id;
}

static bool is_alike(const recording *r, eqf_var x, eqf_var y)
{
    return has_rows_of(r, x, y) && eqf_irreps_equal(eqf_var_irreps(r->program, x), eqf_var_irreps(r->program, y));
}

/* The sum of a few channels of each of two alike. */
static eqf_var add_parts(recording *r, eqf_var x, eqf_var y)
{
    if (x.id == 0 || y.id == 0) return (eqf_var){0};
    const eqf_irreps *own = eqf_var_irreps(r->program, x);
    int block = draw(r, eqf_irreps_blocks(own)), all = eqf_irreps_block_at(own, block)->mul, n = 1 + draw(r, all);
    eqf_var a = eqf_channels(r->program, x, block, draw(r, all - n + 1), n);
    return eqf_add(r->program, a, eqf_channels(r->program, y, block, draw(r, all - n + 1), n));
}

static eqf_var map_linearly(recording *r, eqf_var x, int out)
{
    for (int in = 0; in < TYPES; in++) {
        if (!eqf_irreps_equal(eqf_var_irreps(r->program, x), irreps[in])) continue;
        char scope[32];
        snprintf(scope, sizeof scope, "linear%d%d", in, out);
        return eqf_module_record(r->program, linear[in][out], scope, NULL, &x);
    }
    return (eqf_var){0};
}

static eqf_var scaled(recording *r, eqf_var x)
{
    for (int i = 0; i < r->n; i++) {
        eqf_var factor = r->pool[draw(r, r->n)];
        if (has_rows_of(r, x, factor) && eqf_irreps_equal(eqf_var_irreps(r->program, factor), irreps[3]))
            return eqf_scale(r->program, x, factor, EQF_PER_ROW, 1);
    }
    return (eqf_var){0};
}

static eqf_var operation(recording *r)
{
    eqf_program *p = r->program;
    eqf_var x = r->pool[draw(r, r->n)], y = r->pool[r->n - 1 - draw(r, r->n < 6 ? r->n : 6)];
    bool alike = is_alike(r, x, y), on_links = eqf_var_rows(p, x).id == r->links.id;
    int out = draw(r, TYPES);
    switch (draw(r, 10)) {
    case 0: return alike ? eqf_add(p, x, y) : (eqf_var){0};
    case 1: return alike ? eqf_combine(p, 0.5, x, -2, y) : (eqf_var){0};
    case 2: return alike ? eqf_dot(p, x, y, EQF_PER_CHANNEL, 1) : (eqf_var){0};
    case 3: return alike ? add_parts(r, x, scaled(r, y)) : (eqf_var){0};
    case 4: return has_rows_of(r, x, y) ? add_parts(r, map_linearly(r, x, out), map_linearly(r, y, out)) : (eqf_var){0};
    case 5: return is_scalar(r, x) ? eqf_apply(p, EQF_TANH, x) : (eqf_var){0};
    case 6: return on_links ? eqf_multiply(p, 0.3, eqf_segment_sum(p, r->map, x)) : eqf_gather(p, r->map, x);
    case 7: return scaled(r, x);
    default: return map_linearly(r, x, out);
    }
}

/* The same for the same seed, whatever becomes of it. */
static eqf_program *record(uint64_t seed)
{
    recording r = {.seed = seed};
    TEST_OK(context, eqf_program_create(context, &r.program));
    r.rows = eqf_program_rows(r.program, "rows");
    r.links = eqf_program_rows(r.program, "links");
    r.map = eqf_program_map(r.program, "map", r.links, r.rows);
    for (int i = 0; i < INPUTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "in%d", i);
        add(&r, eqf_input(r.program, name, i % 2 ? r.links : r.rows, irreps[draw(&r, TYPES)]));
    }
    eqf_var first = r.pool[0], last, slope;
    for (int i = 0; i < OPERATIONS; i++) add(&r, operation(&r));
    last = r.pool[r.n - 1];
    eqf_grad(r.program, 1, &last, NULL, 1, &first, &slope);
    add(&r, slope);
    for (int i = 0; i < OUTPUTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "out%d", i);
        eqf_output(r.program, name, r.pool[i < 2 ? r.n - 1 - i : draw(&r, r.n)]);
    }
    TEST_OK(context, eqf_program_end(context, r.program));
    return r.program;
}

/* All outputs one after the other; how many numbers there are. */
static size_t results(uint64_t seed, int fusion, double *values)
{
    static double input[LINKS * WIDEST];
    int32_t map[LINKS];
    size_t n = 0;
    eqf_run *run;
    eqfi_context_set_fusion(context, fusion);
    eqf_program *program = record(seed);
    TEST_OK(context, eqf_run_create(context, program, parameters, EQF_FLOAT64, &run));
    TEST_OK(context, eqf_run_set_rows(context, run, "rows", ROWS));
    TEST_OK(context, eqf_run_set_rows(context, run, "links", LINKS));
    for (int i = 0; i < LINKS; i++) map[i] = (int32_t)(seed % 2 ? i * ROWS / LINKS : i * 4 % ROWS);
    TEST_OK(context, eqf_run_set_map(context, run, "map", map));
    for (int i = 0; i < INPUTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "in%d", i);
        for (int k = 0; k < LINKS * WIDEST; k++)
            input[k] = 2 * eqfi_rng_uniform(seed, 1 + (uint64_t)i, (uint64_t)k) - 1;
        TEST_OK(context, eqf_run_set_input(context, run, name, input));
    }
    TEST_OK(context, eqf_run_execute(context, run));
    for (int i = 0; i < OUTPUTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "out%d", i);
        TEST_OK(context, eqf_run_get_output(context, run, name, values + n));
        n += (size_t)eqf_run_output_size(run, name);
    }
    eqf_run_free(run);
    eqf_program_free(program);
    return n;
}

static void test_random_programs(void **state)
{
    (void)state;
    static double fused[OUTPUTS * LINKS * WIDEST], plain[OUTPUTS * LINKS * WIDEST];
    for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
        size_t n = results(seed, 1, fused);
        assert_int_equal(results(seed, 0, plain), n);
        for (size_t i = 0; i < n; i++)
            if (!(fabs(fused[i] - plain[i]) <= 1e-10 * (1 + fabs(plain[i]))))
                fail_msg("program %d: number %zu of the outputs is %.17g, expected %.17g", (int)seed, i, fused[i],
                         plain[i]);
    }
}

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    TEST_OK(context, eqf_parameters_create(context, EQF_FLOAT64, &parameters));
    for (int i = 0; i < TYPES; i++) TEST_OK(context, eqf_irreps_parse(context, texts[i], &irreps[i]));
    for (int i = 0; i < TYPES; i++)
        for (int k = 0; k < TYPES; k++) {
            char scope[32];
            snprintf(scope, sizeof scope, "linear%d%d", i, k);
            TEST_OK(context, eqf_linear_create(context, irreps[i], irreps[k], (i + k) % 2, &linear[i][k]));
            TEST_OK(context, eqf_module_init(context, linear[i][k], scope, 1, parameters));
        }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < TYPES; i++) {
        eqf_irreps_free(irreps[i]);
        for (int k = 0; k < TYPES; k++) eqf_module_free(linear[i][k]);
    }
    eqf_parameters_free(parameters);
    test_context_free(context, &memory);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_programs)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
