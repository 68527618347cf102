/* Assembling batches. SPDX-License-Identifier: MIT */
#include "train/batch.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

void eqfi_batch_clear(eqfi_batch *batch) { batch->graphs = batch->atoms = 0; }

enum { BLOCKS = 10 };

static void list_blocks(const eqfi_batch *b, void *blocks[BLOCKS], size_t bytes[BLOCKS])
{
#define BLOCK(i, array) (blocks[i] = b->array.at, bytes[i] = b->array.capacity * sizeof *b->array.at)
    BLOCK(0, numbers), BLOCK(1, tags), BLOCK(2, pbc), BLOCK(3, graph), BLOCK(4, positions), BLOCK(5, cell);
    BLOCK(6, energy), BLOCK(7, forces), BLOCK(8, stress), BLOCK(9, displacement);
#undef BLOCK
}

void eqfi_batch_release(const eqf_allocator *allocator, eqfi_batch *batch)
{
    void *blocks[BLOCKS];
    size_t bytes[BLOCKS];
    list_blocks(batch, blocks, bytes);
    for (int i = 0; i < BLOCKS; i++) eqfi_release(allocator, blocks[i]);
}

size_t eqfi_batch_bytes(const eqfi_batch *batch)
{
    void *blocks[BLOCKS];
    size_t bytes[BLOCKS], sum = 0;
    list_blocks(batch, blocks, bytes);
    for (int i = 0; i < BLOCKS; i++) sum += bytes[i];
    return sum;
}

static eqf_status provide(eqf_context *context, eqfi_batch *b, int64_t graphs, int64_t atoms)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(EQFI_PROVIDE(context, b->numbers, atoms));
    EQFI_TRY(EQFI_PROVIDE(context, b->tags, atoms));
    EQFI_TRY(EQFI_PROVIDE(context, b->pbc, 3 * graphs));
    EQFI_TRY(EQFI_PROVIDE(context, b->graph, atoms));
    EQFI_TRY(EQFI_PROVIDE(context, b->positions, 3 * atoms));
    EQFI_TRY(EQFI_PROVIDE(context, b->cell, 9 * graphs));
    EQFI_TRY(EQFI_PROVIDE(context, b->energy, graphs));
    EQFI_TRY(EQFI_PROVIDE(context, b->forces, 3 * atoms));
    EQFI_TRY(EQFI_PROVIDE(context, b->stress, 9 * graphs));
    EQFI_TRY(EQFI_PROVIDE(context, b->displacement, 3 * atoms));
fail:
    return status;
}

/* n numbers, or nan where there are none. */
static void copy(double *to, const double *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = from == NULL ? NAN : from[i];
}

/* Whole lattice vectors that bring r nearest to the origin, for r that is not far from there: the row of the inverse
 * lattice that belongs to a periodic vector is orthogonal to the other two. */
static void wrap(const double *cell, const int *pbc, double *r)
{
    for (int d = 0; d < 3; d++) {
        const double *a = &cell[3 * d], *b = &cell[3 * ((d + 1) % 3)], *c = &cell[3 * ((d + 2) % 3)];
        double n[3] = {b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]};
        double volume = a[0] * n[0] + a[1] * n[1] + a[2] * n[2];
        if (!pbc[d] || volume == 0) continue;
        double whole = floor((r[0] * n[0] + r[1] * n[1] + r[2] * n[2]) / volume + 0.5);
        for (int k = 0; k < 3; k++) r[k] -= whole * a[k];
    }
}

static void copy_displacements(eqfi_batch *b, const eqf_sample *sample)
{
    const eqf_structure *s = sample->structure;
    double *to = &b->displacement.at[3 * b->atoms];
    copy(to, sample->relaxed, 3 * s->natoms);
    for (int64_t i = 0; sample->relaxed != NULL && i < s->natoms; i++) {
        for (int a = 0; a < 3; a++) to[3 * i + a] -= s->positions[3 * i + a];
        wrap(s->cell, s->pbc, &to[3 * i]);
    }
}

eqf_status eqfi_batch_add(eqf_context *context, eqfi_batch *batch, const eqf_dataset *dataset, int64_t i)
{
    eqf_status status = EQF_OK;
    eqf_sample sample = EQF_SAMPLE_INIT;
    int64_t g = batch->graphs, first = batch->atoms;
    EQFI_TRY(eqf_dataset_get(context, dataset, i, &sample));
    const eqf_structure *s = sample.structure;
    size_t n = (size_t)s->natoms;
    EQFI_TRY(provide(context, batch, g + 1, first + s->natoms));
    if (n > 0) memcpy(&batch->numbers.at[first], s->atomic_numbers, n * sizeof *s->atomic_numbers);
    for (size_t k = 0; k < n; k++) {
        batch->tags.at[(size_t)first + k] = s->tags == NULL ? 0 : s->tags[k];
        batch->graph.at[(size_t)first + k] = (int32_t)g;
    }
    memcpy(&batch->pbc.at[3 * g], s->pbc, sizeof s->pbc);
    memcpy(&batch->cell.at[9 * g], s->cell, sizeof s->cell);
    copy(&batch->positions.at[3 * first], s->positions, 3 * s->natoms);
    copy(&batch->energy.at[g], s->has_energy ? &s->energy : NULL, 1);
    copy(&batch->forces.at[3 * first], s->forces, 3 * s->natoms);
    copy(&batch->stress.at[9 * g], s->has_stress ? s->stress : NULL, 9);
    copy_displacements(batch, &sample);
    batch->graphs = g + 1;
    batch->atoms = first + s->natoms;
fail:
    return status;
}

void eqfi_batch_add_noise(eqfi_batch *batch, double sigma, uint64_t seed, uint64_t stream)
{
    int64_t last = batch->graphs - 1, first = batch->atoms;
    double u = eqfi_rng_uniform(seed, stream, 0);
    while (first > 0 && batch->graph.at[first - 1] == last) first--;
    for (int64_t i = first; i < batch->atoms; i++) {
        if (batch->tags.at[i] == 0) continue;
        for (int64_t k = 3 * i; k < 3 * i + 3; k++) {
            double move = (1 - u) * batch->displacement.at[k] +
                          sigma * eqfi_rng_normal(seed, stream, 1 + (uint64_t)(k - 3 * first));
            batch->positions.at[k] += move;
            batch->displacement.at[k] -= move;
        }
    }
}

eqf_system eqfi_batch_system(const eqfi_batch *batch)
{
    eqf_system system = EQF_SYSTEM_INIT;
    system.natoms = batch->atoms;
    system.atomic_numbers = batch->numbers.at;
    system.positions = batch->positions.at;
    system.graphs = batch->graphs;
    system.graph = batch->graph.at;
    system.cell = batch->cell.at;
    system.pbc = batch->pbc.at;
    system.tags = batch->tags.at;
    return system;
}

double eqfi_batch_volume(const eqfi_batch *batch, int64_t graph)
{
    const double *m = &batch->cell.at[9 * graph];
    return fabs(m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
                m[2] * (m[3] * m[7] - m[4] * m[6]));
}
