/* Reverse mode on programs.
 * SPDX-License-Identifier: MIT */
#include "ad/program.h"

/* Marks the variables that depend on one of wrt. */
static void mark_dependent(const eqf_program *program, int n_wrt, const eqf_var *wrt, bool *dependent)
{
    for (int j = 0; j < n_wrt; j++) dependent[wrt[j].id - 1] = true;
    for (size_t i = 0; i < program->nodes.n; i++) {
        const eqfi_node *node = &program->nodes.items[i];
        for (int k = 0; k < node->n_in; k++)
            if (dependent[node->in[k] - 1]) dependent[node->out - 1] = true;
    }
}

static void accumulate(eqf_program *program, eqf_var *sum, eqf_var more)
{
    if (more.id == 0) return;
    *sum = sum->id == 0 ? more : eqf_add(program, *sum, more);
}

/* A constant row repeated along the rows of x. */
static eqf_var filled_like(eqf_program *program, eqf_var x, double value)
{
    const eqf_irreps *irreps = eqf_var_irreps(program, x);
    size_t columns = (size_t)eqf_irreps_dim(irreps);
    double *row;
    eqf_status status = eqfi_new(program->context, columns, sizeof *row, (void **)&row);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    for (size_t i = 0; i < columns; i++) row[i] = value;
    eqf_var constant = eqf_constant(program, irreps, row);
    eqfi_delete(program->context, row);
    constant = eqfi_emit_convert(program, constant, eqfi_var(program, x)->wide);
    return constant.id == 0 ? constant : eqf_broadcast(program, eqf_var_rows(program, x), constant);
}

static void check_output(eqf_program *program, int i, eqf_var output, eqf_var seed)
{
    if (!eqfi_is_var(program, output)) {
        eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "grad: output %d is no variable", i);
    } else if (seed.id != 0 && !eqfi_is_var(program, seed)) {
        eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "grad: seed %d is no variable", i);
    } else if (seed.id != 0) {
        const eqfi_variable *y = eqfi_var(program, output), *s = eqfi_var(program, seed);
        if (y->type != s->type || y->rows != s->rows)
            eqfi_record_fail(program, EQF_ERROR_SHAPE, "grad: seed %d differs from its output in rows or irreps", i);
    }
}

static bool check_arguments(eqf_program *program, int n_outputs, const eqf_var *outputs, const eqf_var *seeds,
                            int n_wrt, const eqf_var *wrt)
{
    for (int i = 0; i < n_outputs && eqfi_recording(program); i++)
        check_output(program, i, outputs[i], seeds == NULL ? (eqf_var){0} : seeds[i]);
    for (int j = 0; j < n_wrt && eqfi_recording(program); j++)
        if (!eqfi_is_var(program, wrt[j]))
            eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "grad: variable %d is no variable", j);
    return eqfi_recording(program);
}

/* Walks back through the nodes that existed before; those that derivatives add come after them. */
static void walk_back(eqf_program *program, size_t nodes, const bool *dependent, eqf_var *cotangent)
{
    for (size_t i = nodes; i-- > 0 && eqfi_recording(program);) {
        eqfi_node node = program->nodes.items[i]; /* a copy: the list may move */
        eqf_var g = cotangent[node.out - 1];
        if (g.id == 0 || !dependent[node.out - 1]) continue;
        bool wanted[EQFI_INPUTS_MAX];
        eqf_var gradients[EQFI_INPUTS_MAX] = {{0}};
        for (int k = 0; k < node.n_in; k++) wanted[k] = dependent[node.in[k] - 1];
        eqfi_vjp(program, &node, g, wanted, gradients);
        for (int k = 0; k < node.n_in; k++)
            if (wanted[k]) accumulate(program, &cotangent[node.in[k] - 1], gradients[k]);
    }
}

/* The caller's arrays may be one: gradients are written when the others have been read. */
void eqf_grad(eqf_program *program, int n_outputs, const eqf_var *outputs, const eqf_var *seeds, int n_wrt,
              const eqf_var *wrt, eqf_var *gradients)
{
    bool *dependent = NULL;
    eqf_var *cotangent = NULL;
    if (eqfi_recording(program) && check_arguments(program, n_outputs, outputs, seeds, n_wrt, wrt)) {
        size_t vars = program->vars.n, nodes = program->nodes.n;
        eqf_status status = eqfi_new(program->context, vars, sizeof *dependent, (void **)&dependent);
        if (status == EQF_OK) status = eqfi_new(program->context, vars, sizeof *cotangent, (void **)&cotangent);
        if (status != EQF_OK) {
            eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
        } else {
            mark_dependent(program, n_wrt, wrt, dependent);
            for (int i = 0; i < n_outputs; i++) {
                bool ones = seeds == NULL || seeds[i].id == 0;
                accumulate(program, &cotangent[outputs[i].id - 1],
                           ones ? filled_like(program, outputs[i], 1)
                                : eqfi_emit_convert(program, seeds[i], eqfi_var(program, outputs[i])->wide));
            }
            walk_back(program, nodes, dependent, cotangent);
        }
    }
    for (int j = 0; j < n_wrt; j++) {
        eqf_var g = eqfi_recording(program) ? cotangent[wrt[j].id - 1] : (eqf_var){0};
        gradients[j] = g.id == 0 && eqfi_recording(program) ? filled_like(program, wrt[j], 0) : g;
    }
    if (cotangent != NULL) eqfi_delete(program->context, cotangent);
    if (dependent != NULL) eqfi_delete(program->context, dependent);
}
