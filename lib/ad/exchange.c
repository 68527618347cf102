/* Exchanges between processes: their recording, and executions that stop at them.
 *
 * An exchange is a stage of its own. Its operation copies the rows for the host, who then changes them; the stage is over
 * when the next step begins.
 * SPDX-License-Identifier: MIT */
#include "ad/run.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------------ recording -- */

void eqf_program_set_distributed(eqf_program *program, int distributed)
{
    if (eqfi_recording(program)) program->distributed = distributed != 0;
}

int eqf_program_distributed(const eqf_program *program) { return program->distributed; }

eqf_var eqfi_emit_exchange(eqf_program *program, eqf_exchange_kind kind, eqf_var x, int rows)
{
    eqfi_attribute attribute;
    if (!eqfi_recording(program)) return (eqf_var){0};
    const eqfi_variable *v = eqfi_var(program, x);
    memset(&attribute, 0, sizeof attribute);
    attribute.role = (int)kind;
    return eqfi_emit(program, EQFI_OP_EXCHANGE, &attribute, v->rows, 1, &x, rows, v->type);
}

eqf_var eqf_with_ghosts(eqf_program *program, eqf_rows rows, eqf_var x)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    if (!eqfi_is_var(program, x) || !eqfi_is_rows(program, rows))
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "with_ghosts: no variable or no row set");
    int own = eqfi_var(program, x)->rows;
    if (own == rows.id) return x;
    if (own == EQFI_ROWS_ONE || rows.id == EQFI_ROWS_ONE)
        return eqfi_record_fail(program, EQF_ERROR_SHAPE, "with_ghosts: the row set one has no ghosts");
    return eqfi_emit_exchange(program, EQF_EXCHANGE_FORWARD, x, rows.id);
}

eqf_var eqf_all_reduce(eqf_program *program, eqf_var x)
{
    if (!eqfi_recording(program)) return (eqf_var){0};
    if (!eqfi_is_var(program, x))
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "all_reduce: argument 1 is no variable");
    if (!program->distributed) return x;
    return eqfi_emit_exchange(program, EQF_EXCHANGE_SUM, x, eqfi_var(program, x)->rows);
}

/* ------------------------------------------------------------------------------------------------------ exchanges -- */

/* The exchange that a stage is, NULL for any other stage. */
static const eqfi_node *exchange_of(const eqf_run *run, size_t stage)
{
    const eqfi_node *node = &run->program->nodes.items[run->program->stages.items[stage].first];
    return node->op == EQFI_OP_EXCHANGE ? node : NULL;
}

static int64_t rows_of(const eqf_run *run, int var) { return run->rows[run->program->vars.items[var - 1].rows - 1]; }

static eqf_exchange describe(const eqf_run *run, const eqfi_node *node)
{
    bool wide = run->precision == EQF_FLOAT64 || run->program->vars.items[node->out - 1].wide;
    return (eqf_exchange){.kind = (eqf_exchange_kind)node->attribute.role,
                          .precision = wide ? EQF_FLOAT64 : EQF_FLOAT32,
                          .width = eqfi_columns_of(run, node->out)};
}

/* What the host gets to see. */
static eqf_exchange offer(const eqf_run *run, const eqfi_node *node)
{
    eqf_exchange exchange = describe(run, node);
    bool reverse = exchange.kind == EQF_EXCHANGE_REVERSE;
    exchange.own = rows_of(run, reverse ? node->out : node->in[0]);
    exchange.rows = rows_of(run, reverse ? node->in[0] : node->out);
    exchange.values = reverse ? run->senders : run->operands[node->out - 1].data;
    return exchange;
}

/* Own rows that the host has changed in a copy go where they belong. */
static void take_back(eqf_run *run, const eqfi_node *node)
{
    if (node->attribute.role != EQF_EXCHANGE_REVERSE) return;
    size_t row = (size_t)eqfi_columns_of(run, node->out) * eqfi_kernels_of(run, node->out)->real_size;
    size_t bytes = (size_t)rows_of(run, node->out) * row;
    if (bytes > 0) memcpy(run->operands[node->out - 1].data, run->senders, bytes);
}

int eqf_run_exchanges(const eqf_run *run)
{
    int n = 0;
    for (size_t i = 0; i < run->program->stages.n; i++) n += exchange_of(run, i) != NULL;
    return n;
}

eqf_status eqf_run_exchange(eqf_context *context, const eqf_run *run, int i, eqf_exchange *exchange)
{
    int seen = 0;
    for (size_t stage = 0; stage < run->program->stages.n; stage++) {
        const eqfi_node *node = exchange_of(run, stage);
        if (node == NULL || seen++ != i) continue;
        *exchange = describe(run, node);
        return EQF_OK;
    }
    return eqfi_fail(context, EQF_ERROR_RANGE, "exchange %d of a program that has %d", i, seen);
}

/* ------------------------------------------------------------------------------------------------------ execution -- */

static eqf_status check_ghosts(eqf_context *context, const eqf_run *run)
{
    eqf_status status = EQF_OK;
    for (size_t i = 0; i < run->program->stages.n; i++) {
        const eqfi_node *node = exchange_of(run, i);
        if (node == NULL) continue;
        eqf_exchange exchange = offer(run, node);
        EQFI_CHECK(exchange.rows >= exchange.own, EQF_ERROR_SHAPE, "%lld rows with ghosts, expected at least %lld",
                   (long long)exchange.rows, (long long)exchange.own);
    }
fail:
    return status;
}

eqf_status eqf_run_begin(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    run->executed = run->begun = run->waiting = false;
    EQFI_TRY(eqfi_run_check(context, run));
    EQFI_TRY(check_ghosts(context, run));
    EQFI_TRY(eqfi_run_plan(context, run));
    eqfi_bind(run);
    run->position = 0;
    run->begun = true;
fail:
    return status;
}

eqf_status eqf_run_step(eqf_context *context, eqf_run *run, eqf_exchange *exchange)
{
    if (!run->begun) return eqfi_fail(context, EQF_ERROR_STATE, "a step of a run that was not begun (eqf_run_begin)");
    if (run->waiting) take_back(run, exchange_of(run, run->position++));
    run->waiting = false;
    for (; run->position < run->program->stages.n; run->position++) {
        const eqfi_node *node = exchange_of(run, run->position);
        eqfi_run_stage(context, run, &run->program->stages.items[run->position]);
        if (node == NULL) continue;
        *exchange = offer(run, node);
        run->waiting = true;
        return EQF_OK;
    }
    run->begun = false;
    run->executed = true;
    return EQF_END;
}

eqf_status eqfi_carry_out(eqf_context *context, eqf_exchange_function function, void *user,
                          const eqf_exchange *exchange)
{
    eqf_status status = EQF_OK;
    EQFI_CHECK(function != NULL || exchange->rows == exchange->own, EQF_ERROR_STATE,
               "%lld rows of ghosts, but no function to exchange them", (long long)(exchange->rows - exchange->own));
    int answer = function == NULL ? 0 : function(user, exchange);
    EQFI_CHECK(answer == 0, EQF_ERROR_CALLBACK, "the host's exchange answered %d, expected 0", answer);
fail:
    return status;
}

void eqf_run_set_exchange(eqf_run *run, eqf_exchange_function function, void *user)
{
    run->exchange = function;
    run->exchange_user = user;
}

eqf_status eqf_run_execute(eqf_context *context, eqf_run *run)
{
    eqf_status status = EQF_OK;
    eqf_exchange exchange;
    EQFI_TRY(eqf_run_begin(context, run));
    while ((status = eqf_run_step(context, run, &exchange)) == EQF_OK)
        EQFI_TRY(eqfi_carry_out(context, run->exchange, run->exchange_user, &exchange));
    return status == EQF_END ? EQF_OK : status;
fail:
    run->begun = false;
    return status;
}
