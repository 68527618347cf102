/* The calculator: invariances, forces, extensivity, degenerate systems and errors.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

#include <equiformer/wigner.h>

static void apply(const double *rotation, const double *in, double *out)
{
    double v[3] = {in[0], in[1], in[2]};
    for (int a = 0; a < 3; a++)
        out[a] = rotation[3 * a] * v[0] + rotation[3 * a + 1] * v[1] + rotation[3 * a + 2] * v[2];
}

/* The structures that most tests look at. */
enum { STRUCTURES = 4 };

static model_system structure(int i)
{
    switch (i) {
    case 0: return model_molecule(13, 1);
    case 1: return model_crystal(7, 2);
    case 2: return model_crystal(5, 3);
    default: return model_molecule(2, 4);
    }
}

static double largest(int64_t n, const double *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    return most;
}

/* --------------------------------------------------------------------------------------------------- invariances -- */

static void check_moved(model_bench *b, const model_system *s, const double *rotation, const double *shift,
                        double tolerance)
{
    model_result before = model_compute(b->context, b->calculator, s);
    model_system moved = *s;
    for (int64_t i = 0; i < s->natoms; i++) {
        apply(rotation, &s->positions[3 * i], &moved.positions[3 * i]);
        for (int a = 0; a < 3; a++) moved.positions[3 * i + a] += shift[a];
        apply(rotation, &before.forces[3 * i], &before.forces[3 * i]);
    }
    for (int d = 0; d < 3; d++) apply(rotation, &s->cell[3 * d], &moved.cell[3 * d]);
    model_result after = model_compute(b->context, b->calculator, &moved);
    assert_int_equal(before.edges, after.edges);
    tolerance *= fmax(1, largest(3 * s->natoms, before.forces));
    assert_close(after.energy[0], before.energy[0], tolerance);
    assert_all_close((size_t)s->natoms, after.atoms, before.atoms, tolerance);
    assert_all_close(3 * (size_t)s->natoms, after.forces, before.forces, tolerance);
    assert_true(largest(3 * s->natoms, before.forces) > 1e-2);
}

/* Rotations and translations; inversions too where irreps have parities, and only there. */
static void test_rotation(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        for (int precision = EQF_FLOAT32; precision <= EQF_FLOAT64; precision++) {
            model_bench b;
            model_begin(&b, (model_kind)kind, (eqf_precision)precision);
            for (int i = 0; i < STRUCTURES; i++) {
                model_system s = structure(i), mirrored = s;
                double rotation[9], tolerance = precision == EQF_FLOAT32 ? 3e-4 : 1e-10;
                static const double shift[3] = {3.25, -17.5, 0.625}, none[3] = {0, 0, 0};
                eqf_rotation_random((uint64_t)(10 * kind + i), rotation);
                check_moved(&b, &s, rotation, shift, tolerance);
                for (int k = 0; k < 9; k++) rotation[k] = -rotation[k];
                if (model_has_parities((model_kind)kind)) check_moved(&b, &s, rotation, none, tolerance);
                for (int64_t k = 0; k < 3 * s.natoms; k++) mirrored.positions[k] = -s.positions[k];
                for (int k = 0; k < 9; k++) mirrored.cell[k] = -s.cell[k];
                double difference = model_compute(b.context, b.calculator, &s).energy[0] -
                                    model_compute(b.context, b.calculator, &mirrored).energy[0];
                if (!model_has_parities((model_kind)kind) && i < 2) assert_true(fabs(difference) > 1e-4);
            }
            model_finish(&b);
        }
    }
}

/* Atoms in another order. */
static void test_permutation(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        for (int i = 0; i < STRUCTURES; i++) {
            model_system s = structure(i), shuffled = s;
            int64_t n = s.natoms, step = n == 3 ? 2 : n - 1; /* prime to n */
            for (int64_t k = 0; k < n; k++) {
                int64_t from = (k * step + 1) % n;
                shuffled.numbers[k] = s.numbers[from];
                memcpy(&shuffled.positions[3 * k], &s.positions[3 * from], 3 * sizeof(double));
            }
            model_result a = model_compute(b.context, b.calculator, &s);
            model_result c = model_compute(b.context, b.calculator, &shuffled);
            assert_close(c.energy[0], a.energy[0], 1e-12);
            for (int64_t k = 0; k < n; k++) {
                int64_t from = (k * step + 1) % n;
                assert_close(c.atoms[k], a.atoms[from], 1e-12);
                assert_all_close(3, &c.forces[3 * k], &a.forces[3 * from], 1e-11);
            }
        }
        model_finish(&b);
    }
}

/* Which image of an atom is given, and which of the equivalent cells, does not matter. */
static void test_images(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    for (int axes = 1; axes < 8; axes++) {
        model_system s = model_crystal(axes, 5), wrapped = s;
        model_result a = model_compute(b.context, b.calculator, &s);
        assert_true(a.edges > 10);
        for (int64_t i = 0; i < s.natoms; i++)
            for (int d = 0; d < 3; d++)
                for (int x = 0; x < 3; x++)
                    if (axes >> d & 1) wrapped.positions[3 * i + x] += (double)(2 * i - 3 + d) * s.cell[3 * d + x];
        model_result c = model_compute(b.context, b.calculator, &wrapped);
        assert_int_equal(c.edges, a.edges);
        assert_close(c.energy[0], a.energy[0], 1e-10);
        assert_all_close(9, c.forces, a.forces, 1e-9);
        if ((axes & 3) == 3) {
            wrapped = s;
            for (int x = 0; x < 3; x++) wrapped.cell[3 + x] += 2 * s.cell[x]; /* the same lattice */
            c = model_compute(b.context, b.calculator, &wrapped);
            assert_int_equal(c.edges, a.edges);
            assert_close(c.energy[0], a.energy[0], 1e-10);
            assert_all_close(9, c.forces, a.forces, 1e-9);
        }
    }
    model_finish(&b);
}

/* -------------------------------------------------------------------------------------------------------- forces -- */

/* Forces are minus the slope of the energy; they sum to zero, and exert no torque on a molecule. */
static void test_forces(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        for (int i = 0; i < STRUCTURES; i++) {
            if (i == 3 && model_is_global((model_kind)kind)) continue; /* norms over two atoms: far too steep */
            model_system s = structure(i), moved = s;
            model_result at = model_compute(b.context, b.calculator, &s);
            double sum[3] = {0}, torque[3] = {0};
            for (int64_t k = 0; k < s.natoms; k++) {
                const double *r = &s.positions[3 * k], *f = &at.forces[3 * k];
                for (int a = 0; a < 3; a++) {
                    sum[a] += f[a];
                    torque[a] += r[(a + 1) % 3] * f[(a + 2) % 3] - r[(a + 2) % 3] * f[(a + 1) % 3];
                }
            }
            for (int a = 0; a < 3; a++) assert_close(sum[a], 0, 1e-11);
            for (int a = 0; a < 3 && !s.periodic; a++) assert_close(torque[a], 0, 1e-11);
            for (int64_t k = 0; k<3 * s.natoms; k += s.natoms> 5 ? 4 : 1) {
                const double h = 1.0 / 4096;
                double e[4];
                for (int p = 0; p < 4; p++) {
                    static const double steps[4] = {-2, -1, 1, 2};
                    moved.positions[k] = s.positions[k] + steps[p] * h;
                    eqf_system system = model_of(&moved);
                    eqf_results energy = EQF_RESULTS_INIT;
                    energy.energy = &e[p];
                    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &energy));
                    assert_int_equal(eqf_calculator_edges(b.calculator), at.edges); /* none crosses the cut-off */
                }
                moved.positions[k] = s.positions[k];
                double slope = (e[0] - 8 * e[1] + 8 * e[2] - e[3]) / (12 * h);
                assert_close(at.forces[k], -slope, 1e-7 * fmax(1, largest(3 * s.natoms, at.forces)));
            }
        }
        model_finish(&b);
    }
}

/* -------------------------------------------------------------------------------------------------- many systems -- */

/* Molecules that do not see one another add up, in one system and as a batch. */
static void test_extensive(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        model_system parts[4] = {model_molecule(7, 6), model_crystal(7, 7), model_molecule(1, 8),
                                 model_molecule(11, 9)};
        model_system batch = parts[0], far = parts[0];
        model_result single[4];
        for (int i = 0; i < 4; i++) single[i] = model_compute(b.context, b.calculator, &parts[i]);
        for (int i = 1; i < 4; i++) model_append(&batch, &parts[i]);
        model_result all = model_compute(b.context, b.calculator, &batch);
        int64_t first = 0, edges = 0;
        for (int i = 0; i < 4; i++) {
            size_t n = (size_t)parts[i].natoms;
            assert_close(all.energy[i], single[i].energy[0], 1e-12);
            assert_all_close(n, all.atoms + first, single[i].atoms, 1e-12);
            assert_all_close(3 * n, all.forces + 3 * first, single[i].forces, 1e-11);
            double sum = 0;
            for (size_t k = 0; k < n; k++) sum += single[i].atoms[k];
            assert_close(sum, single[i].energy[0], 1e-13 * (double)n);
            first += (int64_t)n;
            edges += single[i].edges;
        }
        assert_int_equal(all.edges, edges);
        for (int64_t k = 0; k < 3 * parts[3].natoms; k++) parts[3].positions[k] += 40;
        if (model_is_global((model_kind)kind)) parts[3].natoms = 0;
        model_append(&far, &parts[3]);
        far.graphs = 1;
        model_result sum = model_compute(b.context, b.calculator, &far);
        assert_close(sum.energy[0], single[0].energy[0] + (parts[3].natoms > 0 ? single[3].energy[0] : 0), 1e-12);
        assert_all_close(3 * (size_t)parts[3].natoms, sum.forces + 3 * parts[0].natoms, single[3].forces, 1e-10);
        model_finish(&b);
    }
}

/* An atom that crosses the cut-off: the published energy jumps, the smooth one does not, nor do its first two derivatives:
 * where the atom comes into sight, the energy changes with the third power of the distance to the cut-off. */
static void test_cutoff(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        model_system s = model_molecule(8, 12);
        double r[3] = {s.positions[0], s.positions[1], s.positions[2]}, cutoff = eqf_model_cutoff(b.model), e[4];
        static const double inside[4] = {-1e-9, 1e-9, 2e-3, 4e-3};
        for (int i = 0; i < 4; i++) { /* the atom farthest to the left sees the new one alone from there on */
            s.natoms = 9;
            s.numbers[8] = 1;
            s.positions[24] = r[0] - cutoff + inside[i];
            s.positions[25] = r[1];
            s.positions[26] = r[2];
            for (int64_t k = 1; k < 8; k++) s.positions[3 * k] = fmax(s.positions[3 * k], r[0] + 0.3);
            model_result result = model_compute(b.context, b.calculator, &s);
            e[i] = result.energy[0];
        }
        if (kind == MODEL_SMOOTH) {
            assert_close(e[1], e[0], 1e-12);
            assert_true(fabs(e[2] - e[0]) < 1e-5);
            assert_true(fabs(e[3] - e[0]) < 1e-4);
        } else {
            assert_true(fabs(e[1] - e[0]) > 1e-4);
        }
        model_finish(&b);
    }
}

/* What is asked for does not change what is answered; forces alone, energies alone, nothing. */
static void test_what_is_asked(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_EXP, EQF_FLOAT64);
    model_system s = model_molecule(9, 10);
    eqf_system system = model_of(&s);
    model_result all = model_compute(b.context, b.calculator, &s);
    double energy = NAN, forces[27], atoms[9];
    eqf_results results = EQF_RESULTS_INIT;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    results.energy = &energy;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_close(energy, all.energy[0], 0);
    results.energy = NULL;
    results.atom_energy = atoms;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_all_close(9, atoms, all.atoms, 0);
    results.atom_energy = NULL;
    results.forces = forces;
    TEST_OK(b.context, eqf_calculator_compute(b.context, b.calculator, &system, &results));
    assert_all_close(27, forces, all.forces, 0);
    assert_true(eqf_calculator_bytes(b.calculator) > 10000);
    model_finish(&b);
}

/* The energy of an atom is scale times the network's plus the shift of its type; forces are scaled. */
static void test_scale_and_shifts(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_system s = model_molecule(9, 10);
    static const double shifts[5] = {-13.5, -1029.25, -1485, -2042.5, -2713}; /* H C N O F */
    eqf_config *config = model_small_config(b.context, MODEL_SE3);
    eqf_model *model = NULL;
    eqf_calculator *calculator = NULL;
    TEST_OK(b.context, eqf_config_set(b.context, config, "energy_scale", "2.5"));
    TEST_OK(b.context, eqf_config_set(b.context, config, "energy_shifts", "-13.5,-1029.25,-1485,-2042.5,-2713"));
    TEST_OK(b.context, eqf_model_assemble(b.context, config, eqf_model_parameters(b.model), &model));
    TEST_OK(b.context, eqf_calculator_create(b.context, model, EQF_FLOAT64, &calculator));
    model_result plain = model_compute(b.context, b.calculator, &s), shifted = model_compute(b.context, calculator, &s);
    double sum = 2.5 * plain.energy[0];
    for (int64_t i = 0; i < s.natoms; i++) {
        double shift = shifts[eqf_model_type(model, s.numbers[i])];
        assert_close(shifted.atoms[i], 2.5 * plain.atoms[i] + shift, 1e-12 * fabs(shift));
        sum += shift;
    }
    assert_close(shifted.energy[0], sum, 1e-12 * fabs(sum));
    for (int64_t k = 0; k < 3 * s.natoms; k++) assert_close(shifted.forces[k], 2.5 * plain.forces[k], 1e-12);
    eqf_calculator_free(calculator);
    eqf_model_free(model);
    eqf_config_free(config);
    model_finish(&b);
}

/* No memory is asked for when a structure is not larger than those before. */
static void test_no_allocation(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT32);
    model_system large = model_molecule(30, 1), small = model_molecule(12, 2), crystal = model_crystal(7, 3);
    model_compute(b.context, b.calculator, &crystal);
    model_compute(b.context, b.calculator, &large);
    long calls = b.memory.calls;
    for (uint64_t seed = 0; seed < 3; seed++) {
        large.positions[5] += 1e-4;
        model_compute(b.context, b.calculator, &large);
        model_compute(b.context, b.calculator, &small);
        model_compute(b.context, b.calculator, &crystal);
    }
    assert_int_equal(b.memory.calls, calls);
    model_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotation), cmocka_unit_test(test_permutation),   cmocka_unit_test(test_images),
        cmocka_unit_test(test_forces),   cmocka_unit_test(test_extensive),     cmocka_unit_test(test_what_is_asked),
        cmocka_unit_test(test_cutoff),   cmocka_unit_test(test_no_allocation), cmocka_unit_test(test_scale_and_shifts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
