/* Runs: binding sizes, maps, inputs and parameters.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

#include "kern/gemm_amx.h"

#include <string.h>

static const eqfi_layout *layout_of(const eqf_run *run, size_t var)
{
    return run->program->types.items[run->program->vars.items[var].type].layout;
}

static const char *rows_name(const eqf_run *run, int rows) { return run->program->row_sets.items[rows - 1].name; }

/* ----------------------------------------------------------------------------------------------------------- life -- */

/* The one row of a constant, in the precision of the run. */
static eqf_status set_constants(eqf_context *context, eqf_run *run)
{
    for (size_t i = 0; i < run->program->vars.n; i++) {
        const eqfi_variable *v = &run->program->vars.items[i];
        if (v->kind != EQFI_VAR_CONSTANT) continue;
        const eqfi_kernels *kernels = eqfi_kernels_of(run, (int)i + 1);
        const eqfi_layout *layout = layout_of(run, i);
        eqf_status status =
            eqfi_new_aligned(context, (size_t)layout->columns * kernels->real_size, &run->buffers[i].data);
        if (status != EQF_OK) return status;
        run->operands[i] = (eqfi_operand){run->buffers[i].data, 0, NULL};
        kernels->import(layout, 0, 1, v->values, run->operands[i]);
    }
    return EQF_OK;
}

static eqf_status allocate(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    const eqf_program *program = run->program;
    EQFI_TRY(eqfi_new(context, program->row_sets.n, sizeof *run->rows, (void **)&run->rows));
    EQFI_TRY(eqfi_new(context, program->row_sets.n, sizeof *run->before, (void **)&run->before));
    EQFI_TRY(eqfi_new(context, program->row_sets.n, sizeof *run->capacity, (void **)&run->capacity));
    EQFI_TRY(eqfi_new(context, program->row_sets.n, sizeof *run->tile_rows, (void **)&run->tile_rows));
    EQFI_TRY(eqfi_new(context, program->vars.n, sizeof *run->scratch_place, (void **)&run->scratch_place));
    EQFI_TRY(eqfi_new(context, program->stages.n, sizeof *run->chunk_bytes, (void **)&run->chunk_bytes));
    EQFI_TRY(eqfi_new(context, program->maps.n, sizeof *run->maps, (void **)&run->maps));
    EQFI_TRY(eqfi_new(context, program->vars.n, sizeof *run->operands, (void **)&run->operands));
    EQFI_TRY(eqfi_new(context, program->vars.n, sizeof *run->buffers, (void **)&run->buffers));
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *run->packed, (void **)&run->packed));
    EQFI_TRY(eqfi_new(context, program->nodes.n, sizeof *run->bound, (void **)&run->bound));
    for (size_t i = 0; i < program->row_sets.n; i++) run->rows[i] = -1;
    for (size_t i = 0; i < program->vars.n; i++) run->buffers[i].rows = -1;
    run->rows[EQFI_ROWS_ONE - 1] = 1;
    EQFI_TRY(set_constants(context, run));
    EQFI_TRY(eqfi_prepare_weights(context, run));
fail:
    return status;
}

eqf_status eqf_run_create(eqf_context *context, const eqf_program *program, const eqf_parameters *parameters,
                          eqf_precision precision, eqf_run **run)
{
    return eqfi_run_create(context, program, parameters, precision, eqf_context_matmul(context), run);
}

eqf_status eqfi_run_create(eqf_context *context, const eqf_program *program, const eqf_parameters *parameters,
                           eqf_precision precision, eqf_matmul matmul, eqf_run **run)
{
    eqf_status status = EQF_OK;
    eqf_run *made = NULL;
    EQFI_CHECK(program->status == EQF_OK && program->context == NULL, EQF_ERROR_STATE,
               "the program was not ended (eqf_program_end)");
    EQFI_CHECK(precision == EQF_FLOAT32 || precision == EQF_FLOAT64, EQF_ERROR_ARGUMENT,
               "precision %d, expected EQF_FLOAT32 or EQF_FLOAT64", (int)precision);
    EQFI_TRY(eqfi_new(context, 1, sizeof *made, (void **)&made));
    made->allocator = *eqfi_allocator(context);
    made->program = eqf_program_retain(program);
    made->precision = precision;
    made->kernels[0] = eqfi_kernels_select(precision, eqfi_cpu_isa());
    if (precision == EQF_FLOAT32 && matmul == EQF_MATMUL_BFLOAT16) {
        made->reduced = eqfi_kernels_with_amx(made->kernels[0]);
        made->kernels[0] = &made->reduced;
    }
    made->kernels[1] = eqfi_kernels_select(EQF_FLOAT64, eqfi_cpu_isa());
    EQFI_TRY(allocate(context, made));
    EQFI_TRY(eqf_run_set_parameters(context, made, parameters));
    *run = made;
    return EQF_OK;
fail:
    eqf_run_free(made);
    return status;
}

void eqf_run_free(eqf_run *run)
{
    if (run == NULL) return;
    eqf_allocator allocator = run->allocator;
    const eqf_program *program = run->program;
    for (size_t i = 0; run->buffers != NULL && i < program->vars.n; i++)
        eqfi_release_aligned(&allocator, run->buffers[i].data);
    for (size_t i = 0; run->maps != NULL && i < program->maps.n; i++) {
        eqfi_release(&allocator, run->maps[i].offsets);
        eqfi_release(&allocator, run->maps[i].order);
        eqfi_release(&allocator, run->maps[i].tiles);
    }
    for (size_t i = 0; run->packed != NULL && i < program->nodes.n; i++) {
        if (run->packed[i].borrowed) continue;
        eqfi_release(&allocator, run->packed[i].products);
        eqfi_release(&allocator, run->packed[i].rows);
        eqfi_release(&allocator, run->packed[i].follows);
        eqfi_release(&allocator, run->packed[i].rest);
    }
    eqfi_release_aligned(&allocator, run->weights);
    eqfi_release_aligned(&allocator, run->arena);
    eqfi_release_aligned(&allocator, run->scratch);
    eqfi_release_aligned(&allocator, run->partials);
    eqfi_release_aligned(&allocator, run->senders);
    eqfi_release(&allocator, run->rows);
    eqfi_release(&allocator, run->before);
    eqfi_release(&allocator, run->capacity);
    eqfi_release(&allocator, run->tile_rows);
    eqfi_release(&allocator, run->scratch_place);
    eqfi_release(&allocator, run->chunk_bytes);
    eqfi_release(&allocator, run->maps);
    eqfi_release(&allocator, run->operands);
    eqfi_release(&allocator, run->buffers);
    eqfi_release(&allocator, run->packed);
    eqfi_release(&allocator, run->bound);
    eqf_program_free(run->program);
    eqfi_release(&allocator, run);
}

void eqf_run_set_seed(eqf_run *run, uint64_t seed) { run->seed = seed; }

void eqfi_run_set_before(eqf_run *run, const char *rows, int64_t before)
{
    for (size_t i = 0; i < run->program->row_sets.n; i++)
        if (strcmp(run->program->row_sets.items[i].name, rows) == 0) run->before[i] = before;
}

size_t eqf_run_bytes(const eqf_run *run)
{
    return run->arena_bytes + run->scratch_bytes + run->partial_bytes + run->senders_bytes + run->packed_bytes +
           run->parameter_bytes;
}

/* ----------------------------------------------------------------------------------------------------- parameters -- */

/* Whether the store has the array of a variable; a table of embeddings sets the size of its row set. */
static eqf_status check_parameter(eqf_context *context, eqf_run *run, size_t var, const eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    const eqfi_variable *v = &run->program->vars.items[var];
    int64_t columns = layout_of(run, var)->columns;
    int i = parameters == NULL ? -1 : eqf_parameters_find(parameters, v->name);
    eqf_parameter_info info;
    EQFI_CHECK(i >= 0, EQF_ERROR_NOT_FOUND, "the program needs the parameter %s, which is not given", v->name);
    EQFI_TRY(eqf_parameters_info(context, parameters, i, &info));
    if (v->rows == EQFI_ROWS_ONE) {
        EQFI_CHECK(info.count == columns, EQF_ERROR_SHAPE, "parameter %s has %lld elements, expected %lld", v->name,
                   (long long)info.count, (long long)columns);
    } else {
        int64_t rows = columns == 0 ? 0 : info.count / columns, known = run->rows[v->rows - 1];
        EQFI_CHECK(rows * columns == info.count && (known < 0 || known == rows), EQF_ERROR_SHAPE,
                   "parameter %s has %lld elements, expected rows of %lld%s", v->name, (long long)info.count,
                   (long long)columns, known < 0 ? "" : ", as many as its row set has");
        run->rows[v->rows - 1] = rows;
    }
fail:
    return status;
}

static bool is_parameter(const eqf_run *run, size_t var)
{
    const eqfi_variable *v = &run->program->vars.items[var];
    return v->kind == EQFI_VAR_PARAMETER && v->used;
}

/* Room for the numbers of a parameter, whose size does not change once it is known. */
static eqf_status new_parameter(eqf_context *context, eqf_run *run, size_t var)
{
    eqf_status status = EQF_OK;
    eqfi_buffer *buffer = &run->buffers[var];
    int rows = run->program->vars.items[var].rows, columns = layout_of(run, var)->columns;
    size_t bytes;
    if (buffer->data != NULL) return EQF_OK;
    EQFI_TRY(eqfi_bytes(context, (size_t)run->rows[rows - 1], (size_t)columns,
                        eqfi_kernels_of(run, (int)var + 1)->real_size, &bytes));
    EQFI_TRY(eqfi_new_aligned(context, bytes, &buffer->data));
    buffer->bytes = bytes;
    run->parameter_bytes += bytes;
    run->operands[var] = (eqfi_operand){buffer->data, rows == EQFI_ROWS_ONE ? 0 : columns, NULL};
fail:
    return status;
}

static eqf_precision precision_of(const eqf_run *run, size_t var)
{
    return run->program->vars.items[var].wide ? EQF_FLOAT64 : run->precision;
}

typedef struct copying {
    eqf_run *run;
    const eqf_parameters *parameters;
} copying;

/* Weights are packed where the store has them, if it has their precision. */
static bool is_packed_in_place(const copying *c, size_t var)
{
    return c->run->buffers[var].packed && eqf_parameters_precision(c->parameters) == precision_of(c->run, var);
}

static void copy_parameter(void *argument, int64_t var)
{
    const copying *c = argument;
    eqf_run *run = c->run;
    if (!is_parameter(run, (size_t)var)) return;
    int i = eqf_parameters_find(c->parameters, run->program->vars.items[var].name);
    if (is_packed_in_place(c, (size_t)var))
        run->operands[var].data = eqfi_parameters_data(c->parameters, i);
    else
        eqfi_parameters_read(c->parameters, i, precision_of(run, (size_t)var), run->buffers[var].data);
}

static void pack_if_constant(void *argument, int64_t node)
{
    const copying *c = argument;
    const eqfi_packed *packed = &c->run->packed[node];
    if (packed->data != NULL && packed->constant && !packed->borrowed) eqfi_pack_weights(c->run, (int)node);
}

/* What is packed is not kept as it was. */
static void forget_packed(eqf_run *run)
{
    for (size_t i = 0; i < run->program->vars.n; i++) {
        eqfi_buffer *buffer = &run->buffers[i];
        if (!is_parameter(run, i) || !buffer->packed) continue;
        eqfi_release_aligned(&run->allocator, buffer->data);
        run->parameter_bytes -= buffer->bytes;
        buffer->data = run->operands[i].data = NULL;
        buffer->bytes = 0;
    }
}

eqf_status eqf_run_set_parameters(eqf_context *context, eqf_run *run, const eqf_parameters *parameters)
{
    eqf_status status = EQF_OK;
    copying c = {run, parameters};
    for (size_t i = 0; i < run->program->vars.n; i++)
        if (is_parameter(run, i)) EQFI_TRY(check_parameter(context, run, i, parameters));
    for (size_t i = 0; i < run->program->vars.n; i++)
        if (is_parameter(run, i) && !is_packed_in_place(&c, i)) EQFI_TRY(new_parameter(context, run, i));
    eqfi_parallel(context, (int64_t)run->program->vars.n, copy_parameter, &c);
    eqfi_parallel(context, (int64_t)run->program->nodes.n, pack_if_constant, &c);
fail:
    forget_packed(run);
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- rows -- */

/* The parameter that fixes the number of rows of a set, NULL if there is none. */
static const char *table_of(const eqf_run *run, size_t rows)
{
    for (size_t i = 0; i < run->program->vars.n; i++)
        if (is_parameter(run, i) && (size_t)run->program->vars.items[i].rows == rows + 1)
            return run->program->vars.items[i].name;
    return NULL;
}

eqf_status eqf_run_set_rows(eqf_context *context, eqf_run *run, const char *rows, int64_t count)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(count >= 0 && count <= INT32_MAX, EQF_ERROR_RANGE, "%lld rows of %s, expected 0 to 2147483647",
               (long long)count, rows);
    for (size_t i = 0; i < run->program->row_sets.n; i++)
        if (i != EQFI_ROWS_ONE - 1 && run->rows[i] != count &&
            strcmp(run->program->row_sets.items[i].name, rows) == 0) {
            EQFI_CHECK(table_of(run, i) == NULL, EQF_ERROR_SHAPE, "%lld rows of %s, but parameter %s has %lld",
                       (long long)count, rows, table_of(run, i), (long long)run->rows[i]);
            run->rows[i] = count;
            run->executed = run->begun = false; /* results have the old number of rows */
        }
fail:
    return status;
}

/* Source rows by target row, in ascending order. */
static eqf_status sort_segments(eqf_context *context, eqfi_bound_map *map)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(
        eqfi_grow(context, (size_t)map->to + 1, sizeof *map->offsets, &map->offsets_capacity, (void **)&map->offsets));
    memset(map->offsets, 0, ((size_t)map->to + 1) * sizeof *map->offsets);
    for (int64_t i = 0; i < map->from; i++) map->offsets[map->target[i] + 1]++;
    for (int64_t i = 0; i < map->to; i++) map->offsets[i + 1] += map->offsets[i];
    if (map->ascending) return EQF_OK;
    EQFI_TRY(eqfi_grow(context, (size_t)map->from, sizeof *map->order, &map->order_capacity, (void **)&map->order));
    for (int64_t i = 0; i < map->from; i++) map->order[map->offsets[map->target[i]]++] = (int32_t)i;
    for (int64_t i = map->to; i > 0; i--) map->offsets[i] = map->offsets[i - 1];
    map->offsets[0] = 0;
fail:
    return status;
}

static eqf_status bind_map(eqf_context *context, eqf_run *run, size_t index, const int32_t *target)
{
    static const int32_t nothing = 0;
    eqf_status status = EQF_OK;
    const eqfi_row_map *symbol = &run->program->maps.items[index];
    eqfi_bound_map *map = &run->maps[index];
    int64_t from = run->rows[symbol->from - 1], to = run->rows[symbol->to - 1];
    EQFI_CHECK(from >= 0 && to >= 0, EQF_ERROR_STATE, "the map %s is set before the number of rows of %s", symbol->name,
               rows_name(run, from < 0 ? symbol->from : symbol->to));
    run->begun = false;
    map->target = NULL; /* until it is known to be good */
    EQFI_CHECK(target != NULL || from == 0, EQF_ERROR_ARGUMENT, "the map %s of %lld rows is NULL", symbol->name,
               (long long)from);
    map->ascending = true;
    for (int64_t i = 0; i < from; i++) {
        EQFI_CHECK(target[i] >= 0 && target[i] < to, EQF_ERROR_RANGE,
                   "map %s: row %lld leads to %d, expected 0 to %lld", symbol->name, (long long)i, (int)target[i],
                   (long long)to - 1);
        if (i > 0 && target[i] < target[i - 1]) map->ascending = false;
    }
    map->from = from;
    map->to = to;
    map->target = target == NULL ? &nothing : target;
    if (symbol->segments) EQFI_TRY(sort_segments(context, map));
    if (symbol->ties) EQFI_TRY(eqfi_cut_tiles(context, map));
    return EQF_OK;
fail:
    map->target = NULL;
    return status;
}

eqf_status eqf_run_set_map(eqf_context *context, eqf_run *run, const char *map, const int32_t *target)
{
    for (size_t i = 0; i < run->program->maps.n; i++)
        if (run->program->maps.items[i].used && strcmp(run->program->maps.items[i].name, map) == 0)
            return bind_map(context, run, i, target);
    return EQF_OK;
}

/* --------------------------------------------------------------------------------------------- inputs and outputs -- */

eqf_status eqf_run_set_input(eqf_context *context, eqf_run *run, const char *input, const double *values)
{
    eqf_status status = EQF_OK;
    for (size_t i = 0; i < run->program->vars.n; i++) {
        const eqfi_variable *v = &run->program->vars.items[i];
        if (v->kind != EQFI_VAR_INPUT || strcmp(v->name, input) != 0) continue;
        if (!v->used) return EQF_OK;
        const eqfi_layout *layout = layout_of(run, i);
        eqfi_buffer *buffer = &run->buffers[i];
        const eqfi_kernels *kernels = eqfi_kernels_of(run, (int)i + 1);
        int64_t rows = run->rows[v->rows - 1];
        EQFI_CHECK(rows >= 0, EQF_ERROR_STATE, "input %s is set before the number of rows of %s", input,
                   rows_name(run, v->rows));
        size_t bytes;
        EQFI_TRY(eqfi_bytes(context, (size_t)rows, (size_t)layout->columns, kernels->real_size, &bytes));
        if (buffer->data == NULL || bytes > buffer->bytes) {
            buffer->rows = -1;
            eqfi_release_aligned(&run->allocator, buffer->data);
            buffer->data = NULL;
            EQFI_TRY(eqfi_new_aligned(context, bytes + bytes / 4, &buffer->data));
            buffer->bytes = bytes + bytes / 4;
        }
        buffer->rows = rows;
        run->operands[i] = (eqfi_operand){buffer->data, v->rows == EQFI_ROWS_ONE ? 0 : layout->columns, NULL};
        kernels->import(layout, 0, rows, values, (eqfi_operand){buffer->data, layout->columns, NULL});
        return EQF_OK;
    }
    EQFI_CHECK(false, EQF_ERROR_NOT_FOUND, "the program has no input %s", input);
fail:
    return status;
}

eqf_status eqf_run_get_output(eqf_context *context, const eqf_run *run, const char *output, double *values)
{
    if (!run->executed)
        return eqfi_fail(context, EQF_ERROR_STATE, "output %s is asked for before eqf_run_execute", output);
    for (size_t i = 0; i < run->program->outputs.n; i++) {
        if (strcmp(run->program->outputs.items[i].name, output) != 0) continue;
        size_t var = (size_t)run->program->outputs.items[i].var - 1;
        eqfi_kernels_of(run, (int)var + 1)
            ->export(layout_of(run, var), 0, run->rows[run->program->vars.items[var].rows - 1], run->operands[var],
                     values);
        return EQF_OK;
    }
    return eqfi_fail(context, EQF_ERROR_NOT_FOUND, "the program has no output %s", output);
}

/* ------------------------------------------------------------------------------------------------------------ sizes -- */

static int64_t size_of(const eqf_run *run, size_t var)
{
    int64_t rows = run->rows[run->program->vars.items[var].rows - 1];
    return rows < 0 ? -1 : rows * layout_of(run, var)->columns;
}

int64_t eqf_run_map_size(const eqf_run *run, const char *map)
{
    for (size_t i = 0; i < run->program->maps.n; i++)
        if (strcmp(run->program->maps.items[i].name, map) == 0) return run->rows[run->program->maps.items[i].from - 1];
    return -1;
}

int64_t eqf_run_input_size(const eqf_run *run, const char *input)
{
    for (size_t i = 0; i < run->program->vars.n; i++) {
        const eqfi_variable *v = &run->program->vars.items[i];
        if (v->kind == EQFI_VAR_INPUT && strcmp(v->name, input) == 0) return size_of(run, i);
    }
    return -1;
}

int64_t eqf_run_output_size(const eqf_run *run, const char *output)
{
    for (size_t i = 0; i < run->program->outputs.n; i++)
        if (strcmp(run->program->outputs.items[i].name, output) == 0)
            return size_of(run, (size_t)run->program->outputs.items[i].var - 1);
    return -1;
}
