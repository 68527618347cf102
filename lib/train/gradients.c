/* Derivatives of a loss by the parameters of a store: recorded, and copied out of a run.
 * SPDX-License-Identifier: MIT */
#include <equiformer/loss.h>

#include <string.h>

#include "ad/run.h"
#include "train/objective.h"

static const char prefix[] = "gradient/";

/* The name of the parameter whose derivative an output is, NULL if it is something else. */
static const char *parameter_of(const eqfi_output *output)
{
    size_t n = sizeof prefix - 1;
    return strncmp(output->name, prefix, n) == 0 ? output->name + n : NULL;
}

/* ------------------------------------------------------------------------------------------------------ recording -- */

static void put_out(eqf_program *program, const char *name, eqf_var gradient)
{
    char *text;
    size_t n = strlen(name) + 1;
    if (!eqfi_recording(program)) return;
    eqf_status status = eqfi_new(program->context, sizeof prefix - 1 + n, 1, (void **)&text);
    if (status != EQF_OK) {
        eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
        return;
    }
    memcpy(text, prefix, sizeof prefix - 1);
    memcpy(text + sizeof prefix - 1, name, n);
    eqf_output(program, text, gradient);
    eqfi_delete(program->context, text);
}

/* Arrays of the store that are trained, of the names and variables in the program; returns their number. */
static int recorded_parameters(eqf_program *program, const eqf_parameters *parameters, const char **names,
                               eqf_var *variables)
{
    int n = 0;
    for (int i = 0; i < eqf_parameters_arrays(parameters); i++) {
        eqf_parameter_info info;
        if (eqf_parameters_info(program->context, parameters, i, &info) != EQF_OK) continue;
        if ((info.flags & EQF_PARAMETER_TRAINABLE) == 0 || info.count == 0) continue;
        variables[n] = eqf_program_parameter(program, info.name);
        if (variables[n].id != 0) names[n++] = info.name;
    }
    return n;
}

static bool is_loss(const eqf_program *program, eqf_var loss)
{
    return eqfi_is_var(program, loss) && eqfi_var(program, loss)->rows == EQFI_ROWS_ONE &&
           eqf_irreps_dim(eqf_var_irreps(program, loss)) == 1;
}

void eqf_loss_gradients(eqf_program *program, eqf_var loss, const eqf_parameters *parameters)
{
    const char **names = NULL;
    eqf_var *variables = NULL;
    if (!eqfi_recording(program)) return;
    if (!is_loss(program, loss)) {
        eqfi_record_fail(program, EQF_ERROR_SHAPE, "loss_gradients: the loss is not 1x0e on the row set one");
        return;
    }
    size_t size = (size_t)eqf_parameters_arrays(parameters);
    eqf_status status = eqfi_new(program->context, size, sizeof *names, (void **)&names);
    if (status == EQF_OK) status = eqfi_new(program->context, 2 * size, sizeof *variables, (void **)&variables);
    if (status != EQF_OK) {
        eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    } else {
        int n = recorded_parameters(program, parameters, names, variables);
        if (n == 0)
            eqfi_record_fail(program, EQF_ERROR_NOT_FOUND,
                             "loss_gradients: the program has no trainable parameter of the store");
        eqf_grad(program, 1, &loss, NULL, n, variables, variables + n);
        for (int i = 0; i < n; i++) put_out(program, names[i], variables[n + i]);
    }
    eqfi_delete(program->context, names);
    eqfi_delete(program->context, variables);
}

/* -------------------------------------------------------------------------------------------------------- running -- */

typedef struct reading {
    const eqf_run *run;
    eqf_parameters *gradients;
    int *sources; /* by array: the variable (id) of its derivative, 0 without */
    bool add;     /* to what the arrays have */
} reading;

/* to += from, n numbers of two precisions. */
static void add_numbers(int64_t n, eqf_precision from_precision, const void *from, eqf_precision to_precision, void *to)
{
#define ADD(To, From)                                                                                                  \
    for (int64_t i = 0; i < n; i++) ((To *)to)[i] += (To)((const From *)from)[i]
    if (to_precision == EQF_FLOAT64 && from_precision == EQF_FLOAT64)
        ADD(double, double);
    else if (to_precision == EQF_FLOAT64)
        ADD(double, float);
    else if (from_precision == EQF_FLOAT64)
        ADD(float, double);
    else
        ADD(float, float);
#undef ADD
}

/* Rows of results follow each other without gaps, as those of arrays do. */
static void read_gradient(void *argument, int64_t i)
{
    const reading *r = argument;
    eqf_parameter_info info;
    eqf_parameters_info(NULL, r->gradients, (int)i, &info);
    void *array = eqfi_parameters_data(r->gradients, (int)i);
    eqf_precision precision = eqf_parameters_precision(r->gradients);
    if (r->sources[i] == 0) {
        size_t real_size = precision == EQF_FLOAT32 ? sizeof(float) : sizeof(double);
        if (!r->add) memset(array, 0, (size_t)info.count * real_size);
        return;
    }
    const eqfi_variable *v = &r->run->program->vars.items[r->sources[i] - 1];
    const void *gradient = r->run->operands[r->sources[i] - 1].data;
    eqf_precision own = v->wide ? EQF_FLOAT64 : r->run->precision;
    if (r->add)
        add_numbers(info.count, own, gradient, precision, array);
    else
        eqfi_parameters_write(r->gradients, (int)i, own, gradient);
}

/* Notes the variable of one output, if it is a derivative, at its array. */
static eqf_status find_source(eqf_context *context, const reading *r, const eqfi_output *output)
{
    eqf_status status = EQF_OK;
    const char *name = parameter_of(output);
    eqf_parameter_info info;
    if (name == NULL) return EQF_OK;
    const eqfi_variable *v = &r->run->program->vars.items[output->var - 1];
    int i = eqf_parameters_find(r->gradients, name);
    EQFI_CHECK(i >= 0, EQF_ERROR_NOT_FOUND, "the store for gradients has no array %s", name);
    EQFI_TRY(eqf_parameters_info(context, r->gradients, i, &info));
    int64_t count = r->run->rows[v->rows - 1] * r->run->program->types.items[v->type].layout->columns;
    EQFI_CHECK(info.count == count, EQF_ERROR_SHAPE,
               "the array for the gradient of %s has %lld elements, expected %lld", name, (long long)info.count,
               (long long)count);
    r->sources[i] = output->var;
fail:
    return status;
}

static eqf_status read_gradients(eqf_context *context, const eqf_run *run, eqf_parameters *gradients, bool add)
{
    eqf_status status = EQF_OK;
    reading r = {run, gradients, NULL, add};
    int arrays = eqf_parameters_arrays(gradients);
    EQFI_CHECK(run->executed, EQF_ERROR_STATE, "gradients are asked for before eqf_run_execute");
    EQFI_TRY(eqfi_parameters_check_owned(context, gradients));
    EQFI_TRY(eqfi_new(context, (size_t)arrays, sizeof *r.sources, (void **)&r.sources));
    for (size_t i = 0; i < run->program->outputs.n; i++)
        EQFI_TRY(find_source(context, &r, &run->program->outputs.items[i]));
    eqfi_parallel(context, arrays, read_gradient, &r);
fail:
    eqfi_delete(context, r.sources);
    return status;
}

eqf_status eqf_run_get_gradients(eqf_context *context, const eqf_run *run, eqf_parameters *gradients)
{
    return read_gradients(context, run, gradients, false);
}

eqf_status eqfi_run_add_gradients(eqf_context *context, const eqf_run *run, eqf_parameters *gradients)
{
    return read_gradients(context, run, gradients, true);
}
