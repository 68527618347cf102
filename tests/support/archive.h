/* Zip archives and arrays of NumPy made by hand, byte by byte: also such as no program would write.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_ARCHIVE_H
#define TESTS_SUPPORT_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct test_bytes {
    unsigned char *bytes;
    size_t length, capacity;
} test_bytes;

void test_put(test_bytes *to, const void *bytes, size_t length);
void test_put_text(test_bytes *to, const char *text);
void test_put_number(test_bytes *to, uint64_t value, int bytes); /* lowest byte first */
void test_release(test_bytes *bytes);

/* Writes them to a file. */
void test_save(const test_bytes *bytes, const char *path);

/* A member as the archive describes it; lengths and checksum need not be true. */
typedef struct test_member {
    const char *name;
    const void *data;
    size_t packed; /* bytes of data */
    size_t size;   /* that the archive says it has, unpacked */
    uint32_t crc;
    int method; /* 0: stored, 8: deflated */
} test_member;

/* A stored member that is what it says. */
test_member test_stored(const char *name, const void *data, size_t length);

/* Replaces *to by an archive of n members. */
void test_zip(test_bytes *to, int n, const test_member *members);

/* An array of an npz. */
typedef struct test_array {
    const char *name;  /* "pos": the member is pos.npy */
    const char *descr; /* "<f8" */
    const char *shape; /* "(2, 3)" */
    const void *data;
    size_t length; /* of data in bytes */
    bool fortran;
} test_array;

/* Replaces *to by an npy file. */
void test_npy(test_bytes *to, const test_array *array);

/* Replaces *to by an npz of n arrays. */
void test_npz(test_bytes *to, int n, const test_array *arrays);

/* Runs tests of archives. Without libzip that is the first, which shows it to be missing, and with libzip all others. */
struct CMUnitTest;
int test_run_archives(const char *name, const struct CMUnitTest *tests, size_t n);

#endif
