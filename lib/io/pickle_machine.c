/* The stack of the machine that a pickle's opcodes drive. SPDX-License-Identifier: MIT */
#include "io/pickle_machine.h"

#include <stdio.h>

eqf_status eqfi_pickle_fail(const eqfi_pickle_machine *machine, const char *format, ...)
{
    char sentence[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return eqfi_fail(machine->context, EQF_ERROR_FORMAT, "%s: byte %u: %s %s", machine->place,
                     (unsigned)machine->position, machine->name, sentence);
}

eqfi_pickle_value *eqfi_pickle_at(const eqfi_pickle_machine *m, uint32_t index) { return &m->pickle->values[index]; }

eqf_status eqfi_pickle_push(eqfi_pickle_machine *m, uint32_t index)
{
    if (m->depth >= EQFI_PICKLE_MOST) return eqfi_pickle_fail(m, "fills the stack");
    eqf_status status = eqfi_grow(m->context, m->depth + 1, sizeof *m->stack, &m->stack_capacity, (void **)&m->stack);
    if (status == EQF_OK) m->stack[m->depth++] = index;
    return status;
}

eqf_status eqfi_pickle_push_value(eqfi_pickle_machine *m, eqfi_pickle_value value)
{
    eqf_status status = EQF_OK;
    eqfi_pickle *pickle = m->pickle;
    if (pickle->value_count >= EQFI_PICKLE_MOST) return eqfi_pickle_fail(m, "is one value too many");
    EQFI_TRY(eqfi_grow(m->context, pickle->value_count + 1, sizeof value, &pickle->value_capacity,
                       (void **)&pickle->values));
    value.position = m->position;
    pickle->values[pickle->value_count] = value;
    EQFI_TRY(eqfi_pickle_push(m, (uint32_t)pickle->value_count++));
fail:
    return status;
}

/* Elements above the last mark, or all. */
size_t eqfi_pickle_available(const eqfi_pickle_machine *m)
{
    return m->depth - (m->mark_count > 0 ? m->marks[m->mark_count - 1] : 0);
}

eqf_status eqfi_pickle_pop(eqfi_pickle_machine *m, uint32_t *index)
{
    if (eqfi_pickle_available(m) == 0) return eqfi_pickle_fail(m, "finds the stack empty");
    *index = m->stack[--m->depth];
    return EQF_OK;
}

eqf_status eqfi_pickle_peek(const eqfi_pickle_machine *m, uint32_t *index)
{
    if (eqfi_pickle_available(m) == 0) return eqfi_pickle_fail(m, "finds the stack empty");
    *index = m->stack[m->depth - 1];
    return EQF_OK;
}

/* Takes the elements above the last mark off the stack; they stay where they are until the next push. */
eqf_status eqfi_pickle_pop_mark(eqfi_pickle_machine *m, size_t *count)
{
    if (m->mark_count == 0) return eqfi_pickle_fail(m, "finds no mark");
    size_t depth = m->marks[--m->mark_count];
    *count = m->depth - depth;
    m->depth = depth;
    return EQF_OK;
}

/* Adds the n values at stack[from..] to a container. */
eqf_status eqfi_pickle_add_items(eqfi_pickle_machine *m, uint32_t container, size_t from, size_t n)
{
    eqf_status status = EQF_OK;
    eqfi_pickle *pickle = m->pickle;
    if (pickle->cell_count + n >= EQFI_PICKLE_MOST) return eqfi_pickle_fail(m, "has one item too many");
    EQFI_TRY(eqfi_grow(m->context, pickle->cell_count + n, sizeof *pickle->cells, &pickle->cell_capacity,
                       (void **)&pickle->cells));
    eqfi_pickle_value *to = eqfi_pickle_at(m, container);
    for (size_t i = 0; i < n; i++) {
        uint32_t cell = (uint32_t)pickle->cell_count++;
        pickle->cells[cell] = (eqfi_pickle_cell){m->stack[from + i], 0};
        if (to->last != 0)
            pickle->cells[to->last].next = cell;
        else
            to->first = cell;
        to->last = cell;
        to->count++;
    }
fail:
    return status;
}
