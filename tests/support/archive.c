/* Formats: PKWARE's appnote 6.3, numpy.lib.format. SPDX-License-Identifier: MIT */
#include "archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_put(test_bytes *to, const void *bytes, size_t length)
{
    if (to->length + length > to->capacity) {
        to->capacity = 2 * (to->length + length);
        to->bytes = realloc(to->bytes, to->capacity);
        if (to->bytes == NULL) abort();
    }
    if (length > 0) memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

void test_put_text(test_bytes *to, const char *text) { test_put(to, text, strlen(text)); }

void test_put_number(test_bytes *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 8) {
        unsigned char byte = (unsigned char)value;
        test_put(to, &byte, 1);
    }
}

void test_release(test_bytes *bytes)
{
    free(bytes->bytes);
    *bytes = (test_bytes){NULL, 0, 0};
}

void test_save(const test_bytes *bytes, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes->bytes, 1, bytes->length, file) != bytes->length || fclose(file) != 0) abort();
}

static uint32_t checksum(const unsigned char *bytes, size_t length)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

test_member test_stored(const char *name, const void *data, size_t length)
{
    return (test_member){name, data, length, length, checksum(data, length), 0};
}

/* What local and central headers have in common, from the version on. */
static void put_header(test_bytes *to, const test_member *member)
{
    test_put_number(to, 20, 2);
    test_put_number(to, 0, 2);
    test_put_number(to, (uint64_t)member->method, 2);
    test_put_number(to, 0, 2);
    test_put_number(to, 33, 2); /* 1980-01-01 */
    test_put_number(to, member->crc, 4);
    test_put_number(to, member->packed, 4);
    test_put_number(to, member->size, 4);
    test_put_number(to, strlen(member->name), 2);
    test_put_number(to, 0, 2);
}

void test_zip(test_bytes *to, int n, const test_member *members)
{
    size_t *offsets = malloc(((size_t)n + 1) * sizeof *offsets);
    if (offsets == NULL) abort();
    to->length = 0;
    for (int i = 0; i < n; i++) {
        offsets[i] = to->length;
        test_put_text(to, "PK\003\004");
        put_header(to, &members[i]);
        test_put_text(to, members[i].name);
        test_put(to, members[i].data, members[i].packed);
    }
    size_t directory = to->length;
    for (int i = 0; i < n; i++) {
        test_put_text(to, "PK\001\002");
        test_put_number(to, 20, 2);
        put_header(to, &members[i]);
        test_put_number(to, 0, 10);
        test_put_number(to, offsets[i], 4);
        test_put_text(to, members[i].name);
    }
    size_t length = to->length - directory;
    test_put_text(to, "PK\005\006");
    test_put_number(to, 0, 4);
    test_put_number(to, (uint64_t)n, 2);
    test_put_number(to, (uint64_t)n, 2);
    test_put_number(to, length, 4);
    test_put_number(to, directory, 4);
    test_put_number(to, 0, 2);
    free(offsets);
}

void test_npy(test_bytes *to, const test_array *array)
{
    char header[256];
    int used = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", array->descr,
                        array->fortran ? "True" : "False", array->shape);
    to->length = 0;
    test_put(to, "\x93NUMPY\x01\x00", 8);
    test_put_number(to, (uint64_t)used, 2);
    test_put_text(to, header);
    test_put(to, array->data, array->length);
}

void test_npz(test_bytes *to, int n, const test_array *arrays)
{
    enum { MOST = 32 };
    test_bytes files[MOST] = {{NULL, 0, 0}};
    test_member members[MOST] = {{NULL, NULL, 0, 0, 0, 0}};
    char names[MOST][64];
    if (n > MOST) abort();
    for (int i = 0; i < n; i++) {
        test_npy(&files[i], &arrays[i]);
        snprintf(names[i], sizeof names[i], "%.50s.npy", arrays[i].name);
        members[i] = test_stored(names[i], files[i].bytes, files[i].length);
    }
    test_zip(to, n, members);
    for (int i = 0; i < n; i++) test_release(&files[i]);
}
