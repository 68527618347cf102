/* Second derivatives of the energy by positions.
 *
 * With edge vectors r_e = r_src - r_dst, a displacement d of the atoms changes them by t_e = d_src - d_dst, and
 *
 *     (H d)_i = sum over edges e from i: p_e - sum over edges e to i: p_e,    p = (d2E / dr_e dr_f) t
 *
 * p is one gradient of <gradient, t>. Several directions go through one execution: the system is copied for each, as
 * systems of a batch, as many times as memory allows.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/struct.h"
#include "model/calculator.h"

enum { DEFAULT_MEGABYTES = 64 };

static const double growth = 1.125; /* of the memory of runs (lib/ad/memory.c) */

/* ---------------------------------------------------------------------------------------------------------- copies -- */

static void repeat_indices(int64_t copies, int64_t n, int64_t step, const int32_t *from, int32_t *to)
{
    for (int64_t c = 0; c < copies; c++)
        for (int64_t i = 0; i < n; i++) to[c * n + i] = (int32_t)(from[i] + c * step);
}

static eqf_status provide_copies(eqf_context *context, eqf_calculator *calculator, int64_t atoms, int64_t edges)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.src, edges));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.dst, edges));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.graph, atoms));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.types, atoms));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.tags, atoms));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.vectors, 3 * edges));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.tangents, 3 * edges));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.gradient, 3 * edges));
fail:
    return status;
}

/* Edges and atoms of every copy. */
static void fill_copies(eqf_calculator *calculator, const eqf_system *system, int64_t copies)
{
    const eqf_edges *edges = &calculator->edges;
    int64_t n = system->natoms;
    repeat_indices(copies, edges->count, n, edges->src, calculator->hessian.src.at);
    repeat_indices(copies, edges->count, n, edges->dst, calculator->hessian.dst.at);
    repeat_indices(copies, n, system->graphs, calculator->graph.at, calculator->hessian.graph.at);
    repeat_indices(copies, n, 0, calculator->types.at, calculator->hessian.types.at);
    repeat_indices(copies, n, 0, calculator->tags.at, calculator->hessian.tags.at);
    for (int64_t c = 0; c < copies; c++)
        memcpy(&calculator->hessian.vectors.at[3 * c * edges->count], edges->vector,
               3 * (size_t)edges->count * sizeof *edges->vector);
}

static void fill_tangents(eqf_calculator *calculator, int64_t natoms, int64_t copies, const double *directions)
{
    const eqf_edges *edges = &calculator->edges;
    double *tangent = calculator->hessian.tangents.at;
    for (int64_t c = 0; c < copies; c++) {
        const double *d = &directions[3 * c * natoms];
        for (int64_t e = 0; e < edges->count; e++, tangent += 3)
            for (int a = 0; a < 3; a++)
                tangent[a] = d[3 * (int64_t)edges->src[e] + a] - d[3 * (int64_t)edges->dst[e] + a];
    }
}

static eqf_status bind_copies(eqf_context *context, const eqf_calculator *calculator, eqf_run *run,
                              const eqf_system *system, int64_t copies)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqf_run_set_rows(context, run, "atoms", copies * system->natoms));
    EQFI_TRY(eqf_run_set_rows(context, run, "edges", copies * calculator->edges.count));
    EQFI_TRY(eqf_run_set_rows(context, run, "graphs", copies * system->graphs));
    EQFI_TRY(eqf_run_set_map(context, run, "edge_src", calculator->hessian.src.at));
    EQFI_TRY(eqf_run_set_map(context, run, "edge_dst", calculator->hessian.dst.at));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_graph", calculator->hessian.graph.at));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_type", calculator->hessian.types.at));
    EQFI_TRY(eqf_run_set_map(context, run, "atom_tag", calculator->hessian.tags.at));
    EQFI_TRY(eqf_run_set_input(context, run, "vectors", calculator->hessian.vectors.at));
    EQFI_TRY(eqf_run_set_input(context, run, "tangents", calculator->hessian.tangents.at));
fail:
    return status;
}

/* products[c] = H directions[c] for as many directions as there are copies. */
static eqf_status multiply(eqf_context *context, eqf_calculator *calculator, const eqf_system *system, int64_t copies,
                           const double *directions, double *products)
{
    eqf_status status = EQF_OK;
    eqf_run *run;
    int64_t n = system->natoms, edges = calculator->edges.count;
    double scale = eqf_model_energy_scale(calculator->model);
    EQFI_TRY(eqfi_calculator_run(context, calculator, EQFI_HESSIAN_PROGRAM, &run));
    EQFI_TRY(provide_copies(context, calculator, copies * n, copies * edges));
    fill_copies(calculator, system, copies);
    fill_tangents(calculator, n, copies, directions);
    EQFI_TRY(bind_copies(context, calculator, run, system, copies));
    EQFI_TRY(eqf_run_execute(context, run));
    EQFI_TRY(eqf_run_get_output(context, run, "product", calculator->hessian.gradient.at));
    for (int64_t c = 0; c < copies; c++)
        eqfi_scatter_forces(&calculator->edges, n, &calculator->hessian.gradient.at[3 * c * edges],
                            &products[3 * c * n]);
    for (int64_t i = 0; i < 3 * copies * n; i++) products[i] *= -scale; /* forces are minus the gradient */
    EQFI_TRY(eqfi_check_finite(context, "second derivative", 3 * (size_t)(copies * n), products));
fail:
    return status;
}

/* ------------------------------------------------------------------------------------------------- many directions -- */

/* Memory per edge of one copy: measured once, on one direction. */
static eqf_status measure(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                          const double *directions, double *products)
{
    eqf_status status = EQF_OK;
    eqf_run *run;
    EQFI_TRY(eqfi_calculator_run(context, calculator, EQFI_HESSIAN_PROGRAM, &run));
    size_t before = eqf_run_bytes(run);
    status = multiply(context, calculator, system, 1, directions, products);
    /* also if that failed after the memory was taken: it is not taken again */
    calculator->hessian.bytes_per_edge = (double)(eqf_run_bytes(run) - before) / (double)calculator->edges.count;
fail:
    return status;
}

/* The largest number of copies within the budget, at least one. */
static int64_t count_copies(const eqf_calculator *calculator, const eqf_system *system,
                            const eqf_hessian_options *options, int64_t n)
{
    double budget = options->memory == 0 ? DEFAULT_MEGABYTES * 1048576.0 : (double)options->memory;
    double most = budget / (growth * calculator->hessian.bytes_per_edge * (double)calculator->edges.count);
    double rows = (double)(calculator->edges.count > system->natoms ? calculator->edges.count : system->natoms);
    most = fmin(most, INT32_MAX / rows);
    most = fmin(most, INT32_MAX / (double)system->graphs);
    return most >= (double)n ? n : most < 1 ? 1 : (int64_t)most;
}

/* products[k] = H directions[k], k = 0..n-1, in executions of about equal size. */
static eqf_status multiply_all(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                               const eqf_hessian_options *options, int64_t n, const double *directions,
                               double *products)
{
    eqf_status status = EQF_OK;
    int64_t size = 3 * system->natoms;
    if (n == 0 || size == 0) return EQF_OK;
    if (calculator->edges.count == 0) {
        memset(products, 0, (size_t)(n * size) * sizeof *products);
        return EQF_OK;
    }
    if (calculator->hessian.bytes_per_edge <= 0) EQFI_TRY(measure(context, calculator, system, directions, products));
    int64_t most = count_copies(calculator, system, options, n), executions = (n + most - 1) / most;
    int64_t step = (n + executions - 1) / executions;
    for (int64_t k = 0; k < n; k += step)
        EQFI_TRY(multiply(context, calculator, system, k + step < n ? step : n - k, &directions[k * size],
                          &products[k * size]));
fail:
    return status;
}

eqf_status eqf_calculator_hvp(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                              const eqf_hessian_options *options, int64_t n, const double *directions, double *products)
{
    eqf_status status = EQF_OK;
    eqf_system own_system = EQF_SYSTEM_INIT;
    eqf_hessian_options own_options = EQF_HESSIAN_OPTIONS_INIT;
    EQFI_TAKE(eqf_system, system, own_system);
    EQFI_TAKE(eqf_hessian_options, options, own_options);
    EQFI_TRY(eqfi_calculator_bind(context, calculator, system));
    EQFI_CHECK(n >= 0, EQF_ERROR_RANGE, "%lld directions, expected 0 or more", (long long)n);
    EQFI_TRY(eqfi_check_finite(context, "direction component", 3 * (size_t)(n * system->natoms), directions));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.products, 3 * n * system->natoms));
    EQFI_TRY(multiply_all(context, calculator, system, options, n, directions, calculator->hessian.products.at));
    calculator->last_edges = calculator->edges.count;
    if (n * system->natoms > 0)
        memcpy(products, calculator->hessian.products.at, 3 * (size_t)(n * system->natoms) * sizeof *products);
fail:
    return status;
}

/* -------------------------------------------------------------------------------------------------- the whole matrix -- */

/* Number of the first atom of a system, and of the one behind its last. */
static void find_range(const eqf_calculator *calculator, int64_t natoms, int64_t atom, int64_t *first, int64_t *last)
{
    int32_t graph = calculator->graph.at[atom];
    for (*first = atom; *first > 0 && calculator->graph.at[*first - 1] == graph; --*first) {
    }
    for (*last = atom + 1; *last < natoms && calculator->graph.at[*last] == graph; ++*last) {
    }
}

/* Systems do not see one another: direction k displaces coordinate k of every one of them. Returns how many there are. */
static int64_t count_directions(const eqf_calculator *calculator, int64_t natoms)
{
    int64_t most = 0, first, last;
    for (int64_t i = 0; i < natoms; i = last) {
        find_range(calculator, natoms, i, &first, &last);
        if (last - first > most) most = last - first;
    }
    return 3 * most;
}

/* Units at coordinate k of each system; or the columns from there into the matrix. */
static void fill_directions(const eqf_calculator *calculator, int64_t natoms, double *directions)
{
    int64_t first, last;
    for (int64_t i = 0; i < natoms; i = last) {
        find_range(calculator, natoms, i, &first, &last);
        for (int64_t k = 0; k < 3 * (last - first); k++) directions[3 * natoms * k + 3 * first + k] = 1;
    }
}

static void fill_matrix(const eqf_calculator *calculator, int64_t natoms, const double *products, double *hessian)
{
    int64_t first, last, size = 3 * natoms;
    memset(hessian, 0, (size_t)(size * size) * sizeof *hessian);
    for (int64_t i = 0; i < natoms; i = last) {
        find_range(calculator, natoms, i, &first, &last);
        for (int64_t k = 0; k < 3 * (last - first); k++)
            for (int64_t m = 0; m < 3 * (last - first); m++)
                hessian[size * (3 * first + k) + 3 * first + m] =
                    0.5 * (products[size * k + 3 * first + m] + products[size * m + 3 * first + k]);
    }
}

eqf_status eqf_calculator_hessian(eqf_context *context, eqf_calculator *calculator, const eqf_system *system,
                                  const eqf_hessian_options *options, double *hessian)
{
    eqf_status status = EQF_OK;
    eqf_system own_system = EQF_SYSTEM_INIT;
    eqf_hessian_options own_options = EQF_HESSIAN_OPTIONS_INIT;
    EQFI_TAKE(eqf_system, system, own_system);
    EQFI_TAKE(eqf_hessian_options, options, own_options);
    EQFI_TRY(eqfi_calculator_bind(context, calculator, system));
    EQFI_TRY(eqfi_warn_symmetry(context, calculator, system, NULL, NULL));
    int64_t n = count_directions(calculator, system->natoms), size = 3 * system->natoms;
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.directions, n * size));
    EQFI_TRY(EQFI_PROVIDE(context, calculator->hessian.products, n * size));
    if (n > 0) memset(calculator->hessian.directions.at, 0, (size_t)(n * size) * sizeof(double));
    fill_directions(calculator, system->natoms, calculator->hessian.directions.at);
    EQFI_TRY(multiply_all(context, calculator, system, options, n, calculator->hessian.directions.at,
                          calculator->hessian.products.at));
    calculator->last_edges = calculator->edges.count;
    if (n > 0) fill_matrix(calculator, system->natoms, calculator->hessian.products.at, hessian);
fail:
    return status;
}
