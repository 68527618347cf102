/* Images of cells, and the order of edges.
 *
 * Within a receiver, edges follow the key (sender << 32 | rank of the image):
 * for two given atoms the order of shifts is the order of the images between
 * their wrapped places, since wrapping adds the same to all of them.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/neighbors.h"

enum { RUN = 16 }; /* keys that are sorted by insertion */

static uint64_t pack(const int64_t shift[3])
{
    uint64_t packed = 0;
    for (int k = 0; k < 3; k++) packed = packed << EQFI_SHIFT_BITS | (uint64_t)(shift[k] + EQFI_SHIFT_MAX);
    return packed;
}

static void insertion_sort(uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

static void merge(const uint64_t *a, const uint64_t *a_end, const uint64_t *b, const uint64_t *b_end, uint64_t *out)
{
    while (a < a_end && b < b_end) *out++ = *b < *a ? *b++ : *a++;
    if (a < a_end) memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    if (b < b_end) memcpy(out, b, (size_t)(b_end - b) * sizeof *b);
}

void eqfi_sort_keys(uint64_t *keys, size_t n, uint64_t *buffer)
{
    for (size_t i = 0; i < n; i += RUN) insertion_sort(keys + i, n - i < RUN ? n - i : RUN);
    uint64_t *from = keys, *to = buffer;
    for (size_t run = RUN; run < n; run *= 2) {
        for (size_t i = 0; i < n; i += 2 * run) {
            size_t middle = i + run < n ? i + run : n, end = i + 2 * run < n ? i + 2 * run : n;
            merge(from + i, from + middle, from + middle, from + end, to + i);
        }
        uint64_t *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != keys) memcpy(keys, from, n * sizeof *keys);
}

static size_t box_size(const eqfi_lattice *lattice)
{
    size_t count = 1;
    for (int d = 0; d < 3; d++) count *= (size_t)(2 * lattice->images[d] + 1);
    return count;
}

/* The shift, in the given lattice, of a place in the box of images. */
static void shift_of_place(const eqfi_lattice *lattice, size_t place, int64_t shift[3])
{
    for (int k = 0; k < 3; k++) shift[k] = 0;
    for (int d = 2; d >= 0; d--) {
        size_t side = (size_t)(2 * lattice->images[d] + 1);
        int64_t times = (int64_t)(place % side) - lattice->images[d];
        place /= side;
        for (int k = 0; k < 3; k++) shift[k] += times * (int64_t)lattice->change[d][k];
    }
}

static int32_t rank_of(const uint64_t *sorted, size_t count, uint64_t image)
{
    size_t low = 0;
    for (size_t span = count; span > 1; span -= span / 2)
        if (sorted[low + span / 2] <= image) low += span / 2;
    return (int32_t)low;
}

eqf_status eqfi_neighbors_images(eqf_context *context, eqf_neighbors *list)
{
    eqf_status status = EQF_OK;
    size_t total = 0;
    for (int64_t g = 0; g < list->graphs; g++) {
        list->lattice[g].first_image = total;
        total += box_size(&list->lattice[g]);
    }
    const eqfi_column columns[] = {{(void **)&list->image, sizeof *list->image},
                                   {(void **)&list->scratch, sizeof *list->scratch},
                                   {(void **)&list->rank, sizeof *list->rank}};
    EQFI_TRY(eqfi_columns_grow(context, total, &list->image_capacity, 3, columns));

    for (int64_t g = 0; g < list->graphs; g++) {
        const eqfi_lattice *lattice = &list->lattice[g];
        size_t count = box_size(lattice);
        uint64_t *image = &list->image[lattice->first_image];
        int64_t shift[3];
        for (size_t place = 0; place < count; place++) {
            shift_of_place(lattice, place, shift);
            image[place] = pack(shift);
        }
        eqfi_sort_keys(image, count, list->scratch);
        for (size_t place = 0; place < count; place++) {
            shift_of_place(lattice, place, shift);
            list->rank[lattice->first_image + place] = rank_of(image, count, pack(shift));
        }
    }
fail:
    return status;
}
