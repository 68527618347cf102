/* libequiformer: programs - networks recorded once, differentiated as often as wanted, and run.
 *
 * A program is symbolic. A variable has a row set (atoms, edges, graphs, ..: declared by the program, their sizes are
 * bound when it runs) and irreps. The row set `one` has a single row; its variables are repeated where others have more.
 * Maps lead from the rows of one set to those of another (edge -> receiving atom, atom -> graph).
 *
 *     eqf_var message = eqf_gather(p, edge_src, x);
 *     eqf_var sum     = eqf_segment_sum(p, edge_dst, eqf_scale(p, message, weight, EQF_PER_CHANNEL, 1));
 *
 * Recording calls return a variable, so that expressions read like mathematics. The first error sticks to the program,
 * later calls return "no variable" (id 0), and eqf_program_end returns that error. Every recorded operation is
 * differentiable, and so are the derivatives: eqf_grad can be applied to its own results (functions of one variable up to
 * EQF_ORDER_MAX times).
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_PROGRAM_H
#define EQUIFORMER_PROGRAM_H

#include <equiformer/irreps.h>
#include <equiformer/parameters.h>

#define EQF_ORDER_MAX 8 /* derivatives of eqf_apply and eqf_power */

typedef struct eqf_program eqf_program; /* being recorded, or ended: then immutable and shareable between threads */

typedef struct eqf_var {
    int32_t id; /* 0: no variable */
} eqf_var;

typedef struct eqf_rows {
    int32_t id; /* 0: no row set; 1: the row set `one` */
} eqf_rows;

typedef struct eqf_map {
    int32_t id; /* 0: no map */
} eqf_map;

/* Which columns share a factor in eqf_scale, or are summed together in eqf_dot; the factors are G x 0e. */
typedef enum eqf_grouping {
    EQF_PER_ROW = 0,     /* G = 1 */
    EQF_PER_BLOCK = 1,   /* G = number of blocks */
    EQF_PER_CHANNEL = 2, /* G = number of irreps: a channel's 2l+1 components together */
    EQF_PER_HEAD = 3     /* G = heads: in each block, `heads` contiguous groups of channels */
} eqf_grouping;

/* Functions of one variable, applied to 0e features element by element. */
typedef enum eqf_function {
    EQF_SILU = 0,
    EQF_SIGMOID = 1,
    EQF_TANH = 2,
    EQF_EXP = 3,
    EQF_SIN = 4,
    EQF_COS = 5,
    EQF_ABS = 6
} eqf_function;

EQF_BEGIN_DECLS

/* ------------------------------------------------------------------------------------------------------ recording -- */

/* Begins a program; *program is to be freed with eqf_program_free. The recording uses the context, which must live until
 * eqf_program_end, on its thread; calls on an ended program record nothing. Since 0.1. */
EQF_API eqf_status eqf_program_create(eqf_context *context, eqf_program **program);

/* Another reference to an ended program; never fails. Since 0.1. */
EQF_API eqf_program *eqf_program_retain(const eqf_program *program);
EQF_API void eqf_program_free(eqf_program *program); /* NULL is fine. Since 0.1. */

/* Ends the recording: returns its first error, or removes what no output needs and fixes the order of execution.
 * Since 0.1. */
EQF_API eqf_status eqf_program_end(eqf_context *context, eqf_program *program);

/* A row set or map of this name; the same name gives the same one again (maps must agree in their row sets). Since 0.1. */
EQF_API eqf_rows eqf_program_rows(eqf_program *program, const char *name);
EQF_API eqf_map eqf_program_map(eqf_program *program, const char *name, eqf_rows from, eqf_rows to);
EQF_API eqf_rows eqf_rows_one(void); /* Since 0.1. */

/* Values that the host sets before each run. Neighbouring blocks of one irrep become one, as in all variables: numbers of
 * blocks are those of eqf_var_irreps. Since 0.1. */
EQF_API eqf_var eqf_input(eqf_program *program, const char *name, eqf_rows rows, const eqf_irreps *irreps);

/* The same in float64 whatever the precision of the run, as are all results that depend on it until eqf_from_double: for
 * geometry, and for sums over many rows. Since 0.1. */
EQF_API eqf_var eqf_input_double(eqf_program *program, const char *name, eqf_rows rows, const eqf_irreps *irreps);
EQF_API eqf_var eqf_to_double(eqf_program *program, eqf_var x);
EQF_API eqf_var eqf_from_double(eqf_program *program, eqf_var x);

/* A parameter, found by its name in the store of a run; the same name gives the same variable again. On the row set one
 * it is count x 0e; on another set (a table of embeddings) its rows are those of the set. Since 0.1. */
EQF_API eqf_var eqf_parameter(eqf_program *program, const char *name, eqf_rows rows, int64_t count);

/* The variable of a parameter that was recorded under this name, as derivatives by it need; no variable if there is none.
 * Since 0.1. */
EQF_API eqf_var eqf_program_parameter(const eqf_program *program, const char *name);

/* The same in float64 whatever the precision of the run (eqf_input_double). Since 0.1. */
EQF_API eqf_var eqf_parameter_double(eqf_program *program, const char *name, eqf_rows rows, int64_t count);

/* One row of numbers in exchange layout, copied. Since 0.1. */
EQF_API eqf_var eqf_constant(eqf_program *program, const eqf_irreps *irreps, const double *values);

/* alpha a + beta b of equal irreps; a or b may be of row set one. Since 0.1. */
EQF_API eqf_var eqf_combine(eqf_program *program, double alpha, eqf_var a, double beta, eqf_var b);
EQF_API eqf_var eqf_add(eqf_program *program, eqf_var a, eqf_var b);           /* a + b. Since 0.1. */
EQF_API eqf_var eqf_multiply(eqf_program *program, double alpha, eqf_var a);   /* alpha a. Since 0.1. */
EQF_API eqf_var eqf_broadcast(eqf_program *program, eqf_rows rows, eqf_var a); /* repeats one row. Since 0.1. */
EQF_API eqf_var eqf_sum_rows(eqf_program *program, eqf_var a);                 /* to row set one. Since 0.1. */

/* Columns of x times factors s (G x 0e, see eqf_grouping; heads counts only for EQF_PER_HEAD). Since 0.1. */
EQF_API eqf_var eqf_scale(eqf_program *program, eqf_var x, eqf_var s, eqf_grouping grouping, int heads);

/* Products of equal columns of x and y summed by group: G x 0e. Since 0.1. */
EQF_API eqf_var eqf_dot(eqf_program *program, eqf_var x, eqf_var y, eqf_grouping grouping, int heads);

EQF_API eqf_var eqf_apply(eqf_program *program, eqf_function function, eqf_var x); /* x of 0e only. Since 0.1. */

/* max(x, floor)^exponent, element by element, its derivatives being 0 below floor; x of 0e only. Since 0.1. */
EQF_API eqf_var eqf_power(eqf_program *program, eqf_var x, double exponent, double floor);

/* Column block: channels first..first+mul-1 of block `block` of x. Since 0.1. */
EQF_API eqf_var eqf_channels(eqf_program *program, eqf_var x, int block, int first, int mul);

/* The columns of a followed by those of b (row sets must agree). Since 0.1. */
EQF_API eqf_var eqf_concat(eqf_program *program, eqf_var a, eqf_var b);

/* out[row] = x[map(row)]: rows of map's target set to rows of its source set. Since 0.1. */
EQF_API eqf_var eqf_gather(eqf_program *program, eqf_map map, eqf_var x);

/* out[row] = sum of x over all rows that the map leads to it. Since 0.1. */
EQF_API eqf_var eqf_segment_sum(eqf_program *program, eqf_map map, eqf_var x);

/* Per column of x (0e only): exp(x - m) / (sum u exp(x - m) + 1e-16), the sum over the rows that the map leads to the
 * same row as this one, m their maximum. u (1x0e) weights the sum; no variable stands for 1, and the result then is the
 * softmax. Since 0.1. */
EQF_API eqf_var eqf_segment_softmax(eqf_program *program, eqf_map map, eqf_var x, eqf_var u);

/* Solid harmonics of degree 0..lmax of x (one vector, 1x1o or 1x1e), homogeneous polynomials in `component`
 * normalization; irreps: 1x0e + 1x1p + ... Since 0.1. */
EQF_API eqf_var eqf_solid_harmonics(eqf_program *program, eqf_var x, const eqf_irreps *irreps);

/* Rotations into frames of the edges x (one vector, 1x1o or 1x1e), of the degrees 0 to lmax, row-major and one after the other
 * as scalars: in the frame, the y axis, which is that of m = 0, is the edge. How the frame is turned about the edge is not said;
 * derivatives are those of results that do not depend on it, as what attention makes of frames (eqf_graph). Rotations of
 * degrees above 0 are zero if |x| < 1e-12. Since 0.1. */
EQF_API eqf_var eqf_edge_frames(eqf_program *program, eqf_var x, int lmax);

/* rows x (n x 0e) random factors: 0 with the probability, else 1 / (1 - probability), 0 <= probability < 1. A factor
 * depends on the seed of the run (eqf_run_set_seed), the name, its row and column alone. Since 0.1. */
EQF_API eqf_var eqf_dropout_mask(eqf_program *program, const char *name, eqf_rows rows, int n, double probability);

/* Whether modules that are recorded from now on include their dropouts (0 at first). Since 0.1. */
EQF_API void eqf_program_set_training(eqf_program *program, int training);
EQF_API int eqf_program_training(const eqf_program *program);

/* Whether models that are recorded from now on compute radial networks once for the two directions of a pair of edges, which
 * saves a sixth of the arithmetic of small systems: eqf_model_record then declares the row set "pairs" and the map "edge_pair" to
 * it, for eqf_edge_pairs to fill. Energies, forces and stresses stay the same, while the gradients by the vectors of
 * the two edges have equal parts of what they share. Not for models whose radial networks read the types of atoms. 0 at first.
 * Since 0.1. */
EQF_API void eqf_program_set_paired(eqf_program *program, int paired);

/* What memory is worth: a result that a later pass reads, as reverse passes do, is kept where computing it again takes more
 * than about so many floating-point operations for each byte that keeping it takes, 1 to 1e6; others count as the nearest of
 * the two. 40 at first; with less, runs take more memory and less time. Counts when the program ends. Since 0.1. */
EQF_API void eqf_program_set_flops_per_byte(eqf_program *program, double flops);

/* The derivative of sum_i <seeds[i], outputs[i]> with respect to each wrt[j], written to gradients[j]; it has the row set
 * and irreps of wrt[j] (zeros where nothing depends on it). A seed that is no variable stands for ones. Since 0.1. */
EQF_API void eqf_grad(eqf_program *program, int n_outputs, const eqf_var *outputs, const eqf_var *seeds, int n_wrt,
                      const eqf_var *wrt, eqf_var *gradients);

/* Keeps x for the host under a name. Since 0.1. */
EQF_API void eqf_output(eqf_program *program, const char *name, eqf_var x);

/* Row set and irreps of a variable; irreps is borrowed, NULL for no variable. Since 0.1. */
EQF_API eqf_rows eqf_var_rows(const eqf_program *program, eqf_var x);
EQF_API const eqf_irreps *eqf_var_irreps(const eqf_program *program, eqf_var x);

/* Sticks an error to the program, as a failing recording call does (for functions that record). Since 0.1. */
EQF_API void eqf_program_fail(eqf_program *program, eqf_status status, const char *message);

/* Number of operations that an ended program executes. Since 0.1. */
EQF_API int eqf_program_operations(const eqf_program *program);

/* --------------------------------------------------------------------------------------------------------- running -- */

typedef struct eqf_run eqf_run; /* an ended program bound to parameters and a precision, with its memory */

/* Every parameter of the program must be in the store with the right number of elements; they are copied as they are now
 * (later changes need eqf_run_set_parameters), and the store may be edited or freed. Since 0.1. */
EQF_API eqf_status eqf_run_create(eqf_context *context, const eqf_program *program, const eqf_parameters *parameters,
                                  eqf_precision precision, eqf_run **run);
EQF_API void eqf_run_free(eqf_run *run); /* NULL is fine. Since 0.1. */

/* Copies the parameters of this store, or of the same one after changes, under the conditions of eqf_run_create.
 * Since 0.1. */
EQF_API eqf_status eqf_run_set_parameters(eqf_context *context, eqf_run *run, const eqf_parameters *parameters);

/* Number of rows of a set, by name. A name that the program does not use is accepted; a set with a table has as many rows
 * as the table (EQF_ERROR_SHAPE otherwise). Since 0.1. */
EQF_API eqf_status eqf_run_set_rows(eqf_context *context, eqf_run *run, const char *rows, int64_t count);

/* Target row of every source row, by name of the map; borrowed until the next set or free. Any order is right; ascending
 * targets of the map along which most is summed (of edges to their receivers) are fastest and take the least memory.
 * An execution that was begun (eqf_run_begin) ends. Since 0.1. */
EQF_API eqf_status eqf_run_set_map(eqf_context *context, eqf_run *run, const char *map, const int32_t *target);

/* Rows x dim numbers in exchange layout, copied; sizes must have been set. Since 0.1. */
EQF_API eqf_status eqf_run_set_input(eqf_context *context, eqf_run *run, const char *input, const double *values);

/* How many rows eqf_run_set_map reads, and how many numbers eqf_run_set_input reads and eqf_run_get_output writes, with
 * the present numbers of rows: for checks of the lengths of arrays, as bindings make them. -1 if the program has nothing
 * of that name, or the number of its rows is not set. Since 0.1. */
EQF_API int64_t eqf_run_map_size(const eqf_run *run, const char *map);
EQF_API int64_t eqf_run_input_size(const eqf_run *run, const char *input);
EQF_API int64_t eqf_run_output_size(const eqf_run *run, const char *output);

/* Seed of the dropout masks, 0 at first. Since 0.1. */
EQF_API void eqf_run_set_seed(eqf_run *run, uint64_t seed);

/* Runs the program on the context's threads. The bits of the results do not depend on their number. Since 0.1. */
EQF_API eqf_status eqf_run_execute(eqf_context *context, eqf_run *run);

/* Rows x dim numbers in exchange layout, of the last execution; EQF_ERROR_STATE if there was none for the present numbers
 * of rows. Since 0.1. */
EQF_API eqf_status eqf_run_get_output(eqf_context *context, const eqf_run *run, const char *output, double *values);

/* Bytes that the run holds: of temporary arrays for its present sizes, of weights in the order of matrix products, and of the
 * other parameters. Since 0.1. */
EQF_API size_t eqf_run_bytes(const eqf_run *run);

EQF_END_DECLS

#endif
