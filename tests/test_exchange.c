/* Programs that exchange rows: recording, stepping, what goes wrong. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/exchange.h>

/* energy = sum over edges of |x_src - x_dst|^2 w, over all processes; gradient by x. */
typedef struct bench {
    test_allocator memory;
    eqf_context *context;
    eqf_irreps *irreps;
    eqf_program *program;
    eqf_run *run;
} bench;

static eqf_program *record(bench *b, bool distributed)
{
    eqf_program *p;
    eqf_var gradient;
    TEST_OK(b->context, eqf_program_create(b->context, &p));
    eqf_program_set_distributed(p, distributed);
    assert_int_equal(eqf_program_distributed(p), distributed);
    eqf_rows atoms = eqf_program_rows(p, "atoms"), edges = eqf_program_rows(p, "edges");
    eqf_rows senders = distributed ? eqf_program_rows(p, "senders") : atoms;
    eqf_map src = eqf_program_map(p, "src", edges, senders), dst = eqf_program_map(p, "dst", edges, atoms);
    eqf_var x = eqf_input(p, "x", atoms, b->irreps);
    eqf_var sent = eqf_gather(p, src, eqf_with_ghosts(p, senders, x));
    eqf_var r = eqf_combine(p, 1, sent, -1, eqf_gather(p, dst, x));
    eqf_var energy = eqf_all_reduce(p, eqf_sum_rows(p, eqf_dot(p, r, r, EQF_PER_ROW, 1)));
    eqf_grad(p, 1, &energy, NULL, 1, &x, &gradient);
    eqf_output(p, "energy", energy);
    eqf_output(p, "gradient", gradient);
    TEST_OK(b->context, eqf_program_end(b->context, p));
    return p;
}

static void begin(bench *b, bool distributed)
{
    b->context = test_context(&b->memory);
    TEST_OK(b->context, eqf_irreps_parse(b->context, "2x0e+1x1o", &b->irreps));
    b->program = record(b, distributed);
    TEST_OK(b->context, eqf_run_create(b->context, b->program, NULL, EQF_FLOAT64, &b->run));
}

static void finish(bench *b)
{
    eqf_run_free(b->run);
    eqf_program_free(b->program);
    eqf_irreps_free(b->irreps);
    test_context_free(b->context, &b->memory);
}

enum { ATOMS = 3, GHOSTS = 2, EDGES = 4, DIM = 5 };

/* Ghosts are images of atoms 2 and 0. */
static const int32_t owners[GHOSTS] = {2, 0}, senders[EDGES] = {1, 3, 4, 2}, receivers[EDGES] = {0, 0, 2, 2};

static void bind(bench *b, int64_t rows)
{
    double x[ATOMS * DIM];
    for (int i = 0; i < ATOMS * DIM; i++) x[i] = 0.1 * i * i - i;
    TEST_OK(b->context, eqf_run_set_rows(b->context, b->run, "atoms", ATOMS));
    TEST_OK(b->context, eqf_run_set_rows(b->context, b->run, "senders", rows));
    TEST_OK(b->context, eqf_run_set_rows(b->context, b->run, "edges", EDGES));
    TEST_OK(b->context, eqf_run_set_map(b->context, b->run, "dst", receivers));
    TEST_OK(b->context, eqf_run_set_input(b->context, b->run, "x", x));
}

static int carry_out(void *user, const eqf_exchange *e)
{
    double *rows = e->values;
    *(int *)user += 1;
    for (int g = 0; e->kind != EQF_EXCHANGE_SUM && g < GHOSTS; g++) {
        for (int i = 0; i < e->width; i++) {
            double *own = &rows[owners[g] * e->width + i], *ghost = &rows[(ATOMS + g) * e->width + i];
            if (e->kind == EQF_EXCHANGE_FORWARD)
                *ghost = *own;
            else
                *own += *ghost;
            if (e->kind == EQF_EXCHANGE_REVERSE) *ghost = NAN; /* nobody reads it */
        }
    }
    return 0;
}

/* With ghosts, and without, where edges lead to their owners. */
static void test_ghosts(void **state)
{
    (void)state;
    bench b, alone;
    int calls = 0;
    double energy[2], gradient[2][ATOMS * DIM];
    int32_t owned[EDGES];
    begin(&b, true);
    begin(&alone, false);
    for (int e = 0; e < EDGES; e++) owned[e] = senders[e] < ATOMS ? senders[e] : owners[senders[e] - ATOMS];
    bind(&b, ATOMS + GHOSTS);
    bind(&alone, ATOMS);
    TEST_OK(b.context, eqf_run_set_map(b.context, b.run, "src", senders));
    TEST_OK(alone.context, eqf_run_set_map(alone.context, alone.run, "src", owned));
    eqf_run_set_exchange(b.run, carry_out, &calls);
    assert_int_equal(eqf_run_exchanges(b.run), 4); /* forward, sum, the sum's adjoint, reverse */
    assert_int_equal(eqf_run_exchanges(alone.run), 0);
    for (int repeat = 1; repeat <= 2; repeat++) {
        TEST_OK(b.context, eqf_run_execute(b.context, b.run));
        assert_int_equal(calls, 4 * repeat);
    }
    TEST_OK(alone.context, eqf_run_execute(alone.context, alone.run));
    TEST_OK(b.context, eqf_run_get_output(b.context, b.run, "energy", &energy[0]));
    TEST_OK(b.context, eqf_run_get_output(b.context, b.run, "gradient", gradient[0]));
    TEST_OK(alone.context, eqf_run_get_output(alone.context, alone.run, "energy", &energy[1]));
    TEST_OK(alone.context, eqf_run_get_output(alone.context, alone.run, "gradient", gradient[1]));
    assert_close(energy[0], energy[1], 1e-13 * energy[1]);
    assert_all_close(ATOMS * DIM, gradient[0], gradient[1], 1e-13 * energy[1]);
    finish(&alone);
    finish(&b);
}

static void test_steps(void **state)
{
    (void)state;
    static const eqf_exchange_kind kinds[] = {EQF_EXCHANGE_FORWARD, EQF_EXCHANGE_SUM, EQF_EXCHANGE_SUM,
                                              EQF_EXCHANGE_REVERSE};
    bench b;
    eqf_exchange e, announced;
    int calls = 0, seen[3] = {0};
    double energy;
    begin(&b, true);
    TEST_FAILS(b.context, EQF_ERROR_STATE, "not begun", eqf_run_step(b.context, b.run, &e));
    TEST_FAILS(b.context, EQF_ERROR_RANGE, "exchange 4 of a program that has 4",
               eqf_run_exchange(b.context, b.run, 4, &e));
    bind(&b, ATOMS + GHOSTS);
    TEST_FAILS(b.context, EQF_ERROR_STATE, "the map src", eqf_run_begin(b.context, b.run));
    TEST_OK(b.context, eqf_run_set_map(b.context, b.run, "src", senders));
    TEST_OK(b.context, eqf_run_begin(b.context, b.run));
    for (int i = 0; i < 4; i++) {
        TEST_OK(b.context, eqf_run_step(b.context, b.run, &e));
        TEST_OK(b.context, eqf_run_exchange(b.context, b.run, i, &announced));
        assert_int_equal(e.kind, announced.kind);
        assert_int_equal(e.width, announced.width);
        assert_int_equal(e.precision, EQF_FLOAT64);
        assert_int_equal(e.width, e.kind == EQF_EXCHANGE_SUM ? 1 : DIM);
        assert_int_equal(e.own, e.kind == EQF_EXCHANGE_SUM ? 1 : ATOMS);
        assert_int_equal(e.rows, e.kind == EQF_EXCHANGE_SUM ? 1 : ATOMS + GHOSTS);
        seen[e.kind]++;
        carry_out(&calls, &e);
        TEST_FAILS(b.context, EQF_ERROR_STATE, "before eqf_run_execute",
                   eqf_run_get_output(b.context, b.run, "energy", &energy));
    }
    for (int i = 0; i < 4; i++) seen[kinds[i]]--;
    for (int k = 0; k < 3; k++) assert_int_equal(seen[k], 0);
    assert_int_equal(eqf_run_step(b.context, b.run, &e), EQF_END);
    TEST_OK(b.context, eqf_run_get_output(b.context, b.run, "energy", &energy));
    TEST_FAILS(b.context, EQF_ERROR_STATE, "not begun", eqf_run_step(b.context, b.run, &e));
    TEST_OK(b.context, eqf_run_begin(b.context, b.run));
    TEST_OK(b.context, eqf_run_set_map(b.context, b.run, "src", senders));
    TEST_FAILS(b.context, EQF_ERROR_STATE, "not begun", eqf_run_step(b.context, b.run, &e));
    TEST_OK(b.context, eqf_run_begin(b.context, b.run));
    TEST_OK(b.context, eqf_run_set_rows(b.context, b.run, "senders", ATOMS));
    TEST_FAILS(b.context, EQF_ERROR_STATE, "not begun", eqf_run_step(b.context, b.run, &e));
    finish(&b);
}

static void test_errors(void **state)
{
    (void)state;
    bench b;
    begin(&b, true);
    bind(&b, ATOMS + GHOSTS);
    TEST_OK(b.context, eqf_run_set_map(b.context, b.run, "src", senders));
    TEST_FAILS(b.context, EQF_ERROR_STATE, "2 rows of ghosts", eqf_run_execute(b.context, b.run));
    bind(&b, ATOMS - 1);
    static const int32_t few[EDGES] = {1, 0, 1, 0};
    TEST_OK(b.context, eqf_run_set_map(b.context, b.run, "src", few));
    TEST_FAILS(b.context, EQF_ERROR_SHAPE, "2 rows with ghosts, expected at least 3", eqf_run_begin(b.context, b.run));
    bind(&b, ATOMS); /* alone and without ghosts nobody is needed */
    TEST_OK(b.context, eqf_run_set_map(b.context, b.run, "src", few));
    TEST_OK(b.context, eqf_run_execute(b.context, b.run));

    static const char *const sentences[] = {"with_ghosts: no variable", "with_ghosts: the row set one", "all_reduce"};
    for (int i = 0; i < 3; i++) {
        eqf_program *p;
        TEST_OK(b.context, eqf_program_create(b.context, &p));
        eqf_rows rows = eqf_program_rows(p, "rows");
        eqf_var one = eqf_input(p, "one", eqf_rows_one(), b.irreps);
        eqf_var y = i == 0   ? eqf_with_ghosts(p, rows, (eqf_var){0})
                    : i == 1 ? eqf_with_ghosts(p, rows, one)
                             : eqf_all_reduce(p, (eqf_var){99});
        assert_int_equal(y.id, 0);
        assert_int_not_equal(eqf_program_end(b.context, p), EQF_OK);
        assert_non_null(strstr(eqf_context_message(b.context), sentences[i]));
        eqf_program_free(p);
    }
    finish(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ghosts),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
