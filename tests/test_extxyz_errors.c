/* Reading XYZ: every refusal with file and line, the state after it, memory that runs out.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include <unistd.h>

#include <equiformer/structure.h>

#define PROPERTIES "Properties=species:S:1:pos:R:3"
#define CELL "Lattice=\"9 0 0 0 9 0 0 0 9\" "
#define GOOD "1\ngood\nC 0 0 0\n"

static const struct {
    eqf_status status;
    const char *text;
    const char *message; /* the whole of it */
} cases[] = {
    {EQF_ERROR_PARSE, "two\n", "t.xyz:1: the number of atoms is 'two', expected an integer of 0 or more"},
    {EQF_ERROR_PARSE, "-1\n", "t.xyz:1: the number of atoms is '-1', expected an integer of 0 or more"},
    {EQF_ERROR_PARSE, "1.0\n", "t.xyz:1: the number of atoms is '1.0', expected an integer of 0 or more"},
    {EQF_ERROR_PARSE, "1 2\n", "t.xyz:1: the number of atoms is '1 2', expected an integer of 0 or more"},
    {EQF_ERROR_PARSE, "99999999999999999999\n",
     "t.xyz:1: the number of atoms is '99999999999999999999', expected an integer of 0 or more"},
    {EQF_ERROR_PARSE, "\x01\xff\n", "t.xyz:1: the number of atoms is '?\?', expected an integer of 0 or more"},
    {EQF_ERROR_PARSE, "a line that is so long that nobody wants to see all of it in a message\n",
     "t.xyz:1: the number of atoms is 'a line that is so long that nobody wants to ...', expected an integer of 0 or "
     "more"},
    {EQF_ERROR_PARSE, GOOD "C 0 0 0\n", "t.xyz:4: the number of atoms is 'C 0 0 0', expected an integer of 0 or more"},
    {EQF_ERROR_PARSE, "3\n", "t.xyz:1: the file ends after the number of atoms, expected a comment"},
    {EQF_ERROR_PARSE, "3\nc\nH 0 0 0\nH 0 0 1", "t.xyz:4: the file ends after 2 of 3 atoms"},
    {EQF_ERROR_PARSE, "9223372036854775807\nc\nH 0 0 0\n",
     "t.xyz:3: the file ends after 1 of 9223372036854775807 atoms"},
    {EQF_ERROR_PARSE, GOOD "2\nc\nC 0 0 0\n\n", "t.xyz:7: the line of an atom has 0 columns, expected 4: ''"},
    {EQF_ERROR_PARSE, "1\nc\nC 0 0\n", "t.xyz:3: the line of an atom has 3 columns, expected 4: 'C 0 0'"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":forces:R:3\nC 0 0 0 1 1\n",
     "t.xyz:3: the line of an atom has 6 columns, expected 7: 'C 0 0 0 1 1'"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES "\nC 0 0 0 1\n",
     "t.xyz:3: the line of an atom has more columns than the 4 of Properties: 'C 0 0 0 1'"},
    {EQF_ERROR_PARSE, "1\nc\nXx 0 0 0\n",
     "t.xyz:3: the species is 'Xx', expected the symbol of an element or an atomic number of 1 to 118"},
    {EQF_ERROR_PARSE, "1\nc\n0 0 0 0\n",
     "t.xyz:3: the species is '0', expected the symbol of an element or an atomic number of 1 to 118"},
    {EQF_ERROR_PARSE, "1\nc\n119 0 0 0\n",
     "t.xyz:3: the species is '119', expected the symbol of an element or an atomic number of 1 to 118"},
    {EQF_ERROR_PARSE, "2\nc\nC 0 0 0\nC 0 1,5 0\n", "t.xyz:4: y of the position is '1,5', expected a number"},
    {EQF_ERROR_NOT_FINITE, "1\nc\nC nan 0 0\n", "t.xyz:3: x of the position is 'nan', expected a finite number"},
    {EQF_ERROR_NOT_FINITE, "1\nc\nC 0 0 -Inf\n", "t.xyz:3: z of the position is '-Inf', expected a finite number"},
    {EQF_ERROR_NOT_FINITE, "1\nc\nC 0 0 1e999\n", "t.xyz:3: z of the position is '1e999', expected a finite number"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":force:R:3\nC 0 0 0 1 x 1\n",
     "t.xyz:3: y of the force is 'x', expected a number"},
    {EQF_ERROR_NOT_FINITE, "1\n" PROPERTIES ":forces:R:3\nC 0 0 0 1 1 NaN\n",
     "t.xyz:3: z of the force is 'NaN', expected a finite number"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":tags:I:1\nC 0 0 0 1.5\n", "t.xyz:3: the tag is '1.5', expected an integer"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":tags:I:1\nC 0 0 0 2147483648\n",
     "t.xyz:3: the tag is '2147483648', expected an integer"},
    {EQF_ERROR_PARSE, "1\nProperties=pos:R:3\n0 0 0\n",
     "t.xyz:2: Properties has no species, expected a column 'species'"},
    {EQF_ERROR_PARSE, "1\nProperties=species:S:1\nC\n",
     "t.xyz:2: Properties has no positions, expected a column 'pos'"},
    {EQF_ERROR_PARSE, "1\nProperties=species:S:1:pos:R:2\nC 0 0\n",
     "t.xyz:2: Properties has pos:R:2, expected pos:R:3"},
    {EQF_ERROR_PARSE, "1\nProperties=species:S:1:pos:S:3\nC 0 0 0\n",
     "t.xyz:2: Properties has pos:S:3, expected pos:R:3"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":pos:R:3\nC 0 0 0 0 0 0\n", "t.xyz:2: Properties has two columns 'pos'"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":forces\nC 0 0 0\n",
     "t.xyz:2: Properties has 'forces', expected NAME:TYPE:WIDTH with a type S, R, I or L and a width of 1 or more"},
    {EQF_ERROR_PARSE, "1\nProperties=species:S:0:pos:R:3\nC 0 0 0\n",
     "t.xyz:2: Properties has 'species:S:0:pos:R:3', expected NAME:TYPE:WIDTH with a type S, R, I or L and a width of "
     "1 or more"},
    {EQF_ERROR_PARSE, "1\nProperties=\nC 0 0 0\n",
     "t.xyz:2: Properties has '', expected NAME:TYPE:WIDTH with a type S, R, I or L and a width of 1 or more"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":x:Q:1\nC 0 0 0 0\n",
     "t.xyz:2: Properties has 'x:Q:1', expected NAME:TYPE:WIDTH with a type S, R, I or L and a width of 1 or more"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES ":x:R:999999\nC 0 0 0 0\n",
     "t.xyz:2: Properties has 1000003 columns, expected 1000000 at most"},
    {EQF_ERROR_PARSE, "1\nLattice=\"1 0 0 0 1 0 0 0\"\nC 0 0 0\n",
     "t.xyz:2: Lattice is '1 0 0 0 1 0 0 0', expected 9 numbers"},
    {EQF_ERROR_PARSE, "1\nLattice=\"1 0 0 0 1 0 0 0 x\"\nC 0 0 0\n",
     "t.xyz:2: Lattice is '1 0 0 0 1 0 0 0 x', expected 9 numbers"},
    {EQF_ERROR_NOT_FINITE, "1\nLattice=\"1 0 0 0 inf 0 0 0 1\"\nC 0 0 0\n",
     "t.xyz:2: Lattice is '1 0 0 0 inf 0 0 0 1', expected 9 numbers, all finite"},
    {EQF_ERROR_PARSE, "1\n" CELL "pbc=\"T F\"\nC 0 0 0\n", "t.xyz:2: pbc is 'T F', expected three of T and F"},
    {EQF_ERROR_PARSE, "1\n" CELL "pbc=\"T F maybe\"\nC 0 0 0\n",
     "t.xyz:2: pbc is 'T F maybe', expected three of T and F"},
    {EQF_ERROR_PARSE, "1\npbc=\"F T F\"\nC 0 0 0\n", "t.xyz:2: pbc is 'F T F' without a Lattice, expected F F F"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES " energy=low\nC 0 0 0\n", "t.xyz:2: energy is 'low', expected a number"},
    {EQF_ERROR_PARSE, "1\n" PROPERTIES " u0=\"1 2\"\nC 0 0 0\n", "t.xyz:2: u0 is '1 2', expected a number"},
    {EQF_ERROR_NOT_FINITE, "1\n" PROPERTIES " energy=nan\nC 0 0 0\n",
     "t.xyz:2: energy is 'nan', expected a number, all finite"},
    {EQF_ERROR_PARSE, "1\n" CELL "stress=\"1 2 3\"\nC 0 0 0\n", "t.xyz:2: stress is '1 2 3', expected 9 or 6 numbers"},
    {EQF_ERROR_PARSE, "1\n" CELL "virial=\"1 2 3 4 5 6 7\"\nC 0 0 0\n",
     "t.xyz:2: virial is '1 2 3 4 5 6 7', expected 9 or 6 numbers"},
    {EQF_ERROR_PARSE, "1\nname=\"open " PROPERTIES "\nC 0 0 0\n",
     "t.xyz:2: the comment has a quote or bracket that is not closed: name=\"open Properties=species:S:1:pos:R:3"},
};

/* Reads frames until one fails or the file ends. */
static eqf_status read_all(eqf_context *context, eqf_frames *frames)
{
    eqf_structure frame = EQF_STRUCTURE_INIT, before;
    eqf_status status;
    do {
        before = frame;
        status = eqf_frames_next(context, frames, &frame);
    } while (status == EQF_OK);
    assert_memory_equal(&frame, &before, sizeof frame);
    return status;
}

static void test_refusals(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        size_t length = (size_t)snprintf(text, sizeof text, "%s", cases[i].text);
        eqf_frames *frames;
        TEST_OK(context, eqf_frames_open_memory(context, text, length, "t.xyz", NULL, &frames));
        /* The second call answers as the first did. */
        for (int call = 0; call < 2; call++) {
            eqf_status status = read_all(context, frames);
            if (status != cases[i].status || strcmp(eqf_context_message(context), cases[i].message) != 0)
                fail_msg("%s\nis %s: %s\nexpected %s: %s", cases[i].text, eqf_status_string(status),
                         eqf_context_message(context), eqf_status_string(cases[i].status), cases[i].message);
        }
        eqf_frames_close(frames);
    }
    test_context_free(context, &memory);
}

static void test_text_after_failure(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    const char *text = "1\na=1\nC 0 0 0\n1\na=2\nC 0 0 x\n";
    eqf_frames *frames;
    eqf_structure frame = EQF_STRUCTURE_INIT;
    TEST_OK(context, eqf_frames_open_memory(context, text, strlen(text), "t.xyz", NULL, &frames));
    TEST_OK(context, eqf_frames_next(context, frames, &frame));
    assert_string_equal(eqf_frames_text(frames, "a"), "1");
    TEST_FAILS(context, EQF_ERROR_PARSE, "t.xyz:6: z of the position", eqf_frames_next(context, frames, &frame));
    assert_null(eqf_frames_text(frames, "a"));
    eqf_frames_close(frames);
    test_context_free(context, &memory);
}

static void test_named_quantities(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_frames_options options = EQF_FRAMES_OPTIONS_INIT;
    options.energy_key = "E";
    const char *text = "1\nE=high\nC 0 0 0\n";
    eqf_frames *frames;
    TEST_OK(context, eqf_frames_open_memory(context, text, strlen(text), "t.xyz", &options, &frames));
    assert_int_equal(read_all(context, frames), EQF_ERROR_PARSE);
    assert_string_equal(eqf_context_message(context), "t.xyz:2: E is 'high', expected a number");
    eqf_frames_close(frames);
    test_context_free(context, &memory);
}

static void test_missing_file(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_frames *frames = NULL;
    TEST_FAILS(context, EQF_ERROR_IO, "cannot open /nowhere/x.xyz: No such file",
               eqf_frames_open(context, "/nowhere/x.xyz", NULL, &frames));
    TEST_FAILS(context, EQF_ERROR_IO, "cannot read /tmp: it is a directory",
               eqf_frames_open(context, "/tmp", NULL, &frames));
    assert_null(frames);
    eqf_frames_close(NULL);
    test_context_free(context, &memory);
}

typedef struct source {
    const char *path; /* NULL: memory */
    const char *text;
    size_t length;
} source;

static eqf_status read_source(eqf_context *context, void *argument)
{
    const source *from = argument;
    eqf_frames_options options = EQF_FRAMES_OPTIONS_INIT;
    options.energy_key = "E";
    options.forces_key = "f";
    eqf_frames *frames = NULL;
    eqf_status status = from->path != NULL
                            ? eqf_frames_open(context, from->path, &options, &frames)
                            : eqf_frames_open_memory(context, from->text, from->length, "memory", &options, &frames);
    if (status == EQF_OK)
        status = read_all(context, frames);
    else
        assert_null(frames);
    /* Lack of memory is final, too. */
    if (frames != NULL && status != EQF_END) assert_int_equal(read_all(context, frames), status);
    eqf_frames_close(frames);
    return status == EQF_END ? EQF_OK : status;
}

static void test_memory(void **state)
{
    (void)state;
    enum { ATOMS = 40, KEYS = 40, PADDING = 70000, SIZE = PADDING + 8192 };
    char *text = malloc(SIZE);
    size_t n = (size_t)snprintf(text, SIZE, "%d\n" PROPERTIES ":f:R:3:tags:I:1 E=1 ", ATOMS);
    for (int i = 0; i < KEYS; i++) n += (size_t)snprintf(text + n, SIZE - n, "k%d=v ", i);
    n += (size_t)snprintf(text + n, SIZE - n, "\n");
    for (int i = 0; i < ATOMS; i++) n += (size_t)snprintf(text + n, SIZE - n, "H %d 0 0 1 2 3 4\n", i);
    n += (size_t)snprintf(text + n, SIZE - n, "1\n%*s\nH 0 0 0\n", PADDING, "");
    source from = {NULL, text, n};
    test_every_allocation(read_source, &from);

    char path[] = "/tmp/equiformer-test-XXXXXX";
    int descriptor = mkstemp(path);
    assert_int_equal(write(descriptor, text, n), n);
    close(descriptor);
    from.path = path;
    test_every_allocation(read_source, &from);
    unlink(path);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),         cmocka_unit_test(test_text_after_failure),
        cmocka_unit_test(test_named_quantities), cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
