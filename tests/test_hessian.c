/* Hessians and their products against differences of forces, and what symmetries of space demand of them.
 * SPDX-License-Identifier: MIT */
#include "support/models.h"

#include "base/rng.h"
#include "model/calculator.h"

enum { SIZE = 3 * MODEL_ATOMS };

static double hessian[SIZE * SIZE], other[SIZE * SIZE];

static void compute(model_bench *b, const model_system *s, double *h)
{
    eqf_system system = model_of(s);
    memset(h, 0xA5, 9 * (size_t)(s->natoms * s->natoms) * sizeof *h);
    TEST_OK(b->context, eqf_calculator_hessian(b->context, b->calculator, &system, NULL, h));
}

static void multiply(model_bench *b, const model_system *s, size_t memory, int64_t n, const double *directions,
                     double *products)
{
    eqf_system system = model_of(s);
    eqf_hessian_options options = EQF_HESSIAN_OPTIONS_INIT;
    options.memory = memory;
    TEST_OK(b->context, eqf_calculator_hvp(b->context, b->calculator, &system, &options, n, directions, products));
}

static double largest(size_t n, const double *x)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    return most;
}

static model_system structure(int i)
{
    return i == 0 ? model_molecule(6, 1) : i == 1 ? model_crystal(7, 2) : model_crystal(5, 3);
}

/* ------------------------------------------------------------------------------------------- central differences -- */

static void check_differences(model_bench *b, const model_system *s, const double *h)
{
    static const double steps[4] = {-2, -1, 1, 2}, weights[4] = {1 / 12.0, -8 / 12.0, 8 / 12.0, -1 / 12.0};
    const double step = 1.0 / 4096;
    size_t size = 3 * (size_t)s->natoms;
    int64_t edges = model_compute(b->context, b->calculator, s).edges;
    double scale = fmax(1, largest(size * size, h));
    for (size_t i = 0; i<size; i += size> 9 ? 4 : 1) {
        double slope[SIZE] = {0};
        for (int p = 0; p < 4; p++) {
            model_system moved = *s;
            moved.positions[i] += steps[p] * step;
            model_result r = model_compute(b->context, b->calculator, &moved);
            assert_int_equal(r.edges, edges); /* none crosses the cut-off */
            for (size_t k = 0; k < size; k++) slope[k] -= weights[p] / step * r.forces[k];
        }
        assert_all_close(size, h + size * i, slope, 1e-7 * scale);
    }
    assert_true(scale > 1e-2);
}

static void test_differences(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        for (int i = 0; i < 3; i++) {
            model_system s = structure(i);
            compute(&b, &s, hessian);
            check_differences(&b, &s, hessian);
        }
        model_finish(&b);
    }
}

/* -------------------------------------------------------------------------------------------------------- cut-off -- */

/* Energies, forces and Hessian of atoms of which the last is `gap` inside the cut-off of the first and sees no other;
 * alone: there are no others. */
static void at_cutoff(model_bench *b, bool alone, double gap, double *energy, double *forces, double *h)
{
    model_system s = model_molecule(4, 5);
    if (alone) s.natoms = 2;
    size_t last = 3 * (size_t)(s.natoms - 1);
    for (int64_t k = 1; k < s.natoms - 1; k++) s.positions[3 * k] = fmax(s.positions[3 * k], s.positions[0] + 0.4);
    s.positions[last] = s.positions[0] - eqf_model_cutoff(b->model) + gap;
    s.positions[last + 1] = s.positions[1];
    s.positions[last + 2] = s.positions[2];
    model_result r = model_compute(b->context, b->calculator, &s);
    *energy = r.energy[0];
    memcpy(forces, r.forces, (last + 3) * sizeof *forces);
    compute(b, &s, h);
}

static double distance(size_t n, const double *a, const double *b)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* Drawn through the cut-off, also as an only neighbour, an atom changes the smooth energy, forces and Hessian as the third,
 * second and first power of the distance to the cut-off: ten times nearer is a tenth of the change in the Hessian. */
static void test_cutoff(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SMOOTH, EQF_FLOAT64);
    for (int alone = 0; alone < 2; alone++) {
        double energy, beyond, forces[SIZE], forces_beyond[SIZE], change[3];
        size_t n = alone ? 6 : 12;
        at_cutoff(&b, alone, -1e-9, &beyond, forces_beyond, other);
        for (int i = 0; i < 3; i++) {
            double gap = i == 0 ? 1e-2 : i == 1 ? 1e-3 : 1e-4;
            at_cutoff(&b, alone, gap, &energy, forces, hessian);
            change[i] = distance(n * n, hessian, other);
            assert_close(energy, beyond, 1e2 * gap * gap * gap + 1e-13);
            assert_true(distance(n, forces, forces_beyond) < 1e3 * gap * gap + 1e-12);
            assert_true(change[i] < 1e4 * gap);
        }
        assert_true(change[0] > 1e-6); /* there is something to fade */
        assert_true(change[1] < 0.2 * change[0] && change[2] < 0.2 * change[1]);
    }
    model_finish(&b);
}

/* ---------------------------------------------------------------------------------------------------- symmetries -- */

/* Before it is made so, the matrix is symmetric: <v, H w> = <w, H v>. And H v is that of the matrix. */
static void test_products(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        for (int i = 0; i < 2; i++) {
            enum { N = 3 };
            model_system s = structure(i);
            size_t size = 3 * (size_t)s.natoms;
            double v[N * SIZE], products[N * SIZE];
            for (size_t k = 0; k < N * size; k++) v[k] = eqfi_rng_normal(1, (uint64_t)i, k);
            compute(&b, &s, hessian);
            multiply(&b, &s, 0, N, v, products);
            double scale = fmax(1, largest(size * size, hessian));
            for (size_t n = 0; n < N; n++) {
                double forward = 0, backward = 0;
                for (size_t k = 0; k < size; k++) {
                    double sum = 0;
                    for (size_t m = 0; m < size; m++) sum += hessian[size * k + m] * v[n * size + m];
                    assert_close(products[n * size + k], sum, 1e-11 * scale);
                    forward += v[k] * products[n * size + k];
                    backward += v[n * size + k] * products[k];
                    assert_true(hessian[size * k + n] == hessian[size * n + k]);
                }
                assert_close(forward, backward, 1e-11 * scale * (double)size);
            }
        }
        model_finish(&b);
    }
}

/* The energy does not change when everything moves or turns: H t = 0 for a displacement t, and, the gradient turning with
 * a molecule, H (w x r) = w x gradient. */
static void test_rigid(void **state)
{
    (void)state;
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        model_bench b;
        model_begin(&b, (model_kind)kind, EQF_FLOAT64);
        for (int i = 0; i < 2; i++) {
            model_system s = structure(i);
            size_t size = 3 * (size_t)s.natoms;
            double v[6 * SIZE] = {0}, products[6 * SIZE];
            model_result r = model_compute(b.context, b.calculator, &s);
            for (size_t k = 0; k < size; k += 3)
                for (size_t a = 0; a < 3; a++) {
                    v[a * size + k + a] = 1;
                    v[(3 + a) * size + k + (a + 1) % 3] = -s.positions[k + (a + 2) % 3];
                    v[(3 + a) * size + k + (a + 2) % 3] = s.positions[k + (a + 1) % 3];
                }
            multiply(&b, &s, 0, 6, v, products);
            for (size_t k = 0; k < 3 * size; k++) assert_close(products[k], 0, 1e-12);
            for (size_t k = 0; k < size && i == 0; k += 3)
                for (size_t a = 0; a < 3; a++) {
                    const double *turned = &products[(3 + a) * size + k], *f = &r.forces[k];
                    assert_close(turned[a], 0, 1e-10);
                    assert_close(turned[(a + 1) % 3], f[(a + 2) % 3], 1e-10);
                    assert_close(turned[(a + 2) % 3], -f[(a + 1) % 3], 1e-10);
                }
        }
        model_finish(&b);
    }
}

/* -------------------------------------------------------------------------------------------------- many systems -- */

/* Systems of a batch are blocks; directions one at a time give what many at a time do. */
static void test_batch(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_EXP, EQF_FLOAT64);
    model_system parts[4] = {model_molecule(6, 4), model_crystal(7, 2), model_molecule(1, 5), model_molecule(4, 6)};
    model_system batch = parts[0];
    for (int i = 1; i < 4; i++) model_append(&batch, &parts[i]);
    size_t size = 3 * (size_t)batch.natoms, first = 0, blocks = 0, kept = 0;
    compute(&b, &batch, hessian);
    for (int i = 0; i < 4; i++) {
        size_t n = 3 * (size_t)parts[i].natoms;
        compute(&b, &parts[i], other);
        for (size_t k = 0; k < n; k++) assert_all_close(n, &hessian[size * (first + k) + first], &other[n * k], 1e-11);
        first += n;
        blocks += n * n;
    }
    for (size_t k = 0; k < size * size; k++) kept += hessian[k] != 0;
    assert_true(kept <= blocks && kept > blocks / 2);
    double v[7 * SIZE], all[7 * SIZE], few[7 * SIZE];
    for (size_t k = 0; k < 7 * size; k++) v[k] = eqfi_rng_normal(2, 0, k);
    multiply(&b, &batch, (size_t)1 << 30, 7, v, all);
    multiply(&b, &batch, 1, 7, v, few);
    assert_all_close(7 * size, all, few, 0);
    model_finish(&b);
}

/* Single precision; atoms without neighbours; nothing at all. */
/* What a first product needed is known, though its numbers were too large: later ones keep to the budget. */
static void test_budget_after_failure(void **state)
{
    (void)state;
    model_bench b;
    double huge[27];
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_system s = model_molecule(9, 1);
    eqf_system system = model_of(&s);
    for (int k = 0; k < 27; k++) huge[k] = k % 2 ? 1e308 : -1e308;
    TEST_FAILS(b.context, EQF_ERROR_NOT_FINITE, "second derivative",
               eqf_calculator_hvp(b.context, b.calculator, &system, NULL, 1, huge, huge));
    assert_true(b.calculator->hessian.bytes_per_edge > 0);
    model_finish(&b);
}

static void test_odd_cases(void **state)
{
    (void)state;
    model_bench b, rough;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_begin(&rough, MODEL_SE3, EQF_FLOAT32);
    model_system s = model_molecule(9, 1), single = model_molecule(1, 1);
    compute(&b, &s, hessian);
    compute(&rough, &s, other);
    assert_all_close(27 * 27, other, hessian, 2e-3 * fmax(1, largest(27 * 27, hessian)));
    compute(&b, &single, hessian);
    for (int k = 0; k < 9; k++) assert_close(hessian[k], 0, 0);
    eqf_system none = EQF_SYSTEM_INIT;
    TEST_OK(b.context, eqf_calculator_hessian(b.context, b.calculator, &none, NULL, hessian));
    TEST_OK(b.context, eqf_calculator_hvp(b.context, b.calculator, &none, NULL, 3, hessian, hessian));
    multiply(&b, &s, 0, 0, NULL, NULL);
    model_finish(&rough);
    model_finish(&b);
}

static void test_errors(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_system s = model_molecule(3, 1);
    eqf_system system = model_of(&s);
    double v[9] = {0}, products[9], h[81];
    for (int i = 0; i < 81; i++) h[i] = products[i % 9] = 7;
    eqf_hessian_options options = {.size = 3};
    TEST_FAILS(b.context, EQF_ERROR_ARGUMENT, "eqf_hessian_options has size 3",
               eqf_calculator_hessian(b.context, b.calculator, &system, &options, h));
    TEST_FAILS(b.context, EQF_ERROR_RANGE, "-1 directions",
               eqf_calculator_hvp(b.context, b.calculator, &system, NULL, -1, v, products));
    v[5] = NAN;
    TEST_FAILS(b.context, EQF_ERROR_NOT_FINITE, "direction component 5",
               eqf_calculator_hvp(b.context, b.calculator, &system, NULL, 1, v, products));
    s.numbers[1] = 92;
    TEST_FAILS(b.context, EQF_ERROR_NOT_FOUND, "atom 1",
               eqf_calculator_hessian(b.context, b.calculator, &system, NULL, h));
    for (int i = 0; i < 81; i++) assert_true(h[i] == 7 && products[i % 9] == 7);
    model_finish(&b);
}

/* -------------------------------------------------------------------------------------------------------- memory -- */

static void test_no_allocation(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_E3, EQF_FLOAT32);
    model_system s = model_molecule(8, 1), small = model_molecule(5, 2);
    double v[4 * SIZE] = {1};
    compute(&b, &s, hessian);
    multiply(&b, &s, 1 << 20, 4, v, other);
    long calls = b.memory.calls;
    s.positions[3] += 1e-3;
    compute(&b, &s, hessian);
    compute(&b, &small, hessian);
    multiply(&b, &s, 1 << 20, 4, v, other);
    assert_int_equal(b.memory.calls, calls);
    model_finish(&b);
}

/* Allocations fail one after the other; the matrix is untouched then, and right at last. */
static void test_short_of_memory(void **state)
{
    (void)state;
    model_bench b;
    model_begin(&b, MODEL_SE3, EQF_FLOAT64);
    model_system s = model_molecule(4, 1);
    eqf_system system = model_of(&s);
    compute(&b, &s, hessian);
    bool failed = true;
    for (long at = 1; failed; at += at < 40 ? 1 : 97) {
        eqf_calculator *fresh = NULL;
        TEST_OK(b.context, eqf_calculator_create(b.context, b.model, EQF_FLOAT64, &fresh));
        other[0] = 7;
        b.memory.failed = false;
        b.memory.fail_at = b.memory.calls + at;
        eqf_status status = eqf_calculator_hessian(b.context, fresh, &system, NULL, other);
        failed = b.memory.failed;
        b.memory.fail_at = 0;
        assert_int_equal(status, failed ? EQF_ERROR_MEMORY : EQF_OK);
        if (failed) assert_true(other[0] == 7);
        eqf_calculator_free(fresh);
    }
    assert_all_close(144, other, hessian, 0);
    model_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences),   cmocka_unit_test(test_cutoff),
        cmocka_unit_test(test_products),      cmocka_unit_test(test_rigid),
        cmocka_unit_test(test_batch),         cmocka_unit_test(test_budget_after_failure),
        cmocka_unit_test(test_odd_cases),     cmocka_unit_test(test_errors),
        cmocka_unit_test(test_no_allocation), cmocka_unit_test(test_short_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
