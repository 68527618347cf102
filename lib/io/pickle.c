/* Pickles: the loop over opcodes, and questions to the values. SPDX-License-Identifier: MIT */
#include "io/pickle.h"

#include <stdio.h>
#include <string.h>

#include "io/pickle_machine.h"

/* ------------------------------------------------------------------------------------------------------- parsing -- */

static bool take_number(eqfi_pickle_machine *machine, int size, uint64_t *number)
{
    if (machine->end - machine->at < size) return false;
    *number = 0;
    for (int i = size - 1; i >= 0; i--) *number = *number << 8 | machine->at[i];
    machine->at += size;
    return true;
}

static bool take_bytes(eqfi_pickle_machine *machine, uint64_t length, eqfi_slice *text)
{
    if ((uint64_t)(machine->end - machine->at) < length) return false;
    text->begin = (const char *)machine->at;
    machine->at += length;
    text->end = (const char *)machine->at;
    return true;
}

static bool take_line(eqfi_pickle_machine *machine, eqfi_slice *text)
{
    const unsigned char *newline = memchr(machine->at, '\n', (size_t)(machine->end - machine->at));
    if (newline == NULL) return false;
    *text = (eqfi_slice){(const char *)machine->at, (const char *)newline};
    machine->at = newline + 1;
    return true;
}

static bool take_operand(eqfi_pickle_machine *machine, const eqfi_pickle_opcode *opcode, eqfi_pickle_operand *operand)
{
    switch (opcode->shape) {
    case EQFI_PICKLE_NUMBER: return take_number(machine, opcode->size, &operand->number);
    case EQFI_PICKLE_COUNTED:
        return take_number(machine, opcode->size, &operand->number) &&
               take_bytes(machine, operand->number, &operand->text);
    case EQFI_PICKLE_LINES: return take_line(machine, &operand->text) && take_line(machine, &operand->second);
    case EQFI_PICKLE_NOTHING: break;
    }
    return true;
}

static eqf_status step(eqfi_pickle_machine *machine)
{
    machine->position = (uint32_t)(machine->at - machine->bytes);
    machine->name = "the pickle";
    if (machine->at == machine->end) return eqfi_pickle_fail(machine, "ends without STOP");
    int code = *machine->at++;
    const eqfi_pickle_opcode *opcode = &eqfi_pickle_opcodes[code];
    if (opcode->name == NULL)
        return eqfi_pickle_fail(machine, "has the opcode 0x%02x, which no state dict needs", (unsigned)code);
    machine->name = opcode->name;
    eqfi_pickle_operand operand = {0, {NULL, NULL}, {NULL, NULL}};
    if (!take_operand(machine, opcode, &operand)) return eqfi_pickle_fail(machine, "reaches beyond the end");
    return opcode->run(machine, &operand, opcode->parameter);
}

eqf_status eqfi_pickle_parse(eqf_context *context, const char *place, const void *bytes, size_t length,
                             eqfi_pickle **pickle)
{
    eqf_status status = EQF_OK;
    eqfi_pickle *made = NULL;
    eqfi_pickle_machine machine = {.context = context, .place = place, .bytes = bytes, .at = bytes};
    EQFI_CHECK(length <= UINT32_MAX, EQF_ERROR_FORMAT, "%s: the pickle has %zu bytes, expected %lld at most", place,
               length, (long long)UINT32_MAX);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    EQFI_TRY(eqfi_grow(context, 64, sizeof *made->values, &made->value_capacity, (void **)&made->values));
    EQFI_TRY(eqfi_grow(context, 64, sizeof *made->cells, &made->cell_capacity, (void **)&made->cells));
    made->values[0] = (eqfi_pickle_value){.kind = EQFI_PICKLE_NONE}; /* for index 0, which is no value's */
    made->cells[0] = (eqfi_pickle_cell){0, 0};
    made->value_count = made->cell_count = 1;
    machine.pickle = made;
    machine.end = machine.bytes + length;
    while (!machine.stopped) EQFI_TRY(step(&machine));
    *pickle = made;
    made = NULL;
fail:
    eqfi_delete(context, machine.stack);
    eqfi_delete(context, machine.marks);
    eqfi_delete(context, machine.memo);
    eqfi_pickle_free(made);
    return status;
}

void eqfi_pickle_free(eqfi_pickle *pickle)
{
    if (pickle == NULL) return;
    eqf_allocator allocator = pickle->allocator;
    eqfi_release(&allocator, pickle->values);
    eqfi_release(&allocator, pickle->cells);
    eqfi_release(&allocator, pickle);
}

/* ----------------------------------------------------------------------------------------------------- questions -- */

const eqfi_pickle_value *eqfi_pickle_root(const eqfi_pickle *pickle) { return &pickle->values[pickle->root]; }

const eqfi_pickle_value *eqfi_pickle_of(const eqfi_pickle *pickle, const eqfi_pickle_value *value)
{
    return &pickle->values[value->of];
}

const eqfi_pickle_value *eqfi_pickle_arguments(const eqfi_pickle *pickle, const eqfi_pickle_value *call)
{
    return &pickle->values[call->arguments];
}

eqfi_pickle_cursor eqfi_pickle_items(const eqfi_pickle *pickle, const eqfi_pickle_value *container)
{
    return (eqfi_pickle_cursor){pickle, container->first};
}

const eqfi_pickle_value *eqfi_pickle_next(eqfi_pickle_cursor *cursor)
{
    if (cursor->cell == 0) return NULL;
    const eqfi_pickle_cell *cell = &cursor->pickle->cells[cursor->cell];
    cursor->cell = cell->next;
    return &cursor->pickle->values[cell->value];
}

bool eqfi_pickle_is_global(const eqfi_pickle_value *value, const char *module, const char *name)
{
    return value->kind == EQFI_PICKLE_GLOBAL && eqfi_slice_equals(value->text, module) &&
           eqfi_slice_equals(value->name, name);
}

bool eqfi_pickle_is_call(const eqfi_pickle *pickle, const eqfi_pickle_value *value, const char *module,
                         const char *name)
{
    return value->kind == EQFI_PICKLE_CALL && eqfi_pickle_is_global(eqfi_pickle_of(pickle, value), module, name);
}

const char *eqfi_pickle_describe(const eqfi_pickle *pickle, const eqfi_pickle_value *value,
                                 char text[EQFI_PICKLE_DESCRIPTION])
{
    static const char *const kinds[] = {
#define KIND_TEXT(name, text) text,
        EQFI_PICKLE_KINDS(KIND_TEXT)
#undef KIND_TEXT
    };
    char module[EQFI_EXCERPT_SIZE], name[EQFI_EXCERPT_SIZE];
    const eqfi_pickle_value *what = value->kind == EQFI_PICKLE_CALL ? eqfi_pickle_of(pickle, value) : value;
    if (what->kind == EQFI_PICKLE_GLOBAL)
        snprintf(text, EQFI_PICKLE_DESCRIPTION, "a %s.%s", eqfi_excerpt(what->text, module),
                 eqfi_excerpt(what->name, name));
    else
        snprintf(text, EQFI_PICKLE_DESCRIPTION, "%s", kinds[value->kind]);
    return text;
}
