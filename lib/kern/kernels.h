/* The hot loops: plain pointers in, plain pointers out.
 *
 * Sources in lib/kern/variant/ are written once and compiled for every precision and instruction set; a constant table
 * per combination selects at run time. Arrays are void * here and `real *` inside, real being the precision of the table.
 * An operand is a base pointer and a stride between rows, in elements; stride 0 repeats one row. Kernels work on the rows
 * first <= row < last. They allocate nothing, and no result depends on how rows are divided between calls unless said.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_KERN_KERNELS_H
#define EQFI_KERN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <equiformer/context.h>
#include <equiformer/irreps.h>

#include "base/cpu.h"
#include "kern/functions.h"
#include "kern/plans.h"

/* The one list: X(name) makes a member of the table and a function eqfi_<name>_f<32|64>_<isa> of the type
 * eqfi_<name>_kernel below. */
#define EQFI_KERNEL_LIST(X)                                                                                            \
    X(gemm_packed_size)                                                                                                \
    X(gemm_pack)                                                                                                       \
    X(gemm)                                                                                                            \
    X(gemm_rows)                                                                                                       \
    X(unary)                                                                                                           \
    X(combine)                                                                                                         \
    X(scale)                                                                                                           \
    X(dot)                                                                                                             \
    X(zero)                                                                                                            \
    X(select)                                                                                                          \
    X(gather)                                                                                                          \
    X(segment_sum)                                                                                                     \
    X(segment_softmax)                                                                                                 \
    X(import)                                                                                                          \
    X(export)                                                                                                          \
    X(widen)                                                                                                           \
    X(narrow)                                                                                                          \
    X(product)                                                                                                         \
    X(outer)                                                                                                           \
    X(contract)                                                                                                        \
    X(harmonics)                                                                                                       \
    X(harmonics_columns)                                                                                               \
    X(frame)                                                                                                           \
    X(mask)                                                                                                            \
    X(square_sum)                                                                                                      \
    X(adam)                                                                                                            \
    X(momentum)                                                                                                        \
    X(approach)

/* gemm.c ----------------------------------------------------------------------------------------------------------- */

/* A matrix whose rows come in groups of `inner`: row r starts at base + (r / inner) * outer + (r % inner) * step
 * elements. A plain matrix has inner 1. The m components of a block in layout ir_mul: outer = row stride, inner = 2l+1,
 * step = channels. */
typedef struct eqfi_matrix {
    void *base;
    int64_t outer;
    int64_t step;
    int32_t inner;
} eqfi_matrix;

/* Elements that gemm_pack writes for a k x n matrix. */
typedef size_t eqfi_gemm_packed_size_kernel(int n, int k);

/* Brings B into the order in which gemm reads it: B[k][n] at b + rows[k] + n, or, transposed, at b + rows[n] + k. */
typedef void eqfi_gemm_pack_kernel(int n, int k, const void *b, const int64_t *rows, bool transposed, void *packed);

/* C[r][j] = D[r][j] + sum_i A[r][i] B[i][j] for 0 <= j < n, 0 <= i < k. D is *add: C itself, rows apart from it, or the
 * same row for all (outer and step 0); NULL stands for zero. `far`: B was not used lately, and comes from behind the second
 * cache. No bits depend on it or, without BLAS, on how rows are divided. */
typedef void eqfi_gemm_kernel(int64_t first, int64_t last, int n, int k, eqfi_matrix a, const void *packed, bool far,
                              const eqfi_matrix *add, eqfi_matrix c);

/* C[i][j] (+)= sum over the rows of A[r][i] B[r][j], 0 <= i < k, 0 <= j < n, for `terms` pairs of A and B; C plain with row
 * stride ldc. The bits depend on first and last: callers divide rows into chunks of their own. */
typedef void eqfi_gemm_rows_kernel(int64_t first, int64_t last, int n, int k, int terms, const eqfi_matrix *a,
                                   const eqfi_matrix *b, void *c, int64_t ldc, bool accumulate);

/* unary.c ---------------------------------------------------------------------------------------------------------- */

/* out = d^order f / dx^order at x, element by element, rows x columns; in place is fine. */
typedef void eqfi_unary_kernel(const eqfi_unary_plan *plan, int64_t rows, int64_t columns, const void *x, int64_t ldx,
                               void *out, int64_t ldout);

/* pointwise.c ------------------------------------------------------------------------------------------------------ */

/* out (+)= alpha a + beta b; b.data may be NULL. */
typedef void eqfi_combine_kernel(int64_t first, int64_t last, int columns, double alpha, eqfi_operand a, double beta,
                                 eqfi_operand b, eqfi_operand out, bool accumulate);

/* out (+)= x s, each group of columns times its factor. */
typedef void eqfi_scale_kernel(const eqfi_group_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand s,
                               eqfi_operand out, bool accumulate);

/* out (+)= x y summed by group; rows that share a result (stride 0) are always added. */
typedef void eqfi_dot_kernel(const eqfi_group_plan *plan, int64_t first, int64_t last, eqfi_operand x, eqfi_operand y,
                             eqfi_operand out, bool accumulate);

/* rows.c ----------------------------------------------------------------------------------------------------------- */

typedef void eqfi_zero_kernel(int64_t first, int64_t last, int columns, eqfi_operand out);
typedef void eqfi_select_kernel(const eqfi_select_plan *plan, int64_t first, int64_t last, eqfi_operand x,
                                eqfi_operand out);

/* out[row] = x[index[row]] */
typedef void eqfi_gather_kernel(int64_t first, int64_t last, int columns, const int32_t *index, eqfi_operand x,
                                eqfi_operand out);

/* out[s] = sum of x over the members of segment s: rows offsets[s]..offsets[s+1]-1 of order, or those rows themselves
 * where order is NULL. first and last count segments. */
typedef void eqfi_segment_sum_kernel(int64_t first, int64_t last, int columns, const int64_t *offsets,
                                     const int32_t *order, eqfi_operand x, eqfi_operand out);

/* exp(x - m) / (sum u exp(x - m) + 1e-16) per column over the members of each segment; u.data NULL stands for 1. */
typedef void eqfi_segment_softmax_kernel(int64_t first, int64_t last, int columns, const int64_t *offsets,
                                         const int32_t *order, eqfi_operand x, eqfi_operand u, eqfi_operand out);

/* convert.c -------------------------------------------------------------------------------------------------------- */

/* Rows of doubles in exchange layout (mul_ir), without gaps, to and from rows in ir_mul. */
typedef void eqfi_import_kernel(const eqfi_layout *layout, int64_t first, int64_t last, const double *values,
                                eqfi_operand out);
typedef void eqfi_export_kernel(const eqfi_layout *layout, int64_t first, int64_t last, eqfi_operand x, double *values);

/* Rows of the precision of the table to rows of double, and back. */
typedef void eqfi_widen_kernel(int64_t first, int64_t last, int columns, eqfi_operand x, eqfi_operand out);
typedef void eqfi_narrow_kernel(int64_t first, int64_t last, int columns, eqfi_operand x, eqfi_operand out);

/* tensor_product.c ------------------------------------------------------------------------------------------------- */

/* slots[role] (+)= the form with the other three slots; slots[EQFI_ROLE_W] is ignored by plans without weights. */
typedef void eqfi_product_kernel(const eqfi_product_plan *plan, eqfi_role role, int64_t first, int64_t last,
                                 const eqfi_operand slots[EQFI_ROLES], bool accumulate);

/* outer.c ---------------------------------------------------------------------------------------------------------- */

/* A[s][j][i] (+)= sum over the members e of segment s of y_e[j] x_e[i] (role out), or x or y of the members from A and the
 * other, which are stored. Slots out (A, by segment), x, y; members as in segment_sum. */
typedef void eqfi_outer_kernel(const eqfi_outer_plan *plan, eqfi_role role, int64_t first, int64_t last,
                               const int64_t *offsets, const int32_t *order, const eqfi_operand slots[3],
                               bool accumulate);

/* contract.c ------------------------------------------------------------------------------------------------------- */

/* The form sum W C out A, slots EQFI_CONTRACT_*: slots[role] (+)= the form with the other two. */
typedef void eqfi_contract_kernel(const eqfi_product_plan *plan, int role, int64_t first, int64_t last,
                                  const eqfi_operand slots[3], bool accumulate);

/* harmonics.c ------------------------------------------------------------------------------------------------------ */

/* Solid harmonics of x = (x, y, z). */
typedef void eqfi_harmonics_kernel(const eqfi_harmonics_plan *plan, int64_t first, int64_t last, eqfi_operand x,
                                   eqfi_operand out);

/* Harmonics of n points xyz[i][3] by columns: y[k n + i], and unless gradient is NULL its derivatives gradient[(3 k + a) n + i];
 * degree l times factor[l]. normalize: of x / max(|x|, 1e-12). plan may be NULL up to degree EQFI_STRAIGHT_LMAX. */
typedef struct eqfi_harmonics_request {
    const eqfi_harmonics_plan *plan;
    int lmax;
    bool normalize;
    double factor[EQF_LMAX + 1];
    int64_t n;
    const void *xyz;
    void *y, *gradient;
} eqfi_harmonics_request;

typedef void eqfi_harmonics_columns_kernel(const eqfi_harmonics_request *request, int64_t first, int64_t last);

/* frame.c ---------------------------------------------------------------------------------------------------------- */

/* Rotations into a frame of the edge x = (x, y, z), of the degrees of the plan; zero for degrees above 0 if |x| < 1e-12. */
typedef void eqfi_frame_kernel(const eqfi_harmonics_plan *plan, int64_t first, int64_t last, eqfi_operand x,
                               eqfi_operand out);

/* random.c --------------------------------------------------------------------------------------------------------- */

/* 0 with the probability, else 1 / (1 - probability), by (seed, stream, before + row, column). */
typedef void eqfi_mask_kernel(int64_t first, int64_t last, int columns, double probability, uint64_t seed,
                              uint64_t stream, int64_t before, eqfi_operand out);

/* optimize.c ------------------------------------------------------------------------------------------------------- */

/* Sum of the squares of n numbers; the bits depend on where an array is divided. */
typedef double eqfi_square_sum_kernel(int64_t n, const void *x);

/* With g = scale gradient + decay p: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
 * p = shrink p - rate m / (root sqrt(v) + epsilon). */
typedef struct eqfi_adam_step {
    double scale, decay, shrink, beta1, beta2, rate, root, epsilon;
} eqfi_adam_step;
typedef void eqfi_adam_kernel(const eqfi_adam_step *step, int64_t n, const void *gradient, void *parameter, void *mean,
                              void *square);

/* v = momentum v + scale gradient + decay p, p = p - rate v; velocity NULL stands for momentum 0. */
typedef struct eqfi_momentum_step {
    double scale, decay, momentum, rate;
} eqfi_momentum_step;
typedef void eqfi_momentum_kernel(const eqfi_momentum_step *step, int64_t n, const void *gradient, void *parameter,
                                  void *velocity);

/* average += share (x - average) */
typedef void eqfi_approach_kernel(double share, int64_t n, const void *x, double *average);

typedef struct eqfi_kernels {
    const char *name; /* "f32-avx512" */
    size_t real_size; /* 4 or 8 */
#define EQFI_KERNEL_MEMBER(name) eqfi_##name##_kernel *name;
    EQFI_KERNEL_LIST(EQFI_KERNEL_MEMBER)
#undef EQFI_KERNEL_MEMBER
} eqfi_kernels;

/* The table of a precision for an instruction set that the machine has (at most eqfi_cpu_isa()). */
const eqfi_kernels *eqfi_kernels_select(eqf_precision precision, eqfi_isa isa);

#endif
