/* Programs from inside: variables, nodes, stages.
 *
 * A node computes one variable from at most three others, and may add a fourth, or two terms of a sum from four (fold.c). Its loops run over the rows of
 * its domain. Arguments of row set one are repeated along the domain; a result of row set one in another domain is
 * summed over the domain's rows. Both directions being allowed in every multilinear operation, its derivatives are the
 * operation itself with another role.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_AD_PROGRAM_H
#define EQFI_AD_PROGRAM_H

#include <stdatomic.h>

#include <equiformer/exchange.h>

#include "ad/ops.h"
#include "base/context.h"
#include "kern/functions.h"
#include "tensor/plans.h"

enum { EQFI_ROWS_ONE = 1, EQFI_INPUTS_MAX = 4 };

/* Irreps of variables, simplified, with their layout; shared by all variables that have them. */
typedef struct eqfi_type {
    eqf_irreps *irreps;
    eqfi_layout *layout;
} eqfi_type;

typedef enum eqfi_var_kind { EQFI_VAR_INPUT, EQFI_VAR_PARAMETER, EQFI_VAR_CONSTANT, EQFI_VAR_RESULT } eqfi_var_kind;

typedef struct eqfi_variable {
    eqfi_var_kind kind;
    int rows;       /* id of the row set */
    int type;       /* index of the type */
    bool wide;      /* numbers in float64 whatever the precision of the run */
    int node;       /* of a result: index of its node, -1 once the node was removed */
    char *name;     /* of an input or parameter */
    double *values; /* of a constant: one row in exchange layout */
    bool used;      /* after the end: an output depends on it */
    bool local;     /* after the end: read in no other stage than its own, hence without an array of all rows */
    bool brief;     /* after the end: local, and read in no other chain than its own */
    int grows_into; /* after the end: the variable in whose array it lies, being a term of that sum alone; 0 */
} eqfi_variable;

/* What a node does beyond its arguments. Unused members are zero bytes, so that nodes can be compared. */
typedef struct eqfi_attribute {
    int role; /* LINEAR, PRODUCT, OUTER, CONTRACT: index of the slot that is the result; CONVERT: whether it is wide;
                 EXCHANGE: eqf_exchange_kind */
    int map;  /* GATHER, SEGMENT_*, OUTER: id */
    double alpha, beta;    /* COMBINE; MASK: alpha is the probability of 0 */
    uint64_t stream;       /* MASK: of its random numbers */
    eqfi_unary_plan unary; /* UNARY */
    const void *plan;      /* SCALE and DOT, SELECT, LINEAR, PRODUCT, OUTER, CONTRACT, HARMONICS */
} eqfi_attribute;

typedef struct eqfi_node {
    eqfi_op op;
    int domain; /* id of a row set */
    int n_in;
    int in[EQFI_INPUTS_MAX]; /* variable ids */
    int out;
    int through[EQFI_INPUTS_MAX]; /* after the end: maps along which inputs are read, 0: at the rows of the domain */
    int column[EQFI_INPUTS_MAX];  /* after the end: the first column of inputs that is read */
    bool adds;                    /* after the end: the result is that of the operation and the last input */
    int chain_first, chain_last;  /* after the end: the nodes of its chain, chain_last excluded; */
    int strip;                    /* and the rows of the chain's strips */
    eqfi_attribute attribute;
} eqfi_node;

/* Nodes first..last-1 that run together, tile by tile of rows. In a tile they run one after the other, but for chains: nodes
 * in a row that read one another row by row go through the tile together, strip by strip of a few rows.
 * A tied stage has nodes of both row sets of a map: its tiles
 * are neighbourhoods, some rows that the map leads to with exactly the rows that lead to them. */
typedef struct eqfi_stage {
    int first, last;
    int domain; /* whose rows are divided; of a tied stage those that the map leads to */
    int tie;    /* id of the map, 0 */
    bool sums;  /* some results are sums over the rows */
} eqfi_stage;

typedef struct eqfi_row_set {
    char *name;
    bool used; /* after the end: a variable or map that is used has these rows */
} eqfi_row_set;

typedef struct eqfi_row_map {
    char *name;
    int from, to;
    bool segments; /* some node sums along it, or it ties a stage */
    bool ties;     /* after the end: its neighbourhoods are the tiles of a stage */
    bool used;     /* after the end: a node reads it */
} eqfi_row_map;

typedef struct eqfi_output {
    char *name;
    int var;
} eqfi_output;

/* A growing array. */
#define EQFI_LIST(type)                                                                                                \
    struct {                                                                                                           \
        type *items;                                                                                                   \
        size_t n, capacity;                                                                                            \
    }

typedef struct eqfi_plan_entry {
    const void *plan;
    size_t bytes;
} eqfi_plan_entry;

struct eqf_program {
    eqf_allocator allocator;
    atomic_int references;
    eqf_context *context; /* while recording, else NULL */
    eqf_status status;    /* the first error */
    char message[EQFI_MESSAGE_MAX];
    EQFI_LIST(eqfi_type) types;
    EQFI_LIST(eqfi_variable) vars; /* id - 1 */
    EQFI_LIST(eqfi_node) nodes;
    EQFI_LIST(eqfi_row_set) row_sets; /* id - 1 */
    EQFI_LIST(eqfi_row_map) maps;     /* id - 1 */
    EQFI_LIST(eqfi_output) outputs;
    EQFI_LIST(eqfi_stage) stages;
    EQFI_LIST(eqfi_plan_entry) plans; /* owned; compared by their bytes */
    EQFI_LIST(int) buckets;           /* nodes by hash, -1 where empty: equal nodes are recorded once */
    EQFI_LIST(void *) retained;       /* modules whose plans nodes point to */
    void (*release_retained)(void *);
    const eqfi_product_plan *harmonics_gradient[EQF_LMAX + 1];
    int64_t flops_per_byte; /* of what is computed again rather than kept */
    bool training;          /* modules record their dropouts */
    bool plain;       /* modules record what they rearrange as it is written in the paper: the reference of tests */
    bool paired;      /* models share radial networks between opposite edges */
    bool distributed; /* sums over all rows are sums over all processes */
};

static inline eqfi_variable *eqfi_var(const eqf_program *program, eqf_var x) { return &program->vars.items[x.id - 1]; }

static inline const eqfi_layout *eqfi_var_layout(const eqf_program *program, eqf_var x)
{
    return program->types.items[eqfi_var(program, x)->type].layout;
}

/* Whether the host's variable or row set is one of the program. */
static inline bool eqfi_is_var(const eqf_program *program, eqf_var x)
{
    return x.id >= 1 && (size_t)x.id <= program->vars.n;
}

static inline bool eqfi_is_rows(const eqf_program *program, eqf_rows rows)
{
    return rows.id >= 1 && (size_t)rows.id <= program->row_sets.n;
}

/* True while recording goes well; otherwise calls return no variable. */
static inline bool eqfi_recording(const eqf_program *program)
{
    return program->status == EQF_OK && program->context != NULL;
}

/* Makes the first error stick; returns no variable. */
eqf_var eqfi_record_fail(eqf_program *program, eqf_status status, const char *format, ...) EQFI_PRINTF(3, 4);

/* Room for one more element of a list; false (with the error stuck) if memory is lacking. */
bool eqfi_reserve(eqf_program *program, size_t n, size_t size, size_t *capacity, void **items);
#define EQFI_RESERVE(program, list)                                                                                    \
    eqfi_reserve((program), (list).n + 1, sizeof *(list).items, &(list).capacity, (void **)&(list).items)

/* The type of irreps (simplified), -1 on failure. */
int eqfi_intern_type(eqf_program *program, const eqf_irreps *irreps);

/* The type of n x 0e. */
int eqfi_scalars_type(eqf_program *program, int n);

/* Takes ownership of a plan of one block and returns the equal one that the program has already, or itself; NULL on
 * failure. With bytes 0 it is not compared. */
const void *eqfi_intern_plan(eqf_program *program, void *plan, size_t bytes);

/* Keeps an object alive as long as the program. */
bool eqfi_program_keep(eqf_program *program, void *object, void (*release)(void *));

/* Records a node unless an equal one exists; its result has the row set `rows` and the type `type`. If one of its inputs
 * is wide, the others are widened, and the result is wide. */
eqf_var eqfi_emit(eqf_program *program, eqfi_op op, const eqfi_attribute *attribute, int domain, int n_in,
                  const eqf_var *in, int rows, int type);

/* A result of row set one in another domain is a sum over the domain. */
static inline bool eqfi_sums(const eqf_program *program, const eqfi_node *node)
{
    return node->domain != EQFI_ROWS_ONE && program->vars.items[node->out - 1].rows == EQFI_ROWS_ONE;
}

/* A copy of a node with a result of its own, not looked up; its id, -1 on failure. */
int eqfi_clone_node(eqf_program *program, int node);

/* Gradients of <g, result of node> with respect to the inputs of the node for which `wanted`. */
void eqfi_vjp(eqf_program *program, const eqfi_node *node, eqf_var g, const bool *wanted, eqf_var *gradients);

/* Recording with explicit domain, row set and type: what derivatives need. */
eqf_var eqfi_emit_combine(eqf_program *program, double alpha, eqf_var a, int domain, int rows);
eqf_var eqfi_emit_convert(eqf_program *program, eqf_var x, bool wide);
eqf_var eqfi_emit_unary(eqf_program *program, const eqfi_unary_plan *plan, eqf_var x);

/* x turned into the frames of edges (eqf_edge_frames), or back; and the degree up to which frames go (frames.c). */
eqf_var eqfi_emit_rotation(eqf_program *program, eqf_var frame, bool back, eqf_var x);
int eqfi_frame_degree(const eqf_program *program, eqf_var frame);

/* The gradient by the angles by which the frames of a rotation turn, from what is in the frame and the gradient by that; and
 * the gradient by edges from that by their frames. */
eqf_var eqfi_turn_gradient(eqf_program *program, const eqfi_node *rotation, eqf_var in_frame, eqf_var gradient);
eqf_var eqfi_frame_gradient(eqf_program *program, eqf_var edge, eqf_var frame, eqf_var turn);

/* The exchange of a kind, with its result on the rows given (exchange.c). */
eqf_var eqfi_emit_exchange(eqf_program *program, eqf_exchange_kind kind, eqf_var x, int rows);

/* Used by modules. A linear map out[w] = sum_u W[u][w] x[u], or its transpose. */
eqf_var eqfi_emit_linear(eqf_program *program, const eqfi_linear_plan *plan, bool transposed, const eqf_irreps *out,
                         eqf_var x, eqf_var weight);

/* A tensor product; weight may be no variable if the plan has none. */
eqf_var eqfi_emit_product(eqf_program *program, const eqfi_product_plan *plan, const eqf_irreps *out, eqf_var x,
                          eqf_var y, eqf_var weight);

/* Per target row of the map, the sum over its source rows of y[j] x[i]: as many scalars, at j columns of x + i. */
eqf_var eqfi_emit_outer(eqf_program *program, eqf_map map, eqf_var x, eqf_var y);

/* The products of a plan for CONTRACT from such sums, flat: as many scalars as the plan has columns of out. */
eqf_var eqfi_emit_contract(eqf_program *program, const eqfi_product_plan *plan, eqf_var a, eqf_var weight);

/* Blocks from[i] of x as blocks to[i] of irreps `out`, as many channels as both have, zero elsewhere; irreps of x and out
 * are those given, whose simplified forms are those of the variables. */
eqf_var eqfi_emit_pick(eqf_program *program, eqf_var x, const eqf_irreps *in, const int *from, const eqf_irreps *out,
                       const int *to, int n);

/* The numbers of x in exchange layout, read as irreps `out` of as many columns. */
eqf_var eqfi_emit_reinterpret(eqf_program *program, eqf_var x, const eqf_irreps *out);

/* The same for n consecutive blocks from first_in and first_out on. */
eqf_var eqfi_emit_place(eqf_program *program, eqf_var x, const eqf_irreps *in, int first_in, const eqf_irreps *out,
                        int first_out, int n);

#endif
