/* The calculator on degenerate systems, on systems that it refuses, and short of memory.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

/* ---------------------------------------------------------------------------------------------------- degenerate -- */

/* One atom: an energy that its element decides, and no force. */
static void test_single_atom(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        model_system s = model_molecule(1, 1), other = s;
        s.numbers[0] = 6;
        other.numbers[0] = 8;
        other.positions[1] = 12;
        model_result carbon = model_compute(b.context, b.calculator, &s),
                     oxygen = model_compute(b.context, b.calculator, &other);
        assert_true(isfinite(carbon.energy[0]) && fabs(carbon.energy[0]) > 1e-4);
        bool blind =
            kind == MODEL_LINEAR || kind == MODEL_SMOOTH; /* one atom is its own mean; attention sees edges alone */
        if (!blind) assert_true(fabs(carbon.energy[0] - oxygen.energy[0]) > 1e-4);
        assert_close(carbon.energy[0], carbon.atoms[0], 0);
        for (int a = 0; a < 3; a++) assert_close(carbon.forces[a], 0, 0);
        assert_int_equal(carbon.edges, 0);
        if (model_is_global((model_kind)kind)) {
            model_finish(&b);
            continue;
        }
        s.natoms = 2; /* out of sight of each other */
        s.numbers[1] = 8;
        s.positions[3] = s.positions[0] + eqf_model_cutoff(b.model);
        s.positions[4] = s.positions[1];
        s.positions[5] = s.positions[2];
        model_result both = model_compute(b.context, b.calculator, &s);
        assert_int_equal(both.edges, 0);
        assert_close(both.energy[0], carbon.energy[0] + oxygen.energy[0], 1e-13);
        assert_close(both.forces[0], 0, 0);
        model_finish(&b);
    }
}

/* An atom that sees only its own images; an atom that nobody sees among others that see one another. */
static void test_few_neighbors(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_EXP, EQF_FLOAT64);
    model_system chain = model_crystal(1, 1);
    chain.natoms = 1;
    model_result r = model_compute(b.context, b.calculator, &chain);
    assert_int_equal(r.edges, 2); /* the cell is 2.9 long there, the cut-off 3.6 */
    assert_true(isfinite(r.energy[0]));
    for (int a = 0; a < 3; a++) assert_close(r.forces[a], 0, 1e-12);
    model_system s = model_molecule(5, 2), lonely = s;
    model_result before = model_compute(b.context, b.calculator, &s);
    model_system one = model_molecule(1, 1);
    double alone = model_compute(b.context, b.calculator, &one).energy[0];
    lonely.natoms = 6;
    lonely.numbers[5] = one.numbers[0];
    lonely.positions[15] = 50;
    model_result after = model_compute(b.context, b.calculator, &lonely);
    assert_close(after.energy[0], before.energy[0] + alone, 1e-12);
    assert_all_close(15, after.forces, before.forces, 1e-12);
    model_finish(&b);
}

static void test_empty(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_system s = model_molecule(5, 1);
    double energy[3] = {NAN, NAN, NAN}, alone = model_compute(b.context, b.calculator, &s).energy[0];
    eqf_system system = EQF_SYSTEM_INIT;
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = energy;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_close(energy[0], 0, 0);
    system.graphs = 0;
    results.forces = energy; /* there are none */
    energy[0] = 7;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_close(energy[0], 7, 0);
    results.forces = NULL;
    system = model_of(&s); /* between two systems without atoms */
    for (int i = 0; i < 5; i++) s.graph[i] = 1;
    system.graph = s.graph;
    system.graphs = 3;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_close(energy[0], 0, 0);
    assert_close(energy[1], alone, 1e-13);
    assert_close(energy[2], 0, 0);
    model_finish(&b);
}

/* -------------------------------------------------------------------------------------------------------- errors -- */

static void no_positions(eqf_system *system, model_system *s) { (void)s, system->positions = NULL; }
static void no_numbers(eqf_system *system, model_system *s) { (void)s, system->atomic_numbers = NULL; }
static void system_size(eqf_system *system, model_system *s) { (void)s, system->size = 6; }
static void negative(eqf_system *system, model_system *s) { (void)s, system->natoms = -1; }
static void no_graphs(eqf_system *system, model_system *s) { (void)s, system->graphs = 0; }
static void two_graphs(eqf_system *system, model_system *s) { (void)s, system->graphs = 2; }
static void uranium(eqf_system *system, model_system *s) { (void)system, s->numbers[2] = 92; }
static void no_element(eqf_system *system, model_system *s) { (void)system, s->numbers[4] = 0; }
static void strange(eqf_system *system, model_system *s) { (void)system, s->numbers[1] = -6; }
static void not_a_number(eqf_system *system, model_system *s) { (void)system, s->positions[10] = NAN; }
static void endless(eqf_system *system, model_system *s) { (void)system, s->positions[2] = -INFINITY; }
static void coincident(eqf_system *system, model_system *s)
{
    (void)system;
    memcpy(&s->positions[12], &s->positions[3], 3 * sizeof(double));
}

static void graph_order(eqf_system *system, model_system *s)
{
    s->graph[0] = 1;
    system->graph = s->graph;
    system->graphs = 2;
}

static void graph_range(eqf_system *system, model_system *s)
{
    s->graph[4] = 2;
    system->graph = s->graph;
    system->graphs = 2;
}

static void no_cell(eqf_system *system, model_system *s)
{
    s->pbc[1] = 1;
    system->pbc = s->pbc;
}

static void flat_cell(eqf_system *system, model_system *s)
{
    for (int d = 0; d < 3; d++) s->pbc[d] = 1;
    for (int i = 0; i < 9; i++) s->cell[i] = i + 1.0;
    system->pbc = s->pbc;
    system->cell = s->cell;
}

static void bad_cell(eqf_system *system, model_system *s)
{
    flat_cell(system, s);
    s->cell[4] = NAN;
}

static const struct {
    void (*spoil)(eqf_system *system, model_system *s);
    eqf_status status;
    const char *message;
} mistakes[] = {
    {no_positions, EQF_ERROR_ARGUMENT, "a system of 5 atoms without atomic numbers or positions"},
    {no_numbers, EQF_ERROR_ARGUMENT, "a system of 5 atoms without atomic numbers or positions"},
    {system_size, EQF_ERROR_ARGUMENT, "eqf_system has size 6"},
    {negative, EQF_ERROR_RANGE, "-1 atoms in 1 systems"},
    {no_graphs, EQF_ERROR_RANGE, "5 atoms in 0 systems"},
    {two_graphs, EQF_ERROR_ARGUMENT, "2 systems without the system of each atom"},
    {uranium, EQF_ERROR_NOT_FOUND, "atom 2 has atomic number 92 (U), which the model does not cover"},
    {no_element, EQF_ERROR_NOT_FOUND, "atom 4 has atomic number 0"},
    {strange, EQF_ERROR_NOT_FOUND, "atom 1 has atomic number -6 (no element), which the model does not cover"},
    {not_a_number, EQF_ERROR_NOT_FINITE, "coordinate 1 of atom 3 is nan, expected a finite number"},
    {endless, EQF_ERROR_NOT_FINITE, "coordinate 2 of atom 0 is -inf, expected a finite number"},
    {coincident, EQF_ERROR_ARGUMENT, "at the same place"},
    {graph_order, EQF_ERROR_ARGUMENT, "graph of atom 1 is 0 after 1, expected ascending graphs"},
    {graph_range, EQF_ERROR_ARGUMENT, "graph of atom 4 is 2, expected 0..1"},
    {no_cell, EQF_ERROR_ARGUMENT, "cell is NULL, but graph 0 is periodic"},
    {flat_cell, EQF_ERROR_ARGUMENT, "graph 0"},
    {bad_cell, EQF_ERROR_NOT_FINITE, "component 1 of lattice vector 1 of graph 0 is nan, expected a finite number"},
};

/* Nothing is written, and the calculator goes on working. */
static void test_errors(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    const model_system good = model_molecule(5, 1);
    model_result before = model_compute(b.context, b.calculator, &good);
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        model_system s = good;
        double energy[2] = {7, 7}, atoms[5] = {7, 7, 7, 7, 7}, forces[15];
        for (int k = 0; k < 15; k++) forces[k] = 7;
        eqf_system system = model_of(&s);
        eqf_results results = {.size = sizeof results, .energy = energy, .atom_energy = atoms, .forces = forces};
        mistakes[i].spoil(&system, &s);
        TEST_FAILS(b.context, mistakes[i].status, mistakes[i].message,
                   eqf_calculator_compute(b.context, b.calculator, &system, &results));
        for (int k = 0; k < 15; k++) assert_true(forces[k] == 7 && atoms[k / 3] == 7 && energy[k / 8] == 7);
        if (i % 4 == 0) {
            model_result after = model_compute(b.context, b.calculator, &good);
            assert_memory_equal(&before, &after, sizeof before);
        }
    }
    eqf_system system = model_of(&good);
    eqf_results results = EQF_RESULTS_INIT;
    results.size = 3;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "eqf_results has size 3",
               eqf_calculator_compute(b.context, b.calculator, &system, &results));
    eqf_calculator *none = NULL;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "precision 2",
               eqf_calculator_create(b.context, b.model, (eqf_precision)2, &none));
    assert_null(none);
    eqf_calculator_free(NULL);
    model_finish(&b);
}

/* Parameters that overflow give an error, not an energy. */
static void test_overflow(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT32);
    eqf_parameters *parameters = NULL;
    eqf_model *wild = NULL;
    eqf_calculator *calculator = NULL;
    TEST_OK(b.context, eqf_parameters_copy(b.context, eqf_model_parameters(b.model), EQF_FLOAT32, &parameters));
    int i = eqf_parameters_find(parameters, "head.2.tp.weight");
    eqf_parameter_info info;
    double values[32];
    TEST_OK(b.context, eqf_parameters_info(b.context, parameters, i, &info));
    assert_in_range(info.count, 1, 32);
    for (int k = 0; k < 32; k++) values[k] = 3e38;
    TEST_OK(b.context, eqf_parameters_set(b.context, parameters, i, values));
    TEST_OK(b.context, eqf_model_assemble(b.context, eqf_model_config(b.model), parameters, &wild));
    TEST_OK(b.context, eqf_calculator_create(b.context, wild, EQF_FLOAT32, &calculator));
    model_system s = model_molecule(9, 1);
    eqf_system system = model_of(&s);
    double energy = 7;
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = &energy;
    TEST_FAILS(b.context, EQF_ERROR_NOT_FINITE, "energy 0 of the result is not a finite number",
               eqf_calculator_compute(b.context, calculator, &system, &results));
    assert_close(energy, 7, 0);
    eqf_calculator_free(calculator);
    eqf_model_free(wild);
    eqf_parameters_free(parameters);
    model_finish(&b);
}

/* -------------------------------------------------------------------------------------------------------- memory -- */

static eqf_status whole_life(eqf_context *context, const eqf_config *config, const model_system *s)
{
    eqf_model *model = NULL;
    eqf_calculator *calculator = NULL;
    double energy, forces[3 * MODEL_ATOMS];
    eqf_system system = model_of(s);
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = &energy;
    results.forces = forces;
    eqf_status status = eqf_model_create(context, config, 1, EQF_FLOAT32, &model);
    if (status == EQF_OK) status = eqf_calculator_create(context, model, EQF_FLOAT64, &calculator);
    if (status == EQF_OK) status = eqf_calculator_compute(context, calculator, &system, &results);
    eqf_calculator_free(calculator);
    eqf_model_free(model);
    return status;
}

/* Allocations fail one after the other, in steps that meet every part of a model's life. */
static void test_short_of_memory(void **state)
{
    (void)state;
    test_allocator own;
    eqf_context *first = test_context(&own);
    eqf_config *config = model_small_config(first, MODEL_SE3);
    TEST_OK(first, eqf_config_set(first, config, "num_layers", "1"));
    const model_system s = model_molecule(4, 1);
    bool failed = true;
    for (long n = 1; failed; n += 7) {
        test_allocator memory;
        eqf_context *context = test_context(&memory);
        memory.fail_at = memory.calls + n;
        eqf_status status = whole_life(context, config, &s);
        failed = memory.failed;
        assert_int_equal(status, failed ? EQF_ERROR_MEMORY : EQF_OK);
        if (failed) assert_non_null(strstr(eqf_context_message(context), "out of memory"));
        test_context_free(context, &memory);
    }
    eqf_config_free(config);
    test_context_free(first, &own);
}

/* A calculator that ran out of memory works when there is some again. */
static void test_recovery(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    const model_system small = model_molecule(4, 1), large = model_molecule(27, 2);
    model_result expected = model_compute(b.context, b.calculator, &large), r;
    eqf_calculator_free(b.calculator);
    TEST_OK(b.context, eqf_calculator_create(b.context, b.model, EQF_FLOAT64, &b.calculator));
    eqf_system system = model_of(&large);
    bool failed = true;
    for (long at = 1; failed; at += at < 100 ? 3 : 101) {
        if (at == 64) r = model_compute(b.context, b.calculator, &small);
        memset(&r, 0, sizeof r);
        eqf_results results = {.size = sizeof results, .energy = r.energy, .atom_energy = r.atoms, .forces = r.forces};
        b.memory.failed = false;
        b.memory.fail_at = b.memory.calls + at;
        eqf_status status = eqf_calculator_compute(b.context, b.calculator, &system, &results);
        failed = b.memory.failed;
        b.memory.fail_at = 0;
        assert_int_equal(status, failed ? EQF_ERROR_MEMORY : EQF_OK);
    }
    r.edges = eqf_calculator_edges(b.calculator);
    assert_memory_equal(&r, &expected, sizeof r);
    model_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_atom), cmocka_unit_test(test_few_neighbors),
        cmocka_unit_test(test_empty),       cmocka_unit_test(test_errors),
        cmocka_unit_test(test_overflow),    cmocka_unit_test(test_short_of_memory),
        cmocka_unit_test(test_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
