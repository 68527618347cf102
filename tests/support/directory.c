/* A directory for the files of a test. SPDX-License-Identifier: MIT */
#include "directory.h"

#include <dirent.h>
#include <unistd.h>

#include "test.h"

int test_enter_directory(void **state)
{
    static char path[64];
    strcpy(path, "/tmp/equiformer-test-XXXXXX");
    *state = path;
    return mkdtemp(path) == NULL || chdir(path) != 0;
}

int test_leave_directory(void **state)
{
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) remove(entry->d_name);
    closedir(directory);
    return chdir("/") != 0 || rmdir(*state) != 0;
}

int test_files_here(void)
{
    int count = 0;
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void write_text(const char *path, const char *mode, const char *text)
{
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void test_write_text(const char *path, const char *text) { write_text(path, "wb", text); }

void test_append_text(const char *path, const char *text) { write_text(path, "ab", text); }
