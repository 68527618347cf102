/* Recorded functions and their derivatives on a bench. SPDX-License-Identifier: MIT */
#include "derivatives.h"

#include "ad/program.h"
#include "base/rng.h"

double test_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    return (double)(float)eqfi_rng_uniform(seed, stream, index);
}

double test_normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    return (double)(float)eqfi_rng_normal(seed, stream, index);
}

eqf_irreps *test_irreps(eqf_context *context, const char *text)
{
    eqf_irreps *irreps = NULL;
    TEST_OK(context, eqf_irreps_parse(context, text, &irreps));
    return irreps;
}

static void *zeros(size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size);
    assert_non_null(block);
    return block;
}

/* ----------------------------------------------------------------------------------------------------- variables -- */

static int64_t rows_in(const test_space *space, const char *name)
{
    for (int i = 0; i < TEST_ROW_SETS; i++)
        if (space->rows[i].name != NULL && strcmp(space->rows[i].name, name) == 0) return space->rows[i].count;
    return 1;
}

static const char *rows_name(const eqf_program *program, eqf_var x)
{
    return program->row_sets.items[eqf_var_rows(program, x).id - 1].name;
}

/* Shape and room of a variable that has been recorded. */
static void fill_in(const test_bench *b, const test_space *space, const char *name, eqf_var var, test_variable *v)
{
    assert_true(var.id > 0);
    snprintf(v->name, sizeof v->name, "%s", name);
    v->var = var;
    v->parameter = -1;
    v->irreps = eqf_var_irreps(b->program, var);
    v->one = eqf_var_rows(b->program, var).id == eqf_rows_one().id;
    v->rows = rows_in(space, rows_name(b->program, var));
    v->columns = eqf_irreps_dim(v->irreps);
}

static void make_room(test_variable *v)
{
    v->count = (size_t)v->rows * (size_t)v->columns;
    v->values = zeros(v->count, sizeof *v->values);
}

static void draw(test_variable *v, const test_argument *from, uint64_t seed, uint64_t stream)
{
    for (size_t i = 0; i < v->count; i++) {
        double value = test_normal(seed, stream, i);
        if (from != NULL && from->low < from->high)
            value = from->low + (from->high - from->low) * test_uniform(seed, stream, i);
        if (from != NULL && from->avoids && fabs(value - from->avoided) < 0.05)
            value = from->avoided + (value < from->avoided ? -0.07 : 0.07);
        v->values[i] = (double)(float)value;
    }
}

/* ----------------------------------------------------------------------------------------------------- recording -- */

static int count_parameters(const eqf_program *program)
{
    int n = 0;
    for (size_t i = 0; i < program->vars.n; i++) n += program->vars.items[i].kind == EQFI_VAR_PARAMETER;
    return n;
}

/* The parameters that recording met, behind the arguments. */
static void add_parameters(test_bench *b, const test_space *space)
{
    for (size_t i = 0; i < b->program->vars.n; i++) {
        const eqfi_variable *p = &b->program->vars.items[i];
        if (p->kind != EQFI_VAR_PARAMETER) continue;
        test_variable *v = &b->x[b->n++];
        fill_in(b, space, p->name, (eqf_var){(int32_t)i + 1}, v);
        v->parameter = eqf_parameters_find(b->parameters, p->name);
        assert_true(v->parameter >= 0);
        eqf_parameter_info info;
        TEST_OK(b->context, eqf_parameters_info(b->context, b->parameters, v->parameter, &info));
        if (!v->one && v->columns > 0) v->rows = info.count / v->columns;
        make_room(v);
        assert_int_equal(v->count, info.count);
        TEST_OK(b->context, eqf_parameters_get(b->context, b->parameters, v->parameter, v->values));
    }
}

/* An input of the shape of x, and its numbers. */
static eqf_var add_direction(test_bench *b, const test_space *space, const char *name, const test_variable *x,
                             uint64_t seed, test_variable *v)
{
    eqf_var var = eqf_input(b->program, name, eqf_var_rows(b->program, x->var), x->irreps);
    fill_in(b, space, name, var, v);
    v->rows = x->rows;
    make_room(v);
    draw(v, NULL, seed, (uint64_t)var.id + 100);
    return var;
}

/* The gradients of order k, and the directions that the next order contracts them with. */
static void record_order(test_bench *b, const test_space *space, int k, uint64_t seed)
{
    int wrt = k == 1 ? b->n : b->n + 1, outputs = k == 1 ? 1 : k == 2 ? b->n : b->n + 1;
    eqf_var *out = zeros((size_t)outputs, sizeof *out), *seeds = zeros((size_t)outputs, sizeof *seeds);
    eqf_var *x = zeros((size_t)wrt, sizeof *x), *d = zeros((size_t)wrt, sizeof *d);
    for (int i = 0; i < outputs; i++) {
        char name[32];
        snprintf(name, sizeof name, "v%d.%d", k - 1, i);
        const test_variable *of = k == 1 ? &b->y : &b->d[k - 1][i];
        out[i] = of->var;
        seeds[i] = add_direction(b, space, name, of, seed, &b->v[k - 1][i]);
    }
    if (k == 1) b->x[b->n] = b->v[0][0]; /* c, whose numbers are owned by v */
    for (int j = 0; j < wrt; j++) x[j] = b->x[j].var;
    eqf_grad(b->program, outputs, out, seeds, wrt, x, d);
    for (int j = 0; j < wrt && d[j].id > 0; j++) {
        char name[32];
        snprintf(name, sizeof name, "d%d.%d", k, j);
        fill_in(b, space, name, d[j], &b->d[k][j]);
        b->d[k][j].rows = b->x[j].rows;
        make_room(&b->d[k][j]);
        assert_int_equal(b->d[k][j].count, b->x[j].count);
        eqf_output(b->program, name, d[j]);
    }
    free(out);
    free(seeds);
    free(x);
    free(d);
}

static void record(test_bench *b, const test_space *space, uint64_t seed)
{
    const test_function *f = b->function;
    eqf_var arguments[TEST_ARGUMENTS] = {{0}};
    for (int i = 0; i < f->n; i++) {
        char name[32];
        snprintf(name, sizeof name, "x%d", i);
        eqf_irreps *irreps = test_irreps(b->context, f->arguments[i].irreps);
        arguments[i] = eqf_input(b->program, name, eqf_program_rows(b->program, f->arguments[i].rows), irreps);
        eqf_irreps_free(irreps);
    }
    eqf_var y = f->record(b->program, arguments, f->data);
    b->x = zeros((size_t)(f->n + count_parameters(b->program) + 1), sizeof *b->x);
    if (y.id > 0) {
        for (b->n = 0; b->n < f->n; b->n++) {
            test_variable *x = &b->x[b->n];
            char name[32];
            snprintf(name, sizeof name, "x%d", b->n);
            fill_in(b, space, name, arguments[b->n], x);
            make_room(x);
            draw(x, &f->arguments[b->n], seed, (uint64_t)b->n);
            if (f->values[b->n] != NULL) memcpy(x->values, f->values[b->n], x->count * sizeof *x->values);
        }
        add_parameters(b, space);
        fill_in(b, space, "y", y, &b->y);
        make_room(&b->y);
        eqf_output(b->program, "y", y);
        for (int k = 1; k <= f->order; k++) {
            b->d[k] = zeros((size_t)b->n + 1, sizeof **b->d);
            b->v[k - 1] = zeros((size_t)b->n + 1, sizeof **b->v);
            record_order(b, space, k, seed);
        }
    }
    TEST_OK(b->context, eqf_program_end(b->context, b->program));
}

/* ------------------------------------------------------------------------------------------------------- running -- */

static void bind_rows_and_maps(eqf_context *context, eqf_run *run, const test_space *space)
{
    for (int i = 0; i < TEST_ROW_SETS; i++)
        if (space->rows[i].name != NULL)
            TEST_OK(context, eqf_run_set_rows(context, run, space->rows[i].name, space->rows[i].count));
    for (int i = 0; i < TEST_MAPS; i++)
        if (space->maps[i].name != NULL)
            TEST_OK(context, eqf_run_set_map(context, run, space->maps[i].name, space->maps[i].target));
}

/* Hands the present numbers of a variable to a run. */
static void set(test_bench *b, eqf_run *run, const test_variable *x)
{
    if (x->parameter < 0) {
        TEST_OK(b->context, eqf_run_set_input(b->context, run, x->name, x->values));
        return;
    }
    TEST_OK(b->context, eqf_parameters_set(b->context, b->parameters, x->parameter, x->values));
    TEST_OK(b->context, eqf_run_set_parameters(b->context, run, b->parameters));
}

static int directions(const test_bench *b, int k) { return k == 1 ? 1 : k == 2 ? b->n : b->n + 1; }

static void set_all(test_bench *b, eqf_run *run)
{
    for (int i = 0; i < b->function->n; i++) set(b, run, &b->x[i]);
    if (b->n > b->function->n) set(b, run, &b->x[b->function->n]); /* takes all parameters along */
    for (int k = 1; k <= b->function->order; k++)
        for (int i = 0; i < directions(b, k); i++) set(b, run, &b->v[k - 1][i]);
}

static int gradients(const test_bench *b, int k) { return k == 1 ? b->n : b->n + 1; }

static void execute(test_bench *b)
{
    TEST_OK(b->context, eqf_run_execute(b->context, b->run));
    TEST_OK(b->context, eqf_run_get_output(b->context, b->run, "y", b->y.values));
    for (int k = 1; k <= b->function->order; k++)
        for (int j = 0; j < gradients(b, k); j++)
            TEST_OK(b->context, eqf_run_get_output(b->context, b->run, b->d[k][j].name, b->d[k][j].values));
}

void test_bench_run(test_bench *bench)
{
    set_all(bench, bench->run);
    execute(bench);
}

test_bench *test_bench_create(eqf_context *context, const test_function *function, const test_space *space,
                              uint64_t seed)
{
    test_bench *b = zeros(1, sizeof *b);
    b->context = context;
    b->function = function;
    if (function->parameters != NULL)
        TEST_OK(context, eqf_parameters_copy(context, function->parameters, EQF_FLOAT64, &b->parameters));
    TEST_OK(context, eqf_program_create(context, &b->program));
    record(b, space, seed);
    TEST_OK(context, eqf_run_create(context, b->program, b->parameters, EQF_FLOAT64, &b->run));
    eqf_run_set_exchange(b->run, function->exchange, NULL);
    bind_rows_and_maps(context, b->run, space);
    test_bench_run(b);
    return b;
}

void test_bench_free(test_bench *b)
{
    eqf_run_free(b->run);
    eqf_program_free(b->program);
    eqf_parameters_free(b->parameters);
    for (int i = 0; i < b->n; i++) free(b->x[i].values);
    for (int k = 1; k <= b->function->order; k++) {
        for (int i = 0; i < directions(b, k); i++) free(b->v[k - 1][i].values);
        for (int i = 0; i < gradients(b, k); i++) free(b->d[k][i].values);
        free(b->v[k - 1]);
        free(b->d[k]);
    }
    free(b->y.values);
    free(b->x);
    free(b);
}

/* ------------------------------------------------------------------------------------------- central differences -- */

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static double largest(const test_variable *v)
{
    double most = 0;
    for (size_t i = 0; i < v->count; i++) most = fmax(most, fabs(v->values[i]));
    return most;
}

/* F_k at the present numbers. */
static double contraction(const test_bench *b, int k)
{
    double sum = 0;
    for (int i = 0; i < directions(b, k); i++) {
        const test_variable *of = k == 1 ? &b->y : &b->d[k - 1][i];
        sum += dot(of->count, of->values, b->v[k - 1][i].values);
    }
    return sum;
}

/* All F_k with x_j moved by `step` along `direction`. */
static void move(test_bench *b, int j, const double *direction, double step, double *values)
{
    test_variable *x = &b->x[j];
    for (size_t i = 0; i < x->count; i++) x->values[i] += step * direction[i];
    set(b, b->run, x);
    execute(b);
    for (int k = 1; k <= b->function->order; k++) values[k] = contraction(b, k);
}

/* dF_k / dx_j along `direction` by the difference of sixth order. */
static void differences(test_bench *b, int j, const double *direction, double *slope)
{
    const double h = 1.0 / 1024;
    double f[TEST_ORDERS + 1], *kept = zeros(b->x[j].count, sizeof *kept);
    static const double at[] = {-3, -2, -1, 1, 2, 3}, weights[] = {-1, 9, -45, 45, -9, 1};
    memcpy(kept, b->x[j].values, b->x[j].count * sizeof *kept);
    for (int k = 1; k <= b->function->order; k++) slope[k] = 0;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        move(b, j, direction, at[i] * h, f);
        for (int k = 1; k <= b->function->order; k++) slope[k] += weights[i] * f[k] / (60 * h);
        memcpy(b->x[j].values, kept, b->x[j].count * sizeof *kept);
    }
    set(b, b->run, &b->x[j]);
    free(kept);
}

static void check_direction(test_bench *b, int j, const double *direction, double tolerance)
{
    double exact[TEST_ORDERS + 1], scale[TEST_ORDERS + 1], slope[TEST_ORDERS + 1];
    for (int k = j < b->n ? 1 : 2; k <= b->function->order; k++) {
        exact[k] = dot(b->d[k][j].count, b->d[k][j].values, direction);
        scale[k] = fmax(1, largest(&b->d[k][j]));
    }
    differences(b, j, direction, slope);
    for (int k = j < b->n ? 1 : 2; k <= b->function->order; k++) {
        if (fabs(exact[k] - slope[k]) <= tolerance * scale[k]) continue;
        fail_msg("derivative of order %d by %s is %.12g, by differences %.12g (largest %.3g)", k, b->x[j].name,
                 exact[k], slope[k], scale[k]);
    }
    execute(b);
}

/* Comparing zero with zero would prove nothing. */
static void check_vanishing(const test_bench *b)
{
    bool empty = b->y.count == 0;
    for (int j = 0; j < b->n; j++) empty = empty || b->x[j].count == 0;
    for (int j = 0; j < b->n && !empty && !b->function->vanishes; j++)
        if (largest(&b->d[1][j]) == 0) fail_msg("the derivative by %s is zero everywhere", b->x[j].name);
}

void test_derivatives(test_bench *b, int samples, double tolerance)
{
    if (b->function->order == 0) return;
    check_vanishing(b);
    for (int j = 0; j <= b->n; j++) {
        size_t count = b->x[j].count;
        if (count == 0 || (j == b->n && b->function->order < 2)) continue;
        double *direction = zeros(count, sizeof *direction);
        for (int s = 0; s < samples && (size_t)s < count; s++) {
            size_t i = (size_t)samples >= count
                           ? (size_t)s
                           : (size_t)(test_uniform(9, (uint64_t)j, (uint64_t)s) * (double)(count - 1));
            direction[i] = 1;
            check_direction(b, j, direction, tolerance);
            direction[i] = 0;
        }
        for (size_t i = 0; i < count; i++) direction[i] = test_normal(11, (uint64_t)j, i) / sqrt((double)count);
        check_direction(b, j, direction, tolerance);
        free(direction);
    }
}

/* ---------------------------------------------------------------------------------------------- single precision -- */

static void check_float32(test_bench *b, eqf_run *run, const test_variable *of, double tolerance)
{
    double *values = zeros(of->count, sizeof *values), scale = fmax(largest(of), 1e-3);
    TEST_OK(b->context, eqf_run_get_output(b->context, run, of->name, values));
    for (size_t i = 0; i < of->count; i++)
        if (!(fabs(values[i] - of->values[i]) <= tolerance * scale))
            fail_msg("%s[%zu] is %.9g in float32, %.9g in float64 (largest %.3g)", of->name, i, values[i],
                     of->values[i], scale);
    free(values);
}

void test_float32(test_bench *b, const test_space *space, double tolerance)
{
    eqf_run *run = NULL;
    TEST_OK(b->context, eqf_run_create(b->context, b->program, b->parameters, EQF_FLOAT32, &run));
    eqf_run_set_exchange(run, b->function->exchange, NULL);
    bind_rows_and_maps(b->context, run, space);
    set_all(b, run);
    TEST_OK(b->context, eqf_run_execute(b->context, run));
    check_float32(b, run, &b->y, tolerance);
    for (int k = 1; k <= b->function->order; k++)
        for (int j = 0; j < gradients(b, k); j++) check_float32(b, run, &b->d[k][j], tolerance);
    eqf_run_free(run);
}
