/* Zip archives, npz and pickles made by hand, byte by byte: also such as no program would write.
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

/* Replaces *to by an array of NumPy: descr "<f8", shape "(2, 3)". */
void test_npy(test_bytes *to, const char *descr, bool fortran, const char *shape, const void *data, size_t length);

#endif
