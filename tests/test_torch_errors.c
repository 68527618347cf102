/* Refusals of checkpoints of PyTorch, each of which names the file and the tensor, or the byte of its pickle.
 * SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "io/torch.h"
#include "support/checkpoint.h"

static test_allocator memory;
static eqf_context *context;
static test_bytes pickle, archive;
static eqfi_torch *opened;

static int set_up(void **state)
{
    (void)state;
    context = test_context(&memory);
    opened = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eqfi_torch_close(opened);
    test_release(&pickle);
    test_release(&archive);
    test_context_free(context, &memory);
    return 0;
}

static void put(const char *text) { test_put_text(&pickle, text); }

static void put_word(const char *text) { test_put_word(&pickle, text); }

static void put_tensor(const test_tensor *t) { test_put_tensor(&pickle, t); }

static void put_state(int n, const test_tensor *tensors) { test_put_state(&pickle, n, tensors); }

static void make(void) { test_checkpoint(&archive, &pickle); }

static void begin(void)
{
    pickle.length = 0;
    test_put(&pickle, "\x80\x02", 2);
}

static eqf_status open_again(void)
{
    eqfi_torch_close(opened);
    opened = NULL;
    return eqfi_torch_open_memory(context, archive.bytes, archive.length, "c.pt", &opened);
}

static eqf_status open_and_load(void)
{
    eqf_status status = open_again();
    for (int i = 0; status == EQF_OK && i < eqfi_torch_count(opened); i++) status = eqfi_torch_load(context, opened, i);
    return status;
}

static const test_tensor plain = {"a", "FloatStorage", "0", 12, 0, 2, {3, 4}, {4, 1}};

static void refuse_tensor(const test_tensor *t, const char *message)
{
    begin();
    put_state(1, t);
    make();
    TEST_FAILS(context, EQF_ERROR_FORMAT, message, open_and_load());
    assert_non_null(strstr(eqf_context_message(context), "c.pt"));
}

static void test_bad_tensors(void **state)
{
    (void)state;
    static const struct {
        test_tensor t;
        const char *message;
    } cases[] = {
        {{"a", "FloatStorage", "0", 12, 1, 2, {3, 4}, {4, 1}}, "reaches beyond the 12 elements of its storage"},
        {{"a", "FloatStorage", "0", 12, 0, 2, {3, 4}, {5, 1}}, "reaches beyond the 12 elements"},
        {{"a", "FloatStorage", "0", 12, 12, 1, {1}, {1}}, "reaches beyond"},
        {{"a", "FloatStorage", "0", 12, 13, 1, {0}, {1}}, "reaches beyond"},
        {{"a", "FloatStorage", "0", 12, 0, 2, {2, 2}, {INT64_MAX, INT64_MAX}}, "reaches beyond"},
        {{"a", "FloatStorage", "0", 12, INT64_MAX, 1, {2}, {INT64_MAX}}, "reaches beyond"},
        {{"a", "FloatStorage", "0", 12, 0, 2, {INT64_MAX, INT64_MAX}, {0, 0}}, "reaches beyond"},
        {{"a", "FloatStorage", "0", 12, -1, 1, {1}, {1}}, "does not begin at a whole number"},
        {{"a", "FloatStorage", "0", 12, 0, 1, {-1}, {1}}, "has a shape that is no tuple"},
        {{"a", "FloatStorage", "0", 12, 0, 1, {1}, {-1}}, "has strides that are not"},
        {{"a", "FloatStorage", "0", -1, 0, 1, {1}, {1}}, "has no storage"},
        {{"a", "ComplexFloatStorage", "0", 12, 0, 1, {1}, {1}}, "has as storage a torch.ComplexFloatStorage"},
        {{"a", "FloatStorage", "1", 12, 0, 1, {1}, {1}}, "needs the member x/data/1, which is missing"},
        {{"a", "FloatStorage", "../data/0", 12, 0, 1, {1}, {1}}, "which is missing"},
        {{"a", "FloatStorage", "0", 11, 0, 1, {1}, {1}}, "member 'x/data/0' has 48 bytes, expected 44 at most"},
        {{"a", "FloatStorage", "0", 13, 0, 1, {1}, {1}}, "has 48 bytes, expected 52 for 13 F32"},
        {{"a", "FloatStorage", "0", 1 << 20, 0, 1, {1}, {1}}, "which is out of proportion"},
        {{"", "FloatStorage", "0", 12, 0, 1, {1}, {1}}, "'' is no name of a tensor"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) refuse_tensor(&cases[i].t, cases[i].message);
    const test_tensor other[] = {plain, {"b", "DoubleStorage", "0", 6, 0, 1, {1}, {1}}};
    begin();
    put_state(2, other);
    make();
    TEST_FAILS(context, EQF_ERROR_FORMAT, "the tensor b shares its storage with another one", open_and_load());
}

static void refuse_pickle(const char *bytes, size_t length, const char *message)
{
    begin();
    test_put(&pickle, bytes, length);
    make();
    TEST_FAILS(context, EQF_ERROR_FORMAT, message, open_again());
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static void test_bad_pickles(void **state)
{
    (void)state;
    refuse_pickle(BYTES("}."), "c.pt: x/data.pkl: it holds a dict, expected a dict of tensors by name");
    refuse_pickle(BYTES("N."), "it holds None, expected a dict of tensors by name, or one under 'state_dict'");
    refuse_pickle(BYTES("cmodels\nNet\n)\x81."), "it holds a models.Net, expected");
    refuse_pickle(BYTES("}q\x00U\x05modelh\x00s."), "it holds a dict");
    refuse_pickle(BYTES("i."), "c.pt: x/data.pkl: byte 2: the pickle has the opcode 0x69");
    begin();
    put("}(");
    put_word("a");
    put_tensor(&plain);
    put("K\x01N");
    put("u");
    make();
    TEST_FAILS(context, EQF_ERROR_FORMAT, "a key of the state dict is no text", open_again());
    begin();
    put("}(");
    put_word("a");
    put_tensor(&plain);
    put_word("b");
    put("cos\nsystem\n");
    put_word("id");
    put("\x85Ru");
    make();
    TEST_FAILS(context, EQF_ERROR_FORMAT, "the tensor b is a os.system, expected a tensor made by", open_again());
    begin();
    put("}");
    put_word("a");
    put("ctorch._utils\n_rebuild_tensor_v2\n)Rs");
    make();
    TEST_FAILS(context, EQF_ERROR_FORMAT, "the tensor a lacks some of storage", open_again());
}

static void test_bad_archives(void **state)
{
    (void)state;
    const test_member none[] = {test_stored("data.pkl", "N.", 2)},
                      two[] = {test_stored("x/data.pkl", "N.", 2), test_stored("y/data.pkl", "N.", 2)},
                      absolute[] = {test_stored("/data.pkl", "N.", 2)};
    test_zip(&archive, 1, none);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "c.pt: it is no checkpoint of PyTorch", open_again());
    test_zip(&archive, 2, two);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "it has two members data.pkl, 'x/data.pkl' and 'y/data.pkl'", open_again());
    test_zip(&archive, 1, absolute);
    TEST_FAILS(context, EQF_ERROR_FORMAT, "a member is called '/data.pkl'", open_again());
}

/* Cut anywhere, or with any byte changed: refused or read, and nothing else. */
static void test_damage(void **state)
{
    (void)state;
    begin();
    put_state(1, &plain);
    make();
    size_t whole = archive.length;
    for (archive.length = 0; archive.length < whole; archive.length++) {
        eqf_status status = open_and_load();
        assert_true(status != EQF_OK && status != EQF_ERROR_MEMORY);
    }
    for (size_t i = 0; i < whole; i++)
        for (int bit = 0; bit < 8; bit++) {
            archive.bytes[i] ^= (unsigned char)(1 << bit);
            assert_true(open_and_load() != EQF_ERROR_MEMORY);
            archive.bytes[i] ^= (unsigned char)(1 << bit);
        }
    /* Checksums hide most of what the pickle could do: change it before it is packed, too. */
    test_bytes kept = pickle;
    pickle = (test_bytes){NULL, 0, 0};
    for (size_t i = 0; i < kept.length; i++)
        for (int bit = 0; bit < 8; bit++) {
            pickle.length = 0;
            test_put(&pickle, kept.bytes, kept.length - 1);
            pickle.bytes[i < pickle.length ? i : 0] ^= (unsigned char)(1 << bit);
            make();
            assert_true(open_and_load() != EQF_ERROR_MEMORY);
        }
    test_release(&kept);
}

static void test_without_libzip(void **state)
{
    (void)state;
    begin();
    put_state(1, &plain);
    make();
    TEST_FAILS(context, EQF_ERROR_UNSUPPORTED, "c.pt: zip archives (npz, PyTorch checkpoints) need libzip",
               open_again());
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {CASE(test_without_libzip), CASE(test_bad_tensors), CASE(test_bad_pickles),
                                              CASE(test_bad_archives), CASE(test_damage)};
    return test_run_archives("torch_errors", tests, sizeof tests / sizeof *tests);
}
