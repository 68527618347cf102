/* Model files: what is written is read again bit by bit; what is wrong in a file is named.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

#include <sys/stat.h>
#include <unistd.h>

#include "io/safetensors.h"

enum { ARRAYS_MAX = 256 };

/* A model file taken apart, to be written with something changed. */
typedef struct parts {
    test_allocator memory;
    eqf_context *context;
    char path[64], other[64];
    eqfi_safetensors *file;
    int n, n_metadata;
    eqfi_array arrays[ARRAYS_MAX];
    const char *keys[4], *values[4];
} parts;

static void begin(parts *p)
{
    memset(p, 0, sizeof *p);
    p->context = test_context(&p->memory);
    snprintf(p->path, sizeof p->path, "/tmp/equiformer-test-%d.safetensors", (int)getpid());
    snprintf(p->other, sizeof p->other, "/tmp/equiformer-test-%d-changed.safetensors", (int)getpid());
    eqf_model *model = model_small(p->context, MODEL_EXP, EQF_FLOAT32, 5);
    TEST_OK(p->context, eqf_model_save(p->context, model, p->path));
    eqf_model_free(model);
    TEST_OK(p->context, eqfi_safetensors_open(p->context, p->path, &p->file));
    p->n = eqfi_safetensors_count(p->file);
    assert_in_range(p->n, 40, ARRAYS_MAX - 2);
    for (int i = 0; i < p->n; i++) p->arrays[i] = *eqfi_safetensors_at(p->file, i);
    static const char *const keys[] = {"format", "format_version", "config"};
    for (int i = 0; i < 3; i++) {
        p->keys[p->n_metadata] = keys[i];
        p->values[p->n_metadata++] = eqfi_safetensors_metadata(p->file, keys[i]);
        assert_non_null(p->values[i]);
    }
}

static void finish(parts *p)
{
    eqfi_safetensors_close(p->file);
    unlink(p->path);
    unlink(p->other);
    test_context_free(p->context, &p->memory);
}

static eqfi_array *array_of(parts *p, const char *name)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->arrays[i].name, name) == 0) return &p->arrays[i];
    fail_msg("the file has no tensor %s", name);
    return NULL;
}

/* The changed file is refused with these words, and with its name. */
static void refuse(parts *p, eqf_status status, const char *message)
{
    eqf_model *model = NULL;
    TEST_OK(p->context,
            eqfi_safetensors_write(p->context, p->other, p->n, p->arrays, p->n_metadata, p->keys, p->values));
    TEST_FAILS(p->context, status, message, eqf_model_load(p->context, p->other, &model));
    assert_non_null(strstr(eqf_context_message(p->context), p->other));
    assert_null(model);
}

/* ---------------------------------------------------------------------------------------------------- round trip -- */

static void same_parameters(eqf_context *context, const eqf_parameters *a, const eqf_parameters *b)
{
    assert_int_equal(eqf_parameters_precision(a), eqf_parameters_precision(b));
    assert_int_equal(eqf_parameters_arrays(a), eqf_parameters_arrays(b));
    for (int i = 0; i < eqf_parameters_arrays(a); i++) {
        eqf_parameter_info ia, ib;
        TEST_OK(context, eqf_parameters_info(context, a, i, &ia));
        int at = eqf_parameters_find(b, ia.name);
        assert_true(at >= 0);
        TEST_OK(context, eqf_parameters_info(context, b, at, &ib));
        assert_int_equal(ia.ndim, ib.ndim);
        assert_int_equal(ia.flags, ib.flags);
        assert_memory_equal(ia.shape, ib.shape, (size_t)ia.ndim * sizeof ia.shape[0]);
        size_t bytes = (size_t)ia.count * sizeof(double);
        double *va = malloc(bytes + 1), *vb = malloc(bytes + 1);
        assert_true(va != NULL && vb != NULL);
        TEST_OK(context, eqf_parameters_get(context, a, i, va));
        TEST_OK(context, eqf_parameters_get(context, b, at, vb));
        assert_memory_equal(va, vb, bytes);
        free(va);
        free(vb);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    parts p;
    begin(&p);
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            eqf_model *model = model_small(p.context, (model_kind)kind, (eqf_precision)precision, 5), *read = NULL;
            TEST_OK(p.context, eqf_model_save(p.context, model, p.other));
            TEST_OK(p.context, eqf_model_load(p.context, p.other, &read));
            same_parameters(p.context, eqf_model_parameters(model), eqf_model_parameters(read));
            char *before = NULL, *after = NULL;
            TEST_OK(p.context, eqf_config_format(p.context, eqf_model_config(model), &before));
            TEST_OK(p.context, eqf_config_format(p.context, eqf_model_config(read), &after));
            assert_string_equal(before, after);
            eqf_calculator *first = NULL, *second = NULL;
            TEST_OK(p.context, eqf_calculator_create(p.context, model, EQF_FLOAT64, &first));
            TEST_OK(p.context, eqf_calculator_create(p.context, read, EQF_FLOAT64, &second));
            model_system s = model_molecule(9, 1);
            model_result a = model_compute(p.context, first, &s), b = model_compute(p.context, second, &s);
            assert_memory_equal(&a, &b, sizeof a);
            eqf_calculator_free(first);
            eqf_calculator_free(second);
            eqf_text_free(p.context, before);
            eqf_text_free(p.context, after);
            eqf_model_free(model);
            eqf_model_free(read);
        }
    }
    finish(&p);
}

/* Tensors that published checkpoints hold besides parameters, and other types of numbers. */
static void test_foreign_tensors(void **state)
{
    (void)state;
    static const float ones[27] = {1};
    static const uint16_t half = 0x3C00; /* 1 */
    parts p;
    begin(&p);
    p.arrays[p.n++] = (eqfi_array){"blocks.0.ga.sep_act.dtp.tp.weight", EQFI_DTYPE_F32, 1, {0}, 0, ones};
    p.arrays[p.n++] = (eqfi_array){"blocks.0.ga.proj.tp.output_mask", EQFI_DTYPE_F32, 1, {27}, 27, ones};
    eqfi_array *bias = array_of(&p, "head.2.bias.0");
    *bias = (eqfi_array){bias->name, EQFI_DTYPE_F16, 1, {1}, 1, &half};
    eqf_model *model = NULL;
    TEST_OK(p.context, eqfi_safetensors_write(p.context, p.other, p.n, p.arrays, p.n_metadata, p.keys, p.values));
    TEST_OK(p.context, eqf_model_load(p.context, p.other, &model));
    const eqf_parameters *parameters = eqf_model_parameters(model);
    double value;
    TEST_OK(p.context,
            eqf_parameters_get(p.context, parameters, eqf_parameters_find(parameters, "head.2.bias.0"), &value));
    assert_close(value, 1, 0);
    eqf_model_free(model);
    finish(&p);
}

/* -------------------------------------------------------------------------------------------------------- errors -- */

static void test_wrong_tensors(void **state)
{
    (void)state;
    static const float numbers[8] = {1, 2, 3, NAN, 5, 6, 7, 8}, infinite[1] = {INFINITY};
    static const int32_t integer = 3;
    parts p;
    begin(&p);
    eqfi_array *alpha = array_of(&p, "blocks.1.ga.alpha_dot"), kept = *alpha, last = p.arrays[p.n - 1];
    char text[160];

    p.n--;
    snprintf(text, sizeof text, "the tensor %s is missing", last.name);
    refuse(&p, EQF_ERROR_NOT_FOUND, text);
    p.arrays[p.n++] = last;

    p.arrays[p.n++] = (eqfi_array){"blocks.2.ga.alpha_dot", EQFI_DTYPE_F32, 3, {1, 2, 4}, 8, numbers};
    refuse(&p, EQF_ERROR_FORMAT, "the tensor blocks.2.ga.alpha_dot is superfluous");
    p.n--;

    alpha->shape[1] = 4;
    alpha->shape[2] = 2;
    refuse(&p, EQF_ERROR_SHAPE, "the tensor blocks.1.ga.alpha_dot has shape [1,4,2], expected [1,2,4]");
    *alpha = (eqfi_array){alpha->name, EQFI_DTYPE_F32, 1, {8}, 8, kept.data};
    refuse(&p, EQF_ERROR_SHAPE, "the tensor blocks.1.ga.alpha_dot has shape [8], expected [1,2,4]");
    *alpha = kept;
    alpha->data = numbers;
    refuse(&p, EQF_ERROR_NOT_FINITE, "element 3 of the tensor blocks.1.ga.alpha_dot is not a finite number");
    *alpha = kept;
    eqfi_array *bias = array_of(&p, "head.2.bias.0");
    kept = *bias;
    bias->data = infinite;
    refuse(&p, EQF_ERROR_NOT_FINITE, "element 0 of the tensor head.2.bias.0 is not a finite number");
    bias->dtype = EQFI_DTYPE_I32;
    bias->data = &integer;
    refuse(&p, EQF_ERROR_FORMAT, "the tensor head.2.bias.0 is I32, expected F32 or F64");
    *bias = kept;
    finish(&p);
}

static void test_wrong_metadata(void **state)
{
    (void)state;
    parts p;
    begin(&p);
    const char *config = p.values[2];
    p.values[0] = "pt";
    refuse(&p, EQF_ERROR_FORMAT, "the metadata key format is pt, expected equiformer-model");
    p.values[0] = "equiformer-model";
    p.values[1] = "2";
    refuse(&p, EQF_ERROR_UNSUPPORTED, "the metadata key format_version is 2, expected 1");
    p.values[1] = "1";
    p.values[2] = "{\"num_layers\": 2";
    refuse(&p, EQF_ERROR_PARSE, "a model configuration: line 1");
    p.values[2] = "{\"preset\": \"graph_attention_transformer_nonlinear_exp_l3_md17\"}";
    refuse(&p, EQF_ERROR_SHAPE, "the tensor atom_embed.atom_type_lin.tp.weight has shape [512], expected [8192]");
    p.values[2] = "{\"preset\": \"graph_attention_transformer_nonlinear_exp_l3_md17\", \"num_layers\": 100000}";
    refuse(&p, EQF_ERROR_FORMAT, "num_layers is 100000, but there are only");
    p.values[2] = "{\"preset\": \"nothing\"}";
    refuse(&p, EQF_ERROR_NOT_FOUND, "unknown preset nothing");
    p.n_metadata = 2;
    refuse(&p, EQF_ERROR_FORMAT, "the metadata key config is missing");
    p.values[2] = config;
    p.n_metadata = 0;
    refuse(&p, EQF_ERROR_FORMAT, "the metadata key format is missing");
    finish(&p);
}

/* A file that ends too early, wherever it is cut; no file; a directory that cannot be written to. */
static void test_truncated(void **state)
{
    (void)state;
    parts p;
    begin(&p);
    static char bytes[1 << 20];
    FILE *from = fopen(p.path, "rb");
    assert_non_null(from);
    size_t length = fread(bytes, 1, sizeof bytes, from);
    fclose(from);
    assert_in_range(length, 1000, sizeof bytes - 1);
    const size_t cuts[] = {0, 4, 8, 100, length / 2, length - 5000, length - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        eqf_model *model = NULL;
        FILE *to = fopen(p.other, "wb");
        assert_non_null(to);
        assert_int_equal(fwrite(bytes, 1, cuts[i], to), cuts[i]);
        fclose(to);
        TEST_FAILS(p.context, EQF_ERROR_FORMAT, p.other, eqf_model_load(p.context, p.other, &model));
        if (cuts[i] > length / 2 && strstr(eqf_context_message(p.context), "tensor ") == NULL)
            fail_msg("no tensor is named in: %s", eqf_context_message(p.context));
        assert_null(model);
    }
    eqf_model *model = NULL;
    TEST_FAILS(p.context, EQF_ERROR_IO, "/tmp/equiformer-no-such-file",
               eqf_model_load(p.context, "/tmp/equiformer-no-such-file", &model));
    TEST_OK(p.context, eqf_model_load(p.context, p.path, &model));
    TEST_FAILS(p.context, EQF_ERROR_IO, "/tmp/equiformer-no-such-directory/model",
               eqf_model_save(p.context, model, "/tmp/equiformer-no-such-directory/model"));
    eqf_model_free(model);
    finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_foreign_tensors),
        cmocka_unit_test(test_wrong_tensors), cmocka_unit_test(test_wrong_metadata),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
