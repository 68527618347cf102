/* A directory for the files of a test. SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_DIRECTORY_H
#define TESTS_SUPPORT_DIRECTORY_H

/* Set up and tear down of cmocka: an empty directory that is current while the test runs. */
int test_enter_directory(void **state);
int test_leave_directory(void **state);

int test_files_here(void); /* in the current directory, those whose names begin with a point left out */

void test_write_text(const char *path, const char *text);
void test_append_text(const char *path, const char *text);

#endif
