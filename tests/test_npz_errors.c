/* Refusals of npz: each names the archive, the member or the frame, and what was expected; hostile archives.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <unistd.h>

#include <equiformer/structure.h>

#include "io/zip.h"
#include "support/archive.h"

static test_allocator memory;
static eqf_context *context;
static test_bytes file;

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_release(&file);
    test_context_free(context, &memory);
    return 0;
}

static const double positions[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const int64_t numbers[2] = {8, 1};
#define R                                                                                                              \
    {                                                                                                                  \
        "R", "<f8", "(2, 2, 3)", positions, sizeof positions, false                                                    \
    }
#define Z                                                                                                              \
    {                                                                                                                  \
        "z", "<i8", "(2,)", numbers, sizeof numbers, false                                                             \
    }

/* Opens the archive and reads all frames. */
static eqf_status read_all(void)
{
    eqf_frames *frames = NULL;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    eqf_status status = eqf_frames_open_memory(context, file.bytes, file.length, "t.npz", NULL, &frames);
    if (status != EQF_OK) {
        assert_null(frames);
        return status;
    }
    while ((status = eqf_frames_next(context, frames, &frame)) == EQF_OK) continue;
    /* The answer stays. */
    assert_int_equal(eqf_frames_next(context, frames, &frame), status);
    eqf_frames_close(frames);
    return status;
}

static void refuse(int n, const test_array *arrays, eqf_status status, const char *text)
{
    test_npz(&file, n, arrays);
    TEST_FAILS(context, status, text, read_all());
    assert_non_null(strstr(eqf_context_message(context), "t.npz: "));
}

static void test_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *descr, *shape;
        size_t length;
        const char *message;
    } cases[] = {
        {"E", "<f8", "(3,)", 24, "member 'E.npy' has the shape [3], expected [2,1]"},
        {"E", "<f8", "(2, 2)", 32, "member 'E.npy' has the shape [2,2], expected [2,1]"},
        {"E", "<f8", "()", 8, "member 'E.npy' has the shape [], expected [2,1]"},
        {"E", "<c16", "(2,)", 32, "member 'E.npy' has no numbers as elements"},
        {"E", "|O", "(2,)", 5, "member 'E.npy' has no numbers as elements"},
        {"F", "<f8", "(2, 6)", 96, "member 'F.npy' has the shape [2,6], expected [2,2,3]"},
        {"F", "<f8", "(2, 3)", 48, "member 'F.npy' has the shape [2,3], expected [2,2,3]"},
        {"cell", "<f8", "(3,)", 24, "member 'cell.npy' has the shape [3], expected [2,3,3]"},
        {"pbc", "<f8", "(2,)", 16, "member 'pbc.npy' has the shape [2], expected [2,3]"},
        {"tags", "<f8", "(3,)", 24, "member 'tags.npy' has the shape [3], expected [2,2]"},
        {"stress", "<f8", "(2, 5)", 80, "member 'stress.npy' has the shape [2,5], expected [2,3,3]"},
        {"E", "<f8", "(2,)", 15, "member 'E.npy': 15 bytes follow the header, its shape and type need 16"},
        {"E", "<f8", "(2,)", 17, "member 'E.npy': 17 bytes follow the header"},
        {"x", "<f8", "(2,)", 8, "member 'x.npy': 8 bytes follow the header"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const test_array arrays[] = {
            R, Z, {cases[i].name, cases[i].descr, cases[i].shape, positions, cases[i].length, false}};
        refuse(3, arrays, EQF_ERROR_FORMAT, cases[i].message);
    }
    static const char *const shapes[] = {"(12,)", "(2, 6)", "(4, 3)", "(2, 3, 2)", "(5, 0, 3)", "(1, 2, 2, 3)"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const test_array arrays[] = {{"R", "<f8", shapes[i], positions, i == 4 ? 0 : sizeof positions, false}, Z};
        refuse(2, arrays, EQF_ERROR_FORMAT, "expected [frames,atoms,3]");
    }
    const test_array only_r[] = {R}, only_z[] = {Z};
    refuse(1, only_r, EQF_ERROR_FORMAT, "no member is called 'atomic_numbers.npy', 'z.npy', ...");
    refuse(1, only_z, EQF_ERROR_FORMAT, "no member is called 'pos.npy', 'R.npy', ...");
}

static void test_values(void **state)
{
    (void)state;
    static const double bad[12] = {1, (double)NAN, (double)INFINITY, 0.5, -1, 119, 0, 2, 3e9, 0, 0, 0};
    static const struct {
        const char *name, *shape;
        int first, count;
        eqf_status status;
        const char *message;
    } cases[] = {
        {"E", "(2,)", 0, 2, EQF_ERROR_NOT_FINITE, "frame 1: number 0 of energy is nan, expected a finite number"},
        {"F", "(2, 2, 3)", 0, 12, EQF_ERROR_NOT_FINITE, "frame 0: number 1 of forces is nan"},
        {"cell", "(3, 3)", 2, 9, EQF_ERROR_NOT_FINITE, "frame 0: number 0 of cell is inf"},
        {"stress", "(2, 6)", 0, 12, EQF_ERROR_NOT_FINITE, "frame 0: number 1 of stress is nan"},
        {"pbc", "(3,)", 9, 3, EQF_END, ""},
        {"pbc", "(3,)", 3, 3, EQF_ERROR_FORMAT, "number 0 of pbc is 0.5, expected a whole number from 0 to 1"},
        {"pbc", "(2, 3)", 6, 6, EQF_ERROR_FORMAT, "frame 0: number 1 of pbc is 2"},
        {"tags", "(2,)", 7, 2, EQF_ERROR_FORMAT, "number 1 of tags is 3000000000, expected a whole number"},
        {"tags", "(2,)", 3, 2, EQF_ERROR_FORMAT, "number 0 of tags is 0.5"},
        {"Z", "(2,)", 4, 2, EQF_ERROR_FORMAT,
         "number 0 of atomic_numbers is -1, expected a whole number from 1 to 118"},
        {"Z", "(2,)", 5, 2, EQF_ERROR_FORMAT, "number 0 of atomic_numbers is 119"},
        {"Z", "(2,)", 6, 2, EQF_ERROR_FORMAT, "number 0 of atomic_numbers is 0"},
        {"Z", "(2,)", 3, 2, EQF_ERROR_FORMAT, "number 0 of atomic_numbers is 0.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const test_array arrays[] = {
            R, {cases[i].name, "<f8", cases[i].shape, bad + cases[i].first, (size_t)cases[i].count * 8, false}, Z};
        int n = cases[i].name[0] == 'Z' ? 2 : 3;
        if (cases[i].status != EQF_END) {
            refuse(n, arrays, cases[i].status, cases[i].message);
            continue;
        }
        test_npz(&file, n, arrays);
        assert_int_equal(read_all(), EQF_END);
    }
    static const unsigned char pbc[6] = {0, 0, 0, 0, 1, 0};
    const test_array periodic[] = {R, Z, {"pbc", "|b1", "(2, 3)", pbc, 6, false}};
    refuse(3, periodic, EQF_ERROR_FORMAT, "frame 1: it is periodic without a cell");
}

static void test_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header, *message;
    } cases[] = {
        {"", "is no Python dict"},
        {"[]", "is no Python dict"},
        {"{'descr' '<f8'}", "is no Python dict of texts"},
        {"{'descr': '<f8', 'shape': (2,)}", "lacks fortran_order"},
        {"{'descr': '<f8', 'fortran_order': False, }", "lacks shape"},
        {"{}", "lacks descr"},
        {"{'descr': '<f8', 'descr': '<f8'}", "has the key 'descr', expected descr, fortran_order, shape, once"},
        {"{'more': 1}", "has the key 'more'"},
        {"{'descr': 8}", "has no text as descr"},
        {"{'descr': ''}", "has no text as descr"},
        {"{'descr': '<f8\\n'}", "has no text as descr"},
        {"{'descr': '<f8}", "has no text as descr"},
        {"{'fortran_order': 1}", "has a fortran_order that is not True or False"},
        {"{'shape': [2]}", "has no tuple as the shape"},
        {"{'shape': (2, -1)}", "has a shape that is no tuple of whole numbers"},
        {"{'shape': (2.5,)}", "has a shape that does not end"},
        {"{'shape': (99999999999999999999,)}", "has a shape that is no tuple of whole numbers"},
        {"{'shape': (4294967296, 4294967296)}", "has a shape that is too large"},
        {"{'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}", "has a shape of more than 8 dimensions"},
        {"{'shape': (2", "has a shape that does not end"},
        {"{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,)} x",
         "has text behind the dict"},
        {"{'descr': [('a', '<f8'", "is a dict that does not end"},
    };
    test_bytes array = {NULL, 0, 0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        array.length = 0;
        test_put(&array, "\x93NUMPY\x01\x00", 8);
        test_put_number(&array, strlen(cases[i].header), 2);
        test_put_text(&array, cases[i].header);
        const test_member members[] = {test_stored("R.npy", array.bytes, array.length)};
        test_zip(&file, 1, members);
        TEST_FAILS(context, EQF_ERROR_FORMAT, cases[i].message, read_all());
        assert_non_null(strstr(eqf_context_message(context), "t.npz: member 'R.npy': the header "));
    }
    static const struct {
        const char *bytes;
        size_t length;
        eqf_status status;
        const char *message;
    } fronts[] = {
        {"\x93NUMPY\x04\x00\x00\x00\x00\x00", 12, EQF_ERROR_UNSUPPORTED, "the version of the array is 4.0"},
        {"\x93NUMPY\x01\x01\x00\x00", 10, EQF_ERROR_UNSUPPORTED, "the version of the array is 1.1"},
        {"\x93NUMPX\x01\x00\x00\x00", 10, EQF_ERROR_FORMAT, "it is no array of NumPy"},
        {"\x93NUMPY\x01\x00\x05\x00{}", 12, EQF_ERROR_FORMAT, "'R.npy' ends too early"},
        {"\x93NUMPY\x02\x00\xFF\xFF\xFF\x7F", 12, EQF_ERROR_FORMAT, "the header has 2147483647 bytes, expected 65536"},
        {"\x93NUM", 4, EQF_ERROR_FORMAT, "'R.npy' ends too early"},
        {"", 0, EQF_ERROR_FORMAT, "'R.npy' ends too early"},
    };
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        const test_member members[] = {test_stored("R.npy", fronts[i].bytes, fronts[i].length)};
        test_zip(&file, 1, members);
        TEST_FAILS(context, fronts[i].status, fronts[i].message, read_all());
    }
    test_release(&array);
}

/* ------------------------------------------------------------------------------------------------------ archives -- */

static void test_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"/R.npy", "../R.npy", "a/../R.npy", "a/..", "..", "a\\R.npy", "a\nb", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const test_member members[] = {test_stored(bad[i], "", 0)};
        test_zip(&file, 1, members);
        TEST_FAILS(context, EQF_ERROR_FORMAT, "t.npz: a member is called '", read_all());
    }
    const test_member twice[] = {test_stored("R.npy", "a", 1), test_stored("z.npy", "", 0),
                                 test_stored("R.npy", "b", 1)};
    test_zip(&file, 3, twice);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "two members are called 'R.npy'", read_all());
    const test_member fine[] = {test_stored("a..b/..c", "", 0)};
    test_zip(&file, 1, fine);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "no member is called 'pos.npy'", read_all());
}

static void test_sizes_and_checksums(void **state)
{
    (void)state;
    test_bytes array = {NULL, 0, 0};
    const test_array r = R;
    test_npy(&array, &r);
    test_member member = test_stored("R.npy", array.bytes, array.length);
    member.crc ^= 1;
    test_zip(&file, 1, &member);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "member", read_all());

    member = test_stored("R.npy", array.bytes, array.length);
    member.size = (size_t)1 << 31;
    member.method = 8;
    test_zip(&file, 1, &member);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "has 2147483648 bytes, expected 1", read_all());
    member.size = array.length - 100;
    member.method = 0;
    test_zip(&file, 1, &member);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "R.npy", read_all());
    member.size = array.length;
    member.method = 98;
    test_zip(&file, 1, &member);
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "R.npy", read_all());
    test_release(&array);
}

/* Zeros that take 1000 times less in the archive. */
static void test_bomb(void **state)
{
    (void)state;
    enum { BYTES = 3 * 2796202 };
    char path[] = "/tmp/equiformer-test-XXXXXX";
    close(mkstemp(path));
    void *zeros = calloc(BYTES, 1);
    assert_non_null(zeros);
    const test_array array = {"R", "|u1", "(1, 2796202, 3)", zeros, BYTES, false};
    test_npy(&file, &array);
    const eqfi_zip_piece piece = {"R.npy", {file.bytes, file.length}, {NULL, 0}};
    TEST_OK(context, eqfi_zip_write(context, path, 1, &piece, true));
    eqf_frames *frames = NULL;
    TEST_FAILS(context, EQF_ERROR_FORMAT, "expected 3", eqf_frames_open(context, path, NULL, &frames));
    assert_non_null(strstr(eqf_context_message(context), "at most for the size of the archive"));
    free(zeros);
    unlink(path);
}

/* Cut anywhere, or with any byte changed: refused or read, and nothing else. */
static void test_damage(void **state)
{
    (void)state;
    const test_array arrays[] = {
        R, Z, {"E", ">f4", "(2,)", numbers, 8, false}, {"cell", "<f8", "(3, 3)", positions, 72, true}};
    test_npz(&file, 4, arrays);
    assert_int_equal(read_all(), EQF_END);
    size_t whole = file.length;
    for (file.length = 2; file.length < whole; file.length++) {
        eqf_status status = read_all();
        assert_true(status != EQF_OK && status != EQF_END && status != EQF_ERROR_MEMORY);
    }
    unsigned refused = 0;
    for (size_t i = 2; i < whole; i++)
        for (int bit = 0; bit < 8; bit++) {
            file.bytes[i] ^= (unsigned char)(1 << bit);
            eqf_status status = read_all();
            assert_true(status != EQF_OK && status != EQF_ERROR_MEMORY);
            refused += status != EQF_END;
            file.bytes[i] ^= (unsigned char)(1 << bit);
        }
    assert_true(refused > whole * 4);
    assert_int_equal(read_all(), EQF_END);
}

static void test_without_libzip(void **state)
{
    (void)state;
    const test_array arrays[] = {R, Z};
    refuse(2, arrays, EQF_ERROR_UNSUPPORTED, "need libzip");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_without_libzip),      CASE(test_shapes), CASE(test_values), CASE(test_headers), CASE(test_names),
        CASE(test_sizes_and_checksums), CASE(test_bomb),   CASE(test_damage),
    };
    return test_run_archives("npz_errors", tests, sizeof tests / sizeof *tests);
}
