/* libequiformer: irreps - which representations of O(3) the columns of an array
 * carry.
 *
 * An irrep is (l, p): degree l = 0..EQF_LMAX, dimension 2l+1, parity p = +1
 * ("e") or -1 ("o"). Irreps are an ordered list of blocks, each `mul` channels
 * of one irrep, written "128x0e+64x1o+32x2e". In exchange layout (mul_ir, the
 * one of e3nn, of files and of every array at this API) blocks follow each
 * other in written order, a block is [channel][component], component m = -l..l.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_IRREPS_H
#define EQUIFORMER_IRREPS_H

#include <equiformer/context.h>

#define EQF_LMAX 11

typedef struct eqf_irreps eqf_irreps; /* immutable, shareable between threads */

typedef struct eqf_irrep {
    int l; /* 0..EQF_LMAX */
    int p; /* +1 even, -1 odd */
} eqf_irrep;

/* One block: mul channels of irrep; its columns are [offset, offset + mul *
 * (2l+1)) of a row in exchange layout. */
typedef struct eqf_irreps_block {
    int mul;
    eqf_irrep irrep;
    int offset;
} eqf_irreps_block;

EQF_BEGIN_DECLS

/* Parses "4x0e + 2x1o" (a missing multiplicity is 1, blanks are free, "" is the
 * empty list). Failure is EQF_ERROR_PARSE, or EQF_ERROR_RANGE for a degree above
 * EQF_LMAX or more than 2^31-1 columns, with the place in the message. Since
 * 0.1. */
EQF_API eqf_status eqf_irreps_parse(eqf_context *context, const char *text, eqf_irreps **irreps);

/* From an array of n blocks; their offsets are ignored. Since 0.1. */
EQF_API eqf_status eqf_irreps_create(eqf_context *context, int n, const eqf_irreps_block *blocks, eqf_irreps **irreps);

/* The irreps of spherical harmonics of degree 0..lmax: 1x0e+1x1o+1x2e..
 * (odd_parity 1) or 1x0e+1x1e+1x2e.. (odd_parity 0, as SE(3) models write it).
 * Since 0.1. */
EQF_API eqf_status eqf_irreps_spherical_harmonics(eqf_context *context, int lmax, int odd_parity, eqf_irreps **irreps);

/* Another reference to the same immutable object; never fails. Since 0.1. */
EQF_API eqf_irreps *eqf_irreps_retain(const eqf_irreps *irreps);

/* Drops one reference; NULL is fine. Since 0.1. */
EQF_API void eqf_irreps_free(eqf_irreps *irreps);

/* Writes "8x0e+4x1o" and a NUL into text, as snprintf does (bytes of room may
 * be 0, text then NULL); *needed counts without the NUL and may be NULL. Since
 * 0.1. */
EQF_API void eqf_irreps_format(const eqf_irreps *irreps, char *text, size_t bytes, size_t *needed);

EQF_API int eqf_irreps_blocks(const eqf_irreps *irreps); /* number of blocks. Since 0.1. */
EQF_API const eqf_irreps_block *eqf_irreps_block_at(const eqf_irreps *irreps,
                                                    int i);                    /* NULL out of range. Since 0.1. */
EQF_API int eqf_irreps_dim(const eqf_irreps *irreps);                          /* columns of a row. Since 0.1. */
EQF_API int eqf_irreps_channels(const eqf_irreps *irreps);                     /* sum of multiplicities. Since 0.1. */
EQF_API int eqf_irreps_lmax(const eqf_irreps *irreps);                         /* over blocks with mul > 0; -1 if
                                              there is none. Since 0.1. */
EQF_API int eqf_irreps_channels_of(const eqf_irreps *irreps, eqf_irrep irrep); /* channels of one irrep. Since 0.1. */
EQF_API int eqf_irreps_equal(const eqf_irreps *a, const eqf_irreps *b); /* 1 if block for block the same. Since 0.1. */

/* Merges adjacent blocks of equal irreps and drops empty ones. Since 0.1. */
EQF_API eqf_status eqf_irreps_simplify(eqf_context *context, const eqf_irreps *irreps, eqf_irreps **simplified);

typedef enum eqf_irreps_order {
    EQF_ORDER_E3NN = 0,      /* by l, odd before even */
    EQF_ORDER_EVEN_FIRST = 1 /* by l, even before odd: Equiformer's */
} eqf_irreps_order;

/* Stable sort of the blocks. p[old] = new and inverse[new] = old
 * (eqf_irreps_blocks ints each) may be NULL. Since 0.1. */
EQF_API eqf_status eqf_irreps_sort(eqf_context *context, const eqf_irreps *irreps, eqf_irreps_order order,
                                   eqf_irreps **sorted, int *p, int *inverse);

/* Blocks of a, then those of b. Since 0.1. */
EQF_API eqf_status eqf_irreps_concat(eqf_context *context, const eqf_irreps *a, const eqf_irreps *b, eqf_irreps **sum);

/* Every multiplicity times factor >= 0. Since 0.1. */
EQF_API eqf_status eqf_irreps_repeat(eqf_context *context, const eqf_irreps *irreps, int factor, eqf_irreps **product);

/* The irreps in the product of a and b: l from |la - lb| to la + lb ascending,
 * parity pa pb. Writes at most `room` of them and returns how many there are (2
 * min(la, lb) + 1). Degrees above EQF_LMAX are included. Since 0.1. */
EQF_API int eqf_irrep_product(eqf_irrep a, eqf_irrep b, int room, eqf_irrep *product);

EQF_END_DECLS

#endif
