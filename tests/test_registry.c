/* Every operation of the list: values, derivatives up to the second and third order, both precisions.
 * SPDX-License-Identifier: MIT */
#include "support/registry.h"

static void check_operation(eqfi_op op, void (*cases)(registry *))
{
    test_allocator memory;
    registry r = {.context = test_context(&memory), .op = op};
    cases(&r);
    if (r.cases == 0) fail_msg("no case for the operation %s", eqfi_op_name(op));
    static const int forms[EQFI_OP_COUNT] = {
        [EQFI_OP_LINEAR] = 3, [EQFI_OP_PRODUCT] = 4, [EQFI_OP_OUTER] = 3, [EQFI_OP_CONTRACT] = 3};
    int slots = forms[op] > 0 ? forms[op] : 1;
    for (int role = 0; role < slots; role++)
        if (!r.roles[role]) fail_msg("no case for role %d of the operation %s", role, eqfi_op_name(op));
    test_context_free(r.context, &memory);
}

#define TEST_OF(NAME, name)                                                                                            \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        check_operation(EQFI_OP_##NAME, registry_##name);                                                              \
    }
EQFI_OP_LIST(TEST_OF)
#undef TEST_OF

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define UNIT_TEST_OF(NAME, name) cmocka_unit_test(test_##name),
        EQFI_OP_LIST(UNIT_TEST_OF)
#undef UNIT_TEST_OF
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
