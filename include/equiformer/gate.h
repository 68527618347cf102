/* libequiformer: activations and gates.
 *
 * Activations here are multiplied by a constant so that the mean square over normal inputs is 1 (SiLU 1.6791767923989418,
 * sigmoid 1.8467055342154763, tanh 1.5937334472592695, SmoothLeakyReLU(0.2) 1.531320475574866: the sample estimates of
 * the published implementation).
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_GATE_H
#define EQUIFORMER_GATE_H

#include <equiformer/module.h>

typedef enum eqf_activation {
    EQF_ACTIVATION_SILU = 0,
    EQF_ACTIVATION_SIGMOID = 1,
    EQF_ACTIVATION_TANH = 2,
    EQF_ACTIVATION_SMOOTH_LEAKY_RELU = 3 /* 0.6 x + 0.4 x (2 sigmoid(x) - 1) */
} eqf_activation;

EQF_BEGIN_DECLS

/* The activation of every 0e channel; irreps are 0e only. Since 0.1. */
EQF_API eqf_status eqf_activation_create(eqf_context *context, eqf_activation activation, const eqf_irreps *irreps,
                                         eqf_module **module);

/* The gate whose output is `out`: its 0e channels through SiLU, each other channel times the sigmoid of a gate. The input
 * is (0e channels + one 0e gate per other channel) followed by the other blocks; ask eqf_module_irreps_in. Without
 * anything to gate it is SiLU. Since 0.1. */
EQF_API eqf_status eqf_gate_create(eqf_context *context, const eqf_irreps *out, eqf_module **module);

EQF_END_DECLS

#endif
