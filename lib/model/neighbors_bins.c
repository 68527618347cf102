/* Atoms wrapped into their cell and sorted into bins.
 *
 * Bins are as wide as the cut-off, or wider where a whole number of them fits a
 * periodic cell. Only those that hold an atom exist, found through a hash table:
 * vacuum costs nothing. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/neighbors.h"

static double fraction(const double inverse[3], const double r[3])
{
    return inverse[0] * r[0] + inverse[1] * r[1] + inverse[2] * r[2];
}

static eqf_status check_position(eqf_context *context, int64_t atom, const double r[3])
{
    eqf_status status = EQF_OK;
    for (int k = 0; k < 3; k++) {
        EQFI_CHECK(isfinite(r[k]), EQF_ERROR_NOT_FINITE,
                   "coordinate %d of atom %" PRId64 " is %g, expected a finite number", k, atom, r[k]);
        EQFI_CHECK(fabs(r[k]) <= EQFI_COORDINATE_MAX, EQF_ERROR_RANGE,
                   "coordinate %d of atom %" PRId64 " is %g, expected at most %g in size", k, atom, r[k],
                   EQFI_COORDINATE_MAX);
    }
fail:
    return status;
}

static eqf_status wrap_atom(eqf_context *context, eqf_neighbors *list, int64_t atom)
{
    eqf_status status = EQF_OK;
    const double *r = &list->positions[3 * atom];
    EQFI_TRY(check_position(context, atom, r));
    eqfi_lattice *lattice = &list->lattice[eqfi_graph_of(list, atom)];
    eqfi_site site = {{r[0], r[1], r[2]}, (int32_t)atom, 0};
    double wrap[3] = {0, 0, 0}, size = fabs(r[0]) + fabs(r[1]) + fabs(r[2]), farthest = 0;
    for (int d = 0; d < 3; d++) {
        if (!lattice->periodic[d]) continue;
        double times = floor(fraction(lattice->inverse[d], r));
        for (int x = 0; x < 3; x++) site.r[x] -= times * lattice->basis[d][x];
        for (int k = 0; k < 3; k++) wrap[k] += times * lattice->change[d][k];
        size += fabs(times) * lattice->spread[d];
        farthest = fmax(farthest, fabs(times));
    }
    for (int k = 0; k < 3; k++) farthest = fmax(farthest, fabs(wrap[k]));
    /* Below that limit, the sums of whole numbers above are exact. */
    EQFI_CHECK(farthest <= EQFI_WRAP_MAX, EQF_ERROR_RANGE,
               "atom %" PRId64 " lies %g lattice vectors away from the cell, expected at most %d", atom, farthest,
               EQFI_WRAP_MAX);
    for (int k = 0; k < 3; k++) list->wrap[atom][k] = (int32_t)wrap[k];
    list->wrapped[atom] = site;
    lattice->size = fmax(lattice->size, size);
fail:
    return status;
}

eqf_status eqfi_neighbors_wrap(eqf_context *context, eqf_neighbors *list)
{
    eqf_status status = EQF_OK;
    for (int64_t atom = 0; atom < list->natoms; atom++) EQFI_TRY(wrap_atom(context, list, atom));
fail:
    return status;
}

/* Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
 * OOPSLA 2014: the finaliser of SplitMix64. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The slot of a bin, or the free one where it belongs. */
static size_t slot_of(const eqf_neighbors *list, int32_t graph, const int64_t index[3])
{
    uint64_t hash = mix((uint64_t)graph + UINT64_C(0x9e3779b97f4a7c15));
    hash = mix(hash + (uint64_t)index[0] + ((uint64_t)index[1] << 21) + ((uint64_t)index[2] << 42));
    for (size_t slot = hash & list->table_mask;; slot = (slot + 1) & list->table_mask) {
        if (list->table[slot] == 0) return slot;
        const eqfi_bin *bin = &list->bin[list->table[slot] - 1];
        if (bin->graph == graph && memcmp(bin->index, index, sizeof bin->index) == 0) return slot;
    }
}

int64_t eqfi_neighbors_bin(const eqf_neighbors *list, int32_t graph, const int64_t index[3])
{
    return (int64_t)list->table[slot_of(list, graph, index)] - 1;
}

static void bin_index(const eqfi_lattice *lattice, const double r[3], int64_t index[3])
{
    for (int d = 0; d < 3; d++) {
        double place = floor(fraction(lattice->inverse[d], r) * lattice->scale[d]);
        /* Rounding may leave a wrapped atom just outside. */
        if (lattice->periodic[d]) place = fmin(fmax(place, 0), lattice->scale[d] - 1);
        index[d] = (int64_t)place;
    }
}

/* Numbers bins in the order of their first atoms and counts atoms in begin. */
static void make_bins(eqf_neighbors *list)
{
    list->nbins = 0;
    memset(list->table, 0, (list->table_mask + 1) * sizeof *list->table);
    for (int64_t atom = 0; atom < list->natoms; atom++) {
        int32_t graph = eqfi_graph_of(list, atom);
        eqfi_bin bin = {.graph = graph, .begin = 0};
        bin_index(&list->lattice[graph], list->wrapped[atom].r, bin.index);
        size_t slot = slot_of(list, graph, bin.index);
        if (list->table[slot] == 0) {
            list->bin[list->nbins++] = bin;
            list->table[slot] = (int32_t)list->nbins;
        }
        list->wrapped[atom].bin = list->table[slot] - 1;
        list->bin[list->table[slot] - 1].begin++;
    }
}

eqf_status eqfi_neighbors_sort(eqf_context *context, eqf_neighbors *list)
{
    eqf_status status = EQF_OK;
    size_t slots = 16;
    while (slots < 2 * (size_t)list->natoms) slots *= 2;
    EQFI_TRY(eqfi_grow(context, slots, sizeof *list->table, &list->table_capacity, (void **)&list->table));
    list->table_mask = slots - 1;

    make_bins(list);
    int32_t end = 0;
    for (int64_t b = 0; b < list->nbins; b++) {
        end += list->bin[b].begin;
        list->bin[b].begin = end;
    }
    list->bin[list->nbins].begin = end;
    /* From the last atom down, so that atoms ascend within a bin. */
    for (int64_t atom = list->natoms - 1; atom >= 0; atom--) {
        const eqfi_site *site = &list->wrapped[atom];
        list->site[--list->bin[site->bin].begin] = *site;
    }
fail:
    return status;
}
