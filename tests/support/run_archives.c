/* SPDX-License-Identifier: MIT */
#include "archive.h"
#include "test.h"

int test_run_archives(const char *name, const struct CMUnitTest *tests, size_t n)
{
#ifdef EQFI_HAVE_LIBZIP
    return _cmocka_run_group_tests(name, tests + 1, n - 1, NULL, NULL);
#else
    (void)n;
    return _cmocka_run_group_tests(name, tests, 1, NULL, NULL);
#endif
}
