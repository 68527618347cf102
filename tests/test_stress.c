/* Stress, virials and derivatives by edges, against central differences and against one another.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

#include <equiformer/wigner.h>

#include "base/rng.h"

typedef struct everything {
    double energy[MODEL_GRAPHS], forces[3 * MODEL_ATOMS], stress[9 * MODEL_GRAPHS], virial[9 * MODEL_GRAPHS];
    double atom_virial[9 * MODEL_ATOMS];
    const double *edge_gradient;
    eqf_edges edges;
} everything;

static void compute(model_bench *b, const model_system *s, bool stress, everything *r)
{
    eqf_system system = model_of(s);
    eqf_results results = EQF_RESULTS_INIT;
    memset(r, 0, sizeof *r);
    results.energy = r->energy;
    results.forces = r->forces;
    results.stress = stress ? r->stress : NULL;
    results.virial = r->virial;
    results.atom_virial = r->atom_virial;
    results.edge_gradient = &r->edge_gradient;
    TEST_OK(b->context, eqf_calculator_compute(b->context, b->calculator, &system, &results));
    eqf_calculator_edge_list(b->calculator, &r->edges);
}

static double energy_of(model_bench *b, const model_system *s, int64_t edges)
{
    double energy[MODEL_GRAPHS];
    eqf_system system = model_of(s);
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = energy;
    TEST_OK(b->context, eqf_calculator_compute(b->context, b->calculator, &system, &results));
    assert_int_equal(eqf_calculator_edges(b->calculator), edges); /* none crosses the cut-off */
    return energy[0];
}

/* Every vector r becomes r (1 + strain). */
static model_system strained(const model_system *s, const double *strain)
{
    model_system out = *s;
    for (int64_t i = 0; i < s->natoms; i++)
        for (int b = 0; b < 3; b++)
            for (int a = 0; a < 3; a++) out.positions[3 * i + b] += s->positions[3 * i + a] * strain[3 * a + b];
    for (int i = 0; i < 3; i++)
        for (int b = 0; b < 3; b++)
            for (int a = 0; a < 3; a++) out.cell[3 * i + b] += s->cell[3 * i + a] * strain[3 * a + b];
    return out;
}

static double volume_of(const double *m)
{
    return fabs(m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
                m[2] * (m[3] * m[7] - m[4] * m[6]));
}

static double largest(size_t n, const double *x)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    return most;
}

/* Two layers of a metal with a molecule on them, as in the sets of catalysis: periodic with empty space above. */
static model_system slab(uint64_t seed)
{
    model_system s;
    memset(&s, 0, sizeof s);
    s.graphs = 1;
    s.periodic = true;
    s.cell[0] = 5.1, s.cell[3] = 0.2, s.cell[4] = 5.3, s.cell[8] = 14;
    for (int d = 0; d < 3; d++) s.pbc[d] = 1;
    for (int layer = 0; layer < 2; layer++)
        for (int x = 0; x < 2; x++)
            for (int y = 0; y < 2; y++) {
                s.numbers[s.natoms] = x == y ? 29 : 28;
                s.positions[3 * s.natoms] = 2.55 * x + 1.27 * layer;
                s.positions[3 * s.natoms + 1] = 2.65 * y + 1.3 * layer;
                s.positions[3 * s.natoms++ + 2] = 1.9 * layer;
            }
    static const double adsorbate[2][3] = {{1.4, 1.2, 3.8}, {1.7, 1.1, 4.95}};
    for (int i = 0; i < 2; i++, s.natoms++) {
        s.numbers[s.natoms] = i == 0 ? 6 : 8;
        memcpy(&s.positions[3 * s.natoms], adsorbate[i], sizeof adsorbate[i]);
    }
    for (int64_t i = 0; i < 3 * s.natoms; i++) s.positions[i] += 0.2 * (eqfi_rng_uniform(seed, 9, (uint64_t)i) - 0.5);
    return s;
}

/* ------------------------------------------------------------------------------------------- central differences -- */

static const double steps[4] = {-2, -1, 1, 2}, weights[4] = {1 / 12.0, -8 / 12.0, 8 / 12.0, -1 / 12.0};
static const double step = 1.0 / 4096;

static void check_differences(model_bench *b, const model_system *s)
{
    everything at;
    compute(b, s, true, &at);
    double volume = volume_of(s->cell), scale = fmax(1, largest(9, at.virial));
    int64_t edges = at.edges.count;
    for (int i = 0; i < 9; i++) {
        double slope = 0;
        for (int p = 0; p < 4; p++) {
            double strain[9] = {0};
            strain[i] += 0.5 * steps[p] * step;
            strain[3 * (i % 3) + i / 3] += 0.5 * steps[p] * step;
            model_system moved = strained(s, strain);
            slope += weights[p] / step * energy_of(b, &moved, edges);
        }
        assert_close(at.stress[i] * volume, slope, 1e-7 * scale);
    }
    scale = fmax(1, largest(3 * (size_t)s->natoms, at.forces));
    for (int64_t i = 0; i<3 * s->natoms; i += s->natoms> 5 ? 4 : 1) {
        double slope = 0;
        for (int p = 0; p < 4; p++) {
            model_system moved = *s;
            moved.positions[i] += steps[p] * step;
            slope += weights[p] / step * energy_of(b, &moved, edges);
        }
        assert_close(at.forces[i], -slope, 1e-7 * scale);
    }
    assert_true(largest(9, at.virial) > 1e-2);
}

static void test_differences(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        model_system crystal = model_crystal(7, 2), metal = slab(1);
        check_differences(&b, &crystal);
        if (eqf_model_type(b.model, 29) >= 0) check_differences(&b, &metal);
        model_finish(&b);
    }
}

/* ---------------------------------------------------------------------------------------- one against the others -- */

/* A cell that is not periodic in one direction has a virial. */
static void test_sums(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        model_system systems[] = {model_molecule(13, 1), model_crystal(7, 2), model_crystal(3, 3)};
        for (int k = 0; k < 3; k++) {
            const model_system *s = &systems[k];
            everything r;
            compute(&b, s, k == 1, &r);
            double sum[9] = {0}, moments[9] = {0}, forces[3 * MODEL_ATOMS] = {0};
            for (int64_t i = 0; i < 9 * s->natoms; i++) sum[i % 9] += r.atom_virial[i];
            assert_all_close(9, sum, r.virial, 1e-12);
            for (int a = 0; a < 9; a++) assert_true(r.virial[a] == r.virial[3 * (a % 3) + a / 3]);
            for (int a = 0; k == 1 && a < 9; a++) assert_close(-volume_of(s->cell) * r.stress[a], r.virial[a], 1e-13);
            for (int64_t e = 0; e < r.edges.count; e++)
                for (int a = 0; a < 3; a++) {
                    forces[3 * r.edges.src[e] + a] -= r.edge_gradient[3 * e + a];
                    forces[3 * r.edges.dst[e] + a] += r.edge_gradient[3 * e + a];
                }
            assert_all_close(3 * (size_t)s->natoms, forces, r.forces, 0);
            for (int64_t i = 0; i < s->natoms; i++)
                for (int a = 0; a < 9; a++) moments[a] += s->positions[3 * i + a / 3] * r.forces[3 * i + a % 3];
            if (k == 0) assert_all_close(9, moments, r.virial, 1e-11);
        }
        model_finish(&b);
    }
}

/* R W R^T */
static void turn_matrix(const double *rotation, const double *w, double *out)
{
    for (int i = 0; i < 9; i++) {
        out[i] = 0;
        for (int k = 0; k < 9; k++) out[i] += rotation[3 * (i / 3) + k / 3] * w[k] * rotation[3 * (i % 3) + k % 3];
    }
}

static void test_rotation(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        model_system s = model_crystal(7, 2), turned = s;
        double rotation[9], expected[9];
        eqf_rotation_random(5, rotation);
        for (int64_t i = 0; i < s.natoms + 3; i++)
            for (int a = 0; a < 3; a++) {
                const double *from = i < s.natoms ? &s.positions[3 * i] : &s.cell[3 * (i - s.natoms)];
                double *to = i < s.natoms ? &turned.positions[3 * i] : &turned.cell[3 * (i - s.natoms)];
                to[a] = rotation[3 * a] * from[0] + rotation[3 * a + 1] * from[1] + rotation[3 * a + 2] * from[2];
            }
        everything before, after;
        compute(&b, &s, true, &before);
        compute(&b, &turned, true, &after);
        turn_matrix(rotation, before.stress, expected);
        assert_all_close(9, after.stress, expected, 1e-11);
        for (int64_t i = 0; i < s.natoms; i++) {
            turn_matrix(rotation, &before.atom_virial[9 * i], expected);
            assert_all_close(9, &after.atom_virial[9 * i], expected, 1e-10);
        }
        model_finish(&b);
    }
}

/* Two cells as one; and systems in a batch. */
static void test_cells(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_EXP, EQF_FLOAT64);
    model_system s = model_crystal(7, 2), twice = s, batch = model_crystal(7, 3);
    for (int64_t i = 0; i < s.natoms; i++) {
        twice.numbers[s.natoms + i] = s.numbers[i];
        for (int a = 0; a < 3; a++) twice.positions[3 * (s.natoms + i) + a] = s.positions[3 * i + a] + s.cell[3 + a];
    }
    twice.natoms *= 2;
    for (int a = 0; a < 3; a++) twice.cell[3 + a] *= 2;
    everything one, two, other, all;
    compute(&b, &s, true, &one);
    compute(&b, &twice, true, &two);
    assert_close(two.energy[0], 2 * one.energy[0], 1e-12);
    assert_all_close(9, two.stress, one.stress, 1e-12);
    compute(&b, &batch, true, &other);
    model_append(&batch, &s);
    compute(&b, &batch, true, &all);
    assert_all_close(9, all.stress, other.stress, 1e-12);
    assert_all_close(9, all.stress + 9, one.stress, 1e-12);
    assert_all_close(9 * (size_t)s.natoms, all.atom_virial + 9 * (batch.natoms - s.natoms), one.atom_virial, 1e-12);
    model_bench rough;
    model_begin(&rough, MODEL_EXP, EQF_FLOAT32);
    compute(&rough, &s, true, &two);
    assert_all_close(9, two.stress, one.stress, 1e-3 * fmax(1, largest(9, one.stress)));
    model_finish(&rough);
    model_finish(&b);
}

/* ------------------------------------------------------------------------------------------------ errors, memory -- */

static void test_errors(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_system molecule = model_molecule(5, 1), sheet = model_crystal(5, 2), crystal = model_crystal(7, 2);
    double stress[18], energy[2] = {7, 7}, auxiliary[3 * MODEL_ATOMS];
    for (int i = 0; i < 18; i++) stress[i] = 7;
    eqf_system system = model_of(&molecule);
    eqf_results results = EQF_RESULTS_INIT;
    results.energy = energy;
    results.stress = stress;
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "the stress of system 0, which is periodic in 0 directions",
               eqf_calculator_compute(b.context, b.calculator, &system, &results));
    system = model_of(&sheet);
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "periodic in 2 directions, is asked for, expected 3",
               eqf_calculator_compute(b.context, b.calculator, &system, &results));
    model_append(&crystal, &sheet);
    system = model_of(&crystal);
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "system 1",
               eqf_calculator_compute(b.context, b.calculator, &system, &results));
    for (int i = 0; i < 18; i++) assert_true(stress[i] == 7 && energy[i % 2] == 7);
    results.stress = NULL;
    results.auxiliary = auxiliary;
    TEST_FAILS(b.context, EQF_ERROR_UNSUPPORTED, "no auxiliary head",
               eqf_calculator_compute(b.context, b.calculator, &system, &results));
    results.auxiliary = NULL;
    int tags[MODEL_ATOMS] = {0, 2, 3};
    system.tags = tags;
    TEST_FAILS(b.context, EQF_ERROR_RANGE, "atom 2 has the tag 3, expected 0, 1 or 2",
               eqf_calculator_compute(b.context, b.calculator, &system, &results));
    eqf_edges edges;
    eqf_calculator_edge_list(b.calculator, &edges);
    assert_int_equal(edges.count, 0);
    model_finish(&b);
}

static void test_no_allocation(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_EXP, EQF_FLOAT32);
    model_system large = slab(3), small = model_crystal(7, 2);
    everything r;
    compute(&b, &large, true, &r);
    compute(&b, &small, true, &r);
    long calls = b.memory.calls;
    for (int i = 0; i < 3; i++) {
        large.positions[4] += 1e-4;
        compute(&b, &large, true, &r);
        compute(&b, &small, true, &r);
    }
    assert_int_equal(b.memory.calls, calls);
    model_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences), cmocka_unit_test(test_sums),   cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_cells),       cmocka_unit_test(test_errors), cmocka_unit_test(test_no_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
