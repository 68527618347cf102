/* Cases of frame: features turned into the frames of edges, there multiplied by factors that depend on |m|, and turned back.
 * That does not depend on how a frame is turned about its edge. SPDX-License-Identifier: MIT */
#include "registry.h"

#include "math/wigner_d.h"

enum { COLUMNS = (EQF_LMAX + 1) * (EQF_LMAX + 1), ROTATIONS = 2 * (EQF_LMAX + 1) * COLUMNS };

static double factor(int m) { return 1.5 - 0.4 * m * m; }

/* The rotation that takes the edge to the y axis the short way; the library's frames are others. */
static void turn(const double *edge, double rotation[9])
{
    double length = sqrt(edge[0] * edge[0] + edge[1] * edge[1] + edge[2] * edge[2]);
    double x = edge[0] / length, y = edge[1] / length, z = edge[2] / length, over = 1 / (1 + y);
    const double r[9] = {1 - x * x * over, -x, -x * z * over, x, y, z, -x * z * over, -z, 1 - z * z * over};
    memcpy(rotation, r, sizeof r);
}

static void frame_row(const registry_case *c, const double *const *x, double *y)
{
    double rotation[9], d[ROTATIONS];
    turn(x[0], rotation);
    assert_int_equal(eqfi_wigner_d((eqf_context *)(uintptr_t)c->detail, c->number, rotation, d), EQF_OK);
    for (int l = 0; l <= c->number; l++) {
        int dim = 2 * l + 1;
        const double *own = d + eqfi_wigner_d_offset(l), *in = x[1] + l * l;
        for (int m = 0; m < dim; m++) {
            double turned = 0;
            for (int i = 0; i < dim; i++) turned += own[m * dim + i] * in[i];
            for (int i = 0; i < dim; i++) y[l * l + i] += own[m * dim + i] * factor(m - l) * turned;
        }
    }
}

static eqf_var record_frame(eqf_program *program, const eqf_var *x, const void *data)
{
    const registry_case *c = data;
    double factors[COLUMNS];
    int columns = (c->number + 1) * (c->number + 1);
    char scalars[16];
    for (int l = 0; l <= c->number; l++)
        for (int m = -l; m <= l; m++) factors[l * l + l + m] = factor(m);
    snprintf(scalars, sizeof scalars, "%dx0e", columns);
    eqf_irreps *flat = test_irreps(program->context, scalars),
               *irreps = eqf_irreps_retain(eqf_var_irreps(program, x[1]));
    eqf_var frame = eqf_edge_frames(program, x[0], c->number);
    eqf_var turned = eqfi_emit_reinterpret(program, eqfi_emit_rotation(program, frame, false, x[1]), flat);
    turned = eqf_scale(program, turned, eqf_constant(program, flat, factors), EQF_PER_CHANNEL, 1);
    turned = eqfi_emit_rotation(program, frame, true, eqfi_emit_reinterpret(program, turned, irreps));
    eqf_irreps_free(flat);
    eqf_irreps_free(irreps);
    return turned;
}

/* Degree 0 alone is a constant. */
static void one_row(const registry_case *c, const double *const *x, double *y)
{
    (void)c, (void)x;
    y[0] += 1;
}

static eqf_var record_one(eqf_program *program, const eqf_var *x, const void *data)
{
    (void)data;
    return eqf_edge_frames(program, x[0], 0);
}

void registry_frame(registry *r)
{
    registry_case one = {.name = "frames of degree 0", .row = one_row};
    one.function =
        (test_function){.n = 1, .record = record_one, .vanishes = true, .arguments = {{"rows", "1x1e", 0, 0, 0, 0}}};
    registry_check(r, &one);
    static const int degrees[] = {1, 2, 3, 5};
    for (size_t i = 0; i < sizeof degrees / sizeof degrees[0]; i++) {
        char features[128];
        eqf_irreps *irreps = NULL;
        TEST_OK(r->context, eqf_irreps_spherical_harmonics(r->context, degrees[i], 0, &irreps));
        eqf_irreps_format(irreps, features, sizeof features, NULL);
        registry_case c = {.row = frame_row, .number = degrees[i], .detail = r->context};
        snprintf(c.name, sizeof c.name, "frames of degrees up to %d", degrees[i]);
        c.function = (test_function){.n = 2, .record = record_frame, .order = degrees[i] < 3 ? 3 : 2};
        c.function.arguments[0] = (test_argument){i == 1 ? "one" : "rows", "1x1o", 0.3, 1, 0, 0};
        c.function.arguments[1] = (test_argument){"rows", features, 0, 0, 0, 0};
        registry_check(r, &c);
        eqf_irreps_free(irreps);
    }
}
