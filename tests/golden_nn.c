/* Golden cases of point-wise modules: linear maps, norms, gates, activations, radial functions.
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include <stdio.h>
#include <string.h>

/* A bias is there if the file has one. */
static bool has_bias(golden_case *c)
{
    char prefix[GOLDEN_NAME_SIZE];
    snprintf(prefix, sizeof prefix, "%s/param/bias.", c->name);
    for (int i = 0; i < eqfi_safetensors_count(c->file->data); i++)
        if (strncmp(eqfi_safetensors_at(c->file->data, i)->name, prefix, strlen(prefix)) == 0) return true;
    return false;
}

static eqf_module *create_linear(golden_case *c)
{
    eqf_irreps *in = golden_irreps(c, "irreps_in"), *out = golden_irreps(c, "irreps_out");
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_linear_create(c->context, in, out, has_bias(c), &module));
    return module;
}

eqf_norm_kind golden_norm_kind(golden_case *c, const char *name)
{
    static const struct {
        const char *name;
        eqf_norm_kind kind;
    } table[] = {{"layer", EQF_NORM_LAYER},
                 {"graph", EQF_NORM_GRAPH},
                 {"instance", EQF_NORM_INSTANCE},
                 {"fast_layer", EQF_NORM_FAST_LAYER}};
    for (size_t i = 0; name != NULL && i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0) return table[i].kind;
    golden_fail(c, "the norm %s is not supported", name == NULL ? "without a name" : name);
    return EQF_NORM_LAYER;
}

static eqf_module *create_norm(golden_case *c)
{
    eqf_norm_kind kind = golden_norm_kind(c, golden_text(c, "norm"));
    eqf_irreps *irreps = golden_irreps(c, "irreps");
    double eps = golden_has(c, "eps") ? golden_number(c, "eps") : 1e-5;
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_norm_create(c->context, kind, irreps, eps, &module));
    return module;
}

/* irreps_in of the configuration is what the gate itself must find. */
static eqf_module *create_gate(golden_case *c)
{
    eqf_irreps *out = golden_irreps(c, "irreps_out");
    eqf_module *module = NULL;
    if (GOLDEN_TRY(c, eqf_gate_create(c->context, out, &module)) && golden_has(c, "irreps_in"))
        golden_expect_irreps(c, "irreps_in of the gate", eqf_module_irreps_in(module, 0), golden_text(c, "irreps_in"));
    return module;
}

static int columns_of(golden_case *c, const char *leaf)
{
    const eqfi_array *array = golden_find(c, leaf);
    if (array == NULL) golden_fail(c, "the file has no array %s", leaf);
    if (array == NULL || golden_rows(array) == 0) return 0;
    return (int)(array->count / golden_rows(array));
}

static eqf_module *create_activation(golden_case *c)
{
    static const struct {
        const char *name;
        eqf_activation activation;
    } table[] = {
        {"silu", EQF_ACTIVATION_SILU},
        {"sigmoid", EQF_ACTIVATION_SIGMOID},
        {"tanh", EQF_ACTIVATION_TANH},
        {"smooth_leaky_relu_0.2", EQF_ACTIVATION_SMOOTH_LEAKY_RELU},
    };
    const char *name = golden_text(c, "activation");
    char text[32];
    snprintf(text, sizeof text, "%dx0e", columns_of(c, "in0"));
    eqf_irreps *irreps = golden_has(c, "irreps") ? golden_irreps(c, "irreps") : golden_irreps_of(c, text);
    eqf_module *module = NULL;
    for (size_t i = 0; name != NULL && i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0)
            GOLDEN_TRY(c, eqf_activation_create(c->context, table[i].activation, irreps, &module));
    if (module == NULL) golden_fail(c, "the activation %s is not supported", name);
    return module;
}

static eqf_module *create_radial_basis(golden_case *c)
{
    static const struct {
        const char *name;
        eqf_radial_kind kind;
    } table[] = {{"gaussian", EQF_RADIAL_GAUSSIAN}, {"exp", EQF_RADIAL_EXP}, {"bessel", EQF_RADIAL_BESSEL}};
    const char *name = golden_text(c, "basis");
    int n = golden_int(c, "num_basis");
    double cutoff = golden_number(c, "cutoff");
    eqf_module *module = NULL;
    for (size_t i = 0; name != NULL && i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0)
            GOLDEN_TRY(c, eqf_radial_basis_create(c->context, table[i].kind, n, cutoff, &module));
    if (module == NULL) golden_fail(c, "the basis %s is not supported", name);
    return module;
}

static eqf_module *create_radial_mlp(golden_case *c)
{
    int n, *layers = golden_ints(c, "layers", &n);
    eqf_module *module = NULL;
    GOLDEN_TRY(c, eqf_radial_mlp_create(c->context, n, layers, &module));
    return module;
}

const golden_kind *golden_nn_kind(const char *name)
{
    static const golden_kind kinds[] = {
        {"linear", create_linear, "a"},
        {"norm", create_norm, "a"},
        {"gate", create_gate, "a"},
        {"activation", create_activation, "a"},
        {"radial_basis", create_radial_basis, "a"},
        {"radial_mlp", create_radial_mlp, "a"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}
