/* Generated kernels against the table-driven ones, in every precision and instruction set: depthwise products, in frames of
 * edges, too, rotations into those, and the contractions of products' sums by head, in each role.
 * SPDX-License-Identifier: MIT */
#include "support/derivatives.h"

#include "base/rng.h"
#include "kern/kernels.h"
#include "tensor/frame.h"

enum { ROWS = 5, PATHS_MAX = 64 };

/* The depthwise product of `in` with harmonics up to lmax, outputs as in the order of paths; as many blocks of `in` have
 * weights. */
static eqfi_product_plan *depthwise(eqf_context *context, eqf_cg_convention convention, const char *in, int lmax,
                                    int weighted)
{
    eqf_irreps *x, *y, *out;
    eqf_irreps_block blocks[PATHS_MAX];
    eqf_instruction paths[PATHS_MAX];
    double factors[PATHS_MAX];
    eqfi_product_plan *plan;
    int n = 0;
    TEST_OK(context, eqf_irreps_parse(context, in, &x));
    TEST_OK(context, eqf_irreps_spherical_harmonics(context, lmax, 1, &y));
    for (int i = 0; i < eqf_irreps_blocks(x); i++) {
        const eqf_irreps_block *b = eqf_irreps_block_at(x, i);
        for (int l2 = 0; l2 <= lmax; l2++) {
            for (int l3 = abs(b->irrep.l - l2); l3 <= b->irrep.l + l2 && l3 <= lmax; l3++, n++) {
                paths[n] = (eqf_instruction){i, l2, n, EQF_UVU, i < weighted};
                blocks[n] = (eqf_irreps_block){b->mul, {l3, b->irrep.p}, 0};
                factors[n] = 0.5 + 0.1 * n;
            }
        }
    }
    TEST_OK(context, eqf_irreps_create(context, n, blocks, &out));
    TEST_OK(context, eqfi_product_plan_create(context, convention, x, y, out, n, paths, factors, &plan));
    eqf_irreps_free(x);
    eqf_irreps_free(y);
    eqf_irreps_free(out);
    return plan;
}

/* Rows of random numbers with a gap between them. */
static eqfi_operand draw(size_t size, int columns, uint64_t stream)
{
    eqfi_operand x = {calloc((size_t)ROWS * (size_t)(columns + 3) + 1, size), columns + 3, NULL};
    assert_non_null(x.data);
    for (int64_t i = 0; i < ROWS * x.stride; i++) {
        double value = eqfi_rng_normal(5, stream, (uint64_t)i);
        if (size == sizeof(float))
            ((float *)x.data)[i] = (float)value;
        else
            ((double *)x.data)[i] = value;
    }
    return x;
}

static double element(size_t size, eqfi_operand x, int64_t i)
{
    return size == sizeof(float) ? (double)((const float *)x.data)[i] : ((const double *)x.data)[i];
}

/* Rows 1 .. are nearly the same, the first and the gaps exactly. */
static void check_same(const eqfi_kernels *kernels, int role, int columns, eqfi_operand found, eqfi_operand expected)
{
    double tolerance = kernels->real_size == sizeof(float) ? 1e-4 : 3e-13; /* sums over channels */
    for (int64_t i = 0; i < ROWS * found.stride; i++) {
        double a = element(kernels->real_size, found, i), b = element(kernels->real_size, expected, i);
        bool written = i / found.stride > 0 && i % found.stride < columns;
        if (!(fabs(a - b) <= (written ? tolerance * (1 + fabs(b)) : 0)))
            fail_msg("%s: role %d, element %lld: %.9g, expected %.9g", kernels->name, role, (long long)i, a, b);
    }
}

/* Rows 1 .. of one role by both; the other rows and the gaps stay what they were. */
static void compare(const eqfi_kernels *kernels, const eqfi_product_plan *plan, eqfi_role role, bool accumulate)
{
    size_t size = kernels->real_size;
    eqfi_product_plan tables = *plan;
    tables.straight = false;
    eqfi_operand slots[EQFI_ROLES], other[EQFI_ROLES];
    for (int r = 0; r < EQFI_ROLES; r++) other[r] = slots[r] = draw(size, plan->columns[r], (uint64_t)r);
    other[role] = draw(size, plan->columns[role], (uint64_t)role);
    kernels->product(plan, role, 1, ROWS, slots, accumulate);
    kernels->product(&tables, role, 1, ROWS, other, accumulate);
    check_same(kernels, (int)role, plan->columns[role], slots[role], other[role]);
    for (int r = 0; r < EQFI_ROLES; r++) free(slots[r].data);
    free(other[role].data);
}

enum { HEADS = 3 };

/* The same of the contraction by head. */
static void compare_contraction(const eqfi_kernels *kernels, const eqfi_product_plan *plan, int role, bool accumulate)
{
    static const eqfi_role columns[3] = {EQFI_ROLE_OUT, EQFI_ROLE_X, EQFI_ROLE_W};
    size_t size = kernels->real_size;
    eqfi_product_plan tables = *plan;
    tables.straight = false;
    eqfi_operand slots[3], other[3];
    for (int r = 0; r < 3; r++) other[r] = slots[r] = draw(size, plan->columns[columns[r]], (uint64_t)r);
    other[role] = draw(size, plan->columns[columns[role]], (uint64_t)role);
    kernels->contract(plan, role, 1, ROWS, slots, accumulate);
    kernels->contract(&tables, role, 1, ROWS, other, accumulate);
    check_same(kernels, role, plan->columns[columns[role]], slots[role], other[role]);
    for (int r = 0; r < 3; r++) free(slots[r].data);
    free(other[role].data);
}

static void check_contraction(eqf_context *context, const eqfi_product_plan *plan)
{
    eqfi_product_plan *by_head;
    TEST_OK(context, eqfi_product_plan_by_head(context, plan, HEADS, &by_head));
    assert_non_null(by_head);
    assert_true(by_head->straight);
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++)
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++)
            for (int role = 0; role < 3; role++)
                for (int accumulate = 0; accumulate < 2; accumulate++)
                    compare_contraction(eqfi_kernels_select((eqf_precision)precision, isa), by_head, role, accumulate);
    eqfi_delete(context, by_head);
}

/* Every role that the plan has. */
static void compare_everywhere(const eqfi_product_plan *plan)
{
    assert_true(plan->straight);
    for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++)
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++)
            for (eqfi_role role = EQFI_ROLE_OUT; role < EQFI_ROLES; role++)
                for (int accumulate = 0; accumulate < 2; accumulate++)
                    compare(eqfi_kernels_select((eqf_precision)precision, isa), plan, role, accumulate);
}

static void check_framed(eqf_context *context, const eqfi_product_plan *plan)
{
    eqfi_product_plan *framed;
    TEST_OK(context, eqfi_product_plan_in_frame(context, plan, &framed));
    assert_true(framed->columns[EQFI_ROLE_OUT] <= plan->columns[EQFI_ROLE_OUT]);
    compare_everywhere(framed);
    eqfi_delete(context, framed);
}

static void check_plan(eqf_context *context, eqf_cg_convention convention, const char *in, int lmax, int weighted)
{
    eqfi_product_plan *plan = depthwise(context, convention, in, lmax, weighted);
    if (!plan->straight) fail_msg("%s with harmonics up to %d has no straight-line kernels", in, lmax);
    compare_everywhere(plan);
    if (weighted) check_contraction(context, plan);
    if (eqfi_product_can_be_framed(plan)) check_framed(context, plan);
    eqfi_delete(context, plan);
}

static void test_products(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const char *const in[] = {"", "16x0e+16x1e", "48x0e+32x1e+16x2e", "16x0e+48x1e+16x2e+32x3e"};
    for (int lmax = 1; lmax <= 3; lmax++) {
        check_plan(context, EQF_CG_E3NN_05, in[lmax], lmax, PATHS_MAX);
        check_plan(context, EQF_CG_E3NN_04, in[lmax], lmax, PATHS_MAX);
        check_plan(context, EQF_CG_E3NN_05, in[lmax], lmax, 0);
        check_plan(context, EQF_CG_E3NN_05, "16x0e", lmax, PATHS_MAX);
    }
    check_plan(context, EQF_CG_E3NN_05, "16x0e+16x0o+16x1e+32x1o", 1, PATHS_MAX);
    test_context_free(context, &memory);
}

static void test_rotations(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const char *const in[] = {"16x0e", "48x0o+32x1e", "32x2e+16x0e", "16x3o+48x1e+16x2e+32x0e"};
    for (int lmax = 0; lmax <= 3; lmax++) {
        eqf_irreps *irreps = test_irreps(context, in[lmax]);
        eqfi_product_plan *plan;
        TEST_OK(context, eqfi_rotation_plan_create(context, irreps, lmax, &plan));
        compare_everywhere(plan);
        eqfi_delete(context, plan);
        TEST_OK(context, eqfi_turn_plan_create(context, irreps, &plan));
        compare_everywhere(plan);
        assert_true(eqfi_rotation_is_straight(irreps, lmax));
        assert_false(eqfi_rotation_is_straight(irreps, lmax - 1));
        assert_false(eqfi_rotation_is_straight(irreps, 4));
        eqfi_delete(context, plan);
        eqf_irreps_free(irreps);
    }
    eqf_irreps *irreps = test_irreps(context, "16x0e+8x1e");
    assert_false(eqfi_rotation_is_straight(irreps, 1));
    eqf_irreps_free(irreps);
    test_context_free(context, &memory);
}

/* Derivatives of weights read the paths that have some, and those do not write all columns. */
static void test_weighted_paths(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqfi_product_plan *plan = depthwise(context, EQF_CG_E3NN_05, "16x0e+16x1e", 1, 1);
    assert_true(plan->straight && plan->weighted != plan && plan->weighted->n == 2);
    for (eqfi_role role = EQFI_ROLE_OUT; role < EQFI_ROLES; role++)
        compare(eqfi_kernels_select(EQF_FLOAT64, eqfi_cpu_isa()), plan->weighted, role, false);
    eqfi_delete(context, plan);
    test_context_free(context, &memory);
}

/* What has no generated kernels keeps the tables. */
static void test_other_plans(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const char *const in[] = {"17x0e", "16x0e+8x1e", "16x0e+16x4e"};
    for (int i = 0; i < 3; i++) {
        eqfi_product_plan *plan = depthwise(context, EQF_CG_E3NN_05, in[i], i == 2 ? 4 : 2, PATHS_MAX);
        assert_false(plan->straight);
        eqfi_delete(context, plan);
    }
    test_context_free(context, &memory);
}

/* Paths without weights, whose couplings are lists, are those with weights of one; of the highest degrees they have more couplings
 * than a list. */
static void compare_lists(const eqfi_kernels *kernels, const eqfi_product_plan *plan, const eqfi_product_plan *weighted,
                          eqfi_role role, bool accumulate)
{
    size_t size = kernels->real_size;
    eqfi_operand slots[EQFI_ROLES], other[EQFI_ROLES];
    for (int r = 0; r < EQFI_ROLES; r++) other[r] = slots[r] = draw(size, weighted->columns[r], (uint64_t)r);
    for (int64_t i = 0; i < ROWS * slots[EQFI_ROLE_W].stride; i++) {
        if (size == sizeof(float))
            ((float *)slots[EQFI_ROLE_W].data)[i] = 1;
        else
            ((double *)slots[EQFI_ROLE_W].data)[i] = 1;
    }
    other[role] = draw(size, plan->columns[role], (uint64_t)role);
    kernels->product(plan, role, 1, ROWS, slots, accumulate);
    kernels->product(weighted, role, 1, ROWS, other, accumulate);
    check_same(kernels, (int)role, plan->columns[role], slots[role], other[role]);
    for (int r = 0; r < EQFI_ROLES; r++) free(slots[r].data);
    free(other[role].data);
}

static void test_lists(void **state)
{
    (void)state;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    static const char *const in[] = {"4x0e", "8x0e+4x1e+4x2e", "3x5e+17x6e"};
    for (int i = 0; i < 3; i++) {
        eqfi_product_plan *plan = depthwise(context, EQF_CG_E3NN_05, in[i], i == 2 ? 6 : 2, 0);
        eqfi_product_plan *weighted = depthwise(context, EQF_CG_E3NN_05, in[i], i == 2 ? 6 : 2, PATHS_MAX);
        assert_false(plan->straight || weighted->straight);
        for (eqfi_isa isa = EQFI_ISA_GENERIC; isa <= eqfi_cpu_isa(); isa++)
            for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++)
                for (eqfi_role role = EQFI_ROLE_OUT; role <= EQFI_ROLE_Y; role++)
                    for (int accumulate = 0; accumulate < 2; accumulate++)
                        compare_lists(eqfi_kernels_select((eqf_precision)precision, isa), plan, weighted, role,
                                      accumulate);
        eqfi_delete(context, plan);
        eqfi_delete(context, weighted);
    }
    test_context_free(context, &memory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_products), cmocka_unit_test(test_rotations),
                                              cmocka_unit_test(test_weighted_paths), cmocka_unit_test(test_lists),
                                              cmocka_unit_test(test_other_plans)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
