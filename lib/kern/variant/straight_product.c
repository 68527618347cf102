/* Depthwise products of low degrees, and rotations: straight-line code that lib/gen writes for each group of paths
 * (lib/kern/plans.h).
 * SPDX-License-Identifier: MIT */
#include "kern/variant/straight_product.h"

enum { LANES = EQFI_LANES };

typedef eqfi_lanes vector;

static inline vector weight(const eqfi_path *path, real *const row[EQFI_ROLES], int64_t u)
{
    if (path->weight < 0) return 1 - (vector){0};
    return get(row[EQFI_ROLE_W] + path->weight + u);
}

/* m = the path's factor times its n numbers of y times a table of n rows. */
static inline __attribute__((always_inline)) void mix(int n, int columns, const real *table, const eqfi_path *path,
                                                      const real *y, real *m)
{
    const real factor = (real)EQFI_VALUE(path);
    y += path->y.offset;
    for (int c = 0; c < columns; c += LANES) {
        vector sum = factor * y[0] * get(table + c);
        for (int j = 1; j < n; j++) sum += factor * y[j * path->y.step] * get(table + j * columns + c);
        give(false, m + c, sum);
    }
}

/* In the frame of the edge: the path's factor times the harmonic of m = 0. */
static inline real pole(const eqfi_path *path, real *const row[EQFI_ROLES])
{
    return (real)EQFI_VALUE(path) * row[EQFI_ROLE_Y][path->y.offset];
}

/* The kernels of a group by role, for one row: the argument of the role is stored, or added to. m comes from `matrices`, if
 * there are; in role y it is the sums, to which is always added. */
typedef void straight_kernel(const eqfi_path *path, real *const row[EQFI_ROLES], real *m, bool add);

typedef struct straight_group {
    straight_kernel *matrices, *run[EQFI_ROLES];
} straight_group;

#include "frames.h"
#include "products.h"

void EQFI_KERN(eqfi_straight_product)(const eqfi_product_plan *plan, eqfi_role role, real *const row[EQFI_ROLES],
                                      bool add)
{
    enum { DIM = 2 * EQFI_STRAIGHT_LMAX + 1, PADDED = DIM * DIM + EQFI_STRAIGHT_CHANNELS - 1 };
    real m[EQFI_STRAIGHT_PATHS * PADDED];
    vector sums[EQFI_STRAIGHT_COLUMNS];
    int columns = role == EQFI_ROLE_Y ? plan->columns[role] : 0;
    for (int c = 0; c < columns; c++) sums[c] = (vector){0};
    for (int i = 0; i < plan->n; i += plan->paths[i].members) {
        const eqfi_path *path = &plan->paths[i];
        if (role == EQFI_ROLE_W && path->weight < 0) continue;
        const straight_group *kernels = &straight_groups[path->group];
        if (role != EQFI_ROLE_Y && kernels->matrices != NULL) kernels->matrices(path, row, m, add);
        kernels->run[role](path, row, role == EQFI_ROLE_Y ? (real *)sums : m, add);
    }
    for (int c = 0; c < columns; c++) row[EQFI_ROLE_Y][c] += lanes_sum(sums[c]);
}
