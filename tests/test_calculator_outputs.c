/* What a configuration adds to the network: scale, shifts and offset of energies, tags, auxiliary vectors; smooth cut-offs.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

typedef struct bench {
    test_allocator memory;
    eqf_context *context;
    eqf_model *model;
    eqf_calculator *calculator;
} bench;

/* keys: pairs of key and value, ended by NULL. */
static void begin(bench *b, model_kind kind, const char *const *keys)
{
    b->context = test_context(&b->memory);
    eqf_config *config = model_small_config(b->context, kind);
    for (; *keys != NULL; keys += 2) TEST_OK(b->context, eqf_config_set(b->context, config, keys[0], keys[1]));
    TEST_OK(b->context, eqf_model_create(b->context, config, 2, EQF_FLOAT64, &b->model));
    TEST_OK(b->context, eqf_calculator_create(b->context, b->model, EQF_FLOAT64, &b->calculator));
    eqf_config_free(config);
}

static void finish(bench *b)
{
    eqf_calculator_free(b->calculator);
    eqf_model_free(b->model);
    test_context_free(b->context, &b->memory);
}

typedef struct everything {
    double energy[MODEL_GRAPHS], atoms[MODEL_ATOMS], forces[3 * MODEL_ATOMS], stress[9 * MODEL_GRAPHS];
    double atom_virial[9 * MODEL_ATOMS], hessian[81];
    const double *edge_gradient;
} everything;

static void compute(bench *b, const model_system *s, everything *r)
{
    eqf_system system = model_of(s);
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = r->energy;
    results.atom_energy = r->atoms;
    results.forces = r->forces;
    results.stress = r->stress;
    results.atom_virial = r->atom_virial;
    TEST_OK(b->context, eqf_calculator_hessian(b->context, b->calculator, &system, NULL, r->hessian));
    results.edge_gradient = &r->edge_gradient;
    TEST_OK(b->context, eqf_calculator_compute(b->context, b->calculator, &system, &results));
}

static void test_scale_and_shifts(void **state)
{
    (void)state;
    static const char *const none[] = {NULL};
    static const char *const keys[] = {
        "energy_scale", "2.5", "energy_shifts", "-13.5,-1030,-1480,-2040.25,-2710", "energy_offset", "100.5", NULL};
    static const double shifts[10] = {0, -13.5, 0, 0, 0, 0, -1030, -1480, -2040.25, -2710};
    bench plain, scaled;
    everything a, c;
    begin(&plain, MODEL_SE3, none);
    begin(&scaled, MODEL_SE3, keys);
    model_system s = model_crystal(7, 2);
    compute(&plain, &s, &a);
    compute(&scaled, &s, &c);
    double sum = 0;
    for (int64_t i = 0; i < s.natoms; i++) {
        double shift = shifts[s.numbers[i]];
        assert_close(c.atoms[i], 2.5 * a.atoms[i] + shift + 100.5 / (double)s.natoms, 1e-12);
        sum += shift;
    }
    assert_close(c.energy[0], 2.5 * a.energy[0] + sum + 100.5, 1e-11);
    for (int i = 0; i < 9; i++) assert_close(c.forces[i], 2.5 * a.forces[i], 1e-13);
    for (int i = 0; i < 9; i++) assert_close(c.stress[i], 2.5 * a.stress[i], 1e-14);
    for (int i = 0; i < 27; i++) assert_close(c.atom_virial[i], 2.5 * a.atom_virial[i], 1e-13);
    for (int i = 0; i < 81; i++) assert_close(c.hessian[i], 2.5 * a.hessian[i], 1e-12);
    for (int64_t i = 0; i < 3 * eqf_calculator_edges(scaled.calculator); i++)
        assert_close(c.edge_gradient[i], 2.5 * a.edge_gradient[i], 1e-13);

    /* Shifts are added in double: single precision loses nothing on sums that are large. */
    eqf_calculator *rough = NULL;
    TEST_OK(scaled.context, eqf_calculator_create(scaled.context, scaled.model, EQF_FLOAT32, &rough));
    assert_close(model_compute(scaled.context, rough, &s).energy[0], c.energy[0], 1e-5);
    eqf_calculator_free(rough);
    finish(&scaled);
    finish(&plain);
}

/* Every system of a batch has the offset, and its atoms share it. */
static void test_offset_of_batches(void **state)
{
    (void)state;
    static const char *const keys[] = {"energy_offset", "-7", NULL};
    bench b;
    begin(&b, MODEL_SE3, keys);
    model_system s = model_molecule(3, 1), other = model_molecule(5, 2);
    double alone = model_compute(b.context, b.calculator, &other).energy[0];
    model_append(&s, &other);
    model_result r = model_compute(b.context, b.calculator, &s);
    assert_close(r.energy[1], alone, 1e-12);
    double sums[2] = {0};
    for (int64_t i = 0; i < s.natoms; i++) sums[s.graph[i]] += r.atoms[i];
    assert_close(sums[0], r.energy[0], 1e-12);
    assert_close(sums[1], r.energy[1], 1e-12);
    finish(&b);
}

/* A catalyst's model: tags are embedded, and a second head gives vectors. */
static const char *const catalyst[] = {
    "family", "oc20", "use_auxiliary_task", "true", "irreps_feature", "20x0e+6x1e", "auxiliary_scale", "0.5", NULL};

static void test_tags(void **state)
{
    (void)state;
    bench b;
    begin(&b, MODEL_SE3, catalyst);
    model_system s = model_molecule(6, 3);
    const int zero[6] = {0}, some[6] = {0, 0, 1, 2, 2, 1};
    double energy[3];
    for (int i = 0; i < 3; i++) {
        eqf_system system = model_of(&s);
        eqf_results results = EQF_RESULTS_INIT;
        system.tags = i == 0 ? NULL : i == 1 ? zero : some;
        results.energy = &energy[i];
        TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    }
    assert_close(energy[1], energy[0], 0);
    assert_true(fabs(energy[2] - energy[0]) > 1e-3);
    finish(&b);
}

/* The auxiliary vectors are those of the recorded model, whatever else is asked for. */
static void test_auxiliary(void **state)
{
    (void)state;
    bench b;
    begin(&b, MODEL_SE3, catalyst);
    model_system s = model_molecule(6, 3);
    const int tags[6] = {0, 2, 1, 1, 0, 2};
    int32_t types[6];
    double auxiliary[18], again[18], forces[18], plain[18], expected[18];
    eqf_system system = model_of(&s);
    eqf_results results = EQF_RESULTS_INIT;
    eqf_edges edges;
    system.tags = tags;
    results.auxiliary = auxiliary;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    results.auxiliary = again;
    results.forces = forces;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_all_close(18, again, auxiliary, 1e-13);
    results.auxiliary = NULL;
    results.forces = plain;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_all_close(18, forces, plain, 1e-13);

    eqf_program *p = NULL;
    eqf_run *run = NULL;
    eqf_irreps *vector = NULL;
    eqf_model_outputs outputs;
    TEST_OK(b.context, eqf_irreps_parse(b.context, "1x1o", &vector));
    TEST_OK(b.context, eqf_program_create(b.context, &p));
    eqf_var vectors = eqf_input(p, "vectors", eqf_program_rows(p, "edges"), vector);
    eqf_model_record(p, b.model, "", vectors, &outputs);
    eqf_output(p, "auxiliary", outputs.auxiliary);
    TEST_OK(b.context, eqf_program_end(b.context, p));
    TEST_OK(b.context, eqf_run_create(b.context, p, eqf_model_parameters(b.model), EQF_FLOAT64, &run));
    eqf_calculator_edge_list(b.calculator, &edges);
    for (int i = 0; i < 6; i++) types[i] = eqf_model_type(b.model, s.numbers[i]);
    TEST_OK(b.context, eqf_run_set_rows(b.context, run, "atoms", 6));
    TEST_OK(b.context, eqf_run_set_rows(b.context, run, "edges", edges.count));
    TEST_OK(b.context, eqf_run_set_rows(b.context, run, "graphs", 1));
    TEST_OK(b.context, eqf_run_set_map(b.context, run, "edge_src", edges.src));
    TEST_OK(b.context, eqf_run_set_map(b.context, run, "edge_dst", edges.dst));
    TEST_OK(b.context, eqf_run_set_map(b.context, run, "atom_graph", (const int32_t[6]){0}));
    TEST_OK(b.context, eqf_run_set_map(b.context, run, "atom_type", types));
    TEST_OK(b.context, eqf_run_set_map(b.context, run, "atom_tag", tags));
    TEST_OK(b.context, eqf_run_set_input(b.context, run, "vectors", edges.vector));
    TEST_OK(b.context, eqf_run_execute(b.context, run));
    TEST_OK(b.context, eqf_run_get_output(b.context, run, "auxiliary", expected));
    for (int i = 0; i < 18; i++) expected[i] *= 0.5;
    assert_all_close(18, auxiliary, expected, 1e-13);
    double size = 0;
    for (int i = 0; i < 18; i++) size = fmax(size, fabs(auxiliary[i]));
    assert_true(size > 1e-3);
    eqf_irreps_free(vector);
    eqf_run_free(run);
    eqf_program_free(p);
    finish(&b);
}

/* An atom that leaves: energy and force go continuously to those without it, in smooth models and in no others. */
static void test_cutoff(void **state)
{
    (void)state;
    static const char *const keys[2][3] = {{"cutoff_mode", "published", NULL}, {"cutoff_mode", "smooth", NULL}};
    for (int smooth = 0; smooth < 2; smooth++) {
        bench b;
        begin(&b, MODEL_EXP, keys[smooth]);
        model_system s = model_molecule(3, 5);
        double cutoff = eqf_model_cutoff(b.model), energy[2], force[2];
        for (int side = 0; side < 2; side++) {
            s.positions[0] = s.positions[1] = s.positions[2] = 0;
            s.positions[3] = 1.1, s.positions[4] = s.positions[5] = 0.1;
            s.positions[6] = s.positions[7] = 0;
            s.positions[8] = cutoff + (side == 0 ? -1e-5 : 1e-5);
            model_result r = model_compute(b.context, b.calculator, &s);
            assert_int_equal(r.edges, side == 0 ? 4 : 2);
            energy[side] = r.energy[0];
            force[side] = r.forces[8];
        }
        if (smooth) {
            assert_close(energy[0], energy[1], 1e-9);
            assert_close(force[0], force[1], 1e-8);
        } else {
            assert_true(fabs(energy[0] - energy[1]) > 1e-4);
        }
        finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scale_and_shifts),
        cmocka_unit_test(test_offset_of_batches),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_auxiliary),
        cmocka_unit_test(test_cutoff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
