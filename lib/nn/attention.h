/* What graph attention and dot-product attention share.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_NN_ATTENTION_H
#define EQFI_NN_ATTENTION_H

#include <equiformer/attention.h>

#include "nn/module.h"

typedef struct eqfi_attention {
    eqf_module base;
    int heads;
    bool rescale_degree;
    double degree_scale; /* with rescale_degree: a factor */
    double alpha_drop, proj_drop;
    eqf_irreps *split[3]; /* irreps with the channels of heads in blocks of their own: see each kind */
} eqfi_attention;

/* Frees what eqfi_attention adds. */
void eqfi_attention_destroy(eqf_module *module);

/* The module with inputs, output, and members from the options, which are checked. */
eqf_status eqfi_attention_new(eqf_context *context, const eqfi_module_class *class,
                              const eqf_attention_options *options, eqf_module **module);

/* Irreps of `heads` heads together: repeated, sorted, simplified. */
eqf_status eqfi_attention_heads(eqf_context *context, const eqf_irreps *head, int heads, eqf_irreps_order order,
                                eqf_irreps **all);

/* Children merge_src, merge_dst, NAME.dtp.tp, NAME.dtp_rad, numbered from 0 in this order; *dtp is borrowed. */
enum { EQFI_MERGE_SRC, EQFI_MERGE_DST, EQFI_DTP, EQFI_RADIAL, EQFI_MESSAGE_CHILDREN };
eqf_status eqfi_attention_add_message(eqf_context *context, eqf_module *module, const eqf_attention_options *options,
                                      const char *name, const eqf_irreps *wanted, const eqf_module **dtp);

/* The product of merged messages with sh, weighted by the radial network: in the frames of the edges where that is faster
 * (lib/tensor/frame.h). What is made of it and has irreps `turned` is to be turned back; NULL: the
 * global frame. */
typedef struct eqfi_message {
    eqf_var product;
    bool framed;
} eqfi_message;

eqfi_message eqfi_attention_record_message(eqf_program *program, const eqf_module *module, const char *scope,
                                           const eqf_graph *graph, const eqf_var *in, const eqf_irreps *turned);

/* Child `linear` of a message, in the frame if it is; and that turned back. */
eqf_var eqfi_attention_record_linear(eqf_program *program, const eqf_module *module, int linear, const char *scope,
                                     const eqf_graph *graph, eqfi_message message);
eqf_var eqfi_attention_turn_back(eqf_program *program, const eqf_graph *graph, eqfi_message message, eqf_var x);

/* Attention weights (heads x 0e) from logits: softmax over the edges of each receiver, smooth weights, dropout. */
eqf_var eqfi_attention_weights(eqf_program *program, const eqf_module *module, const char *scope,
                               const eqf_graph *graph, eqf_var logits);

/* A sum over the edges of each receiver, rescaled by the degree if asked for. */
eqf_var eqfi_attention_rescale(eqf_program *program, const eqf_module *module, const eqf_graph *graph, eqf_var sum);

/* The sum over edges of weights times values, by receiver, rescaled by the degree if asked for. */
eqf_var eqfi_attention_sum(eqf_program *program, const eqf_module *module, const eqf_graph *graph, eqf_var value,
                           eqf_var weights);

#endif
