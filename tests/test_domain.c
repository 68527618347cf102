/* Domains: the same energies, forces and virials as the whole system's, however it is divided.
 * SPDX-License-Identifier: MIT */
#include "base/context.h"
#include "support/domains.h"

#include <pthread.h>

/* ------------------------------------------------------------------------------------------------------- systems -- */

/* A molecule; a crystal smaller than the cut-off; many atoms in a skewed cell. */
static model_system system_of(int which)
{
    if (which == 0) return model_molecule(13, 5);
    if (which == 1) return model_crystal(7, 3);
    model_system s = model_molecule(30, 9);
    double high[3] = {-INFINITY, -INFINITY, -INFINITY}, low[3] = {INFINITY, INFINITY, INFINITY};
    for (int64_t i = 0; i < 3 * s.natoms; i++) {
        high[i % 3] = fmax(high[i % 3], s.positions[i]);
        low[i % 3] = fmin(low[i % 3], s.positions[i]);
    }
    const double skew[9] = {0, 0, 0, 0.8, 0, 0, -0.5, 0.6, 0};
    for (int i = 0; i < 9; i++) s.cell[i] = i % 4 == 0 ? high[i / 4] - low[i / 4] + 1.6 : skew[i];
    s.periodic = true;
    s.pbc[0] = s.pbc[1] = 1;
    s.pbc[2] = 0;
    return s;
}

enum { SYSTEMS = 3 };

static domain_result whole(model_bench *b, const model_system *system)
{
    static domain_result r;
    memset(&r, 0, sizeof r);
    eqf_system s = model_of(system);
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = &r.energy;
    results.atom_energy = r.atoms;
    results.forces = r.forces;
    results.virial = r.virial;
    results.atom_virial = r.atom_virial;
    TEST_OK(b->context, eqf_calculator_compute(b->context, b->calculator, &s, &results));
    return r;
}

static void expect_near(const char *what, int64_t n, const double *a, const double *b, double tolerance)
{
    double most = 1, error = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(b[i]));
    for (int64_t i = 0; i < n; i++) error = fmax(error, fabs(a[i] - b[i]));
    if (!(error <= tolerance * most)) fail_msg("%s differ by %g of %g", what, error, most);
}

static void expect_equal(const model_system *system, const domain_result *a, const domain_result *b, double tolerance)
{
    int64_t n = system->natoms;
    double flux[9] = {0}, virial[9];
    for (int64_t i = 0; i < 9 * n; i++) flux[i % 9] += a->flux_virial[i];
    for (int i = 0; i < 9; i++) virial[i] = 0.5 * (flux[i] + flux[i % 3 * 3 + i / 3]);
    expect_near("energies", 1, &a->energy, &b->energy, tolerance);
    expect_near("energies of atoms", n, a->atoms, b->atoms, tolerance);
    expect_near("forces", 3 * n, a->forces, b->forces, tolerance);
    expect_near("forces of edges", 3 * n, a->edge_forces, b->forces, tolerance);
    expect_near("virials", 9, a->virial, b->virial, tolerance);
    expect_near("virials of the flux", 9, virial, b->virial, tolerance);
    expect_near("virials of atoms", 9 * n, a->atom_virial, b->atom_virial, tolerance);
}

/* -------------------------------------------------------------------------------------- the host's loop, step by step -- */

typedef struct team {
    domain_split split;
    eqf_domain *domains[DOMAINS_MAX];
    domain_shares rooms[DOMAINS_MAX];
} team;

static void team_begin(team *t, eqf_context *context, const eqf_model *model, eqf_precision precision)
{
    for (int d = 0; d < t->split.n; d++) {
        t->rooms[d] = domain_room(&t->split.parts[d]);
        t->rooms[d].shares.energy = &t->rooms[d].energy;
        t->rooms[d].shares.virial = t->rooms[d].virial;
        TEST_OK(context, eqf_domain_create(context, model, precision, &t->domains[d]));
    }
}

static domain_result team_end(team *t)
{
    static domain_result sum;
    memset(&sum, 0, sizeof sum);
    for (int d = 0; d < t->split.n; d++) {
        domains_add(&t->split.parts[d], &t->rooms[d], &sum);
        domain_room_free(&t->rooms[d]);
        eqf_domain_free(t->domains[d]);
    }
    domains_free(&t->split);
    return sum;
}

/* Every exchange is the one that was announced. */
static void run_steps(eqf_context *context, team *t, int derivatives)
{
    int n = t->split.n, count, seen = 0;
    eqf_exchange exchanges[DOMAINS_MAX], announced;
    TEST_OK(context, eqf_domain_exchanges(context, t->domains[0], derivatives, &count));
    for (int d = 0; d < n; d++)
        TEST_OK(context, eqf_domain_begin(context, t->domains[d], &t->split.parts[d].local, &t->rooms[d].shares));
    for (;; seen++) {
        eqf_status status = EQF_OK;
        for (int d = 0; d < n; d++) {
            eqf_status own = eqf_domain_step(context, t->domains[d], &exchanges[d]);
            if (d > 0) assert_int_equal(own, status);
            status = own;
        }
        if (status == EQF_END) break;
        TEST_OK(context, status);
        TEST_OK(context, eqf_domain_exchange(context, t->domains[0], derivatives, seen, &announced));
        assert_int_equal(announced.kind, exchanges[0].kind);
        assert_int_equal(announced.width, exchanges[0].width);
        assert_int_equal(announced.precision, exchanges[0].precision);
        domains_exchange(&t->split, exchanges);
    }
    assert_int_equal(seen, count);
    for (int d = 0; d < n; d++) TEST_OK(context, eqf_domain_end(context, t->domains[d]));
}

static void check_model(model_kind kind, eqf_precision precision, double tolerance)
{
    model_bench b;
    model_begin(&b, kind, precision);
    double cutoff = eqf_model_cutoff(b.model);
    for (int which = 0; which < SYSTEMS; which++) {
        model_system system = system_of(which);
        domain_result expected = whole(&b, &system);
        for (int n = 1, trial = 0; n <= DOMAINS_MAX; n *= 2) {
            for (int layout = 0; layout < (n == 1 ? 1 : (int)DOMAINS_LAYOUTS); layout++, trial++) {
                team t = {.split = domains_of(&system, cutoff, n, (domain_layout)layout, trial)};
                team_begin(&t, b.context, b.model, precision);
                run_steps(b.context, &t, 1);
                domain_result sum = team_end(&t);
                expect_equal(&system, &sum, &expected, tolerance);
            }
        }
    }
    model_finish(&b);
}

#define TEST_KIND(name, kind)                                                                                          \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        check_model(kind, EQF_FLOAT64, 1e-12);                                                                         \
    }
TEST_KIND(se3, MODEL_SE3)
TEST_KIND(exp, MODEL_EXP)
TEST_KIND(e3, MODEL_E3)
TEST_KIND(dot, MODEL_DOT)
TEST_KIND(linear, MODEL_LINEAR)
TEST_KIND(smooth, MODEL_SMOOTH)

static void test_float32(void **state)
{
    (void)state;
    check_model(MODEL_LINEAR, EQF_FLOAT32, 2e-5);
}

/* Embeddings of senders and receivers on edges: types of ghosts count. Messages wider than features: these are exchanged.
 * Energies of atoms by element, and one of the system, which all atoms share. */
static void test_configurations(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"irreps_atom_edge_attr", "8x0e"},
                                           {"irreps_pre_attn", "24x0e+12x1e+8x2e"},
                                           {"energy_offset", "-309.25"},
                                           {"energy_shifts", "-13,-37,-54.5,-75,-99"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        model_bench b;
        eqf_config *config;
        eqf_model *model;
        model_begin(&b, MODEL_SE3, EQF_FLOAT64);
        config = model_small_config(b.context, MODEL_SE3);
        TEST_OK(b.context, eqf_config_set(b.context, config, cases[i][0], cases[i][1]));
        if (i == 0) TEST_OK(b.context, eqf_config_set(b.context, config, "use_atom_edge_attr", "true"));
        TEST_OK(b.context, eqf_model_create(b.context, config, 4, EQF_FLOAT64, &model));
        eqf_calculator_free(b.calculator);
        TEST_OK(b.context, eqf_calculator_create(b.context, model, EQF_FLOAT64, &b.calculator));
        model_system system = system_of(2);
        domain_result expected = whole(&b, &system);
        domain_layout layout = (domain_layout)(i % DOMAINS_LAYOUTS);
        team t = {.split = domains_of(&system, eqf_model_cutoff(model), 4, layout, 0)};
        team_begin(&t, b.context, model, EQF_FLOAT64);
        run_steps(b.context, &t, 1);
        domain_result sum = team_end(&t);
        expect_equal(&system, &sum, &expected, 1e-12);
        eqf_config_free(config);
        eqf_model_free(model);
        model_finish(&b);
    }
}

/* Without derivatives there are fewer exchanges, none of them back. */
static void test_energies(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_LINEAR, EQF_FLOAT64);
    model_system system = system_of(2);
    domain_result expected = whole(&b, &system);
    team t = {.split = domains_of(&system, eqf_model_cutoff(b.model), 4, DOMAINS_EMPTY, 0)};
    int with, without;
    team_begin(&t, b.context, b.model, EQF_FLOAT64);
    TEST_OK(b.context, eqf_domain_exchanges(b.context, t.domains[0], 1, &with));
    TEST_OK(b.context, eqf_domain_exchanges(b.context, t.domains[0], 0, &without));
    assert_true(0 < without && without < with);
    for (int i = 0; i < without; i++) {
        eqf_exchange exchange;
        TEST_OK(b.context, eqf_domain_exchange(b.context, t.domains[0], 0, i, &exchange));
        assert_int_not_equal(exchange.kind, EQF_EXCHANGE_REVERSE);
    }
    for (int d = 0; d < t.split.n; d++) {
        t.rooms[d].shares = (eqf_shares)EQF_SHARES_INIT;
        t.rooms[d].shares.energy = &t.rooms[d].energy;
        t.rooms[d].shares.atom_energy = t.rooms[d].atoms;
    }
    run_steps(b.context, &t, 0);
    domain_result sum = team_end(&t);
    expect_near("energies", 1, &sum.energy, &expected.energy, 1e-12);
    expect_near("energies of atoms", system.natoms, sum.atoms, expected.atoms, 1e-12);
    model_finish(&b);
}

/* ------------------------------------------------------------------------------------------------------ callbacks -- */

/* Domains on threads of their own; the last one that arrives carries out the exchange of all. */
typedef struct crew {
    team team;
    const eqf_model *model;
    pthread_barrier_t barrier;
    eqf_exchange exchanges[DOMAINS_MAX];
} crew;

typedef struct member {
    crew *crew;
    int domain;
    eqf_status status;
} member;

static int arrive(void *user, const eqf_exchange *exchange)
{
    member *m = user;
    m->crew->exchanges[m->domain] = *exchange;
    if (pthread_barrier_wait(&m->crew->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        domains_exchange(&m->crew->team.split, m->crew->exchanges);
    pthread_barrier_wait(&m->crew->barrier);
    return 0;
}

static void *work(void *argument)
{
    member *m = argument;
    test_allocator memory;
    eqf_context *context = test_context(&memory);
    eqf_domain *domain;
    m->status = eqf_domain_create(context, m->crew->model, EQF_FLOAT64, &domain);
    for (int repeat = 0; repeat < 2 && m->status == EQF_OK; repeat++)
        m->status = eqf_domain_compute(context, domain, &m->crew->team.split.parts[m->domain].local,
                                       &m->crew->team.rooms[m->domain].shares, arrive, m);
    eqf_domain_free(domain);
    test_context_free(context, &memory);
    return NULL;
}

static void check_callbacks(domain_layout layout)
{
    model_bench b;
    model_begin(&b, MODEL_LINEAR, EQF_FLOAT64);
    model_system system = system_of(1);
    domain_result expected = whole(&b, &system);
    crew c = {.model = b.model};
    member members[DOMAINS_MAX];
    pthread_t threads[DOMAINS_MAX];
    int n = 4;
    c.team.split = domains_of(&system, eqf_model_cutoff(b.model), n, layout, 0);
    team_begin(&c.team, b.context, b.model, EQF_FLOAT64);
    pthread_barrier_init(&c.barrier, NULL, (unsigned)n);
    for (int d = 0; d < n; d++) {
        members[d] = (member){&c, d, EQF_OK};
        assert_int_equal(pthread_create(&threads[d], NULL, work, &members[d]), 0);
    }
    for (int d = 0; d < n; d++) pthread_join(threads[d], NULL);
    for (int d = 0; d < n; d++) assert_int_equal(members[d].status, EQF_OK);
    pthread_barrier_destroy(&c.barrier);
    domain_result sum = team_end(&c.team);
    expect_equal(&system, &sum, &expected, 1e-12);
    model_finish(&b);
}

static void test_callbacks(void **state)
{
    (void)state;
    check_callbacks(DOMAINS_SLABS);
    check_callbacks(DOMAINS_EMPTY);
}

static int refuse(void *user, const eqf_exchange *exchange)
{
    (void)exchange;
    return --*(int *)user < 0 ? 7 : 0;
}

/* A refusal at each exchange in turn; the domain is as good as before. */
static void test_refusal(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_system system = system_of(0);
    domain_result expected = whole(&b, &system);
    domain_split split = domains_of(&system, eqf_model_cutoff(b.model), 1, DOMAINS_SLABS, 0);
    const eqf_local *local = &split.parts[0].local;
    domain_shares room = domain_room(&split.parts[0]);
    eqf_domain *domain;
    int count, good;
    room.shares.energy = &room.energy;
    room.energy = 1234;
    TEST_OK(b.context, eqf_domain_create(b.context, b.model, EQF_FLOAT64, &domain));
    TEST_OK(b.context, eqf_domain_exchanges(b.context, domain, 1, &count));
    assert_int_equal(count, 2 * 2); /* blocks, there and back */
    for (int i = 0; i < count; i++) {
        good = i;
        TEST_FAILS(b.context, EQF_ERROR_CALLBACK, "answered 7",
                   eqf_domain_compute(b.context, domain, local, &room.shares, refuse, &good));
        assert_true(room.energy == 1234);
    }
    good = count;
    TEST_OK(b.context, eqf_domain_compute(b.context, domain, local, &room.shares, refuse, &good));
    assert_close(room.energy, expected.energy, 1e-12 * fabs(expected.energy));
    TEST_OK(b.context, eqf_domain_compute(b.context, domain, local, &room.shares, NULL, NULL));
    domain_room_free(&room);
    eqf_domain_free(domain);
    domains_free(&split);
    model_finish(&b);
}

/* All of an edge's virial is its sender's, or half of it at either end. */
static void test_edges(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SMOOTH, EQF_FLOAT64);
    model_system system = system_of(2);
    team t = {.split = domains_of(&system, eqf_model_cutoff(b.model), 2, DOMAINS_SLABS, EDGES_VECTORS)};
    team_begin(&t, b.context, b.model, EQF_FLOAT64);
    run_steps(b.context, &t, 1);
    const eqf_local *local = &t.split.parts[0].local;
    const domain_shares *room = &t.rooms[0];
    size_t n = 9 * (size_t)(local->nlocal + local->nghost);
    double *flux = calloc(n, sizeof *flux), *halves = calloc(n, sizeof *halves);
    assert_true(flux != NULL && halves != NULL);
    int64_t within = 0;
    eqf_edges edges;
    for (int64_t e = 0; e < local->nedges; e++) {
        const double *r = &local->vectors[3 * e], *g = &room->edge_gradient[3 * e];
        bool counts = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]) < eqf_model_cutoff(b.model);
        within += counts;
        for (int i = 0; i < 9; i++) {
            assert_true(counts || g[i % 3] == 0);
            flux[9 * local->src[e] + i] -= r[i / 3] * g[i % 3];
            halves[9 * local->src[e] + i] -= 0.5 * r[i / 3] * g[i % 3];
            halves[9 * local->dst[e] + i] -= 0.5 * r[i / 3] * g[i % 3];
        }
    }
    expect_near("virials of the flux", (int64_t)n, room->flux_virial, flux, 1e-13);
    expect_near("virials of atoms", (int64_t)n, room->atom_virial, halves, 1e-13);
    eqf_domain_edge_list(t.domains[0], &edges);
    assert_int_equal(edges.count, within);
    assert_true(within > 0 && within < local->nedges);
    free(flux);
    free(halves);
    team_end(&t);
    model_finish(&b);
}

/* --------------------------------------------------------------------------------------------------------- errors -- */

/* An execution goes on with a context of more threads than the one with which it began. */
static void test_other_context(void **state)
{
    (void)state;
    enum { ATOMS = 60 };
    model_bench b;
    eqf_domain *domain;
    eqf_exchange exchange;
    eqf_context *other;
    double energy, positions[3 * ATOMS];
    int numbers[ATOMS];
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.allocator = *eqfi_allocator(b.context);
    options.threads = 8;
    assert_int_equal(eqf_context_create(&options, &other), EQF_OK);
    for (int i = 0; i < ATOMS; i++) {
        numbers[i] = i % 2 ? 6 : 1;
        positions[3 * i] = 1.4 * (i % 4) + 0.1 * (i % 3);
        positions[3 * i + 1] = 1.4 * (i / 4 % 4) + 0.05 * (i % 5);
        positions[3 * i + 2] = 1.4 * (i / 16);
    }
    eqf_local local = EQF_LOCAL_INIT;
    eqf_shares shares = EQF_SHARES_INIT;
    local.nlocal = ATOMS;
    local.atomic_numbers = numbers;
    local.positions = positions;
    shares.energy = &energy;
    TEST_OK(b.context, eqf_domain_create(b.context, b.model, EQF_FLOAT64, &domain));
    TEST_OK(b.context, eqf_domain_begin(b.context, domain, &local, &shares));
    while (eqf_domain_step(b.context, domain, &exchange) == EQF_OK) continue;
    TEST_OK(b.context, eqf_domain_end(b.context, domain));
    double alone = energy;
    eqf_domain_free(domain);
    TEST_OK(b.context, eqf_domain_create(b.context, b.model, EQF_FLOAT64, &domain));
    TEST_OK(b.context, eqf_domain_begin(b.context, domain, &local, &shares));
    while (eqf_domain_step(other, domain, &exchange) == EQF_OK) continue;
    TEST_OK(other, eqf_domain_end(other, domain));
    assert_true(energy == alone);
    eqf_domain_free(domain);
    eqf_context_free(other);
    model_finish(&b);
}

static void test_errors(void **state)
{
    (void)state;
    model_bench b;
    eqf_domain *domain;
    eqf_exchange exchange;
    double energy, gradient[6];
    int numbers[3] = {6, 1, 1};
    double positions[9] = {0, 0, 0, 1, 0, 0, 0, 1.1, 0};
    int32_t src[2] = {1, 2}, dst[2] = {0, 0};
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    eqf_local local = EQF_LOCAL_INIT;
    eqf_shares shares = EQF_SHARES_INIT;
    local.nlocal = 1;
    local.nghost = 2;
    local.atomic_numbers = numbers;
    local.positions = positions;
    shares.energy = &energy;
    TEST_OK(b.context, eqf_domain_create(b.context, b.model, EQF_FLOAT64, &domain));
    local.nlocal = local.nghost = INT64_MAX;
    TEST_FAILS(b.context, EQF_ERROR_RANGE, "expected 0 to 2147483647",
               eqf_domain_begin(b.context, domain, &local, &shares));
    local.nlocal = 1;
    local.nghost = 2;
    TEST_FAILS(b.context, EQF_ERROR_STATE, "2 rows of ghosts",
               eqf_domain_compute(b.context, domain, &local, &shares, NULL, NULL));
    TEST_FAILS(b.context, EQF_ERROR_STATE, "not begun", eqf_domain_step(b.context, domain, &exchange));
    TEST_FAILS(b.context, EQF_ERROR_STATE, "not complete", eqf_domain_end(b.context, domain));
    TEST_OK(b.context, eqf_domain_begin(b.context, domain, &local, &shares));
    TEST_FAILS(b.context, EQF_ERROR_STATE, "not complete", eqf_domain_end(b.context, domain));
    shares.edge_gradient = gradient;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "no edges are given",
               eqf_domain_begin(b.context, domain, &local, &shares));
    local.nedges = 2;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "without senders", eqf_domain_begin(b.context, domain, &local, &shares));
    local.src = src;
    local.dst = dst;
    TEST_OK(b.context, eqf_domain_begin(b.context, domain, &local, &shares));
    dst[1] = 1;
    TEST_FAILS(b.context, EQF_ERROR_RANGE, "edge 1 leads from 2 to 1",
               eqf_domain_begin(b.context, domain, &local, &shares));
    dst[1] = 0;
    src[0] = 3;
    TEST_FAILS(b.context, EQF_ERROR_RANGE, "edge 0 leads from 3", eqf_domain_begin(b.context, domain, &local, &shares));
    src[0] = 0;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "at the same place",
               eqf_domain_begin(b.context, domain, &local, &shares));
    src[0] = 1;
    positions[3] = NAN;
    TEST_FAILS(b.context, EQF_ERROR_NOT_FINITE, "edge 0", eqf_domain_begin(b.context, domain, &local, &shares));
    positions[3] = 1;
    numbers[2] = 92;
    TEST_FAILS(b.context, EQF_ERROR_NOT_FOUND, "(U)", eqf_domain_begin(b.context, domain, &local, &shares));
    numbers[2] = 1;
    local.positions = NULL;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "without positions",
               eqf_domain_begin(b.context, domain, &local, &shares));
    local.nghost = -1;
    TEST_FAILS(b.context, EQF_ERROR_RANGE, "-1 ghosts", eqf_domain_begin(b.context, domain, &local, &shares));
    local.size = 3;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "size 3", eqf_domain_begin(b.context, domain, &local, &shares));
    assert_true(eqf_domain_bytes(domain) > 0);
    eqf_domain_free(domain);
    eqf_domain_free(NULL);
    model_finish(&b);
}

static eqf_status allocate(eqf_context *context, void *argument)
{
    static const char *const tiny[][2] = {
        {"num_layers", "1"},        {"irreps_node_embedding", "8x0e+4x1e"}, {"irreps_mlp_mid", "8x0e+4x1e"},
        {"irreps_feature", "8x0e"}, {"irreps_head", "4x0e+2x1e"},           {"number_of_basis", "8"},
        {"fc_neurons", "8,8"},
    };
    const domain_split *split = argument;
    eqf_model *model = NULL;
    eqf_domain *domain = NULL;
    eqf_config *config = NULL;
    double energy, forces[3 * MODEL_ATOMS];
    eqf_shares shares = EQF_SHARES_INIT;
    shares.energy = &energy;
    shares.forces = forces;
    eqf_status status = eqf_config_preset(context, "graph_attention_transformer_nonlinear_l2", &config);
    for (size_t i = 0; i < sizeof tiny / sizeof *tiny && status == EQF_OK; i++)
        status = eqf_config_set(context, config, tiny[i][0], tiny[i][1]);
    if (status == EQF_OK) status = eqf_model_create(context, config, 1, EQF_FLOAT64, &model);
    if (status == EQF_OK) status = eqf_domain_create(context, model, EQF_FLOAT64, &domain);
    if (status == EQF_OK) status = eqf_domain_compute(context, domain, &split->parts[0].local, &shares, NULL, NULL);
    eqf_domain_free(domain);
    eqf_model_free(model);
    eqf_config_free(config);
    return status;
}

static void test_allocations(void **state)
{
    (void)state;
    model_system system = model_molecule(3, 5);
    domain_split split = domains_of(&system, 5, 1, DOMAINS_SLABS, EDGES_VECTORS);
    test_every_allocation(allocate, &split);
    domains_free(&split);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_se3),
        cmocka_unit_test(test_exp),
        cmocka_unit_test(test_e3),
        cmocka_unit_test(test_dot),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_smooth),
        cmocka_unit_test(test_float32),
        cmocka_unit_test(test_configurations),
        cmocka_unit_test(test_energies),
        cmocka_unit_test(test_callbacks),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_allocations),
        cmocka_unit_test(test_other_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
