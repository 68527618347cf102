/* Elements of NumPy's arrays, as they come out of an archive. SPDX-License-Identifier: MIT */
#include "io/npy.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK = 1024, TEXT_MAX = 1 << 16, PLACE_SIZE = 512 };

struct eqfi_npy {
    eqf_allocator allocator;
    eqfi_npy_header header;
    eqfi_zip_member *member;
    int64_t at;           /* the next element */
    uint64_t begin;       /* of the elements in the member */
    unsigned char *whole; /* of an array in Fortran's order, which cannot be read in ours */
};

static eqf_status read_header(eqf_context *context, const char *place, eqfi_npy *array)
{
    eqf_status status = EQF_OK;
    unsigned char front[12];
    char *text = NULL;
    EQFI_TRY(eqfi_zip_member_read(context, array->member, front, 10));
    EQFI_CHECK(memcmp(front, "\x93NUMPY", 6) == 0, EQF_ERROR_FORMAT, "%s: it is no array of NumPy", place);
    EQFI_CHECK(1 <= front[6] && front[6] <= 3 && front[7] == 0, EQF_ERROR_UNSUPPORTED,
               "%s: the version of the array is %d.%d, expected 1.0 to 3.0", place, front[6], front[7]);
    size_t length = (size_t)(front[8] | front[9] << 8);
    if (front[6] > 1) {
        EQFI_TRY(eqfi_zip_member_read(context, array->member, front + 10, 2));
        length |= (size_t)front[10] << 16 | (size_t)front[11] << 24;
    }
    EQFI_CHECK(length <= TEXT_MAX, EQF_ERROR_FORMAT, "%s: the header has %zu bytes, expected %d at most", place, length,
               TEXT_MAX);
    EQFI_TRY(eqfi_new(context, length, 1, (void **)&text));
    EQFI_TRY(eqfi_zip_member_read(context, array->member, text, length));
    EQFI_TRY(eqfi_npy_parse(context, place, (eqfi_slice){text, text + length}, &array->header));
fail:
    eqfi_delete(context, text);
    return status;
}

eqf_status eqfi_npy_open(eqf_context *context, const eqfi_zip *zip, int64_t i, eqfi_npy **array)
{
    eqf_status status = EQF_OK;
    eqfi_npy *made = NULL;
    char place[PLACE_SIZE];
    snprintf(place, sizeof place, "%.250s: member '%.200s'", eqfi_zip_path(zip), eqfi_zip_name(zip, i));
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    EQFI_TRY(eqfi_zip_member_open(context, zip, i, &made->member));
    uint64_t size = eqfi_zip_member_left(made->member);
    EQFI_TRY(read_header(context, place, made));
    const eqfi_npy_header *header = &made->header;
    made->begin = size - eqfi_zip_member_left(made->member);
    if (header->numeric) {
        uint64_t bytes = (uint64_t)header->count * eqfi_dtype_bytes(header->dtype);
        EQFI_CHECK(eqfi_zip_member_left(made->member) == bytes, EQF_ERROR_FORMAT,
                   "%s: %llu bytes follow the header, its shape and type need %llu", place,
                   (unsigned long long)eqfi_zip_member_left(made->member), (unsigned long long)bytes);
    }
    *array = made;
    made = NULL;
fail:
    eqfi_npy_close(made);
    return status;
}

void eqfi_npy_close(eqfi_npy *array)
{
    if (array == NULL) return;
    eqf_allocator allocator = array->allocator;
    eqfi_zip_member_close(array->member);
    eqfi_release(&allocator, array->whole);
    eqfi_release(&allocator, array);
}

const eqfi_npy_header *eqfi_npy_header_of(const eqfi_npy *array) { return &array->header; }

/* Numbers of n elements; bytes are overwritten. */
static void convert(const eqfi_npy_header *header, unsigned char *bytes, int64_t n, double *values)
{
    size_t size = eqfi_dtype_bytes(header->dtype);
    for (size_t i = 0; header->big && i < (size_t)n * size; i += size)
        for (size_t k = 0; k < size / 2; k++) {
            unsigned char swapped = bytes[i + k];
            bytes[i + k] = bytes[i + size - 1 - k];
            bytes[i + size - 1 - k] = swapped;
        }
    const eqfi_array chunk = {.dtype = header->dtype, .data = bytes};
    eqfi_array_to_double(&chunk, 0, n, values);
}

/* The place, in Fortran's order, of an element that is counted in ours. */
static int64_t fortran_place(const eqfi_npy_header *header, int64_t element)
{
    int64_t place = 0, stride = header->count;
    for (int d = header->ndim - 1; d >= 0; d--) {
        stride /= header->shape[d];
        place += element % header->shape[d] * stride;
        element /= header->shape[d];
    }
    return place;
}

static eqf_status read_fortran(eqf_context *context, eqfi_npy *array, int64_t count, double *values)
{
    eqf_status status = EQF_OK;
    const eqfi_npy_header *header = &array->header;
    size_t size = eqfi_dtype_bytes(header->dtype);
    if (array->whole == NULL) {
        size_t bytes = (size_t)header->count * size;
        EQFI_TRY(eqfi_new(context, bytes, 1, (void **)&array->whole));
        EQFI_TRY(eqfi_zip_member_read(context, array->member, array->whole, bytes));
    }
    for (int64_t i = 0; i < count; i++) {
        unsigned char element[8];
        memcpy(element, array->whole + (size_t)fortran_place(header, array->at + i) * size, size);
        convert(header, element, 1, &values[i]);
    }
fail:
    return status;
}

eqf_status eqfi_npy_read(eqf_context *context, eqfi_npy *array, int64_t count, double *values)
{
    eqf_status status = EQF_OK;
    const eqfi_npy_header *header = &array->header;
    if (header->fortran && header->ndim > 1) {
        EQFI_TRY(read_fortran(context, array, count, values));
    } else {
        unsigned char bytes[8 * CHUNK];
        for (int64_t done = 0; done < count; done += CHUNK) {
            int64_t n = count - done < CHUNK ? count - done : CHUNK;
            EQFI_TRY(eqfi_zip_member_read(context, array->member, bytes, (size_t)n * eqfi_dtype_bytes(header->dtype)));
            convert(header, bytes, n, values + done);
        }
    }
    array->at += count;
fail:
    return status;
}

bool eqfi_npy_can_seek(const eqfi_npy *array)
{
    return eqfi_zip_member_can_seek(array->member) && !(array->header.fortran && array->header.ndim > 1);
}

eqf_status eqfi_npy_seek(eqf_context *context, eqfi_npy *array, int64_t element)
{
    eqf_status status = EQF_OK;
    uint64_t offset = (uint64_t)element * eqfi_dtype_bytes(array->header.dtype);
    EQFI_TRY(eqfi_zip_member_seek(context, array->member, array->begin + offset));
    array->at = element;
fail:
    return status;
}
