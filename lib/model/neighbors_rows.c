/* Edges of receivers: counted, then written and sorted.
 *
 * Receivers of one bin share their candidates, which are collected in blocks
 * from the bins around. Distances between wrapped positions decide about most
 * of them; those within the tolerance of the cut-off, or of zero, are left to
 * the vector of the edge. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdatomic.h>

#include "model/neighbors.h"

/* A block's arrays are not a power of 2 apart, which processors take for
 * dependent stores and loads (4K aliasing). */
enum { RECEIVERS = 64, BLOCK = 440 };

typedef struct search {
    eqf_neighbors *list;
    const eqfi_lattice *lattice;
    int64_t begin, end;       /* receivers: sites of one bin */
    double outer, inner, nil; /* squared: beyond outer no edge, nil..inner surely one */
    bool fill;
    int64_t found[RECEIVERS];
    int64_t coincident;
    int candidates;
    double x[BLOCK], y[BLOCK], z[BLOCK];
    uint64_t key[BLOCK]; /* sender << 32 | rank of its image */
} search;

static double edge_vector(const eqf_neighbors *list, const eqfi_lattice *lattice, int64_t receiver, uint64_t key,
                          int64_t shift[3], double vector[3])
{
    int64_t sender = (int64_t)(key >> 32);
    eqfi_image_shift(list->image[lattice->first_image + (uint32_t)key], shift);
    for (int d = 0; d < 3; d++) shift[d] += list->wrap[receiver][d] - list->wrap[sender][d];
    return eqfi_edge_vector(&list->positions[3 * sender], &list->positions[3 * receiver], shift, lattice->cell, vector);
}

static bool is_edge(search *s, int64_t receiver, uint64_t key)
{
    int64_t shift[3];
    double vector[3], squared = edge_vector(s->list, s->lattice, receiver, key, shift, vector);
    if (squared > 0) return squared < s->list->cutoff * s->list->cutoff;
    bool itself = (int64_t)(key >> 32) == receiver && shift[0] == 0 && shift[1] == 0 && shift[2] == 0;
    if (!itself) s->coincident++;
    return false;
}

/* Rows are sorted where they will stand: a row's vectors have room for three
 * keys per edge, the last third is overwritten last. */
static uint64_t *row_keys(const eqf_neighbors *list, int64_t receiver)
{
    int64_t first = list->row[receiver], count = list->row[receiver + 1] - first;
    return (uint64_t *)(void *)&list->vector[3 * first] + 2 * count;
}

static void test_candidates(search *s)
{
    for (int64_t i = s->begin; i < s->end; i++) {
        const eqfi_site *receiver = &s->list->site[i];
        const double *r = receiver->r;
        double squared[BLOCK];
        int near[BLOCK], count = 0;
        for (int c = 0; c < s->candidates; c++) {
            double x = s->x[c] - r[0], y = s->y[c] - r[1], z = s->z[c] - r[2];
            double square = x * x + y * y + z * z;
            squared[c] = square;
            near[count] = c;
            count += square <= s->outer;
        }
        uint64_t *keys = s->fill ? row_keys(s->list, receiver->atom) : NULL;
        int64_t found = s->found[i - s->begin];
        for (int n = 0; n < count; n++) {
            uint64_t key = s->key[near[n]];
            bool sure = squared[near[n]] < s->inner && squared[near[n]] > s->nil;
            if (!sure && !is_edge(s, receiver->atom, key)) continue;
            if (s->fill) keys[found] = key;
            found++;
        }
        s->found[i - s->begin] = found;
    }
    s->candidates = 0;
}

/* Takes the atoms of a bin, moved by an image's translation, as candidates. */
static void take_bin(search *s, const eqfi_bin *bin, const int64_t image[3])
{
    const eqfi_lattice *lattice = s->lattice;
    int64_t place = 0;
    double move[3] = {0, 0, 0};
    for (int d = 0; d < 3; d++) {
        place = place * (2 * lattice->images[d] + 1) + image[d] + lattice->images[d];
        for (int x = 0; x < 3; x++) move[x] += (double)image[d] * lattice->basis[d][x];
    }
    uint64_t rank = (uint64_t)s->list->rank[lattice->first_image + (size_t)place];
    for (int32_t j = bin[0].begin; j < bin[1].begin; j++) {
        const eqfi_site *site = &s->list->site[j];
        if (s->candidates == BLOCK) test_candidates(s);
        int c = s->candidates++;
        s->x[c] = site->r[0] + move[0];
        s->y[c] = site->r[1] + move[1];
        s->z[c] = site->r[2] + move[2];
        s->key[c] = (uint64_t)site->atom << 32 | rank;
    }
}

/* Splits a bin's index into one inside the cell and the image it is in. */
static void split(const eqfi_lattice *lattice, int d, int64_t unbounded, int64_t *index, int64_t *image)
{
    int64_t bins = lattice->bins[d];
    *image = 0;
    if (bins > 0) *image = (unbounded >= 0 ? unbounded : unbounded - bins + 1) / bins;
    *index = unbounded - *image * bins;
}

static void search_around(search *s, const eqfi_bin *center)
{
    const int64_t *steps = s->lattice->steps;
    int64_t index[3], image[3];
    for (int64_t a = -steps[0]; a <= steps[0]; a++) {
        split(s->lattice, 0, center->index[0] + a, &index[0], &image[0]);
        for (int64_t b = -steps[1]; b <= steps[1]; b++) {
            split(s->lattice, 1, center->index[1] + b, &index[1], &image[1]);
            for (int64_t c = -steps[2]; c <= steps[2]; c++) {
                split(s->lattice, 2, center->index[2] + c, &index[2], &image[2]);
                int64_t bin = eqfi_neighbors_bin(s->list, center->graph, index);
                if (bin >= 0) take_bin(s, &s->list->bin[bin], image);
            }
        }
    }
    test_candidates(s);
}

/* Sorts a row's keys and writes its edges over them. */
static void write_row(const search *s, int64_t receiver)
{
    eqf_neighbors *list = s->list;
    int64_t first = list->row[receiver], count = list->row[receiver + 1] - first;
    uint64_t *keys = row_keys(list, receiver);
    eqfi_sort_keys(keys, (size_t)count, keys - count);
    for (int64_t n = 0; n < count; n++) {
        int64_t edge = first + n, shift[3];
        double vector[3];
        uint64_t key = keys[n];
        edge_vector(list, s->lattice, receiver, key, shift, vector);
        list->src[edge] = (int32_t)(key >> 32);
        list->dst[edge] = (int32_t)receiver;
        for (int d = 0; d < 3; d++) {
            list->shift[3 * edge + d] = (int32_t)shift[d];
            list->vector[3 * edge + d] = vector[d];
        }
    }
}

static double square_of(double a) { return a > 0 ? a * a : 0; }

static void search_sites(search *s)
{
    eqf_neighbors *list = s->list;
    const eqfi_bin *center = &list->bin[list->site[s->begin].bin];
    s->lattice = &list->lattice[center->graph];
    s->outer = square_of(list->cutoff + s->lattice->tolerance);
    s->inner = square_of(list->cutoff - s->lattice->tolerance);
    s->nil = square_of(s->lattice->tolerance);
    for (int64_t i = s->begin; i < s->end; i++) s->found[i - s->begin] = 0;
    search_around(s, center);
    for (int64_t i = s->begin; i < s->end; i++) {
        int64_t receiver = list->site[i].atom;
        if (s->fill)
            write_row(s, receiver);
        else
            list->row[receiver + 1] = s->found[i - s->begin];
    }
}

typedef struct job {
    eqf_neighbors *list;
    bool fill;
    _Atomic int64_t coincident;
} job;

static void run_task(void *argument, int64_t task)
{
    job *work = argument;
    const eqf_neighbors *list = work->list;
    search s;
    s.list = work->list;
    s.fill = work->fill;
    s.coincident = 0;
    s.candidates = 0;
    int64_t begin = task * RECEIVERS, end = begin + RECEIVERS;
    if (end > list->natoms) end = list->natoms;
    while (begin < end) {
        int32_t next = list->bin[list->site[begin].bin + 1].begin;
        s.begin = begin;
        s.end = next < end ? next : end;
        search_sites(&s);
        begin = s.end;
    }
    atomic_fetch_add_explicit(&work->coincident, s.coincident, memory_order_relaxed);
}

static int64_t run(eqf_context *context, eqf_neighbors *list, bool fill)
{
    job work = {.list = list, .fill = fill};
    atomic_init(&work.coincident, 0);
    eqfi_parallel(context, (list->natoms + RECEIVERS - 1) / RECEIVERS, run_task, &work);
    return atomic_load(&work.coincident);
}

void eqfi_neighbors_count(eqf_context *context, eqf_neighbors *list)
{
    list->row[0] = 0;
    list->coincident = run(context, list, false) / 2; /* each pair is met from both ends */
}

void eqfi_neighbors_fill(eqf_context *context, eqf_neighbors *list) { run(context, list, true); }

eqf_status eqfi_neighbors_offsets(eqf_context *context, int64_t natoms, int64_t *row)
{
    eqf_status status = EQF_OK;
    for (int64_t i = 0; i < natoms; i++) row[i + 1] += row[i];
    EQFI_CHECK(row[natoms] <= INT32_MAX, EQF_ERROR_RANGE, "there are %" PRId64 " edges, expected at most %d",
               row[natoms], INT32_MAX);
fail:
    return status;
}
