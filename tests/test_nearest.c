/* Models that look at a limited number of neighbours. SPDX-License-Identifier: MIT */
#include "support/models.h"

typedef struct bench {
    test_allocator memory;
    eqf_context *context;
    eqf_calculator *calculator;
} bench;

static void begin(bench *b, const char *most)
{
    eqf_model *model = NULL;
    b->context = test_context(&b->memory);
    eqf_config *config = model_small_config(b->context, MODEL_SE3);
    TEST_OK(b->context, eqf_config_set(b->context, config, "max_neighbors", most));
    TEST_OK(b->context, eqf_model_create(b->context, config, 2, EQF_FLOAT64, &model));
    TEST_OK(b->context, eqf_calculator_create(b->context, model, EQF_FLOAT64, &b->calculator));
    eqf_model_free(model);
    eqf_config_free(config);
}

static void finish(bench *b)
{
    eqf_calculator_free(b->calculator);
    test_context_free(b->context, &b->memory);
}

static double square(const double *r) { return r[0] * r[0] + r[1] * r[1] + r[2] * r[2]; }

static eqf_edges edges_of(bench *b, const model_system *s, model_result *result)
{
    eqf_edges edges;
    *result = model_compute(b->context, b->calculator, s);
    eqf_calculator_edge_list(b->calculator, &edges);
    return edges;
}

/* Each edge of all is there exactly if fewer than `most` of the receiver's are nearer, or as near and before it. */
static void expect_nearest(const eqf_edges *all, const eqf_edges *kept, int64_t most)
{
    int64_t at = 0;
    for (int64_t e = 0; e < all->count; e++) {
        int64_t nearer = 0;
        double own = square(&all->vector[3 * e]);
        for (int64_t f = 0; f < all->count; f++) {
            double other = square(&all->vector[3 * f]);
            nearer += all->dst[f] == all->dst[e] && (other < own || (other == own && f < e));
        }
        if (nearer >= most) continue;
        assert_true(at < kept->count && kept->src[at] == all->src[e] && kept->dst[at] == all->dst[e]);
        assert_memory_equal(&kept->vector[3 * at], &all->vector[3 * e], 3 * sizeof(double));
        assert_memory_equal(&kept->shift[3 * at], &all->shift[3 * e], 3 * sizeof(int32_t));
        at++;
    }
    assert_int_equal(at, kept->count);
}

static void test_nearest(void **state)
{
    (void)state;
    bench all, some;
    model_result a, r;
    model_system s = model_molecule(7, 1), crystal = model_crystal(7, 2);
    model_append(&s, &crystal);
    begin(&all, "0");
    eqf_edges edges = edges_of(&all, &s, &a);
    for (int most = 1; most <= 40; most += 3) {
        char text[8];
        snprintf(text, sizeof text, "%d", most);
        begin(&some, text);
        eqf_edges kept = edges_of(&some, &s, &r);
        expect_nearest(&edges, &kept, most);
        if (kept.count == edges.count)
            assert_all_close(2, r.energy, a.energy, 0);
        else
            assert_true(fabs(r.energy[0] - a.energy[0]) + fabs(r.energy[1] - a.energy[1]) > 1e-6);
        finish(&some);
    }
    finish(&all);
}

/* Atoms on a line, equally far: the first of equal ones are kept, and there are no more than asked for. */
static void test_ties(void **state)
{
    (void)state;
    bench b;
    model_result r;
    model_system s = {.natoms = 5, .graphs = 1, .numbers = {1, 1, 6, 1, 1}};
    static const double places[15] = {-1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0};
    memcpy(s.positions, places, sizeof places);
    begin(&b, "3");
    eqf_edges edges = edges_of(&b, &s, &r);
    int64_t counts[5] = {0}, first[5] = {-1, -1, -1, -1, -1};
    for (int64_t e = 0; e < edges.count; e++) {
        if (counts[edges.dst[e]]++ == 0) first[edges.dst[e]] = edges.src[e];
    }
    for (int i = 0; i < 5; i++) assert_int_equal(counts[i], 3);
    assert_int_equal(first[2], 0);
    assert_int_equal(edges.src[6 + 2], 3); /* of the middle atom: 0, 1, 3 and not 4 */
    finish(&b);
}

/* Forces are the derivative of the energy as long as the neighbours stay the same. */
static void test_forces(void **state)
{
    (void)state;
    bench b;
    model_system s = model_molecule(7, 3);
    const double h = 1e-5;
    begin(&b, "3");
    model_result r = model_compute(b.context, b.calculator, &s);
    for (int k = 0; k < 21; k++) {
        double place = s.positions[k];
        s.positions[k] = place + h;
        double up = model_compute(b.context, b.calculator, &s).energy[0];
        s.positions[k] = place - h;
        double down = model_compute(b.context, b.calculator, &s).energy[0];
        s.positions[k] = place;
        assert_close(r.forces[k], -(up - down) / (2 * h), 1e-6);
    }
    finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_forces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
