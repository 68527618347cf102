/* Pickles: values of every opcode that is read, refusals that name opcode and byte, and what would exhaust the machine.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "io/pickle.h"
#include "support/archive.h"

static test_allocator memory;
static eqf_context *context;
static eqfi_pickle *pickle;

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    pickle = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqfi_pickle_free(pickle);
    test_context_free(context, &memory);
    return 0;
}

/* A literal without its last zero. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static const eqfi_pickle_value *parse(const char *bytes, size_t length)
{
    eqfi_pickle_free(pickle);
    pickle = NULL;
    TEST_OK(context, eqfi_pickle_parse(context, "p", bytes, length, &pickle));
    return eqfi_pickle_root(pickle);
}

static void refuse(const char *bytes, size_t length, const char *message)
{
    eqfi_pickle *none = NULL;
    TEST_FAILS(context, EQF_ERROR_FORMAT, message, eqfi_pickle_parse(context, "p", bytes, length, &none));
    assert_non_null(strstr(eqf_context_message(context), "p: byte "));
    assert_null(none);
}

/* Prints a value as Python would, calls as what they call; deep enough for these tests. */
static void print(test_bytes *to, const eqfi_pickle_value *value, int depth)
{
    static const char *const open[] = {"(", "[", "{", "{"}, *const close[] = {")", "]", "}", "}"};
    char text[EQFI_PICKLE_DESCRIPTION];
    int kind = (int)value->kind - EQFI_PICKLE_TUPLE;
    switch (value->kind) {
    case EQFI_PICKLE_BOOLEAN: test_put_text(to, value->integer ? "True" : "False"); break;
    case EQFI_PICKLE_INTEGER:
        snprintf(text, sizeof text, "%lld", (long long)value->integer), test_put_text(to, text);
        break;
    case EQFI_PICKLE_REAL: snprintf(text, sizeof text, "%g", value->real), test_put_text(to, text); break;
    case EQFI_PICKLE_TEXT:
    case EQFI_PICKLE_BYTES:
        test_put_text(to, value->kind == EQFI_PICKLE_TEXT ? "'" : "b'");
        test_put(to, value->text.begin, eqfi_slice_length(value->text));
        test_put_text(to, "'");
        break;
    case EQFI_PICKLE_TUPLE:
    case EQFI_PICKLE_LIST:
    case EQFI_PICKLE_SET:
    case EQFI_PICKLE_DICT: {
        eqfi_pickle_cursor cursor = eqfi_pickle_items(pickle, value);
        test_put_text(to, open[kind]);
        for (const eqfi_pickle_value *item; (item = eqfi_pickle_next(&cursor)) != NULL;) {
            if (depth < 5) print(to, item, depth + 1);
            test_put_text(to, ",");
        }
        test_put_text(to, close[kind]);
        break;
    }
    case EQFI_PICKLE_PERSISTENT:
        test_put_text(to, "@");
        print(to, eqfi_pickle_of(pickle, value), depth + 1);
        break;
    case EQFI_PICKLE_CALL:
        test_put_text(to, eqfi_pickle_describe(pickle, value, text) + 2);
        print(to, eqfi_pickle_arguments(pickle, value), depth + 1);
        break;
    default: test_put_text(to, eqfi_pickle_describe(pickle, value, text)); break;
    }
}

static void expect(const char *bytes, size_t length, const char *expected)
{
    test_bytes text = {NULL, 0, 0};
    print(&text, parse(bytes, length), 0);
    test_put(&text, "", 1);
    if (strcmp((const char *)text.bytes, expected) != 0)
        fail_msg("%s, expected %s", (const char *)text.bytes, expected);
    test_release(&text);
}

static void test_scalars(void **state)
{
    (void)state;
    expect(BYTES("\x80\x02N."), "None");
    expect(BYTES("\x80\x05\x95\x08\0\0\0\0\0\0\0\x88."), "True");
    expect(BYTES("\x89."), "False");
    expect(BYTES("J\xFE\xFF\xFF\xFF."), "-2");
    expect(BYTES("K\xFF."), "255");
    expect(BYTES("M\xFF\xFF."), "65535");
    expect(BYTES("\x8A\x00."), "0");
    expect(BYTES("\x8A\x01\xFF."), "-1");
    expect(BYTES("\x8A\x02\xFF\x00."), "255");
    expect(BYTES("\x8A\x08\0\0\0\0\0\0\0\x80."), "-9223372036854775808");
    expect(BYTES("\x8B\x02\0\0\0\x39\x30."), "12345");
    expect(BYTES("\x8A\x09\0\0\0\0\0\0\0\0\x01."), "a long integer");
    expect(BYTES("G\x3F\xF8\0\0\0\0\0\0."), "1.5");
    expect(BYTES("X\x03\0\0\0a\xC3\xA9."), "'a\xC3\xA9'");
    expect(BYTES("\x8C\x02hi."), "'hi'");
    expect(BYTES("\x8D\x02\0\0\0\0\0\0\0hi."), "'hi'");
    expect(BYTES("U\x02hi."), "'hi'");
    expect(BYTES("T\x02\0\0\0hi."), "'hi'");
    expect(BYTES("C\x02hi."), "b'hi'");
    expect(BYTES("B\x02\0\0\0hi."), "b'hi'");
    expect(BYTES("\x8E\x02\0\0\0\0\0\0\0hi."), "b'hi'");
    expect(BYTES("\x96\x02\0\0\0\0\0\0\0hi."), "b'hi'");
}

static void test_containers(void **state)
{
    (void)state;
    expect(BYTES(")."), "()");
    expect(BYTES("K\x01\x85."), "(1,)");
    expect(BYTES("K\x01K\x02\x86."), "(1,2,)");
    expect(BYTES("K\x01K\x02K\x03\x87."), "(1,2,3,)");
    expect(BYTES("(K\x01K\x02K\x03K\x04t."), "(1,2,3,4,)");
    expect(BYTES("]."), "[]");
    expect(BYTES("]K\x01"
                 "aK\x02"
                 "a."),
           "[1,2,]");
    expect(BYTES("](K\x01K\x02"
                 "e(e(K\x03"
                 "e."),
           "[1,2,3,]");
    expect(BYTES("(K\x01K\x02l."), "[1,2,]");
    expect(BYTES("}U\x01"
                 "aK\x01sU\x01"
                 "bK\x02s."),
           "{'a',1,'b',2,}");
    expect(BYTES("}(U\x01"
                 "aK\x01U\x01"
                 "bK\x02u."),
           "{'a',1,'b',2,}");
    expect(BYTES("(U\x01"
                 "aK\x01"
                 "d."),
           "{'a',1,}");
    expect(BYTES("\x8F(K\x01K\x02\x90."), "{1,2,}");
    expect(BYTES("(K\x01\x91."), "{1,}");
    expect(BYTES("K\x01K\x02"
                 "0."),
           "1");
    expect(BYTES("K\x01(K\x02K\x03"
                 "1."),
           "1");
    expect(BYTES("K\x01(0."), "1");
    expect(BYTES("K\x01"
                 "2\x86."),
           "(1,1,)");
}

static void test_memo(void **state)
{
    (void)state;
    expect(BYTES("K\x07q\x05K\x01h\x05\x86."), "(1,7,)");
    expect(BYTES("K\x07r\x05\0\0\0K\x01j\x05\0\0\0\x86."), "(1,7,)");
    expect(BYTES("K\x07\x94K\x08\x94h\x01h\x00\x86."), "(8,7,)");
    /* A list in itself. */
    expect(BYTES("]q\x00h\x00"
                 "a."),
           "[[[[[[,],],],],],]");
}

static void test_objects(void **state)
{
    (void)state;
    expect(BYTES("ccollections\nOrderedDict\n."), "a collections.OrderedDict");
    expect(BYTES("U\x01mU\x01n\x93."), "a m.n");
    expect(BYTES("cos\nsystem\nU\x02id\x85R."), "os.system('id',)");
    expect(BYTES("cm\nn\n)\x81."), "m.n()");
    expect(BYTES("cm\nn\n)}\x92."), "m.n()");
    expect(BYTES("cm\nn\n)R}U\x01"
                 "aK\x01sb."),
           "m.n()");
    expect(BYTES("(U\x07storagecm\nn\ntQ."), "@('storage',a m.n,)");
    const eqfi_pickle_value *call = parse(BYTES("ccollections\nOrderedDict\n)R(U\x01"
                                                "aK\x01u}b."));
    assert_true(call->keyed && call->count == 2);
    assert_true(eqfi_pickle_is_call(pickle, call, "collections", "OrderedDict"));
    assert_false(eqfi_pickle_is_call(pickle, call, "collections", "Ordered"));
    assert_false(eqfi_pickle_is_global(call, "collections", "OrderedDict"));
}

static void test_refusals(void **state)
{
    (void)state;
    refuse(BYTES(""), "byte 0: the pickle ends without STOP");
    refuse(BYTES("N"), "byte 1: the pickle ends without STOP");
    refuse(BYTES("Ni"), "byte 1: the pickle has the opcode 0x69, which no state dict needs");
    refuse(BYTES("\x82\x01."), "the opcode 0x82");
    refuse(BYTES("\x97."), "the opcode 0x97");
    refuse(BYTES("\x80\x06N."), "byte 0: PROTO is of version 6, expected 2 to 5");
    refuse(BYTES("\x80\x01N."), "PROTO is of version 1");
    refuse(BYTES("NNJ\x01\x02\x03"), "byte 2: BININT reaches beyond the end");
    refuse(BYTES("X\x05\0\0\0abcd"), "BINUNICODE reaches beyond the end");
    refuse(BYTES("\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                 "ab"),
           "BINUNICODE8 reaches beyond the end");
    refuse(BYTES("cmodule\nname"), "GLOBAL reaches beyond the end");
    refuse(BYTES("\x95\x01"), "FRAME reaches beyond the end");
    refuse(BYTES("."), "byte 0: STOP finds the stack empty");
    refuse(BYTES("N(."), "byte 2: STOP finds the stack empty");
    refuse(BYTES("0."), "POP finds the stack empty");
    refuse(BYTES("2."), "DUP finds the stack empty");
    refuse(BYTES("K\x01\x86."), "byte 2: TUPLE2 finds too little on the stack");
    refuse(BYTES("K\x01(K\x01\x86."), "TUPLE2 finds too little on the stack");
    refuse(BYTES("Nt."), "TUPLE finds no mark");
    refuse(BYTES("N1."), "POP_MARK finds no mark");
    refuse(BYTES("(NNNd."), "DICT finds a key without a value");
    refuse(BYTES("}(Nu."), "SETITEMS finds a key without a value");
    refuse(BYTES("](NNu."), "SETITEMS finds nothing that takes items");
    refuse(BYTES("}Na."), "APPEND finds nothing that takes items");
    refuse(BYTES("N(Ne."), "APPENDS finds nothing that takes items");
    refuse(BYTES("](N\x90."), "ADDITEMS finds nothing that takes items");
    refuse(BYTES("NNs."), "SETITEM finds the stack empty");
    refuse(BYTES("Ns."), "SETITEM finds too little on the stack");
    refuse(BYTES("cm\nn\n)R(NNu(Ne."), "APPENDS finds an object with items of another kind");
    refuse(BYTES("NN\x93."), "STACK_GLOBAL finds no two texts");
    refuse(BYTES("U\x01"
                 "a\x93."),
           "STACK_GLOBAL finds the stack empty");
    refuse(BYTES(")R."), "REDUCE finds the stack empty");
    refuse(BYTES("Q."), "BINPERSID finds the stack empty");
    refuse(BYTES("Nb."), "BUILD finds the stack empty");
    refuse(BYTES("h\x00."), "byte 0: BINGET finds nothing at place 0 of the memo");
    refuse(BYTES("Nq\x01h\x00."), "BINGET finds nothing at place 0 of the memo");
    refuse(BYTES("Nq\x01j\xFF\xFF\xFF\xFF."), "LONG_BINGET finds nothing at place 4294967295");
    refuse(BYTES("Nr\xFF\xFF\xFF\xFF."), "LONG_BINPUT uses place 4294967295 of the memo, expected less than 1048576");
    refuse(BYTES("\x94."), "MEMOIZE finds the stack empty");
    refuse(BYTES("q\x00."), "BINPUT finds the stack empty");
}

/* Two million times the same opcode. */
static void test_limits(void **state)
{
    (void)state;
    enum { TIMES = 2 << 20 };
    static char bytes[TIMES + 8];
    static const struct {
        const char *opcode, *message;
    } cases[] = {{"]", "EMPTY_LIST is one value too many"},
                 {"\x85", "TUPLE1 "},
                 {"(", "MARK is one mark too many"},
                 {"2", "DUP fills the stack"},
                 {"\x94", "MEMOIZE uses place 1048576 of the memo"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes[0] = 'N';
        memset(bytes + 1, cases[i].opcode[0], TIMES);
        refuse(bytes, TIMES + 1, cases[i].message);
    }
    /* Deep, but not too deep: nothing is recursive. */
    memset(bytes + 1, '\x85', 500000);
    bytes[500001] = '.';
    const eqfi_pickle_value *root = parse(bytes, 500002);
    assert_int_equal(root->kind, EQFI_PICKLE_TUPLE);
}

static eqf_status parse_and_free(eqf_context *own, void *unused)
{
    (void)unused;
    static const char bytes[] = "}q\x00(U\x01"
                                "acm\nn\n)RU\x01"
                                "b](K\x01K\x02"
                                "eU\x01"
                                "cNNN\x87r\xC8\0\0\0u.";
    eqfi_pickle *parsed = NULL;
    eqf_status status = eqfi_pickle_parse(own, "p", BYTES(bytes), &parsed);
    eqfi_pickle_free(parsed);
    return status;
}

static void test_memory(void **state)
{
    (void)state;
    test_every_allocation(parse_and_free, NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_scalars),  CASE(test_containers), CASE(test_memo),  CASE(test_objects),
                                       CASE(test_refusals), CASE(test_limits),     CASE(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
