/* Dividing a system, and trading rows. SPDX-License-Identifier: MIT */
#include "domains.h"

static const double skin = 0.7;

static void *room_for(int64_t n, size_t size)
{
    void *block = calloc((size_t)n + 1, size);
    assert_non_null(block);
    return block;
}

/* -------------------------------------------------------------------------------------------------------- atoms -- */

static int domain_of(const model_system *system, int64_t i, int n, domain_layout layout)
{
    if (layout == DOMAINS_SCATTERED) return (int)((i * i + 3 * i + 1) % n);
    double low = INFINITY, high = -INFINITY;
    for (int64_t j = 0; j < system->natoms; j++) {
        low = fmin(low, system->positions[3 * j]);
        high = fmax(high, system->positions[3 * j]);
    }
    int slab = (int)(n * (system->positions[3 * i] - low) / (high - low + 1e-9));
    return layout == DOMAINS_EMPTY ? slab / 2 * 2 : slab;
}

static double distance(const double *a, const double *b)
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

static bool is_near(const domain_part *part, const double *r, double cutoff)
{
    for (int64_t i = 0; i < part->local.nlocal; i++)
        if (distance(r, &part->positions[3 * i]) < cutoff) return true;
    return false;
}

enum { IMAGES = 3, ROWS = MODEL_ATOMS * (2 * IMAGES + 1) * (2 * IMAGES + 1) * (2 * IMAGES + 1) };

static void add_row(domain_part *part, const model_system *system, int64_t atom, const double *r, int owner,
                    int64_t place)
{
    int64_t row = part->local.nlocal + part->local.nghost;
    part->atom[row] = atom;
    part->owner[row] = owner;
    part->place[row] = place;
    part->numbers[row] = system->numbers[atom];
    memcpy(&part->positions[3 * row], r, 3 * sizeof *r);
}

static void add_ghosts(domain_part *part, int own, const model_system *system, const int *domain, const int64_t *place,
                       double cutoff)
{
    for (int64_t j = 0; j < system->natoms; j++) {
        for (int image = 0; image < ROWS / MODEL_ATOMS; image++) {
            const int shift[3] = {image % (2 * IMAGES + 1) - IMAGES,
                                  image / (2 * IMAGES + 1) % (2 * IMAGES + 1) - IMAGES,
                                  image / (2 * IMAGES + 1) / (2 * IMAGES + 1) - IMAGES};
            bool home = shift[0] == 0 && shift[1] == 0 && shift[2] == 0, exists = true;
            double r[3];
            memcpy(r, &system->positions[3 * j], sizeof r);
            for (int k = 0; k < 3; k++) {
                if (shift[k] != 0 && !(system->periodic && system->pbc[k])) exists = false;
                for (int a = 0; a < 3 && shift[k] != 0; a++) r[a] += shift[k] * system->cell[3 * k + a];
            }
            if (!exists || (home && domain[j] == own) || !is_near(part, r, cutoff)) continue;
            add_row(part, system, j, r, domain[j], place[j]);
            part->local.nghost++;
        }
    }
}

/* -------------------------------------------------------------------------------------------------------- edges -- */

static void add_edges(domain_part *part, domain_edges kind, double cutoff)
{
    eqf_local *local = &part->local;
    int64_t all = local->nlocal + local->nghost, n = 0;
    if (kind == EDGES_FOUND) return;
    part->src = room_for(all * local->nlocal, sizeof *part->src);
    part->dst = room_for(all * local->nlocal, sizeof *part->dst);
    part->vectors = room_for(3 * all * local->nlocal, sizeof *part->vectors);
    for (int64_t i = 0; i < local->nlocal; i++) {
        for (int64_t j = 0; j < all; j++) {
            const double *to = &part->positions[3 * i], *from = &part->positions[3 * j];
            if (i == j || distance(from, to) >= cutoff + skin) continue;
            part->src[n] = (int32_t)j;
            part->dst[n] = (int32_t)i;
            for (int a = 0; a < 3; a++) part->vectors[3 * n + a] = from[a] - to[a];
            n++;
        }
    }
    local->nedges = n;
    local->src = part->src;
    local->dst = part->dst;
    if (kind == EDGES_VECTORS) local->vectors = part->vectors;
    if (kind == EDGES_VECTORS) local->positions = NULL;
}

domain_split domains_of(const model_system *system, double cutoff, int n, domain_layout layout, int edges)
{
    domain_split split = {.n = n};
    int domain[MODEL_ATOMS];
    int64_t place[MODEL_ATOMS];
    assert_int_equal(system->graphs, 1);
    for (int d = 0; d < n; d++) {
        domain_part *part = &split.parts[d];
        part->local = (eqf_local)EQF_LOCAL_INIT;
        part->atom = room_for(ROWS, sizeof *part->atom);
        part->owner = room_for(ROWS, sizeof *part->owner);
        part->place = room_for(ROWS, sizeof *part->place);
        part->numbers = room_for(ROWS, sizeof *part->numbers);
        part->positions = room_for(3 * ROWS, sizeof *part->positions);
    }
    for (int64_t i = 0; i < system->natoms; i++) {
        domain[i] = domain_of(system, i, n, layout);
        domain_part *part = &split.parts[domain[i]];
        place[i] = part->local.nlocal;
        add_row(part, system, i, &system->positions[3 * i], domain[i], place[i]);
        part->local.nlocal++;
    }
    for (int d = 0; d < n; d++) {
        domain_part *part = &split.parts[d];
        add_ghosts(part, d, system, domain, place, cutoff);
        part->local.atomic_numbers = part->numbers;
        part->local.positions = part->positions;
        add_edges(part, (domain_edges)((edges + d) % EDGES_KINDS), cutoff);
    }
    return split;
}

void domains_free(domain_split *split)
{
    for (int d = 0; d < split->n; d++) {
        domain_part *part = &split->parts[d];
        void *blocks[] = {part->atom,      part->owner,   part->place, part->numbers,
                          part->positions, part->vectors, part->src,   part->dst};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    }
}

/* ----------------------------------------------------------------------------------------------------- exchanges -- */

static void *row_at(const eqf_exchange *e, int64_t row)
{
    size_t size = e->precision == EQF_FLOAT64 ? sizeof(double) : sizeof(float);
    return (char *)e->values + (size_t)(row * e->width) * size;
}

static void add_rows(const eqf_exchange *e, void *to, const void *from)
{
    for (int i = 0; i < e->width; i++) {
        if (e->precision == EQF_FLOAT64)
            ((double *)to)[i] += ((const double *)from)[i];
        else
            ((float *)to)[i] += ((const float *)from)[i];
    }
}

/* From an own row to a ghost's, or the other way. */
static void trade(const domain_split *split, const eqf_exchange *exchanges, int d, int64_t ghost)
{
    const domain_part *part = &split->parts[d];
    const eqf_exchange *e = &exchanges[d], *owner = &exchanges[part->owner[ghost]];
    size_t size = (size_t)e->width * (e->precision == EQF_FLOAT64 ? sizeof(double) : sizeof(float));
    assert_true(part->place[ghost] < owner->own);
    if (e->kind == EQF_EXCHANGE_FORWARD)
        memcpy(row_at(e, ghost), row_at(owner, part->place[ghost]), size);
    else
        add_rows(e, row_at(owner, part->place[ghost]), row_at(e, ghost));
}

/* Every process gets the sum of all. */
static void sum_all(const eqf_exchange *exchanges, int n)
{
    for (int64_t r = 0; r < exchanges[0].own; r++) {
        for (int d = 1; d < n; d++) add_rows(&exchanges[0], row_at(&exchanges[0], r), row_at(&exchanges[d], r));
        size_t size = (size_t)exchanges[0].width * (exchanges[0].precision == EQF_FLOAT64 ? 8 : 4);
        for (int d = 1; d < n; d++) memcpy(row_at(&exchanges[d], r), row_at(&exchanges[0], r), size);
    }
}

void domains_exchange(const domain_split *split, const eqf_exchange *exchanges)
{
    for (int d = 0; d < split->n; d++) {
        const eqf_local *local = &split->parts[d].local;
        bool sums = exchanges[d].kind == EQF_EXCHANGE_SUM;
        assert_int_equal(exchanges[d].kind, exchanges[0].kind);
        assert_int_equal(exchanges[d].width, exchanges[0].width);
        assert_int_equal(exchanges[d].precision, exchanges[0].precision);
        assert_int_equal(exchanges[d].own, sums ? 1 : local->nlocal);
        assert_int_equal(exchanges[d].rows, sums ? 1 : local->nlocal + local->nghost);
    }
    if (exchanges[0].kind == EQF_EXCHANGE_SUM) sum_all(exchanges, split->n);
    for (int d = 0; d < split->n && exchanges[0].kind != EQF_EXCHANGE_SUM; d++)
        for (int64_t g = exchanges[d].own; g < exchanges[d].rows; g++) trade(split, exchanges, d, g);
}

/* ------------------------------------------------------------------------------------------------------- results -- */

domain_shares domain_room(const domain_part *part)
{
    domain_shares room = {.shares = EQF_SHARES_INIT};
    int64_t own = part->local.nlocal, all = own + part->local.nghost;
    room.atoms = room_for(own, sizeof(double));
    room.forces = room_for(3 * all, sizeof(double));
    room.atom_virial = room_for(9 * all, sizeof(double));
    room.flux_virial = room_for(9 * all, sizeof(double));
    room.edge_gradient = part->local.nedges < 0 ? NULL : room_for(3 * part->local.nedges, sizeof(double));
    room.shares.atom_energy = room.atoms;
    room.shares.forces = room.forces;
    room.shares.atom_virial = room.atom_virial;
    room.shares.flux_virial = room.flux_virial;
    room.shares.edge_gradient = room.edge_gradient;
    return room;
}

void domain_room_free(domain_shares *room)
{
    free(room->atoms);
    free(room->forces);
    free(room->atom_virial);
    free(room->flux_virial);
    free(room->edge_gradient);
}

static void add_columns(const domain_part *part, int columns, const double *rows, double *sum)
{
    for (int64_t i = 0; i < part->local.nlocal + part->local.nghost; i++)
        for (int a = 0; a < columns; a++) sum[columns * part->atom[i] + a] += rows[columns * i + a];
}

void domains_add(const domain_part *part, const domain_shares *room, domain_result *sum)
{
    sum->energy += room->energy;
    for (int a = 0; a < 9; a++) sum->virial[a] += room->virial[a];
    for (int64_t i = 0; i < part->local.nlocal; i++) sum->atoms[part->atom[i]] = room->atoms[i];
    add_columns(part, 3, room->forces, sum->forces);
    add_columns(part, 9, room->atom_virial, sum->atom_virial);
    add_columns(part, 9, room->flux_virial, sum->flux_virial);
    if (room->edge_gradient == NULL) {
        add_columns(part, 3, room->forces, sum->edge_forces);
        return;
    }
    for (int64_t e = 0; e < part->local.nedges; e++) {
        for (int a = 0; a < 3; a++) {
            sum->edge_forces[3 * part->atom[part->local.src[e]] + a] -= room->edge_gradient[3 * e + a];
            sum->edge_forces[3 * part->atom[part->local.dst[e]] + a] += room->edge_gradient[3 * e + a];
        }
    }
}
