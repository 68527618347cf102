/* Programs: their life, row sets, maps, variables, and the recording of nodes.
 * SPDX-License-Identifier: MIT */
#include "ad/program.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

/* ----------------------------------------------------------------------------------------------------------- life -- */

eqf_status eqf_program_create(eqf_context *context, eqf_program **program)
{
    eqf_status status = EQF_OK;
    eqf_program *made = NULL;
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    atomic_init(&made->references, 1);
    made->context = context;
    eqf_program_set_flops_per_byte(made, 40);
    if (eqf_program_rows(made, "one").id != EQFI_ROWS_ONE) {
        status = eqfi_fail(context, made->status, "%s", made->message);
        goto fail;
    }
    *program = made;
    return EQF_OK;
fail:
    eqf_program_free(made);
    return status;
}

eqf_program *eqf_program_retain(const eqf_program *program)
{
    eqf_program *shared = (eqf_program *)(uintptr_t)program;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void eqf_program_free(eqf_program *program)
{
    if (program == NULL || atomic_fetch_sub_explicit(&program->references, 1, memory_order_acq_rel) > 1) return;
    eqf_allocator allocator = program->allocator;
    for (size_t i = 0; i < program->types.n; i++) {
        eqf_irreps_free(program->types.items[i].irreps);
        eqfi_release(&allocator, program->types.items[i].layout);
    }
    for (size_t i = 0; i < program->vars.n; i++) {
        eqfi_release(&allocator, program->vars.items[i].name);
        eqfi_release(&allocator, program->vars.items[i].values);
    }
    for (size_t i = 0; i < program->row_sets.n; i++) eqfi_release(&allocator, program->row_sets.items[i].name);
    for (size_t i = 0; i < program->maps.n; i++) eqfi_release(&allocator, program->maps.items[i].name);
    for (size_t i = 0; i < program->outputs.n; i++) eqfi_release(&allocator, program->outputs.items[i].name);
    for (size_t i = 0; i < program->plans.n; i++)
        eqfi_release(&allocator, (void *)(uintptr_t)program->plans.items[i].plan);
    for (size_t i = 0; i < program->retained.n; i++) program->release_retained(program->retained.items[i]);
    eqfi_release(&allocator, program->types.items);
    eqfi_release(&allocator, program->vars.items);
    eqfi_release(&allocator, program->nodes.items);
    eqfi_release(&allocator, program->row_sets.items);
    eqfi_release(&allocator, program->maps.items);
    eqfi_release(&allocator, program->outputs.items);
    eqfi_release(&allocator, program->stages.items);
    eqfi_release(&allocator, program->plans.items);
    eqfi_release(&allocator, program->buckets.items);
    eqfi_release(&allocator, program->retained.items);
    eqfi_release(&allocator, program);
}

/* --------------------------------------------------------------------------------------------------------- errors -- */

eqf_var eqfi_record_fail(eqf_program *program, eqf_status status, const char *format, ...)
{
    if (program->status == EQF_OK && program->context != NULL) { /* an ended program does not change */
        program->status = status;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(program->message, sizeof program->message, format, arguments);
        va_end(arguments);
    }
    return (eqf_var){0};
}

void eqf_program_fail(eqf_program *program, eqf_status status, const char *message)
{
    eqfi_record_fail(program, status, "%s", message);
}

/* Makes the context's failure the program's. */
static void forward(eqf_program *program, eqf_status status)
{
    eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
}

bool eqfi_reserve(eqf_program *program, size_t n, size_t size, size_t *capacity, void **items)
{
    eqf_status status = eqfi_grow(program->context, n, size, capacity, items);
    if (status != EQF_OK) forward(program, status);
    return status == EQF_OK;
}

static bool copy_name(eqf_program *program, const char *name, char **copy)
{
    eqf_status status = eqfi_copy_text(program->context, name, copy);
    if (status != EQF_OK) forward(program, status);
    return status == EQF_OK;
}

/* --------------------------------------------------------------------------------------------- row sets and maps -- */

eqf_rows eqf_rows_one(void) { return (eqf_rows){EQFI_ROWS_ONE}; }

eqf_rows eqf_program_rows(eqf_program *program, const char *name)
{
    if (!eqfi_recording(program)) return (eqf_rows){0};
    for (size_t i = 0; i < program->row_sets.n; i++)
        if (strcmp(program->row_sets.items[i].name, name) == 0) return (eqf_rows){(int32_t)i + 1};
    char *copy;
    if (!EQFI_RESERVE(program, program->row_sets) || !copy_name(program, name, &copy)) return (eqf_rows){0};
    program->row_sets.items[program->row_sets.n++] = (eqfi_row_set){copy, false};
    return (eqf_rows){(int32_t)program->row_sets.n};
}

eqf_map eqf_program_map(eqf_program *program, const char *name, eqf_rows from, eqf_rows to)
{
    if (!eqfi_recording(program)) return (eqf_map){0};
    for (size_t i = 0; i < program->maps.n; i++) {
        const eqfi_row_map *map = &program->maps.items[i];
        if (strcmp(map->name, name) != 0) continue;
        if (map->from == from.id && map->to == to.id) return (eqf_map){(int32_t)i + 1};
        eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "the map %s exists between other row sets", name);
        return (eqf_map){0};
    }
    if (!eqfi_is_rows(program, from) || !eqfi_is_rows(program, to) || from.id == EQFI_ROWS_ONE ||
        to.id == EQFI_ROWS_ONE) {
        eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "the map %s needs two row sets other than one", name);
        return (eqf_map){0};
    }
    char *copy;
    if (!EQFI_RESERVE(program, program->maps) || !copy_name(program, name, &copy)) return (eqf_map){0};
    program->maps.items[program->maps.n++] = (eqfi_row_map){copy, from.id, to.id, false, false, false};
    return (eqf_map){(int32_t)program->maps.n};
}

/* ------------------------------------------------------------------------------------------------ types and plans -- */

int eqfi_intern_type(eqf_program *program, const eqf_irreps *irreps)
{
    eqf_irreps *simple = NULL;
    eqfi_layout *layout = NULL;
    eqf_status status = eqf_irreps_simplify(program->context, irreps, &simple);
    if (status == EQF_OK) {
        for (size_t i = 0; i < program->types.n; i++) {
            if (!eqf_irreps_equal(program->types.items[i].irreps, simple)) continue;
            eqf_irreps_free(simple);
            return (int)i;
        }
        status = eqfi_layout_create(program->context, simple, &layout);
    }
    if (status != EQF_OK) forward(program, status);
    if (status != EQF_OK || !EQFI_RESERVE(program, program->types)) {
        eqf_irreps_free(simple);
        eqfi_delete(program->context, layout);
        return -1;
    }
    program->types.items[program->types.n] = (eqfi_type){simple, layout};
    return (int)program->types.n++;
}

int eqfi_scalars_type(eqf_program *program, int n)
{
    eqf_irreps *irreps;
    eqf_status status = eqf_irreps_create(program->context, 1, &(eqf_irreps_block){n, {0, 1}, 0}, &irreps);
    if (status != EQF_OK) {
        forward(program, status);
        return -1;
    }
    int type = eqfi_intern_type(program, irreps);
    eqf_irreps_free(irreps);
    return type;
}

const void *eqfi_intern_plan(eqf_program *program, void *plan, size_t bytes)
{
    for (size_t i = 0; i < program->plans.n; i++) {
        const eqfi_plan_entry *entry = &program->plans.items[i];
        if (bytes == 0 || entry->bytes != bytes || memcmp(entry->plan, plan, bytes) != 0) continue;
        eqfi_delete(program->context, plan);
        return entry->plan;
    }
    if (!EQFI_RESERVE(program, program->plans)) {
        eqfi_delete(program->context, plan);
        return NULL;
    }
    program->plans.items[program->plans.n++] = (eqfi_plan_entry){plan, bytes};
    return plan;
}

bool eqfi_program_keep(eqf_program *program, void *object, void (*release)(void *))
{
    if (!EQFI_RESERVE(program, program->retained)) {
        release(object);
        return false;
    }
    program->retained.items[program->retained.n++] = object;
    program->release_retained = release;
    return true;
}

/* ------------------------------------------------------------------------------------------------------ variables -- */

static eqf_var add_variable(eqf_program *program, eqfi_var_kind kind, int rows, int type, bool wide, const char *name)
{
    char *copy = NULL;
    if (type < 0 || !EQFI_RESERVE(program, program->vars)) return (eqf_var){0};
    if (name != NULL && !copy_name(program, name, &copy)) return (eqf_var){0};
    program->vars.items[program->vars.n++] =
        (eqfi_variable){.kind = kind, .rows = rows, .type = type, .wide = wide, .node = -1, .name = copy};
    return (eqf_var){(int32_t)program->vars.n};
}

static eqf_var find_variable(const eqf_program *program, eqfi_var_kind kind, const char *name)
{
    for (size_t i = 0; i < program->vars.n; i++)
        if (program->vars.items[i].kind == kind && strcmp(program->vars.items[i].name, name) == 0)
            return (eqf_var){(int32_t)i + 1};
    return (eqf_var){0};
}

static eqf_var named_variable(eqf_program *program, eqfi_var_kind kind, const char *name, eqf_rows rows, int type,
                              bool wide)
{
    if (type < 0) return (eqf_var){0};
    if (!eqfi_is_rows(program, rows))
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "%s is given no row set", name);
    eqf_var known = find_variable(program, kind, name);
    if (known.id == 0) return add_variable(program, kind, rows.id, type, wide, name);
    const eqfi_variable *v = eqfi_var(program, known);
    if (v->rows == rows.id && v->type == type && v->wide == wide) return known;
    return eqfi_record_fail(program, EQF_ERROR_SHAPE, "%s is recorded twice with different rows, irreps or width",
                            name);
}

eqf_var eqf_input(eqf_program *program, const char *name, eqf_rows rows, const eqf_irreps *irreps)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    return named_variable(program, EQFI_VAR_INPUT, name, rows, eqfi_intern_type(program, irreps), false);
}

eqf_var eqf_input_double(eqf_program *program, const char *name, eqf_rows rows, const eqf_irreps *irreps)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    return named_variable(program, EQFI_VAR_INPUT, name, rows, eqfi_intern_type(program, irreps), true);
}

static eqf_var record_parameter(eqf_program *program, const char *name, eqf_rows rows, int64_t count, bool wide)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    if (count < 0 || count > INT32_MAX)
        return eqfi_record_fail(program, EQF_ERROR_RANGE, "parameter %s of %lld elements", name, (long long)count);
    return named_variable(program, EQFI_VAR_PARAMETER, name, rows, eqfi_scalars_type(program, (int)count), wide);
}

eqf_var eqf_parameter(eqf_program *program, const char *name, eqf_rows rows, int64_t count)
{
    return record_parameter(program, name, rows, count, false);
}

eqf_var eqf_parameter_double(eqf_program *program, const char *name, eqf_rows rows, int64_t count)
{
    return record_parameter(program, name, rows, count, true);
}

eqf_var eqf_program_parameter(const eqf_program *program, const char *name)
{
    return find_variable(program, EQFI_VAR_PARAMETER, name);
}

static eqf_var add_constant(eqf_program *program, int type, bool wide, const double *values)
{
    if (type < 0) return (eqf_var){0};
    size_t bytes = (size_t)program->types.items[type].layout->columns * sizeof *values;
    for (size_t i = 0; i < program->vars.n; i++) {
        const eqfi_variable *v = &program->vars.items[i];
        if (v->kind == EQFI_VAR_CONSTANT && v->type == type && v->wide == wide && memcmp(v->values, values, bytes) == 0)
            return (eqf_var){(int32_t)i + 1};
    }
    eqf_var x = add_variable(program, EQFI_VAR_CONSTANT, EQFI_ROWS_ONE, type, wide, NULL);
    if (x.id == 0) return x;
    double *copy;
    eqf_status status = eqfi_new(program->context, 1, bytes, (void **)&copy);
    if (status != EQF_OK) {
        forward(program, status);
        program->vars.n--;
        return (eqf_var){0};
    }
    memcpy(copy, values, bytes);
    eqfi_var(program, x)->values = copy;
    return x;
}

eqf_var eqf_constant(eqf_program *program, const eqf_irreps *irreps, const double *values)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    return add_constant(program, eqfi_intern_type(program, irreps), false, values);
}

void eqf_output(eqf_program *program, const char *name, eqf_var x)
{
    char *copy;
    if (!eqfi_recording(program)) return;
    for (size_t i = 0; i < program->outputs.n; i++)
        if (strcmp(program->outputs.items[i].name, name) == 0)
            eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "there are two outputs of the name %s", name);
    if (!eqfi_is_var(program, x)) eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "output %s is no variable", name);
    if (!eqfi_recording(program) || !EQFI_RESERVE(program, program->outputs) || !copy_name(program, name, &copy))
        return;
    program->outputs.items[program->outputs.n++] = (eqfi_output){copy, x.id};
}

eqf_rows eqf_var_rows(const eqf_program *program, eqf_var x)
{
    return (eqf_rows){x.id == 0 ? 0 : eqfi_var(program, x)->rows};
}

const eqf_irreps *eqf_var_irreps(const eqf_program *program, eqf_var x)
{
    return x.id == 0 ? NULL : program->types.items[eqfi_var(program, x)->type].irreps;
}

void eqf_program_set_training(eqf_program *program, int training)
{
    if (eqfi_recording(program)) program->training = training != 0;
}

int eqf_program_training(const eqf_program *program) { return program->training; }

void eqf_program_set_paired(eqf_program *program, int paired)
{
    if (eqfi_recording(program)) program->paired = paired != 0;
}

void eqf_program_set_flops_per_byte(eqf_program *program, double flops)
{
    if (!eqfi_recording(program)) return;
    program->flops_per_byte = !(flops > 1) ? 1 : flops < 1e6 ? (int64_t)flops : 1000000;
}

int eqf_program_operations(const eqf_program *program) { return (int)program->nodes.n; }

/* ---------------------------------------------------------------------------------------------------------- nodes -- */

static uint64_t hash_of(const eqfi_node *node)
{
    uint64_t hash = eqfi_hash_bytes(EQFI_HASH_INIT, &node->op, sizeof node->op);
    hash = eqfi_hash_bytes(hash, node->in, sizeof node->in);
    return eqfi_hash_bytes(hash, &node->attribute, sizeof node->attribute);
}

/* Results with equal columns may differ in their irreps. */
static bool same_node(const eqf_program *program, const eqfi_node *a, const eqfi_node *b, int rows, int type)
{
    return a->op == b->op && a->domain == b->domain && a->n_in == b->n_in && memcmp(a->in, b->in, sizeof a->in) == 0 &&
           memcmp(&a->attribute, &b->attribute, sizeof a->attribute) == 0 &&
           program->vars.items[a->out - 1].rows == rows && program->vars.items[a->out - 1].type == type;
}

/* Doubles the table of nodes by hash when it is half full. */
static bool grow_buckets(eqf_program *program)
{
    size_t size = program->buckets.n;
    if (2 * (program->nodes.n + 1) <= size) return true;
    size = size == 0 ? 256 : 2 * size;
    int *fresh;
    eqf_status status = eqfi_new(program->context, size, sizeof *fresh, (void **)&fresh);
    if (status != EQF_OK) {
        forward(program, status);
        return false;
    }
    memset(fresh, -1, size * sizeof *fresh);
    for (size_t i = 0; i < program->nodes.n; i++) {
        size_t slot = hash_of(&program->nodes.items[i]) % size;
        while (fresh[slot] >= 0) slot = (slot + 1) % size;
        fresh[slot] = (int)i;
    }
    eqfi_delete(program->context, program->buckets.items);
    program->buckets.items = fresh;
    program->buckets.n = program->buckets.capacity = size;
    return true;
}

/* Emits a node of the given width, its inputs being as they should. */
static eqf_var emit_node(eqf_program *program, eqfi_op op, const eqfi_attribute *attribute, int domain, int n_in,
                         const eqf_var *in, int rows, int type, bool wide)
{
    eqfi_node node;
    memset(&node, 0, sizeof node);
    node.op = op;
    node.domain = domain;
    node.n_in = n_in;
    for (int i = 0; i < n_in; i++) node.in[i] = in[i].id;
    node.attribute = *attribute;
    if (type < 0 || !grow_buckets(program)) return (eqf_var){0};

    size_t size = program->buckets.n, slot = hash_of(&node) % size;
    for (; program->buckets.items[slot] >= 0; slot = (slot + 1) % size) {
        const eqfi_node *known = &program->nodes.items[program->buckets.items[slot]];
        if (same_node(program, known, &node, rows, type)) return (eqf_var){known->out};
    }
    if (!EQFI_RESERVE(program, program->nodes)) return (eqf_var){0};
    eqf_var out = add_variable(program, EQFI_VAR_RESULT, rows, type, wide, NULL);
    if (out.id == 0) return out;
    node.out = out.id;
    eqfi_var(program, out)->node = (int)program->nodes.n;
    program->buckets.items[slot] = (int)program->nodes.n;
    program->nodes.items[program->nodes.n++] = node;
    return out;
}

int eqfi_clone_node(eqf_program *program, int index)
{
    eqfi_node node = program->nodes.items[index];
    const eqfi_variable v = program->vars.items[node.out - 1];
    if (!EQFI_RESERVE(program, program->nodes)) return -1;
    eqf_var out = add_variable(program, EQFI_VAR_RESULT, v.rows, v.type, v.wide, NULL);
    if (out.id == 0) return -1;
    node.out = out.id;
    eqfi_var(program, out)->node = (int)program->nodes.n;
    program->nodes.items[program->nodes.n++] = node;
    return (int)program->nodes.n - 1;
}

eqf_var eqfi_emit_convert(eqf_program *program, eqf_var x, bool wide)
{
    if (!eqfi_recording(program) || x.id == 0) return (eqf_var){0};
    const eqfi_variable v = *eqfi_var(program, x);
    if (v.wide == wide) return x;
    if (v.kind == EQFI_VAR_CONSTANT) return add_constant(program, v.type, wide, v.values);
    eqfi_attribute attribute;
    memset(&attribute, 0, sizeof attribute);
    attribute.role = wide;
    return emit_node(program, EQFI_OP_CONVERT, &attribute, v.rows, 1, &x, v.rows, v.type, wide);
}

eqf_var eqfi_emit(eqf_program *program, eqfi_op op, const eqfi_attribute *attribute, int domain, int n_in,
                  const eqf_var *in, int rows, int type)
{
    bool wide = false;
    eqf_var same[EQFI_INPUTS_MAX];
    if (!eqfi_recording(program)) return (eqf_var){0};
    for (int i = 0; i < n_in; i++) wide = wide || eqfi_var(program, in[i])->wide;
    for (int i = 0; i < n_in; i++) {
        same[i] = eqfi_emit_convert(program, in[i], wide);
        if (same[i].id == 0) return same[i];
    }
    return emit_node(program, op, attribute, domain, n_in, same, rows, type, wide);
}
