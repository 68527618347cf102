/* Golden cases of tensor products: the instructions that are listed, and builders that must find the same ones.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEPTHWISE, FULLY_CONNECTED, GENERAL };

static const char *const modes[] = {
    [EQF_UVW] = "uvw", [EQF_UVU] = "uvu", [EQF_UVV] = "uvv", [EQF_UUW] = "uuw", [EQF_UUU] = "uuu", [EQF_UVUV] = "uvuv"};

static int index_of(const char *name, int n, const char *const *names)
{
    for (int i = 0; i < n && name != NULL; i++)
        if (strcmp(name, names[i]) == 0) return i;
    return -1;
}

static int integer(golden_case *c, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value)) golden_fail(c, "an instruction has no integer %s", key);
    return (int)json_integer_value(value);
}

/* Instructions of the configuration, owned by the case. */
static eqf_instruction *listed_instructions(golden_case *c, int *n)
{
    const json_t *list = json_object_get(c->config, "instructions");
    *n = (int)json_array_size(list);
    if (!json_is_array(list)) golden_fail(c, "the configuration has no list of instructions");
    eqf_instruction *instructions =
        (eqf_instruction *)golden_doubles(c, (int64_t)(*n * (int)(sizeof *instructions / sizeof(double) + 1)));
    for (int i = 0; i < *n && golden_good(c); i++) {
        const json_t *entry = json_array_get(list, (size_t)i);
        const char *mode = json_string_value(json_object_get(entry, "mode"));
        int known = index_of(mode, sizeof modes / sizeof *modes, modes);
        if (known < 0) golden_fail(c, "instruction %d has the mode %s", i, mode == NULL ? "none" : mode);
        instructions[i] = (eqf_instruction){.in1 = integer(c, entry, "i_in1"),
                                            .in2 = integer(c, entry, "i_in2"),
                                            .out = integer(c, entry, "i_out"),
                                            .mode = known < 0 ? EQF_UVW : (eqf_tp_mode)known,
                                            .has_weight = json_is_true(json_object_get(entry, "has_weight"))};
    }
    return instructions;
}

static bool same_instruction(const eqf_instruction *a, const eqf_instruction *b)
{
    return a->in1 == b->in1 && a->in2 == b->in2 && a->out == b->out && a->mode == b->mode &&
           !a->has_weight == !b->has_weight;
}

/* Elements of the weights of all instructions as listed. */
static int64_t listed_weights(const json_t *list)
{
    int64_t sum = 0;
    size_t i, d;
    const json_t *entry, *size;
    json_array_foreach((json_t *)(uintptr_t)list, i, entry)
    {
        int64_t product = 1;
        if (!json_is_true(json_object_get(entry, "has_weight"))) continue;
        json_array_foreach(json_object_get(entry, "path_shape"), d, size) product *= json_integer_value(size);
        sum += product;
    }
    return sum;
}

/* Instructions, factors and number of weights are the listed ones. */
static void check_module(golden_case *c, const char *how, const eqf_module *module, int n,
                         const eqf_instruction *instructions)
{
    if (!golden_good(c)) return;
    const json_t *list = json_object_get(c->config, "instructions");
    int own = eqf_tensor_product_instructions(module);
    GOLDEN_EXPECT(c, own == n, "%s: %d instructions, expected %d", how, own, n);
    for (int i = 0; i < n && golden_good(c); i++) {
        eqf_instruction found;
        double factor, given = json_number_value(json_object_get(json_array_get(list, (size_t)i), "path_weight"));
        if (!GOLDEN_TRY(c, eqf_tensor_product_instruction(c->context, module, i, &found, &factor))) return;
        GOLDEN_EXPECT(c, same_instruction(&found, &instructions[i]), "%s: instruction %d is (%d,%d,%d,%s,%d)", how, i,
                      found.in1, found.in2, found.out, modes[found.mode], found.has_weight);
        GOLDEN_EXPECT(c, fabs(factor - given) <= 1e-14 * given,
                      "%s: the factor of instruction %d is %.17g, expected %.17g", how, i, factor, given);
    }
    long long weights = eqf_tensor_product_weights(module), given = golden_int(c, "weight_numel");
    GOLDEN_EXPECT(c, weights == given, "%s: %lld weights, expected %lld", how, weights, given);
    GOLDEN_EXPECT(c, weights == listed_weights(list), "%s: %lld weights, paths have %lld", how, weights,
                  (long long)listed_weights(list));
}

static eqf_tensor_product_options read_options(golden_case *c)
{
    static const char *const irrep_names[] = {[EQF_IRREP_COMPONENT] = "component", [EQF_IRREP_NORM] = "norm"};
    static const char *const path_names[] = {
        [EQF_PATH_NONE] = "none", [EQF_PATH_ELEMENT] = "element", [EQF_PATH_PATH] = "path"};
    eqf_tensor_product_options options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    const char *irrep = golden_text(c, "irrep_normalization"), *path = golden_text(c, "path_normalization");
    int known_irrep = index_of(irrep, 2, irrep_names), known_path = index_of(path, 3, path_names);
    if (known_irrep < 0) golden_fail(c, "irrep_normalization %s is not known", irrep);
    if (known_path < 0) golden_fail(c, "path_normalization %s is not known", path);
    options.irrep_normalization = known_irrep < 0 ? EQF_IRREP_COMPONENT : (eqf_irrep_normalization)known_irrep;
    options.path_normalization = known_path < 0 ? EQF_PATH_NONE : (eqf_path_normalization)known_path;
    options.convention = c->file->convention;
    return options;
}

/* "depthwise(IN | SH -> WANTED)" leaves WANTED in wanted. */
static int kind_of(golden_case *c, char wanted[GOLDEN_NAME_SIZE])
{
    const char *kind = golden_text(c, "kind"), *arrow = kind == NULL ? NULL : strstr(kind, "->");
    if (kind == NULL) return -1;
    if (strcmp(kind, "fully connected") == 0) return FULLY_CONNECTED;
    if (index_of(kind, sizeof modes / sizeof *modes, modes) >= 0) return GENERAL;
    if (strncmp(kind, "depthwise(", 10) == 0 && arrow != NULL && kind[strlen(kind) - 1] == ')') {
        snprintf(wanted, GOLDEN_NAME_SIZE, "%.*s", (int)strlen(arrow) - 3, arrow + 2);
        return DEPTHWISE;
    }
    golden_fail(c, "the kind %s is not known", kind);
    return -1;
}

/* The same product by a builder. */
static eqf_module *build(golden_case *c, int kind, const char *wanted, const eqf_irreps *in1, const eqf_irreps *in2,
                         const eqf_irreps *out, const eqf_tensor_product_options *options)
{
    eqf_module *module = NULL;
    if (kind == DEPTHWISE) {
        eqf_irreps *irreps = golden_irreps_of(c, wanted);
        if (GOLDEN_TRY(c, eqf_depthwise_create(c->context, in1, in2, irreps, options, &module)))
            golden_expect_irreps(c, "the output of the depthwise product", eqf_module_irreps_out(module),
                                 golden_text(c, "irreps_out"));
    } else if (kind == FULLY_CONNECTED) {
        GOLDEN_TRY(c, eqf_fully_connected_create(c->context, in1, in2, out, options, &module));
    }
    return module;
}

void golden_tensor_product(golden_case *c)
{
    char wanted[GOLDEN_NAME_SIZE] = "";
    int n, kind = kind_of(c, wanted);
    eqf_irreps *in1 = golden_irreps(c, "irreps_in1"), *in2 = golden_irreps(c, "irreps_in2");
    eqf_irreps *out = golden_irreps(c, "irreps_out");
    eqf_instruction *instructions = listed_instructions(c, &n);
    eqf_tensor_product_options options = read_options(c);
    const char *rows = golden_flag(c, "shared_weights") ? "aa1" : "aaa";
    if (golden_has(c, "weight_numel") && golden_int(c, "weight_numel") == 0) rows = "aa";
    eqf_module *listed = NULL, *built = NULL;
    if (GOLDEN_TRY(c, eqf_tensor_product_create(c->context, in1, in2, out, n, instructions, &options, &listed))) {
        check_module(c, "listed", listed, n, instructions);
        golden_function(c, listed, rows);
        if (kind != GENERAL) built = build(c, kind, wanted, in1, in2, out, &options);
    }
    if (built != NULL) {
        check_module(c, "built", built, n, instructions);
        golden_function(c, built, rows);
    }
    eqf_module_free(listed);
    eqf_module_free(built);
}
