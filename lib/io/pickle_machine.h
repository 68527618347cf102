/* The machine that a pickle's opcodes drive. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_PICKLE_MACHINE_H
#define EQFI_IO_PICKLE_MACHINE_H

#include "io/pickle.h"

enum { EQFI_PICKLE_MOST = 1 << 20 }; /* values, items, depth of the stack, places of the memo */

/* An item of a container; index 0 of cells and values means none. */
typedef struct eqfi_pickle_cell {
    uint32_t value, next;
} eqfi_pickle_cell;

struct eqfi_pickle {
    eqf_allocator allocator;
    eqfi_pickle_value *values;
    size_t value_count, value_capacity;
    eqfi_pickle_cell *cells;
    size_t cell_count, cell_capacity;
    uint32_t root;
};

typedef struct eqfi_pickle_machine {
    eqf_context *context;
    const char *place;
    eqfi_pickle *pickle;
    const unsigned char *bytes, *at, *end;
    uint32_t position; /* of the opcode that runs */
    const char *name;  /* of that opcode */
    bool stopped;
    uint32_t *stack; /* indices of values */
    size_t depth, stack_capacity;
    size_t *marks; /* depths at which marks lie */
    size_t mark_count, mark_capacity;
    uint32_t *memo; /* 0: nothing */
    size_t memo_count, memo_capacity;
} eqfi_pickle_machine;

/* What stands behind an opcode. */
typedef struct eqfi_pickle_operand {
    uint64_t number;
    eqfi_slice text, second;
} eqfi_pickle_operand;

typedef enum eqfi_pickle_shape {
    EQFI_PICKLE_NOTHING,
    EQFI_PICKLE_NUMBER,  /* of size bytes */
    EQFI_PICKLE_COUNTED, /* bytes, their number before them in size bytes */
    EQFI_PICKLE_LINES    /* two lines */
} eqfi_pickle_shape;

typedef struct eqfi_pickle_opcode {
    const char *name; /* NULL: not among those that are read */
    eqfi_pickle_shape shape;
    int size;
    eqf_status (*run)(eqfi_pickle_machine *machine, const eqfi_pickle_operand *operand, int parameter);
    int parameter;
} eqfi_pickle_opcode;

extern const eqfi_pickle_opcode eqfi_pickle_opcodes[256];

/* Fails with "PLACE: byte N: OPCODE ...". */
eqf_status eqfi_pickle_fail(const eqfi_pickle_machine *machine, const char *format, ...) EQFI_PRINTF(2, 3);

eqfi_pickle_value *eqfi_pickle_at(const eqfi_pickle_machine *machine, uint32_t index);
eqf_status eqfi_pickle_push(eqfi_pickle_machine *machine, uint32_t index);
eqf_status eqfi_pickle_push_value(eqfi_pickle_machine *machine, eqfi_pickle_value value);

/* Elements above the last mark, or all. Taking and looking go no further. */
size_t eqfi_pickle_available(const eqfi_pickle_machine *machine);
eqf_status eqfi_pickle_pop(eqfi_pickle_machine *machine, uint32_t *index);
eqf_status eqfi_pickle_peek(const eqfi_pickle_machine *machine, uint32_t *index);

/* Takes the elements above the last mark off the stack; they stay where they are until the next push. */
eqf_status eqfi_pickle_pop_mark(eqfi_pickle_machine *machine, size_t *count);

/* Adds the n values at stack[from..] to a container. */
eqf_status eqfi_pickle_add_items(eqfi_pickle_machine *machine, uint32_t container, size_t from, size_t n);

#endif
