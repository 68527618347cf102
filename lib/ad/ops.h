/* The operations of programs: a small set that is closed under differentiation.
 *
 * Every operation is linear or multilinear in its arguments, or a function whose derivatives are in the set (unary
 * functions carry their order, solid harmonics differentiate into a product with solid harmonics, frames into turns
 * of what is in them). The vector-Jacobian
 * product of each is written with operations of the set (vjp.c), so that reverse mode applies to its own results.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_OPS_H
#define EQFI_AD_OPS_H

/* X(NAME, name): arguments and attributes are described at the recording calls of program.h and in vjp.c.
 * Multilinear operations name the argument that they compute (role) among their slots; the other slots are their inputs
 * in order; EXCHANGE has its kind for a role. LINEAR has the slots out, x, weight; PRODUCT out, x, y, weight; OUTER out, x,
 * y, with out on the target rows of a map and x and y on its source rows; CONTRACT out, a, weight. After the end of a
 * program a node may have one input more, which is added to its result, and read others along maps (fold.c). */
#define EQFI_OP_LIST(X)                                                                                                \
    X(COMBINE, combine)                                                                                                \
    X(SCALE, scale)                                                                                                    \
    X(DOT, dot)                                                                                                        \
    X(UNARY, unary)                                                                                                    \
    X(SELECT, select)                                                                                                  \
    X(GATHER, gather)                                                                                                  \
    X(SEGMENT_SUM, segment_sum)                                                                                        \
    X(SEGMENT_SOFTMAX, segment_softmax)                                                                                \
    X(LINEAR, linear)                                                                                                  \
    X(PRODUCT, product)                                                                                                \
    X(OUTER, outer)                                                                                                    \
    X(CONTRACT, contract)                                                                                              \
    X(HARMONICS, harmonics)                                                                                            \
    X(FRAME, frame)                                                                                                    \
    X(MASK, mask)                                                                                                      \
    X(CONVERT, convert)                                                                                                \
    X(EXCHANGE, exchange)

typedef enum eqfi_op {
#define EQFI_OP_ENUM(NAME, name) EQFI_OP_##NAME,
    EQFI_OP_LIST(EQFI_OP_ENUM)
#undef EQFI_OP_ENUM
        EQFI_OP_COUNT
} eqfi_op;

const char *eqfi_op_name(eqfi_op op);

#endif
