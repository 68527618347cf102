/* Energies, forces and derivatives by parameters have the same bits for any number of threads, for a host's threads in
 * odd orders; energies and forces also with every operation in a stage of its own, derivatives by parameters then up to
 * rounding; and they agree between instruction sets up to rounding. SPDX-License-Identifier: MIT */
#include "support/models.h"

#include <pthread.h>

#include <equiformer/neighbors.h>

#include "ad/program.h"

/* -------------------------------------------------------------------------------------------------------- a host -- */

/* A host that divides tasks between the calling thread and another one: it runs those whose last bits are odd in one,
 * and goes backwards in the other. */
typedef struct host {
    long calls, tasks[2];
} host;

typedef struct share {
    eqf_parallel_body body;
    void *argument;
    int64_t tasks;
    int own;
    long done;
} share;

static void *work(void *of)
{
    share *s = of;
    for (int64_t i = 0; i < s->tasks; i++) {
        int64_t task = s->own == 0 ? i : s->tasks - 1 - i;
        if ((int)((task >> 1 ^ task) & 1) != s->own) continue;
        s->body(s->argument, task);
        s->done++;
    }
    return NULL;
}

static void two_threads(void *user, int64_t tasks, eqf_parallel_body body, void *argument)
{
    host *h = user;
    pthread_t thread;
    share shares[2] = {{body, argument, tasks, 0, 0}, {body, argument, tasks, 1, 0}};
    if (pthread_create(&thread, NULL, work, &shares[1]) != 0) abort();
    work(&shares[0]);
    if (pthread_join(thread, NULL) != 0) abort();
    h->calls++;
    for (int i = 0; i < 2; i++) h->tasks[i] += shares[i].done;
}

/* Contexts that are compared: own threads, a host, or own threads without fusion. */
enum { ONE, TWO, THREE, HOST, SEPARATE, WAYS };

static eqf_context *context_of(int way, host *h)
{
    eqf_context *context = NULL;
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    options.threads = way == HOST ? 1 : way == SEPARATE ? 2 : way + 1;
    if (way == HOST) {
        options.parallel_for = two_threads;
        options.parallel_user = h;
    }
    assert_int_equal(eqf_context_create(&options, &context), EQF_OK);
    eqfi_context_set_fusion(context, way != SEPARATE);
    return context;
}

/* ------------------------------------------------------------------------------------------------------- results -- */

enum { PARAMETERS_MAX = 256 };

/* Energies, forces; derivatives by all parameters of a loss of energies and forces. */
typedef struct outcome {
    size_t n, capacity;
    size_t parts[PARAMETERS_MAX + 3]; /* ends of the arrays */
    int n_parts;
    double *values;
} outcome;

static double *room(outcome *o, size_t n)
{
    if (o->n + n > o->capacity) {
        o->capacity = 2 * (o->n + n);
        o->values = realloc(o->values, o->capacity * sizeof *o->values);
        assert_non_null(o->values);
    }
    o->n += n;
    o->parts[o->n_parts++] = o->n;
    return o->values + o->n - n;
}

/* `counts` are the elements of each gradient, an output g0, g1, .. */
static eqf_program *record_loss(eqf_context *context, const eqf_model *model, int *n, size_t *counts)
{
    eqf_program *program = NULL;
    eqf_irreps *vector = NULL;
    eqf_model_outputs outputs;
    eqf_var force, wrt[PARAMETERS_MAX], gradients[PARAMETERS_MAX];
    TEST_OK(context, eqf_program_create(context, &program));
    TEST_OK(context, eqf_irreps_parse(context, "1x1o", &vector));
    eqf_var vectors = eqf_input(program, "vectors", eqf_program_rows(program, "edges"), vector);
    eqf_model_record(program, model, "", vectors, &outputs);
    eqf_grad(program, 1, &outputs.energy, NULL, 1, &vectors, &force);
    eqf_var square = eqf_sum_rows(program, eqf_dot(program, force, force, EQF_PER_ROW, 1));
    eqf_var loss = eqf_combine(program, 1, eqf_sum_rows(program, outputs.energy), 0.1, square);
    *n = 0;
    for (size_t i = 0; i < program->vars.n; i++) {
        const eqfi_variable *v = &program->vars.items[i];
        const eqf_parameters *parameters = eqf_model_parameters(model);
        eqf_parameter_info info;
        if (v->kind != EQFI_VAR_PARAMETER) continue;
        TEST_OK(context, eqf_parameters_info(context, parameters, eqf_parameters_find(parameters, v->name), &info));
        counts[*n] = (size_t)info.count;
        wrt[(*n)++] = (eqf_var){(int32_t)i + 1};
    }
    assert_in_range(*n, 40, PARAMETERS_MAX);
    eqf_grad(program, 1, &loss, NULL, *n, wrt, gradients);
    for (int i = 0; i < *n; i++) {
        char name[32];
        snprintf(name, sizeof name, "g%d", i);
        eqf_output(program, name, gradients[i]);
    }
    TEST_OK(context, eqf_program_end(context, program));
    eqf_irreps_free(vector);
    return program;
}

static void add_gradients(eqf_context *context, const eqf_model *model, eqf_precision precision, const model_system *s,
                          outcome *o)
{
    int n;
    size_t counts[PARAMETERS_MAX];
    eqf_program *program = record_loss(context, model, &n, counts);
    eqf_run *run = NULL;
    eqf_neighbors *neighbors = NULL;
    eqf_edges edges;
    int32_t types[MODEL_ATOMS];
    TEST_OK(context, eqf_run_create(context, program, eqf_model_parameters(model), precision, &run));
    TEST_OK(context, eqf_neighbors_create(context, &neighbors));
    TEST_OK(context, eqf_neighbors_find(context, neighbors, eqf_model_cutoff(model), s->natoms, s->positions, 1, NULL,
                                        NULL, NULL, &edges));
    assert_true(edges.count > 512); /* sums over rows come in chunks of several tiles */
    for (int64_t i = 0; i < s->natoms; i++) types[i] = eqf_model_type(model, s->numbers[i]);
    TEST_OK(context, eqf_run_set_rows(context, run, "atoms", s->natoms));
    TEST_OK(context, eqf_run_set_rows(context, run, "edges", edges.count));
    TEST_OK(context, eqf_run_set_rows(context, run, "graphs", 1));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_src", edges.src));
    TEST_OK(context, eqf_run_set_map(context, run, "edge_dst", edges.dst));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_type", types));
    TEST_OK(context, eqf_run_set_map(context, run, "atom_graph", s->graph));
    TEST_OK(context, eqf_run_set_input(context, run, "vectors", edges.vector));
    TEST_OK(context, eqf_run_execute(context, run));
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "g%d", i);
        TEST_OK(context, eqf_run_get_output(context, run, name, room(o, counts[i])));
    }
    eqf_neighbors_free(neighbors);
    eqf_run_free(run);
    eqf_program_free(program);
}

static outcome compute(eqf_context *context, const eqf_model *model, eqf_precision precision, const model_system *s)
{
    outcome o;
    eqf_calculator *calculator = NULL;
    memset(&o, 0, sizeof o);
    TEST_OK(context, eqf_calculator_create(context, model, precision, &calculator));
    model_result r = model_compute(context, calculator, s);
    memcpy(room(&o, 1), r.energy, sizeof(double));
    memcpy(room(&o, 3 * (size_t)s->natoms), r.forces, 3 * (size_t)s->natoms * sizeof(double));
    eqf_calculator_free(calculator);
    add_gradients(context, model, precision, s, &o);
    return o;
}

/* --------------------------------------------------------------------------------------------------------- tests -- */

static void expect_bits(const outcome *a, const outcome *b, const char *what)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++)
        if (memcmp(&a->values[i], &b->values[i], sizeof(double)) != 0)
            fail_msg("%s: number %zu is %.17g and %.17g", what, i, a->values[i], b->values[i]);
}

/* Array by array, relative to the largest element. */
static void expect_near(const outcome *a, const outcome *b, double tolerance, const char *what)
{
    assert_int_equal(a->n, b->n);
    size_t i = 0;
    for (int p = 0; p < a->n_parts; p++) {
        double largest = 1e-2, worst = 0;
        for (size_t k = i; k < a->parts[p]; k++) largest = fmax(largest, fabs(a->values[k]));
        for (; i < a->parts[p]; i++) worst = fmax(worst, fabs(a->values[i] - b->values[i]));
        if (!(worst <= tolerance * largest)) fail_msg("%s: array %d differs by %.3g of %.3g", what, p, worst, largest);
    }
}

static void check(model_kind kind, eqf_precision precision)
{
    static const char *const sets[] = {"generic", "avx2", "avx512"};
    eqf_context *context = context_of(ONE, NULL);
    eqf_model *model = model_small(context, kind, EQF_FLOAT64, 7);
    model_system s = model_molecule(40, 11);
    outcome reference;
    int compared = 0;
    memset(&reference, 0, sizeof reference);
    for (int isa = 0; isa < 3; isa++) {
        setenv("EQUIFORMER_ISA", sets[isa], 1);
        if (strcmp(eqf_context_isa(context), sets[isa]) != 0) continue; /* this machine has less */
        outcome first = compute(context, model, precision, &s);
        char what[64];
        for (int way = isa == 1 ? HOST : TWO; way < (isa == 0 ? TWO + 1 : WAYS); way++) { /* few for the slower ones */
            host h = {0, {0, 0}};
            eqf_context *other = context_of(way, &h);
            outcome o = compute(other, model, precision, &s);
            snprintf(what, sizeof what, "model %d, %s, way %d", (int)kind, sets[isa], way);
            if (way == SEPARATE) /* sums over rows have other chunks */
                expect_near(&first, &o, precision == EQF_FLOAT32 ? 1e-4 : 1e-12, what);
            else
                expect_bits(&first, &o, what);
            assert_memory_equal(first.values, o.values, first.parts[1] * sizeof(double)); /* energy and forces */
            if (way == HOST) assert_true(h.calls > 20 && h.tasks[0] > 100 && h.tasks[1] > 100);
            free(o.values);
            eqf_context_free(other);
        }
        if (compared++ > 0) {
            snprintf(what, sizeof what, "model %d, generic and %s", (int)kind, sets[isa]);
            expect_near(&reference, &first, precision == EQF_FLOAT32 ? 5e-3 : 1e-10, what);
            free(first.values);
        } else {
            reference = first;
        }
    }
    assert_true(compared >= 1);
    unsetenv("EQUIFORMER_ISA");
    free(reference.values);
    eqf_model_free(model);
    eqf_context_free(context);
}

static void test_float64(void **state)
{
    (void)state;
    check(MODEL_SE3, EQF_FLOAT64);
    check(MODEL_DOT, EQF_FLOAT64);
}

static void test_float32(void **state)
{
    (void)state;
    check(MODEL_EXP, EQF_FLOAT32);
}

/* A batch has the bits of its systems computed one by one. */
static void test_batch(void **state)
{
    (void)state;
    for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
        eqf_context *context = context_of(TWO, NULL);
        eqf_model *model = model_small(context, MODEL_SE3, EQF_FLOAT64, 7);
        eqf_calculator *calculator = NULL;
        TEST_OK(context, eqf_calculator_create(context, model, (eqf_precision)precision, &calculator));
        model_system parts[3] = {model_molecule(9, 1), model_crystal(7, 2), model_molecule(30, 3)}, batch = parts[0];
        model_append(&batch, &parts[1]);
        model_append(&batch, &parts[2]);
        model_result all = model_compute(context, calculator, &batch);
        int64_t first = 0;
        for (int i = 0; i < 3; i++) {
            model_result own = model_compute(context, calculator, &parts[i]);
            assert_memory_equal(&all.energy[i], own.energy, sizeof(double));
            assert_memory_equal(&all.forces[3 * first], own.forces, 3 * (size_t)parts[i].natoms * sizeof(double));
            first += parts[i].natoms;
        }
        eqf_calculator_free(calculator);
        eqf_model_free(model);
        eqf_context_free(context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_float64),
        cmocka_unit_test(test_float32),
        cmocka_unit_test(test_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
