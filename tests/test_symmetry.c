/* Warnings of nearly symmetric surroundings.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

typedef struct log_book {
    int messages;
    char last[512];
} log_book;

static void note(void *user, eqf_log_level level, const char *message)
{
    log_book *book = user;
    assert_int_equal(level, EQF_LOG_WARNING);
    book->messages++;
    snprintf(book->last, sizeof book->last, "%s", message);
}

typedef struct bench {
    log_book book;
    eqf_context *context;
    eqf_model *model;
    eqf_calculator *calculator;
} bench;

static void begin(bench *b, model_kind kind)
{
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.log = note;
    options.log_user = &b->book;
    b->book.messages = 0;
    assert_int_equal(eqf_context_create(&options, &b->context), EQF_OK);
    b->model = model_small(b->context, kind, EQF_FLOAT64, 3);
    TEST_OK(b->context, eqf_calculator_create(b->context, b->model, EQF_FLOAT64, &b->calculator));
}

static void finish(bench *b)
{
    eqf_calculator_free(b->calculator);
    eqf_model_free(b->model);
    eqf_context_free(b->context);
}

/* Atoms found, and the degree of each. */
static int64_t check(bench *b, const model_system *s, int *degrees)
{
    int64_t count = -1;
    eqf_system system = model_of(s);
    TEST_OK(b->context, eqf_calculator_check_symmetry(b->context, b->calculator, &system, degrees, &count));
    return count;
}

static model_system make(int64_t natoms, const int *numbers, const double *positions)
{
    model_system s;
    memset(&s, 0, sizeof s);
    s.natoms = natoms;
    s.graphs = 1;
    memcpy(s.numbers, numbers, (size_t)natoms * sizeof *numbers);
    memcpy(s.positions, positions, 3 * (size_t)natoms * sizeof *positions);
    return s;
}

static const double corner = 0.63;

static model_system methane(void)
{
    const double r[15] = {0,      0,       0,      corner,  corner, corner,  -corner, -corner,
                          corner, -corner, corner, -corner, corner, -corner, -corner};
    return make(5, (const int[]){6, 1, 1, 1, 1}, r);
}

static void test_molecules(void **state)
{
    (void)state;
    bench b;
    int degrees[MODEL_ATOMS];
    begin(&b, MODEL_EXP);
    model_system s = methane();
    assert_int_equal(check(&b, &s, degrees), 1); /* l = 1 and 2 cancel at the centre of a tetrahedron */
    assert_int_equal(degrees[0], 1);
    for (int i = 1; i < 5; i++) assert_int_equal(degrees[i], 0);
    assert_int_equal(b.book.messages, 1);
    assert_non_null(strstr(b.book.last, "atom 0 (C) has nearly symmetric surroundings (degree 1 cancels)"));
    s.positions[3] += 1e-4; /* nearly */
    assert_int_equal(check(&b, &s, degrees), 1);
    s.positions[3] += 0.05;
    assert_int_equal(check(&b, &s, degrees), 0);
    assert_int_equal(b.book.messages, 2);
    s = methane();
    s.numbers[2] = 9; /* elements count one by one */
    assert_int_equal(check(&b, &s, NULL), 0);

    /* Along a line l = 2 does not cancel; at the corners of an equilateral triangle with a centre only the centre's do. */
    s = make(3, (const int[]){8, 6, 8}, (const double[]){-1.16, 0, 0, 0, 0, 0, 1.16, 0, 0});
    assert_int_equal(check(&b, &s, degrees), 1);
    assert_int_equal(degrees[1], 1);
    s = make(1, (const int[]){6}, (const double[]){0, 0, 0});
    assert_int_equal(check(&b, &s, degrees), 0); /* no neighbours: nothing is blown up */
    s = model_molecule(9, 1);
    assert_int_equal(check(&b, &s, degrees), 0);
    finish(&b);
}

/* A cube in which every atom sees six neighbours; two systems of a batch. */
static void test_crystal(void **state)
{
    (void)state;
    bench b;
    int degrees[MODEL_ATOMS];
    begin(&b, MODEL_SE3);
    model_system s = make(1, (const int[]){6}, (const double[]){0, 0, 0}), batch = model_molecule(7, 1);
    for (int d = 0; d < 3; d++) s.cell[4 * d] = 2.9, s.pbc[d] = 1;
    s.periodic = true;
    model_append(&batch, &s);
    model_append(&batch, &s);
    assert_int_equal(check(&b, &batch, degrees), 2);
    assert_int_equal(degrees[7], 1);
    assert_int_equal(degrees[8], 1);
    assert_non_null(strstr(b.book.last, "atom 7 (C)"));
    assert_non_null(strstr(b.book.last, "and so have 1 more atoms"));
    finish(&b);
}

/* The Hessian warns; energies and forces do not. */
static void test_hessian(void **state)
{
    (void)state;
    bench b;
    begin(&b, MODEL_SE3);
    model_system s = methane();
    double hessian[225];
    eqf_system system = model_of(&s);
    model_compute(b.context, b.calculator, &s);
    assert_int_equal(b.book.messages, 0);
    TEST_OK(b.context, eqf_calculator_hessian(b.context, b.calculator, &system, NULL, hessian));
    assert_int_equal(b.book.messages, 1);
    finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_molecules),
        cmocka_unit_test(test_crystal),
        cmocka_unit_test(test_hessian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
