/* Domains: a calculator whose program exchanges rows of ghosts, and whose edges the host may bring.
 * SPDX-License-Identifier: MIT */
#include <equiformer/domain.h>

#include <math.h>
#include <string.h>

#include "ad/run.h"
#include "base/struct.h"
#include "model/calculator.h"

struct eqf_domain {
    eqf_allocator allocator;
    eqf_calculator *calculator;
    eqf_local local; /* of the computation in progress */
    eqf_shares shares;
    eqf_run *run; /* NULL: none is in progress */
    bool done;    /* the run is complete */

    /* The host's edges that are shorter than the cut-off, and their places in its list. */
    eqfi_indices src, dst, place;
    eqfi_reals vectors;
    eqfi_indices degree; /* [own atoms] edges that it receives */
};

/* ----------------------------------------------------------------------------------------------------------- life -- */

eqf_status eqf_domain_create(eqf_context *context, const eqf_model *model, eqf_precision precision, eqf_domain **domain)
{
    eqf_status status = EQF_OK;
    eqf_domain *made = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    EQFI_TRY(eqf_calculator_create(context, model, precision, &made->calculator));
    made->calculator->distributed = true;
    *domain = made;
    return EQF_OK;
fail:
    eqf_domain_free(made);
    return status;
}

void eqf_domain_free(eqf_domain *domain)
{
    if (domain == NULL) return;
    eqf_allocator allocator = domain->allocator;
    eqf_calculator_free(domain->calculator);
    eqfi_release(&allocator, domain->src.at);
    eqfi_release(&allocator, domain->dst.at);
    eqfi_release(&allocator, domain->place.at);
    eqfi_release(&allocator, domain->vectors.at);
    eqfi_release(&allocator, domain->degree.at);
    eqfi_release(&allocator, domain);
}

size_t eqf_domain_bytes(const eqf_domain *domain)
{
    size_t indices = domain->src.capacity + domain->dst.capacity + domain->place.capacity + domain->degree.capacity;
    return eqf_calculator_bytes(domain->calculator) + indices * sizeof *domain->src.at +
           domain->vectors.capacity * sizeof *domain->vectors.at;
}

void eqf_domain_edge_list(const eqf_domain *domain, eqf_edges *edges)
{
    *edges = domain->calculator->edges;
    edges->shift = NULL;
}

/* ------------------------------------------------------------------------------------------------------ exchanges -- */

eqf_status eqf_domain_exchanges(eqf_context *context, eqf_domain *domain, int derivatives, int *count)
{
    eqf_run *run;
    int which = derivatives ? EQFI_WITH_GRADIENT : 0;
    eqf_status status = eqfi_calculator_run(context, domain->calculator, which, &run);
    if (status == EQF_OK) *count = eqf_run_exchanges(run);
    return status;
}

eqf_status eqf_domain_exchange(eqf_context *context, eqf_domain *domain, int derivatives, int i, eqf_exchange *exchange)
{
    eqf_run *run;
    int which = derivatives ? EQFI_WITH_GRADIENT : 0;
    eqf_status status = eqfi_calculator_run(context, domain->calculator, which, &run);
    return status == EQF_OK ? eqf_run_exchange(context, run, i, exchange) : status;
}

/* -------------------------------------------------------------------------------------------------------- binding -- */

static eqf_status check_local(eqf_context *context, const eqf_local *local, const eqf_shares *shares)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(local->nlocal >= 0 && local->nghost >= 0 && local->nlocal <= INT32_MAX &&
                   local->nghost <= INT32_MAX - local->nlocal,
               EQF_ERROR_RANGE, "%lld atoms and %lld ghosts, expected 0 to 2147483647", (long long)local->nlocal,
               (long long)local->nghost);
    int64_t atoms = local->nlocal + local->nghost;
    EQFI_CHECK(local->nedges >= -1 && local->nedges <= INT32_MAX, EQF_ERROR_RANGE,
               "%lld edges, expected -1 to 2147483647", (long long)local->nedges);
    EQFI_CHECK(atoms == 0 || local->atomic_numbers != NULL, EQF_ERROR_ARGUMENT, "atoms without atomic numbers");
    EQFI_CHECK(local->nedges <= 0 || (local->src != NULL && local->dst != NULL), EQF_ERROR_ARGUMENT,
               "%lld edges without senders or receivers", (long long)local->nedges);
    EQFI_CHECK(local->positions != NULL ||
                   (local->nedges >= 0 ? local->vectors != NULL || local->nedges == 0 : atoms == 0),
               EQF_ERROR_ARGUMENT, "atoms without positions whose edges have no vectors");
    EQFI_CHECK(shares->edge_gradient == NULL || local->nedges >= 0, EQF_ERROR_ARGUMENT,
               "derivatives by edges are asked for, but no edges are given");
fail:
    return status;
}

/* Every pair of atoms with an own receiver: edges are sorted by receiver, and own atoms come first. */
static eqf_status find_edges(eqf_context *context, eqf_domain *domain, const eqf_local *local)
{
    eqf_status status = EQF_OK;
    eqf_calculator *c = domain->calculator;
    eqf_edges edges;
    EQFI_TRY(eqf_neighbors_find(context, c->neighbors, eqf_model_cutoff(c->model), local->nlocal + local->nghost,
                                local->positions, 1, NULL, NULL, NULL, &edges));
    EQFI_CHECK(edges.coincident == 0, EQF_ERROR_ARGUMENT, "%lld pairs of atoms are at the same place",
               (long long)edges.coincident);
    while (edges.count > 0 && edges.dst[edges.count - 1] >= local->nlocal) edges.count--;
    int64_t most = eqf_model_config(c->model)->max_neighbors;
    if (most > 0) EQFI_TRY(eqfi_keep_nearest(context, c, most, &edges));
    c->edges = edges;
fail:
    return status;
}

static void edge_vector(const eqf_local *local, int64_t e, double *r)
{
    const double *from =
        local->vectors != NULL ? &local->vectors[3 * e] : &local->positions[3 * (int64_t)local->src[e]];
    for (int a = 0; a < 3; a++)
        r[a] = local->vectors != NULL ? from[a] : from[a] - local->positions[3 * (int64_t)local->dst[e] + a];
}

/* A model that counts a limited number of neighbours chooses them itself. */
static eqf_status check_neighbors(eqf_context *context, eqf_domain *domain, int64_t natoms)
{
    eqf_status status = EQF_OK;
    const eqf_edges *edges = &domain->calculator->edges;
    int64_t most = eqf_model_config(domain->calculator->model)->max_neighbors;
    if (most == 0) return EQF_OK;
    EQFI_TRY(EQFI_PROVIDE(context, domain->degree, natoms));
    for (int64_t i = 0; i < natoms; i++) domain->degree.at[i] = 0;
    for (int64_t e = 0; e < edges->count; e++) {
        int32_t dst = edges->dst[e];
        EQFI_CHECK(++domain->degree.at[dst] <= most, EQF_ERROR_UNSUPPORTED,
                   "atom %d has more than %lld edges, of which the model counts the nearest only: expected positions "
                   "without edges (nedges = -1)",
                   (int)dst, (long long)most);
    }
fail:
    return status;
}

/* The host's edges that are shorter than the cut-off. */
static eqf_status take_edges(eqf_context *context, eqf_domain *domain, const eqf_local *local)
{
    eqf_status status = EQF_OK;
    double cutoff = eqf_model_cutoff(domain->calculator->model);
    int64_t n = 0, atoms = local->nlocal + local->nghost;
    EQFI_TRY(EQFI_PROVIDE(context, domain->src, local->nedges));
    EQFI_TRY(EQFI_PROVIDE(context, domain->dst, local->nedges));
    EQFI_TRY(EQFI_PROVIDE(context, domain->place, local->nedges));
    EQFI_TRY(EQFI_PROVIDE(context, domain->vectors, 3 * local->nedges));
    for (int64_t e = 0; e < local->nedges; e++) {
        int32_t src = local->src[e], dst = local->dst[e];
        double *r = &domain->vectors.at[3 * n];
        EQFI_CHECK(src >= 0 && src < atoms && dst >= 0 && dst < local->nlocal, EQF_ERROR_RANGE,
                   "edge %lld leads from %d to %d, expected senders below %lld and receivers below %lld", (long long)e,
                   (int)src, (int)dst, (long long)atoms, (long long)local->nlocal);
        edge_vector(local, e, r);
        double square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
        EQFI_CHECK(isfinite(square), EQF_ERROR_NOT_FINITE, "the vector of edge %lld is not finite", (long long)e);
        EQFI_CHECK(square > 0, EQF_ERROR_ARGUMENT, "the atoms of edge %lld, %d and %d, are at the same place",
                   (long long)e, (int)src, (int)dst);
        if (sqrt(square) >= cutoff) continue;
        domain->src.at[n] = src;
        domain->dst.at[n] = dst;
        domain->place.at[n++] = (int32_t)e;
    }
    domain->calculator->edges =
        (eqf_edges){.count = n, .src = domain->src.at, .dst = domain->dst.at, .vector = domain->vectors.at};
    EQFI_TRY(check_neighbors(context, domain, local->nlocal));
fail:
    return status;
}

static bool wants_derivatives(const eqf_shares *shares)
{
    return shares->forces != NULL || shares->virial != NULL || shares->atom_virial != NULL ||
           shares->flux_virial != NULL || shares->edge_gradient != NULL;
}

eqf_status eqf_domain_begin(eqf_context *context, eqf_domain *domain, const eqf_local *local, const eqf_shares *shares)
{
    eqf_status status = EQF_OK;
    eqf_calculator *c = domain->calculator;
    eqf_run *run;
    eqf_local own_local = EQF_LOCAL_INIT;
    eqf_shares own_shares = EQF_SHARES_INIT;
    domain->run = NULL;
    domain->done = c->has_gradient = false;
    c->edges = (eqf_edges){.count = 0};
    EQFI_TAKE(eqf_local, local, own_local);
    EQFI_TAKE(eqf_shares, shares, own_shares);
    EQFI_TRY(check_local(context, local, shares));
    eqf_system atoms = EQF_SYSTEM_INIT;
    atoms.natoms = local->nlocal + local->nghost;
    atoms.atomic_numbers = local->atomic_numbers;
    atoms.tags = local->tags;
    EQFI_TRY(eqfi_bind_atoms(context, c, &atoms));
    EQFI_TRY(local->nedges < 0 ? find_edges(context, domain, local) : take_edges(context, domain, local));
    EQFI_TRY(eqfi_calculator_run(context, c, wants_derivatives(shares) ? EQFI_WITH_GRADIENT : 0, &run));
    EQFI_TRY(eqfi_bind_run(context, run, c, local->nlocal, atoms.natoms, 1));
    EQFI_TRY(eqf_run_begin(context, run));
    domain->local = *local;
    domain->shares = *shares;
    domain->run = run;
fail:
    return status;
}

/* -------------------------------------------------------------------------------------------------------- results -- */

/* The model's offset belongs to all atoms of all processes in equal parts. */
static eqf_status add_offset(eqf_context *context, eqf_domain *domain)
{
    eqf_status status = EQF_OK;
    eqf_calculator *c = domain->calculator;
    int64_t own = domain->local.nlocal;
    double offset = eqf_model_energy_offset(c->model), count;
    if (offset == 0 || own == 0) return EQF_OK;
    EQFI_TRY(eqf_run_get_output(context, domain->run, "count", &count));
    c->energy.at[0] += offset * ((double)own / count);
    for (int64_t i = 0; i < own; i++) c->atoms.at[i] += offset / count;
fail:
    return status;
}

static void scatter_gradient(const eqf_domain *domain, double *gradient)
{
    const eqf_calculator *c = domain->calculator;
    if (domain->local.nedges > 0) memset(gradient, 0, 3 * (size_t)domain->local.nedges * sizeof *gradient);
    for (int64_t e = 0; e < c->edges.count; e++)
        memcpy(&gradient[3 * (int64_t)domain->place.at[e]], &c->gradient.at[3 * e], 3 * sizeof *gradient);
}

eqf_status eqf_domain_end(eqf_context *context, eqf_domain *domain)
{
    eqf_status status = EQF_OK;
    const eqf_shares *shares = &domain->shares;
    eqf_calculator *c = domain->calculator;
    int64_t own = domain->local.nlocal, all = own + domain->local.nghost;
    EQFI_CHECK(domain->run != NULL && domain->done, EQF_ERROR_STATE, "a computation ends that is not complete");
    EQFI_TRY(eqfi_get_energies(context, c, domain->run, own, 1));
    EQFI_TRY(add_offset(context, domain));
    if (wants_derivatives(shares)) EQFI_TRY(eqfi_get_gradient(context, c, domain->run));
    if (shares->energy != NULL) *shares->energy = c->energy.at[0];
    if (shares->atom_energy != NULL && own > 0)
        memcpy(shares->atom_energy, c->atoms.at, (size_t)own * sizeof *c->atoms.at);
    if (shares->forces != NULL) eqfi_scatter_forces(&c->edges, all, c->gradient.at, shares->forces);
    if (shares->virial != NULL) eqfi_get_virials(c, 1, shares->virial);
    if (shares->atom_virial != NULL) eqfi_get_atom_virials(c, all, 0.5, shares->atom_virial);
    if (shares->flux_virial != NULL) eqfi_get_atom_virials(c, all, 1, shares->flux_virial);
    if (shares->edge_gradient != NULL) scatter_gradient(domain, shares->edge_gradient);
fail:
    domain->run = NULL;
    return status;
}

eqf_status eqf_domain_step(eqf_context *context, eqf_domain *domain, eqf_exchange *exchange)
{
    if (domain->run == NULL || domain->done)
        return eqfi_fail(context, EQF_ERROR_STATE, "a step of a computation that was not begun, or is complete");
    eqf_status status = eqf_run_step(context, domain->run, exchange);
    domain->done = status == EQF_END;
    return status;
}

/* ---------------------------------------------------------------------------------------------------- computation -- */

eqf_status eqf_domain_compute(eqf_context *context, eqf_domain *domain, const eqf_local *local,
                              const eqf_shares *shares, eqf_exchange_function exchange, void *user)
{
    eqf_status status = EQF_OK;
    eqf_exchange next;
    EQFI_TRY(eqf_domain_begin(context, domain, local, shares));
    while ((status = eqf_domain_step(context, domain, &next)) == EQF_OK)
        EQFI_TRY(eqfi_carry_out(context, exchange, user, &next));
    if (status == EQF_END) status = eqf_domain_end(context, domain);
fail:
    domain->run = NULL;
    return status;
}
