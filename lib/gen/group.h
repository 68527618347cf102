/* Groups of the paths of tensor products, from which straight-line kernels are written.
 *
 * A group is what the depthwise product of Equiformer makes of one block of degree l1: all paths l1 x l2 -> l3 with l2 and
 * l3 up to a degree, by l2, then l3.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_GEN_GROUP_H
#define EQFI_GEN_GROUP_H

#include "kern/plans.h"

enum { LMAX = EQFI_STRAIGHT_LMAX, DIM = 2 * LMAX + 1, PATHS = EQFI_STRAIGHT_PATHS };
enum { ROW = EQFI_STRAIGHT_CHANNELS /* a multiple of every vector's length */ };

typedef struct path {
    int l2, l3, n2, n3;
    double c[DIM][DIM][DIM];
    int pair[DIM][DIM]; /* index of (m1, m3) among those that can differ from zero, -1 if it cannot */
    int first, columns; /* where the pairs of the path begin among those of the group; how many, in whole vectors */
} path;

typedef struct group {
    int l1, n1, l_up_to, n;
    path paths[PATHS];
} group;

/* 0 on success. */
int gen_read_group(group *g, int l1, int up_to);

#endif
