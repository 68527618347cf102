/* Golden cases about rotations: spherical harmonics, Wigner 3j and D, rotated features, irreps. Only here names of cases
 * carry meaning. SPDX-License-Identifier: MIT */
#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------------- harmonics -- */

/* The part after prefix up to the next slash. */
static void part_of(const char *name, int index, char part[64])
{
    for (int i = 0; i < index && name != NULL; i++) {
        name = strchr(name, '/');
        if (name != NULL) name++;
    }
    snprintf(part, 64, "%.*s", name == NULL ? 0 : (int)strcspn(name, "/"), name == NULL ? "" : name);
}

/* The function that needs no program, in double whatever the precision. */
static void compare_harmonics(golden_case *c, int lmax, eqf_harmonics normalization, int normalize, int64_t n)
{
    double *xyz = golden_read(c, "in0", 3 * n);
    int64_t count = n * (lmax + 1) * (lmax + 1);
    double *y = golden_doubles(c, count);
    eqf_precision precision = c->precision;
    c->precision = EQF_FLOAT64;
    if (GOLDEN_TRY(c, eqf_spherical_harmonics(c->context, lmax, normalization, normalize, n, xyz, y)))
        golden_compare(c, "out", GOLDEN_VALUE, count, y);
    c->precision = precision;
}

/* sh/NORMALIZATION/normalized|raw, or sh/anything: component, normalized. */
static void run_harmonics(golden_case *c)
{
    static const char *const names[] = {
        [EQF_HARMONICS_COMPONENT] = "component", [EQF_HARMONICS_NORM] = "norm", [EQF_HARMONICS_INTEGRAL] = "integral"};
    char first[64], second[64];
    part_of(c->name, 1, first);
    part_of(c->name, 2, second);
    int normalization = second[0] == '\0' ? EQF_HARMONICS_COMPONENT : -1;
    for (int i = 0; i < 3; i++)
        if (strcmp(first, names[i]) == 0) normalization = i;
    if (normalization < 0) golden_fail(c, "the normalization %s is not known", first);
    if (second[0] != '\0' && strcmp(second, "normalized") != 0 && strcmp(second, "raw") != 0)
        golden_fail(c, "%s is not known, expected normalized or raw", second);

    const eqfi_array *out = golden_find(c, "out");
    int64_t n = golden_rows(out), columns = n == 0 ? 0 : out->count / n;
    int lmax = (int)lround(sqrt((double)columns)) - 1, normalize = strcmp(second, "raw") != 0;
    eqf_irreps *irreps = NULL;
    eqf_module *module = NULL;
    if (GOLDEN_TRY(c, eqf_irreps_spherical_harmonics(c->context, lmax, 1, &irreps)) &&
        GOLDEN_TRY(
            c, eqf_spherical_harmonics_create(c->context, irreps, (eqf_harmonics)normalization, normalize, &module))) {
        golden_function(c, module, "a");
        compare_harmonics(c, lmax, (eqf_harmonics)normalization, normalize, n);
    }
    eqf_module_free(module);
    eqf_irreps_free(irreps);
}

/* ------------------------------------------------------------------------------------------------------ Wigner 3j -- */

static void run_3j(golden_case *c)
{
    int l1, l2, l3, end = 0;
    c->precision = EQF_FLOAT64;
    if (sscanf(c->name, "w3j/%d_%d_%d%n", &l1, &l2, &l3, &end) != 3 || c->name[end] != '\0')
        golden_fail(c, "the name is not w3j/l1_l2_l3");
    if (!golden_good(c)) return;
    const eqfi_array *array = golden_find(c, "");
    double *values = golden_doubles(c, 8 * (EQF_LMAX + 1) * (EQF_LMAX + 1) * (EQF_LMAX + 1));
    if (GOLDEN_TRY(c, eqf_wigner_3j(c->context, c->file->convention, l1, l2, l3, values)))
        golden_compare(c, "", GOLDEN_VALUE, (int64_t)(2 * l1 + 1) * (2 * l2 + 1) * (2 * l3 + 1), values);
    GOLDEN_EXPECT(c, array->ndim == 3, "the array has %d dimensions, expected 3", array->ndim);
}

static bool is_flipped(const json_t *flips, int l1, int l2, int l3)
{
    const int given[3] = {l1, l2, l3};
    for (size_t i = 0; i < json_array_size(flips); i++) {
        const json_t *triple = json_array_get(flips, i);
        int found[3] = {0};
        for (int l = 0, k = 0; l <= EQF_LMAX; l++)
            for (int j = 0; j < 3; j++)
                if (given[j] == l) found[k++] = l; /* ascending */
        bool same = true;
        for (size_t k = 0; k < 3; k++) same = same && json_integer_value(json_array_get(triple, k)) == found[k];
        if (same) return true;
    }
    return false;
}

static void compare_conventions(golden_case *c, int l1, int l2, int l3)
{
    enum { MOST = 13 * 13 * 13 };
    static double now[MOST], old[MOST];
    double sign = is_flipped(c->config, l1, l2, l3) ? -1 : 1;
    int count = (2 * l1 + 1) * (2 * l2 + 1) * (2 * l3 + 1);
    GOLDEN_TRY(c, eqf_wigner_3j(c->context, EQF_CG_E3NN_05, l1, l2, l3, now));
    GOLDEN_TRY(c, eqf_wigner_3j(c->context, EQF_CG_E3NN_04, l1, l2, l3, old));
    for (int i = 0; i < count && golden_good(c); i++)
        GOLDEN_EXPECT(c, fabs(old[i] - sign * now[i]) <= 1e-14, "the conventions %s in (%d,%d,%d)",
                      sign < 0 ? "do not differ" : "differ", l1, l2, l3);
}

/* The 3j that the conventions give different signs: these up to l = 6 and no others. */
static void run_sign_flips(golden_case *c)
{
    const int most = 6;
    GOLDEN_EXPECT(c, json_array_size(c->config) > 0, "the list of triples is empty");
    for (int l1 = 0; l1 <= most; l1++)
        for (int l2 = 0; l2 <= most; l2++)
            for (int l3 = abs(l1 - l2); l3 <= l1 + l2 && l3 <= most; l3++)
                if (golden_good(c)) compare_conventions(c, l1, l2, l3);
}

/* ------------------------------------------------------------------------------------------------------ rotations -- */

static void run_wigner_d(golden_case *c)
{
    int l, end = 0;
    c->precision = EQF_FLOAT64;
    if (sscanf(c->name, "wigner_d/%d%n", &l, &end) != 1 || c->name[end] != '\0')
        golden_fail(c, "the name is neither wigner_d/l nor wigner_d/matrix");
    if (!golden_good(c)) return;
    int64_t n = golden_rows(golden_find(c, "")), count = (int64_t)(2 * l + 1) * (2 * l + 1);
    double *angles = golden_read_from_file(c, "wigner_d/angles", 3 * n), *d = golden_doubles(c, n * count);
    for (int64_t i = 0; i < n && golden_good(c); i++)
        GOLDEN_TRY(c, eqf_wigner_d(c->context, l, angles[3 * i], angles[3 * i + 1], angles[3 * i + 2], d + i * count));
    golden_compare(c, "", GOLDEN_VALUE, n * count, d);
}

/* Rotations from angles, also from those that the library finds. */
static void run_matrix(golden_case *c)
{
    c->precision = EQF_FLOAT64;
    int64_t n = golden_rows(golden_find(c, ""));
    double *angles = golden_read_from_file(c, "wigner_d/angles", 3 * n), *expected = golden_read(c, "", 9 * n);
    double *given = golden_doubles(c, 9 * n), *found = golden_doubles(c, 9 * n), a[3];
    for (int64_t i = 0; i < n && golden_good(c); i++) {
        eqf_rotation_from_angles(angles[3 * i], angles[3 * i + 1], angles[3 * i + 2], given + 9 * i);
        if (GOLDEN_TRY(c, eqf_rotation_to_angles(c->context, expected + 9 * i, &a[0], &a[1], &a[2])))
            eqf_rotation_from_angles(a[0], a[1], a[2], found + 9 * i);
    }
    golden_compare(c, "", GOLDEN_VALUE, 9 * n, given);
    golden_compare(c, "", GOLDEN_VALUE, 9 * n, found);
}

/* Rotates with numbers in double and with a tensor in the precision of the case. */
static void compare_rotated(golden_case *c, const char *leaf, const eqf_irreps *irreps, const double *rotation)
{
    int64_t rows = golden_good(c) ? golden_rows(golden_find(c, "in")) : 0, count = rows * eqf_irreps_dim(irreps);
    double *in = golden_read(c, "in", count), *out = golden_doubles(c, count);
    eqf_tensor *tensor = NULL;
    if (GOLDEN_TRY(c, eqf_irreps_rotate(c->context, irreps, rotation, rows, in, out)))
        golden_compare(c, leaf, GOLDEN_VALUE, count, out);
    if (GOLDEN_TRY(c, eqf_tensor_create(c->context, irreps, rows, c->precision, &tensor))) {
        eqf_tensor_set(tensor, in);
        if (GOLDEN_TRY(c, eqf_tensor_rotate(c->context, tensor, rotation))) {
            eqf_tensor_get(tensor, out);
            golden_compare(c, leaf, GOLDEN_VALUE, count, out);
        }
    }
    eqf_tensor_free(tensor);
}

/* rotate/IRREPS with _ for +. */
static void run_rotate(golden_case *c)
{
    char text[GOLDEN_NAME_SIZE];
    snprintf(text, sizeof text, "%s", c->name + strlen("rotate/"));
    for (char *at = text; *at != '\0'; at++)
        if (*at == '_') *at = '+';
    eqf_irreps *irreps = golden_irreps_of(c, text);
    if (golden_find(c, "in") == NULL) golden_fail(c, "the file has no array in");
    double *rotation = golden_read(c, "rotation", 9);
    if (!golden_good(c)) return;
    compare_rotated(c, "out", irreps, rotation);
    if (golden_find(c, "out_inverted") == NULL) return;
    for (int i = 0; i < 9; i++) rotation[i] = -rotation[i];
    compare_rotated(c, "out_inverted", irreps, rotation);
}

/* --------------------------------------------------------------------------------------------------------- irreps -- */

static void expect_ints(golden_case *c, const char *key, int n, const int *own)
{
    int n_given, *given = golden_has(c, key) ? golden_ints(c, key, &n_given) : NULL;
    if (given == NULL) return;
    GOLDEN_EXPECT(c, n == n_given, "%s has %d numbers, expected %d", key, n, n_given);
    for (int i = 0; i < n && golden_good(c); i++)
        GOLDEN_EXPECT(c, own[i] == given[i], "%s[%d] is %d, expected %d", key, i, own[i], given[i]);
}

static void expect_int(golden_case *c, const char *key, int own)
{
    if (!golden_has(c, key)) return;
    int given = golden_int(c, key);
    GOLDEN_EXPECT(c, own == given, "%s is %d, expected %d", key, own, given);
}

static void expect_text(golden_case *c, const char *key, const eqf_irreps *irreps)
{
    if (golden_has(c, key)) golden_expect_irreps(c, key, irreps, golden_text(c, key));
}

static void expect_slices(golden_case *c, const eqf_irreps *irreps)
{
    const json_t *slices = json_object_get(c->config, "slices");
    if (slices == NULL) return;
    int n = eqf_irreps_blocks(irreps);
    GOLDEN_EXPECT(c, (int)json_array_size(slices) == n, "%zu slices for %d blocks", json_array_size(slices), n);
    for (int i = 0; i < n && golden_good(c); i++) {
        const eqf_irreps_block *block = eqf_irreps_block_at(irreps, i);
        const json_t *slice = json_array_get(slices, (size_t)i);
        int last = block->offset + block->mul * (2 * block->irrep.l + 1);
        GOLDEN_EXPECT(c,
                      json_integer_value(json_array_get(slice, 0)) == block->offset &&
                          json_integer_value(json_array_get(slice, 1)) == last,
                      "block %d is columns %d to %d, which is not its slice", i, block->offset, last);
    }
}

static void run_irreps(golden_case *c)
{
    eqf_irreps *irreps = golden_irreps(c, "given"), *simple = NULL, *sorted = NULL, *even_first = NULL,
               *harmonics = NULL;
    if (irreps == NULL) return;
    int n = eqf_irreps_blocks(irreps);
    int *p = (int *)golden_doubles(c, n), *inverse = (int *)golden_doubles(c, n);
    expect_text(c, "text", irreps);
    expect_int(c, "dim", eqf_irreps_dim(irreps));
    expect_int(c, "num_irreps", eqf_irreps_channels(irreps));
    expect_int(c, "lmax", eqf_irreps_lmax(irreps));
    expect_slices(c, irreps);
    if (GOLDEN_TRY(c, eqf_irreps_simplify(c->context, irreps, &simple))) expect_text(c, "simplify", simple);
    if (GOLDEN_TRY(c, eqf_irreps_sort(c->context, irreps, EQF_ORDER_E3NN, &sorted, p, inverse))) {
        expect_text(c, "sorted", sorted);
        expect_ints(c, "p", n, p);
        expect_ints(c, "inv", n, inverse);
    }
    if (GOLDEN_TRY(c, eqf_irreps_sort(c->context, irreps, EQF_ORDER_EVEN_FIRST, &even_first, NULL, NULL)))
        expect_text(c, "even_first", even_first);
    if (golden_has(c, "sh")) {
        int lmax = eqf_irreps_lmax(golden_irreps(c, "sh"));
        if (GOLDEN_TRY(c, eqf_irreps_spherical_harmonics(c->context, lmax, 1, &harmonics)))
            expect_text(c, "sh", harmonics);
    }
    eqf_irreps_free(simple);
    eqf_irreps_free(sorted);
    eqf_irreps_free(even_first);
    eqf_irreps_free(harmonics);
}

/* "product": [a, b, [irreps of a x b]] */
static void run_irrep_product(golden_case *c)
{
    const json_t *product = json_object_get(c->config, "product"), *expected = json_array_get(product, 2);
    eqf_irrep factors[2], found[2 * EQF_LMAX + 1];
    for (size_t i = 0; i < 2; i++) {
        eqf_irreps *irreps = golden_irreps_of(c, json_string_value(json_array_get(product, i)));
        if (irreps == NULL || eqf_irreps_blocks(irreps) != 1) golden_fail(c, "factor %zu is no irrep", i);
        if (!golden_good(c)) return;
        factors[i] = eqf_irreps_block_at(irreps, 0)->irrep;
    }
    int n = eqf_irrep_product(factors[0], factors[1], 2 * EQF_LMAX + 1, found);
    GOLDEN_EXPECT(c, n == (int)json_array_size(expected), "%d irreps, expected %zu", n, json_array_size(expected));
    for (int i = 0; i < n && golden_good(c); i++) {
        char text[16];
        const char *given = json_string_value(json_array_get(expected, (size_t)i));
        snprintf(text, sizeof text, "%d%c", found[i].l, found[i].p > 0 ? 'e' : 'o');
        GOLDEN_EXPECT(c, given != NULL && strcmp(text, given) == 0, "irrep %d is %s, expected %s", i, text,
                      given == NULL ? "none" : given);
    }
}

/* ---------------------------------------------------------------------------------------------------------- cases -- */

static json_t *load_array(golden_file *file, const char *key)
{
    const char *text = eqfi_safetensors_metadata(file->data, key);
    text = text == NULL ? NULL : strchr(text, '['); /* prose may stand before */
    return text == NULL ? NULL : json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
}

static void run_metadata(golden_file *file)
{
    json_t *irreps = load_array(file, "irreps"), *flips = load_array(file, "cg_sign_flips_e3nn_0_4");
    for (size_t i = 0; i < json_array_size(irreps); i++) {
        const json_t *entry = json_array_get(irreps, i), *product = json_object_get(entry, "product");
        const json_t *given = json_object_get(entry, "given");
        char name[GOLDEN_NAME_SIZE];
        if (product != NULL)
            snprintf(name, sizeof name, "irreps/product/%s_%s", json_string_value(json_array_get(product, 0)),
                     json_string_value(json_array_get(product, 1)));
        else
            snprintf(name, sizeof name, "irreps/%s", given == NULL ? "?" : json_string_value(given));
        golden_run(file, name, entry, product != NULL ? run_irrep_product : run_irreps);
    }
    if (flips != NULL) golden_run(file, "cg_sign_flips", flips, run_sign_flips);
    json_decref(irreps);
    json_decref(flips);
}

void golden_so3(golden_file *file)
{
    static const struct {
        const char *prefix, *suffix; /* of the array that stands for the case, which has the name between */
        golden_body run;
    } kinds[] = {
        {"sh/", "/out", run_harmonics},      {"w3j/", "", run_3j},
        {"wigner_d/matrix", "", run_matrix}, {"wigner_d/angles", "", NULL},
        {"wigner_d/", "", run_wigner_d},     {"rotate/", "/out", run_rotate},
    };
    for (int i = 0; i < eqfi_safetensors_count(file->data); i++) {
        char name[GOLDEN_NAME_SIZE];
        snprintf(name, sizeof name, "%s", eqfi_safetensors_at(file->data, i)->name);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            size_t n = strlen(name), m = strlen(kinds[k].suffix);
            if (strncmp(name, kinds[k].prefix, strlen(kinds[k].prefix)) != 0) continue;
            if (n <= m || strcmp(name + n - m, kinds[k].suffix) != 0) continue;
            name[n - m] = '\0';
            if (kinds[k].run != NULL) golden_run(file, name, NULL, kinds[k].run);
            break;
        }
    }
    run_metadata(file);
}
