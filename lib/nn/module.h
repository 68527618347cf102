/* Modules from inside.
 *
 * A module has its own parameters and named children; what it records is written in terms of both:
 *
 *     eqf_var y = eqfi_record_child(program, module, LIN, scope, graph, (eqf_var[]){z});
 *     eqf_var w = eqfi_record_parameter(program, module, ALPHA_DOT, scope);
 *
 * A class whose modules need more than that embeds eqf_module as its first member.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_NN_MODULE_H
#define EQFI_NN_MODULE_H

#include <stdatomic.h>

#include <equiformer/module.h>

#include "ad/program.h"
#include "base/context.h"

enum { EQFI_MODULE_INPUTS = 4, EQFI_NAME_MAX = 256 };

/* Which rows an input or output has. Inputs of EQFI_ON_ROWS have the same rows, whatever they are, or one row. */
typedef enum eqfi_row_role { EQFI_ON_ROWS, EQFI_ON_ATOMS, EQFI_ON_EDGES } eqfi_row_role;

typedef enum eqfi_init {
    EQFI_INIT_FILL,    /* a */
    EQFI_INIT_NORMAL,  /* mean 0, standard deviation a */
    EQFI_INIT_UNIFORM, /* between a and b */
    EQFI_INIT_RAMP     /* from a to b in equal steps */
} eqfi_init;

/* Initial values of `count` elements in a row. */
typedef struct eqfi_init_run {
    eqfi_init kind;
    int64_t count;
    double a, b;
} eqfi_init_run;

typedef struct eqfi_parameter {
    char name[48];
    int ndim;
    int64_t shape[EQF_PARAMETER_NDIM];
    int64_t count;
    unsigned flags;
    int rows; /* of a table, a row per type; 0 otherwise */
    int n_runs;
    eqfi_init_run *runs;
} eqfi_parameter;

typedef struct eqfi_module_class {
    const char *kind;
    size_t size; /* of the struct that begins with eqf_module */
    eqf_var (*record)(eqf_program *program, const eqf_module *module, const char *scope, const eqf_graph *graph,
                      const eqf_var *in);
    void (*destroy)(eqf_module *module); /* what the class added; may be NULL */
} eqfi_module_class;

typedef struct eqfi_child {
    char name[32];
    eqf_module *module;
} eqfi_child;

struct eqf_module {
    const eqfi_module_class *class;
    eqf_allocator allocator;
    atomic_int references;
    int n_in;
    eqf_irreps *in[EQFI_MODULE_INPUTS];
    eqfi_row_role in_rows[EQFI_MODULE_INPUTS];
    eqf_irreps *out;
    eqfi_row_role out_rows;
    int n_parameters;
    eqfi_parameter *parameters;
    int n_children;
    eqfi_child *children;
};

/* A zeroed module of a class with one reference. */
eqf_status eqfi_module_new(eqf_context *context, const eqfi_module_class *class, eqf_module **module);

/* Adds an input; irreps is retained. */
void eqfi_module_add_input(eqf_module *module, const eqf_irreps *irreps, eqfi_row_role rows);

/* Sets the output; irreps is retained. */
void eqfi_module_set_output(eqf_module *module, const eqf_irreps *irreps, eqfi_row_role rows);

/* Adds a child, taking over the reference (on failure too). Children are numbered in the order in which they are added. */
eqf_status eqfi_module_add_child(eqf_context *context, eqf_module *module, const char *name, eqf_module *child);

/* Adds a parameter with all its elements initialised alike, or run by run. */
eqf_status eqfi_module_add_parameter(eqf_context *context, eqf_module *module, const char *name, int ndim,
                                     const int64_t *shape, unsigned flags, eqfi_init_run init);
eqf_status eqfi_module_add_parameter_runs(eqf_context *context, eqf_module *module, const char *name, int ndim,
                                          const int64_t *shape, unsigned flags, int n_runs, const eqfi_init_run *runs);

/* As eqf_module_init, but all values are zero: names, shapes and flags. */
eqf_status eqfi_module_declare(eqf_context *context, const eqf_module *module, const char *scope,
                               eqf_parameters *parameters);

/* scope.name, or name if scope is empty. */
eqf_status eqfi_join_name(eqf_context *context, const char *scope, const char *name, char full[EQFI_NAME_MAX]);

/* Variables of the module's own parameter i (all its elements as scalars; a table has a row per type;
 * `like`: in the width of x). */
eqf_var eqfi_record_parameter(eqf_program *program, const eqf_module *module, int i, const char *scope);
eqf_var eqfi_record_parameter_like(eqf_program *program, const eqf_module *module, int i, const char *scope, eqf_var x);
eqf_var eqfi_record_table(eqf_program *program, const eqf_module *module, int i, const char *scope, eqf_rows types);

/* The scope of child i; false if it cannot be recorded. */
bool eqfi_record_scope(eqf_program *program, const eqf_module *module, int i, const char *scope,
                       char full[EQFI_NAME_MAX]);

/* Child i applied to inputs. */
eqf_var eqfi_record_child(eqf_program *program, const eqf_module *module, int i, const char *scope,
                          const eqf_graph *graph, const eqf_var *in);

/* Constants of n x 0e: given, or all alike. */
eqf_var eqfi_record_values(eqf_program *program, int n, const double *values);
eqf_var eqfi_record_filled(eqf_program *program, int n, double value);

/* Layer norm of x; weight per channel, bias per 0e channel. Shared by eqf_norm and the radial networks. */
eqf_var eqfi_record_layer_norm(eqf_program *program, eqf_var x, double eps, eqf_var weight, eqf_var bias);

/* x times what makes an activation's mean square 1. */
double eqfi_activation_constant(int activation);

/* What a radial network gives, for each edge, if its features are those of pairs. */
eqf_var eqfi_record_on_edges(eqf_program *program, const eqf_graph *graph, eqf_var x);

/* y plus a bias on the 0e channels of block `block` of its irreps. */
eqf_var eqfi_record_bias(eqf_program *program, eqf_var y, int block, eqf_var bias);

/* Adds a radial network from `layers` (n of them) to `out` weights as a child. */
eqf_status eqfi_add_radial_mlp(eqf_context *context, eqf_module *module, const char *name, int n, const int *layers,
                               int64_t out);

/* The first n outputs of a radial network; its other weights are not read. */
eqf_var eqfi_record_radial_mlp(eqf_program *program, const eqf_module *module, const char *scope, eqf_var x, int n);

/* A linear module on rows of fewer channels, `part`: the first ones of each of its irreps (eqfi_linear_plan_restrict). */
eqf_var eqfi_record_linear_part(eqf_program *program, const eqf_module *module, const char *scope,
                                const eqf_irreps *part, eqf_var x);

/* A linear module on one row of its input for each head, side by side: head h of the output comes from row h. Its biases
 * are multiplied by factors (heads x 0e). */
eqf_var eqfi_record_linear_by_head(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                   eqf_var factors, eqf_var x);

/* A depthwise tensor product of x with harmonics of the edges, x being in their frames (lib/tensor/frame.h); and a linear
 * module on the result, which gives components in the frame. */
eqf_var eqfi_record_product_in_frame(eqf_program *program, const eqf_module *module, eqf_var x, eqf_var weights);
eqf_var eqfi_record_linear_in_frame(eqf_program *program, const eqf_module *module, const char *scope,
                                    const eqf_module *product, eqf_var x);

/* Where the 0e channels alone of a result are wanted, which come first in all irreps: the first n_out of a linear module, from
 * as many of its input as x has; those of a norm, and of a feed-forward network without attributes, from those of its input; those
 * of attention, from its whole inputs. */
eqf_var eqfi_record_linear_scalars(eqf_program *program, const eqf_module *module, const char *scope, int n_out,
                                   eqf_var x);
eqf_var eqfi_record_norm_scalars(eqf_program *program, const eqf_module *module, const char *scope,
                                 const eqf_graph *graph, eqf_var x);
eqf_var eqfi_record_feed_forward_scalars(eqf_program *program, const eqf_module *module, const char *scope, eqf_var x);
eqf_var eqfi_record_attention_scalars(eqf_program *program, const eqf_module *module, const char *scope,
                                      const eqf_graph *graph, const eqf_var *in);

/* Whether the gate of a feed-forward network has 0e channels. */
bool eqfi_has_mid_scalars(const eqf_module *module);

/* Of what is in the frames of edges, the components along them, m = 0, are enough for that, one for each channel: those that a
 * linear module makes of a product, a gate of them; for each channel, the weight and factor by which a product with harmonics
 * makes a scalar of it (one row), and a linear module on such scalars for each head, as eqfi_record_linear_by_head. */
eqf_var eqfi_record_linear_at_axis(eqf_program *program, const eqf_module *module, const char *scope,
                                   const eqf_module *product, eqf_var x);
eqf_var eqfi_record_gate_at_axis(eqf_program *program, const eqf_module *module, eqf_var x);
eqf_var eqfi_record_product_factors(eqf_program *program, const eqf_module *module, const char *scope);
eqf_var eqfi_record_linear_of_axial(eqf_program *program, const eqf_module *module, const char *scope,
                                    const eqf_module *product, int heads, eqf_var factors, eqf_var x);

/* The plan of a tensor product. */
const eqfi_product_plan *eqfi_product_plan_of(const eqf_module *module);

/* A linear module whose first block of outputs is `heads` times two halves of 0e channels, in two parts: the first halves
 * (out: as many 0e); and the second ones with all other outputs, from one row of its input for each head, side by side, biases
 * times factors. */
eqf_var eqfi_record_linear_first_halves(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                        const eqf_irreps *out, eqf_var x);
eqf_var eqfi_record_linear_second_halves(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                         const eqf_irreps *out, eqf_var factors, eqf_var x);

/* Sums along the map of factors (heads x 0e) times a tensor product of x and y with internal weights, for each head: the
 * product's rows side by side, flat. No variable if the product is not depthwise, as of an error. */
eqf_var eqfi_record_product_by_head(eqf_program *program, const eqf_module *module, const char *scope, int heads,
                                    eqf_map map, eqf_var x, eqf_var y, eqf_var factors);

/* Adds a linear map as a child. */
eqf_status eqfi_add_linear(eqf_context *context, eqf_module *module, const char *name, const eqf_irreps *in,
                           const eqf_irreps *out, int bias);

/* A fully connected product of x with attributes, plus biases. Parameters: tp.weight, bias.k. */
eqf_status eqfi_biased_product_create(eqf_context *context, const eqf_irreps *in, const eqf_irreps *attributes,
                                      const eqf_irreps *out, eqf_module **module);

/* In training, x with channels (or rows, by grouping) dropped at random; otherwise, or with probability 0, x itself. */
eqf_var eqfi_record_dropout(eqf_program *program, eqf_var x, eqf_grouping grouping, double probability,
                            const char *scope, const char *name);

/* In training, x with all atoms of a graph dropped at random. */
eqf_var eqfi_record_drop_path(eqf_program *program, eqf_var x, eqf_map atom_graph, double probability,
                              const char *scope, const char *name);

/* Number of 0e channels. */
static inline int eqfi_scalars(const eqf_irreps *irreps) { return eqf_irreps_channels_of(irreps, (eqf_irrep){0, 1}); }

/* n x 0e. */
eqf_status eqfi_scalar_irreps(eqf_context *context, int n, eqf_irreps **irreps);

#endif
