/* What each opcode of a pickle does. SPDX-License-Identifier: MIT */
#include "io/pickle_machine.h"

#include <string.h>

typedef eqfi_pickle_machine machine;
typedef eqfi_pickle_operand operand;

/* ------------------------------------------------------------------------------------------------------- opcodes -- */

static eqf_status run_protocol(machine *m, const operand *o, int parameter)
{
    (void)parameter;
    if (o->number < 2 || o->number > 5) return eqfi_pickle_fail(m, "is of version %d, expected 2 to 5", (int)o->number);
    return EQF_OK;
}

static eqf_status run_nothing(machine *m, const operand *o, int parameter)
{
    (void)m, (void)o, (void)parameter;
    return EQF_OK;
}

static eqf_status run_stop(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    m->stopped = true;
    return eqfi_pickle_pop(m, &m->pickle->root);
}

static eqf_status run_constant(machine *m, const operand *o, int kind)
{
    (void)o;
    return eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = (eqfi_pickle_kind)kind});
}

static eqf_status run_boolean(machine *m, const operand *o, int truth)
{
    (void)o;
    return eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = EQFI_PICKLE_BOOLEAN, .integer = truth});
}

static eqf_status run_integer(machine *m, const operand *o, int has_sign)
{
    int64_t value = has_sign ? (int64_t)(int32_t)(uint32_t)o->number : (int64_t)o->number;
    return eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = EQFI_PICKLE_INTEGER, .integer = value});
}

/* Two's complement of any length, lowest byte first. */
static eqf_status run_long(machine *m, const operand *o, int parameter)
{
    (void)parameter;
    size_t length = eqfi_slice_length(o->text);
    if (length > sizeof(uint64_t)) return eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = EQFI_PICKLE_OPAQUE});
    const unsigned char *bytes = (const unsigned char *)o->text.begin;
    uint64_t value = length > 0 && bytes[length - 1] >= 128 ? UINT64_MAX : 0;
    for (size_t i = length; i-- > 0;) value = value << 8 | bytes[i];
    return eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = EQFI_PICKLE_INTEGER, .integer = (int64_t)value});
}

/* The one number that is stored from the highest byte. */
static eqf_status run_real(machine *m, const operand *o, int parameter)
{
    (void)parameter;
    uint64_t swapped = 0;
    for (int i = 0; i < 8; i++) swapped = swapped << 8 | (o->number >> 8 * i & 255);
    eqfi_pickle_value value = {.kind = EQFI_PICKLE_REAL};
    memcpy(&value.real, &swapped, sizeof value.real);
    return eqfi_pickle_push_value(m, value);
}

static eqf_status run_text(machine *m, const operand *o, int kind)
{
    return eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = (eqfi_pickle_kind)kind, .text = o->text});
}

static eqf_status run_global(machine *m, const operand *o, int parameter)
{
    (void)parameter;
    return eqfi_pickle_push_value(m,
                                  (eqfi_pickle_value){.kind = EQFI_PICKLE_GLOBAL, .text = o->text, .name = o->second});
}

static eqf_status run_stack_global(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    eqf_status status = EQF_OK;
    uint32_t name, module;
    EQFI_TRY(eqfi_pickle_pop(m, &name));
    EQFI_TRY(eqfi_pickle_pop(m, &module));
    if (eqfi_pickle_at(m, name)->kind != EQFI_PICKLE_TEXT || eqfi_pickle_at(m, module)->kind != EQFI_PICKLE_TEXT)
        return eqfi_pickle_fail(m, "finds no two texts");
    return eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = EQFI_PICKLE_GLOBAL,
                                                         .text = eqfi_pickle_at(m, module)->text,
                                                         .name = eqfi_pickle_at(m, name)->text});
fail:
    return status;
}

static eqf_status run_mark(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    if (m->mark_count >= EQFI_PICKLE_MOST) return eqfi_pickle_fail(m, "is one mark too many");
    eqf_status status =
        eqfi_grow(m->context, m->mark_count + 1, sizeof *m->marks, &m->mark_capacity, (void **)&m->marks);
    if (status == EQF_OK) m->marks[m->mark_count++] = m->depth;
    return status;
}

/* A mark is an element of the stack to it. */
static eqf_status run_pop(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    uint32_t index;
    if (m->mark_count > 0 && eqfi_pickle_available(m) == 0) {
        m->mark_count--;
        return EQF_OK;
    }
    return eqfi_pickle_pop(m, &index);
}

static eqf_status run_pop_mark(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    size_t count;
    return eqfi_pickle_pop_mark(m, &count);
}

static eqf_status run_duplicate(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    uint32_t top;
    eqf_status status = eqfi_pickle_peek(m, &top);
    return status == EQF_OK ? eqfi_pickle_push(m, top) : status;
}

/* A container of what lies above the mark. */
static eqf_status run_collect(machine *m, const operand *o, int kind)
{
    (void)o;
    eqf_status status = EQF_OK;
    size_t count;
    EQFI_TRY(eqfi_pickle_pop_mark(m, &count));
    if (kind == EQFI_PICKLE_DICT && count % 2 != 0) return eqfi_pickle_fail(m, "finds a key without a value");
    size_t from = m->depth;
    m->depth += count; /* kept while the container is made above */
    EQFI_TRY(eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = (eqfi_pickle_kind)kind}));
    uint32_t made = m->stack[m->depth - 1];
    EQFI_TRY(eqfi_pickle_add_items(m, made, from, count));
    m->stack[from] = made;
    m->depth = from + 1;
fail:
    return status;
}

/* A tuple of the last one, two or three. */
static eqf_status run_tuple(machine *m, const operand *o, int count)
{
    (void)o;
    if (eqfi_pickle_available(m) < (size_t)count) return eqfi_pickle_fail(m, "finds too little on the stack");
    eqf_status status = EQF_OK;
    size_t from = m->depth - (size_t)count;
    EQFI_TRY(eqfi_pickle_push_value(m, (eqfi_pickle_value){.kind = EQFI_PICKLE_TUPLE}));
    uint32_t made = m->stack[m->depth - 1];
    EQFI_TRY(eqfi_pickle_add_items(m, made, from, (size_t)count));
    m->stack[from] = made;
    m->depth = from + 1;
fail:
    return status;
}

/* Adds what lies above the mark, or the last `count`, to the container below. */
static eqf_status put(machine *m, eqfi_pickle_kind kind, size_t from, size_t count)
{
    uint32_t container;
    m->depth = from;
    eqf_status status = eqfi_pickle_peek(m, &container);
    if (status != EQF_OK) return status;
    eqfi_pickle_value *to = eqfi_pickle_at(m, container);
    bool keyed = kind == EQFI_PICKLE_DICT;
    if (to->kind != kind && to->kind != EQFI_PICKLE_CALL) return eqfi_pickle_fail(m, "finds nothing that takes items");
    if (keyed && count % 2 != 0) return eqfi_pickle_fail(m, "finds a key without a value");
    if (to->kind == EQFI_PICKLE_CALL && to->count > 0 && to->keyed != keyed)
        return eqfi_pickle_fail(m, "finds an object with items of another kind");
    to->keyed = keyed;
    return eqfi_pickle_add_items(m, container, from, count);
}

static eqf_status run_put(machine *m, const operand *o, int kind)
{
    (void)o;
    size_t count = 0;
    eqf_status status = eqfi_pickle_pop_mark(m, &count);
    return status == EQF_OK ? put(m, (eqfi_pickle_kind)kind, m->depth, count) : status;
}

static eqf_status run_put_one(machine *m, const operand *o, int kind)
{
    (void)o;
    size_t count = kind == EQFI_PICKLE_DICT ? 2 : 1;
    if (eqfi_pickle_available(m) < count) return eqfi_pickle_fail(m, "finds too little on the stack");
    return put(m, (eqfi_pickle_kind)kind, m->depth - count, count);
}

/* Calls nothing: notes function and arguments. More arguments than one (by keyword) are dropped. */
static eqf_status run_call(machine *m, const operand *o, int arguments)
{
    (void)o;
    eqf_status status = EQF_OK;
    eqfi_pickle_value call = {.kind = EQFI_PICKLE_CALL};
    for (int i = 0; i < arguments; i++) EQFI_TRY(eqfi_pickle_pop(m, &call.arguments));
    EQFI_TRY(eqfi_pickle_pop(m, &call.of));
    EQFI_TRY(eqfi_pickle_push_value(m, call));
fail:
    return status;
}

static eqf_status run_persistent(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    eqfi_pickle_value value = {.kind = EQFI_PICKLE_PERSISTENT};
    eqf_status status = eqfi_pickle_pop(m, &value.of);
    return status == EQF_OK ? eqfi_pickle_push_value(m, value) : status;
}

/* The state of an object: dropped. */
static eqf_status run_build(machine *m, const operand *o, int parameter)
{
    (void)o, (void)parameter;
    uint32_t index;
    eqf_status status = eqfi_pickle_pop(m, &index);
    return status == EQF_OK ? eqfi_pickle_peek(m, &index) : status;
}

/* next: the first place that was never used. */
static eqf_status run_remember(machine *m, const operand *o, int next)
{
    eqf_status status = EQF_OK;
    uint32_t top;
    uint64_t place = next ? m->memo_count : o->number;
    EQFI_TRY(eqfi_pickle_peek(m, &top));
    if (place >= EQFI_PICKLE_MOST)
        return eqfi_pickle_fail(m, "uses place %llu of the memo, expected less than %d", (unsigned long long)place,
                                EQFI_PICKLE_MOST);
    EQFI_TRY(eqfi_grow(m->context, (size_t)place + 1, sizeof *m->memo, &m->memo_capacity, (void **)&m->memo));
    while (m->memo_count <= place) m->memo[m->memo_count++] = 0;
    m->memo[place] = top;
fail:
    return status;
}

static eqf_status run_recall(machine *m, const operand *o, int parameter)
{
    (void)parameter;
    if (o->number >= m->memo_count || m->memo[o->number] == 0)
        return eqfi_pickle_fail(m, "finds nothing at place %llu of the memo", (unsigned long long)o->number);
    return eqfi_pickle_push(m, m->memo[o->number]);
}

#define PLAIN(name, run, parameter)                                                                                    \
    {                                                                                                                  \
        name, EQFI_PICKLE_NOTHING, 0, run, parameter                                                                   \
    }
#define NUMBER(name, size, run, parameter)                                                                             \
    {                                                                                                                  \
        name, EQFI_PICKLE_NUMBER, size, run, parameter                                                                 \
    }
#define COUNTED(name, size, run, parameter)                                                                            \
    {                                                                                                                  \
        name, EQFI_PICKLE_COUNTED, size, run, parameter                                                                \
    }

const eqfi_pickle_opcode eqfi_pickle_opcodes[256] = {
    [0x80] = NUMBER("PROTO", 1, run_protocol, 0),
    [0x95] = NUMBER("FRAME", 8, run_nothing, 0),
    ['.'] = PLAIN("STOP", run_stop, 0),
    ['N'] = PLAIN("NONE", run_constant, EQFI_PICKLE_NONE),
    [0x88] = PLAIN("NEWTRUE", run_boolean, 1),
    [0x89] = PLAIN("NEWFALSE", run_boolean, 0),
    ['J'] = NUMBER("BININT", 4, run_integer, 1),
    ['K'] = NUMBER("BININT1", 1, run_integer, 0),
    ['M'] = NUMBER("BININT2", 2, run_integer, 0),
    [0x8A] = COUNTED("LONG1", 1, run_long, 0),
    [0x8B] = COUNTED("LONG4", 4, run_long, 0),
    ['G'] = NUMBER("BINFLOAT", 8, run_real, 0),
    ['U'] = COUNTED("SHORT_BINSTRING", 1, run_text, EQFI_PICKLE_TEXT),
    ['T'] = COUNTED("BINSTRING", 4, run_text, EQFI_PICKLE_TEXT),
    [0x8C] = COUNTED("SHORT_BINUNICODE", 1, run_text, EQFI_PICKLE_TEXT),
    ['X'] = COUNTED("BINUNICODE", 4, run_text, EQFI_PICKLE_TEXT),
    [0x8D] = COUNTED("BINUNICODE8", 8, run_text, EQFI_PICKLE_TEXT),
    ['C'] = COUNTED("SHORT_BINBYTES", 1, run_text, EQFI_PICKLE_BYTES),
    ['B'] = COUNTED("BINBYTES", 4, run_text, EQFI_PICKLE_BYTES),
    [0x8E] = COUNTED("BINBYTES8", 8, run_text, EQFI_PICKLE_BYTES),
    [0x96] = COUNTED("BYTEARRAY8", 8, run_text, EQFI_PICKLE_BYTES),
    ['('] = PLAIN("MARK", run_mark, 0),
    ['0'] = PLAIN("POP", run_pop, 0),
    ['1'] = PLAIN("POP_MARK", run_pop_mark, 0),
    ['2'] = PLAIN("DUP", run_duplicate, 0),
    [')'] = PLAIN("EMPTY_TUPLE", run_constant, EQFI_PICKLE_TUPLE),
    ['t'] = PLAIN("TUPLE", run_collect, EQFI_PICKLE_TUPLE),
    [0x85] = PLAIN("TUPLE1", run_tuple, 1),
    [0x86] = PLAIN("TUPLE2", run_tuple, 2),
    [0x87] = PLAIN("TUPLE3", run_tuple, 3),
    [']'] = PLAIN("EMPTY_LIST", run_constant, EQFI_PICKLE_LIST),
    ['l'] = PLAIN("LIST", run_collect, EQFI_PICKLE_LIST),
    ['a'] = PLAIN("APPEND", run_put_one, EQFI_PICKLE_LIST),
    ['e'] = PLAIN("APPENDS", run_put, EQFI_PICKLE_LIST),
    ['}'] = PLAIN("EMPTY_DICT", run_constant, EQFI_PICKLE_DICT),
    ['d'] = PLAIN("DICT", run_collect, EQFI_PICKLE_DICT),
    ['s'] = PLAIN("SETITEM", run_put_one, EQFI_PICKLE_DICT),
    ['u'] = PLAIN("SETITEMS", run_put, EQFI_PICKLE_DICT),
    [0x8F] = PLAIN("EMPTY_SET", run_constant, EQFI_PICKLE_SET),
    [0x90] = PLAIN("ADDITEMS", run_put, EQFI_PICKLE_SET),
    [0x91] = PLAIN("FROZENSET", run_collect, EQFI_PICKLE_SET),
    ['c'] = {"GLOBAL", EQFI_PICKLE_LINES, 0, run_global, 0},
    [0x93] = PLAIN("STACK_GLOBAL", run_stack_global, 0),
    ['R'] = PLAIN("REDUCE", run_call, 1),
    [0x81] = PLAIN("NEWOBJ", run_call, 1),
    [0x92] = PLAIN("NEWOBJ_EX", run_call, 2),
    ['b'] = PLAIN("BUILD", run_build, 0),
    ['q'] = NUMBER("BINPUT", 1, run_remember, 0),
    ['r'] = NUMBER("LONG_BINPUT", 4, run_remember, 0),
    [0x94] = PLAIN("MEMOIZE", run_remember, 1),
    ['h'] = NUMBER("BINGET", 1, run_recall, 0),
    ['j'] = NUMBER("LONG_BINGET", 4, run_recall, 0),
    ['Q'] = PLAIN("BINPERSID", run_persistent, 0),
};
