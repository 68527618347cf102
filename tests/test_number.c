/* Numbers from and to text: against the C library, at the edges of rounding, under a foreign locale.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <float.h>
#include <locale.h>

#include "base/number.h"

static bool parse(const char *text, double *value) { return eqfi_parse_double(text, text + strlen(text), value); }

/* The same bits as strtod, which is correctly rounded in the C locale. */
static void expect_as_strtod(const char *text)
{
    double ours = -1, theirs = strtod(text, NULL);
    if (!parse(text, &ours) || memcmp(&ours, &theirs, sizeof ours) != 0)
        fail_msg("'%s' is read as %.17g, expected %.17g", text, ours, theirs);
}

static void test_values(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "-.5e1",
                                        "0.1",
                                        "2.13746084",
                                        "-17617.826906338443",
                                        "1E5",
                                        "1e+5",
                                        "00000.000001e6",
                                        "9007199254740992",
                                        "9007199254740993",
                                        "9007199254740993.00000000000000000000000000000001",
                                        "123456789012345678901234567890",
                                        "1e22",
                                        "1e23",
                                        "8.5e-23",
                                        "2.2250738585072014e-308",
                                        "2.2250738585072011e-308",
                                        "4.9406564584124654e-324",
                                        "2.4703282292062327e-324",
                                        "2.4703282292062328e-324",
                                        "1.7976931348623157e308",
                                        "1.7976931348623158e308",
                                        "1.7976931348623159e308",
                                        "1e309",
                                        "1e-400",
                                        "0e99999999999999999999",
                                        "1e99999999999999999999",
                                        "1e-99999999999999999999",
                                        "-inf",
                                        "Infinity"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_as_strtod(texts[i]);
    double value;
    assert_true(parse("-1.25D+2", &value) && value == -125);
    assert_true(parse("1d-1", &value) && value == 0.1);
    assert_true(parse("NaN", &value) && isnan(value));
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {"",     "+",      "-",         ".",   "e5",  "1e",  "1e+",   "1.2.3",
                                        "1,5",  "0x10",   "1 ",        " 1",  "1f",  "--1", "1e5.0", "in",
                                        "infi", "nan(1)", "infinityy", "1_0", "1e-", "d5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double value = 7;
        if (parse(texts[i], &value)) fail_msg("'%s' is read as %.17g", texts[i], value);
        assert_true(value == 7);
    }
}

/* Decimals of random bits, of few and of many digits, and the points half-way between neighbours. */
static void test_random(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        double number;
        memcpy(&number, &seed, sizeof number);
        if (!isfinite(number)) continue;
        char text[1200];
        snprintf(text, sizeof text, "%.*e", i % 22, number);
        expect_as_strtod(text);
        snprintf(text, sizeof text, "%.8f", (double)(int64_t)seed / 0x1p55);
        expect_as_strtod(text);
        if (i % 50 == 0) {
            if (i % 100 == 0) number = ldexp(number / 1e308, -1020);
            double above = nextafter(number, INFINITY);
            long double half = ((long double)number + (long double)above) / 2;
            snprintf(text, sizeof text, "%.1100Lg", half);
            expect_as_strtod(text);
        }
    }
}

/* More digits than are kept, the last of which decides: 2^53 + 1 lies half-way between two doubles. */
static void test_long_tail(void **state)
{
    (void)state;
    char text[1200];
    snprintf(text, sizeof text, "9007199254740993.%01000d", 0);
    double value;
    assert_true(parse(text, &value) && value == 9007199254740992.0);
    text[strlen(text) - 1] = '1';
    assert_true(parse(text, &value) && value == 9007199254740994.0);
    snprintf(text, sizeof text, "0.%01000d9e1000", 0);
    assert_true(parse(text, &value) && value == 0.9);
    snprintf(text, sizeof text, "1%01000de-1000", 0);
    assert_true(parse(text, &value) && value == 1);
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {{"0", true, 0},
                 {"-0", true, 0},
                 {"+21", true, 21},
                 {"0021", true, 21},
                 {"9223372036854775807", true, INT64_MAX},
                 {"-9223372036854775808", true, INT64_MIN},
                 {"9223372036854775808", false, 0},
                 {"-9223372036854775809", false, 0},
                 {"92233720368547758070", false, 0},
                 {"", false, 0},
                 {"-", false, 0},
                 {"1.0", false, 0},
                 {"0x1", false, 0},
                 {" 1", false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = 5;
        bool good = eqfi_parse_int64(cases[i].text, cases[i].text + strlen(cases[i].text), &value);
        if (good != cases[i].good || value != (good ? cases[i].value : 5)) fail_msg("'%s'", cases[i].text);
    }
}

static void expect_format(double value, const char *expected)
{
    char text[32];
    eqfi_format_double(value, text);
    assert_string_equal(text, expected);
}

static void test_format(void **state)
{
    (void)state;
    expect_format(0, "0");
    expect_format(-0.0, "-0");
    expect_format(1, "1");
    expect_format(0.1, "0.1");
    expect_format(-1.5, "-1.5");
    expect_format(0.1 + 0.2, "0.30000000000000004");
    expect_format(1.0 / 3, "0.3333333333333333");
    expect_format(1e23, "1e+23");
    expect_format(DBL_MAX, "1.7976931348623157e+308");
    expect_format(-DBL_MIN, "-2.2250738585072014e-308");
    expect_format(4.9406564584124654e-324, "5e-324");
    expect_format(INFINITY, "inf");
    expect_format(-INFINITY, "-inf");
    expect_format(NAN, "nan");
    uint64_t seed = 1234567;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double number, back;
        memcpy(&number, &seed, sizeof number);
        if (!isfinite(number)) continue;
        char text[32];
        eqfi_format_double(number, text);
        if (!parse(text, &back) || memcmp(&back, &number, sizeof back) != 0) fail_msg("%.17g -> %s", number, text);
    }
}

static void test_foreign_locale(void **state)
{
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "de_DE") == NULL) skip();
    char text[32];
    snprintf(text, sizeof text, "%g", 0.5);
    assert_string_equal(text, "0,5");
    double value;
    assert_true(parse("1.5", &value) && value == 1.5);
    assert_true(parse("1.50000000000000000000000001e-5", &value) && value == 1.5e-5);
    assert_false(parse("1,5", &value));
    expect_format(1234567.25, "1234567.25");
    expect_format(4.9406564584124654e-324, "5e-324");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),         cmocka_unit_test(test_malformed), cmocka_unit_test(test_random),
        cmocka_unit_test(test_long_tail),      cmocka_unit_test(test_integers),  cmocka_unit_test(test_format),
        cmocka_unit_test(test_foreign_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
