/* Units: factors against CODATA 2018, names, refusals. SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <equiformer/dataset.h>

static test_allocator memory;
static eqf_context *context;

static double factor(const char *from, const char *to)
{
    double value = NAN;
    TEST_OK(context, eqf_unit_factor(context, from, to, &value));
    return value;
}

/* Values of the tables of CODATA 2018, or their quotients. */
static void test_factors(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        double factor, tolerance;
    } known[] = {{"hartree", "eV", 27.211386245988, 1e-12},
                 {"eV", "kJ/mol", 96.485332123, 1e-9},
                 {"kcal/mol", "eV", 0.0433641042, 1e-10},
                 {"kcal/mol", "meV", 43.3641042, 1e-7},
                 {"hartree", "kcal/mol", 627.5094740631, 1e-9},
                 {"hartree", "mhartree", 1000, 1e-12},
                 {"rydberg", "eV", 13.605693122994, 1e-12},
                 {"kcal/mol", "kJ/mol", 4.184, 1e-15},
                 {"bohr", "angstrom", 0.529177210903, 1e-15},
                 {"nm", "angstrom", 10, 0},
                 {"eV/angstrom^3", "GPa", 160.2176634, 1e-10},
                 {"GPa", "kbar", 10, 1e-14},
                 {"1", "1", 1, 0},
                 {"eV", "eV", 1, 0}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_close(factor(known[i].from, known[i].to), known[i].factor, known[i].tolerance);
        assert_close(factor(known[i].from, known[i].to) * factor(known[i].to, known[i].from), 1, 1e-15);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_true(factor("Hartree", "EV") == factor("hartree", "eV"));
    assert_true(factor("Ha", "ry") == factor("hartree", "rydberg"));
    assert_true(factor("mHa", "meV") == factor("mhartree", "mev"));
    assert_true(factor("KCAL/MOL", "kj/mol") == factor("kcal/mol", "kJ/mol"));
    assert_true(factor("A", "Bohr") == factor("Angstrom", "bohr"));
    assert_true(factor("eV/A^3", "gpa") == factor("ev/angstrom^3", "GPa"));
}

static void test_refusals(void **state)
{
    (void)state;
    double value = 7;
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'kcal', expected one of: eV, meV, hartree, mhartree, rydberg, kcal/mol",
               eqf_unit_factor(context, "kcal", "eV", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'parsec', expected one of: angstrom, bohr, nm",
               eqf_unit_factor(context, "angstrom", "parsec", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'angstrom', expected one of: eV",
               eqf_unit_factor(context, "angstrom", "eV", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'MeV'", eqf_unit_factor(context, "MeV", "eV", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "''", eqf_unit_factor(context, "", "eV", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "cannot be converted", eqf_unit_factor(context, "1", "eV", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'eV'", eqf_unit_factor(context, "eV", "1", &value));
    TEST_FAILS(context, EQF_ERROR_NOT_FOUND, "'y', expected one of: eV", eqf_unit_factor(context, "x", "y", &value));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_unit_factor(context, NULL, "eV", &value));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_unit_factor(context, "eV", NULL, &value));
    TEST_FAILS(context, EQF_ERROR_ARGUMENT, "NULL", eqf_unit_factor(context, "eV", "eV", NULL));
    assert_int_equal(eqf_unit_factor(NULL, "eV", "eV", &value), EQF_ERROR_ARGUMENT);
    assert_true(value == 7);
}

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_context_free(context, &memory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_factors), cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
