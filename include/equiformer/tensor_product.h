/* libequiformer: tensor products.
 *
 *     out[k][w][m3] += c * sum W[u,v,w] * C[m1,m2,m3] * x[i][u][m1] * y[j][v][m2]
 *
 * for each instruction (i, j, k, mode, has_weight): block i of x, block j of y, block k of out. The mode ties u, v, w:
 *
 *     mode   weights            channels
 *     uvw    mul1, mul2, mul3   all free
 *     uvu    mul1, mul2         w = u, mul3 = mul1
 *     uvv    mul1, mul2         w = v, mul3 = mul2
 *     uuw    mul1, mul3         v = u, mul2 = mul1
 *     uuu    mul1               u = v = w, all equal
 *     uvuv   mul1, mul2         w = u mul2 + v, mul3 = mul1 mul2
 *
 * The weights of all instructions that have them form one vector, instructions in order, each row-major. The factor c is
 * sqrt(a / x): a = 2 l3 + 1 (component) or (2 l1 + 1)(2 l2 + 1) (norm); x as in eqf_path_normalization. These are the
 * conventions of e3nn.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_TENSOR_PRODUCT_H
#define EQUIFORMER_TENSOR_PRODUCT_H

#include <equiformer/wigner.h>

typedef struct eqf_module eqf_module;

typedef enum eqf_tp_mode { EQF_UVW = 0, EQF_UVU = 1, EQF_UVV = 2, EQF_UUW = 3, EQF_UUU = 4, EQF_UVUV = 5 } eqf_tp_mode;

typedef struct eqf_instruction {
    int in1, in2, out; /* blocks */
    eqf_tp_mode mode;
    int has_weight;
} eqf_instruction;

typedef enum eqf_irrep_normalization { EQF_IRREP_COMPONENT = 0, EQF_IRREP_NORM = 1 } eqf_irrep_normalization;

typedef enum eqf_path_normalization {
    EQF_PATH_NONE = 0,    /* x = 1: Equiformer */
    EQF_PATH_ELEMENT = 1, /* x = summed elements of all instructions into the same output: e3nn's default */
    EQF_PATH_PATH = 2     /* x = elements of this instruction times instructions into the same output */
} eqf_path_normalization;

/* Where the weights come from. */
typedef enum eqf_tp_weights {
    EQF_WEIGHTS_INPUT = 0,   /* a third input: per row, or of row set one */
    EQF_WEIGHTS_INTERNAL = 1 /* a parameter of the module, shared by all rows */
} eqf_tp_weights;

typedef struct eqf_tensor_product_options {
    size_t size;
    eqf_irrep_normalization irrep_normalization;
    eqf_path_normalization path_normalization;
    eqf_tp_weights weights;
    eqf_cg_convention convention;
} eqf_tensor_product_options;

#define EQF_TENSOR_PRODUCT_OPTIONS_INIT                                                                                \
    {                                                                                                                  \
        sizeof(eqf_tensor_product_options), EQF_IRREP_COMPONENT, EQF_PATH_NONE, EQF_WEIGHTS_INPUT, EQF_CG_E3NN_05      \
    }

EQF_BEGIN_DECLS

/* A module with inputs x (in1), y (in2) and, for EQF_WEIGHTS_INPUT with weights, w (weight_count x 0e); the parameter of
 * EQF_WEIGHTS_INTERNAL is `weight`. options may be NULL. Since 0.1. */
EQF_API eqf_status eqf_tensor_product_create(eqf_context *context, const eqf_irreps *in1, const eqf_irreps *in2,
                                             const eqf_irreps *out, int n, const eqf_instruction *instructions,
                                             const eqf_tensor_product_options *options, eqf_module **module);

/* The depthwise product of Equiformer: for each block of in, each block of sh and each irrep of their product that is in
 * `wanted` or is 0e, an output block with the multiplicity of in, mode uvu. The output is sorted even-first and not
 * simplified; weights keep the order of generation. Since 0.1. */
EQF_API eqf_status eqf_depthwise_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *sh,
                                        const eqf_irreps *wanted, const eqf_tensor_product_options *options,
                                        eqf_module **module);

/* Every allowed instruction of mode uvw, looping blocks of in1, in2, out. Since 0.1. */
EQF_API eqf_status eqf_fully_connected_create(eqf_context *context, const eqf_irreps *in1, const eqf_irreps *in2,
                                              const eqf_irreps *out, const eqf_tensor_product_options *options,
                                              eqf_module **module);

/* Of a tensor product module: number of weights and of instructions (-1 for other modules), instruction i with its factor
 * c (which may be NULL), EQF_ERROR_RANGE if there is none. Since 0.1. */
EQF_API int64_t eqf_tensor_product_weights(const eqf_module *module);
EQF_API int eqf_tensor_product_instructions(const eqf_module *module);
EQF_API eqf_status eqf_tensor_product_instruction(eqf_context *context, const eqf_module *module, int i,
                                                  eqf_instruction *instruction, double *factor);

EQF_END_DECLS

#endif
