/* What the kernels of irreps-shaped operations need to know, made once at set-up (lib/tensor).
 *
 * Layout ir_mul: a row is a sequence of blocks, a block is [component][channel]: component m of channel u is at
 * offset + m * mul + u. Irreps are simplified, so that channels of adjacent equal irreps lie side by side.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_PLANS_H
#define EQFI_KERN_PLANS_H

#include <stdbool.h>
#include <stdint.h>

#include <equiformer/tensor_product.h>

/* A pointer to rows and the elements between them; stride 0 repeats one row. Row r is row index[r] of the data unless index is
 * NULL; arguments of `combine` and `product` alone may have one. */
typedef struct eqfi_operand {
    void *data;
    int64_t stride;
    const int32_t *index;
} eqfi_operand;

static inline int64_t eqfi_operand_at(const eqfi_operand *x, int64_t row)
{
    return (x->index == NULL ? row : x->index[row]) * x->stride;
}

typedef struct eqfi_block {
    int offset; /* first column */
    int mul;    /* channels */
    int dim;    /* components, 2l+1 */
} eqfi_block;

typedef struct eqfi_layout {
    int columns;
    int n;
    eqfi_block blocks[];
} eqfi_layout;

/* Channels of a block that share a factor: channel u belongs to group first + u / per. */
typedef struct eqfi_group_block {
    eqfi_block block; /* of x */
    int beside;       /* first column of the same block in the other grouped operand: the result of SCALE, y of DOT */
    int first;
    int per;
} eqfi_group_block;

typedef struct eqfi_group_plan {
    int columns; /* of the result of SCALE; those in no block are zero */
    int groups;
    bool covers; /* there are none */
    bool moves;  /* some block is at other columns of x than of the other operand */
    int n;
    eqfi_group_block blocks[];
} eqfi_group_plan;

/* Copies columns; columns of the result that no run covers are zero. */
typedef struct eqfi_select_run {
    int from, to, count;
} eqfi_select_run;

typedef struct eqfi_select_plan {
    int columns_in, columns_out;
    bool covers; /* every column of the result is in a run */
    int n;
    eqfi_select_run runs[];
} eqfi_select_plan;

/* Some channels of a block: component m of channel u is at offset + m * step + u. */
typedef struct eqfi_channels {
    int offset, step, mul, dim;
} eqfi_channels;

/* out[m][w] += sum_u in[m][u] W[u][w], W row-major at `weight` with rows `stride` apart. */
typedef struct eqfi_linear_path {
    eqfi_channels in, out;
    int64_t weight, stride;
} eqfi_linear_path;

typedef struct eqfi_linear_plan {
    int columns_in, columns_out;
    int64_t weights;
    int n;
    eqfi_linear_path paths[];
} eqfi_linear_plan;

/* The four arguments of the multilinear form sum W C o x y; an operation computes one from the other three. */
typedef enum eqfi_role { EQFI_ROLE_OUT, EQFI_ROLE_X, EQFI_ROLE_Y, EQFI_ROLE_W, EQFI_ROLES } eqfi_role;

/* A non-zero coefficient, the path's normalization included. */
typedef struct eqfi_coupling {
    int16_t m1, m2, m3;
    float f32;
    double f64;
} eqfi_coupling;

/* The depthwise product of Equiformer makes of a block of degree l1 all paths l1 x l2 -> l3 with l2 and l3 up to a degree.
 * Such a group of paths, by l2, then l3, has straight-line kernels, which the build generates (lib/gen), if the degree is
 * 1 to EQFI_STRAIGHT_LMAX, y has one channel, and channels fill the vectors of every instruction set. */
enum {
    EQFI_STRAIGHT_LMAX = 3,
    EQFI_STRAIGHT_PATHS = 11,
    EQFI_STRAIGHT_GLOBAL =
        9, /* groups of products; as many in frames of edges follow, then rotations of each degree, turns */
    EQFI_STRAIGHT_GROUPS = 2 * (EQFI_STRAIGHT_GLOBAL + EQFI_STRAIGHT_LMAX + 1),
    EQFI_STRAIGHT_CHANNELS = 16,
    EQFI_STRAIGHT_COLUMNS = 96 /* of y, at most */
};

static inline int eqfi_straight_index(int l1, int up_to) { return up_to * (up_to + 1) / 2 + l1 - 1; }
static inline int eqfi_framed_index(int group) { return EQFI_STRAIGHT_GLOBAL + group; }
static inline int eqfi_rotation_index(int l) { return 2 * EQFI_STRAIGHT_GLOBAL + l; }
static inline int eqfi_turn_index(int l) { return eqfi_rotation_index(EQFI_STRAIGHT_LMAX + 1) + l; }

typedef struct eqfi_path {
    eqfi_channels x, y, out;
    eqf_tp_mode mode;
    int64_t weight; /* first weight, -1 without */
    bool depthwise; /* mode uvu, one channel of y, with weights */
    int first, n;   /* couplings, sorted by (m1, m3, m2) */
    float f32;      /* the couplings over Wigner's 3j symbols of e3nn 0.5 */
    double f64;
    int group, members; /* of the first path of a group: index of the kernels and number of paths */
} eqfi_path;

typedef struct eqfi_product_plan {
    const struct eqfi_product_plan *weighted; /* its paths with weights alone; itself unless only some have them */
    int columns[EQFI_ROLES];                  /* of out, x, y and weights */
    bool stores[EQFI_ROLES]; /* depthwise paths alone write this argument, each column once: nothing is to be summed */
    bool rotation;           /* y are rotations into frames of edges */
    bool straight; /* all paths are in groups, which write each column of out, x and weights once; for CONTRACT
                                each column of out and A, and of the weights once per head */
    int n;
    const eqfi_path *paths;
    const eqfi_coupling *couplings;
} eqfi_product_plan;

/* A plan made for CONTRACT has its x and y as parts of one argument A of columns[EQFI_ROLE_X]: component (m1, m2) of channel u is
 * at x.offset + m1 x.step + y.offset + m2 y.step + u. The slots of its form. */
enum { EQFI_CONTRACT_OUT, EQFI_CONTRACT_A, EQFI_CONTRACT_W };

/* The columns of the two factors of outer products A[j][i] = y[j] x[i]. */
typedef struct eqfi_outer_plan {
    int x, y;
} eqfi_outer_plan;

/* Solid harmonics by degree: Y_l[m3] = sum c Y_(l-1)[m1] r[a], r in the order x, y, z. */
typedef struct eqfi_harmonics_term {
    int16_t m1, axis, m3; /* m1 and m3 counted from the first column of Y */
    float f32;
    double f64;
} eqfi_harmonics_term;

typedef struct eqfi_harmonics_plan {
    int lmax;
    int n;
    eqfi_harmonics_term terms[];
} eqfi_harmonics_plan;

/* Frames of edges: the axis of m = 0, which is y, is the edge. The rotations D_l into a frame, of the degrees 0 to lmax, follow
 * one another: D_l[m][i], row-major, is what component i contributes to component m in the frame. */
static inline int eqfi_frame_offset(int l) { return l * (2 * l - 1) * (2 * l + 1) / 3; }
static inline int eqfi_frame_columns(int lmax) { return eqfi_frame_offset(lmax + 1); }

#endif
