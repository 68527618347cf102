/* The end of an epoch: validation, the best model, log and model files. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "train/trainer.h"

/* ------------------------------------------------------------------------------------------------------- validation -- */

static eqf_status validate(eqf_context *context, eqf_trainer *t, const eqf_parameters *weights, eqf_metrics *metrics)
{
    eqf_status status = EQF_OK;
    eqfi_metric_sums sums = {0};
    const eqfi_evaluation evaluation = {t->valid, t->reducer.rank, t->reducer.ranks, NULL, NULL};
    EQFI_TRY(eqfi_calculator_set_parameters(context, t->calculator, weights));
    EQFI_TRY(eqfi_evaluate(context, t->calculator, &t->evaluator, &evaluation, &sums));
    EQFI_TRY(eqfi_trainer_reduce(context, t, EQFI_SUMS, (double *)&sums));
    eqfi_metrics_of(&sums, metrics);
fail:
    return status;
}

static double error_of(const eqf_metrics *m, eqf_quantity quantity)
{
    const double errors[] = {[EQF_QUANTITY_ENERGY] = m->energy_mae,
                             [EQF_QUANTITY_ENERGY_PER_ATOM] = m->energy_mae_per_atom,
                             [EQF_QUANTITY_FORCES] = m->force_mae,
                             [EQF_QUANTITY_STRESS] = m->stress_mae,
                             [EQF_QUANTITY_DISPLACEMENT] = m->displacement_mae};
    return errors[quantity];
}

double eqfi_best_metric(const eqf_recipe *recipe, const eqf_metrics *metrics)
{
    double sum = 0;
    if (recipe->best_metric != EQFI_BEST_WEIGHTED)
        return error_of(metrics, (eqf_quantity)(recipe->best_metric - EQFI_BEST_ENERGY));
    for (int q = 0; q < EQF_QUANTITIES; q++) {
        const eqf_loss_term *term = &recipe->terms[q];
        double weight = isnan(term->weight_final) ? term->weight : term->weight_final;
        if (weight > 0) sum += weight * error_of(metrics, term->quantity);
    }
    return sum;
}

/* ------------------------------------------------------------------------------------------------------------- log -- */

enum { LINE_SIZE = 1024 };

const char *const eqfi_quantity_names[EQF_QUANTITIES] = {[EQF_QUANTITY_ENERGY] = "energy",
                                                         [EQF_QUANTITY_ENERGY_PER_ATOM] = "energy_per_atom",
                                                         [EQF_QUANTITY_FORCES] = "forces",
                                                         [EQF_QUANTITY_STRESS] = "stress",
                                                         [EQF_QUANTITY_DISPLACEMENT] = "displacement"};

static void add_number(char *line, const char *key, double value, bool always)
{
    char number[32] = "null";
    size_t used = strlen(line);
    if (!isfinite(value) && !always) return;
    if (isfinite(value)) eqfi_format_double(value, number);
    snprintf(line + used, LINE_SIZE - used, "%s\"%s\": %s", used > 1 ? ", " : "", key, number);
}

static void write_line(const eqf_trainer *t, const eqf_train_progress *p, char line[LINE_SIZE])
{
    const eqf_metrics *m = p->valid;
    snprintf(line, LINE_SIZE, "{");
    add_number(line, "epoch", (double)p->epoch, true);
    add_number(line, "steps", (double)p->steps, true);
    add_number(line, "lr", p->rate, true);
    add_number(line, "train_loss", p->train_loss, true);
    for (int q = 0; q < EQF_QUANTITIES; q++) {
        char key[64];
        snprintf(key, sizeof key, "train_%s", eqfi_quantity_names[q]);
        add_number(line, key, p->train_terms[q], false);
    }
    add_number(line, "gradient_norm", t->position.norm / (double)p->steps, false);
    add_number(line, "valid_energy_mae", m->energy_mae, true);
    add_number(line, "valid_force_mae", m->force_mae, true);
    add_number(line, "valid_energy_rmse", m->energy_rmse, false);
    add_number(line, "valid_energy_mae_per_atom", m->energy_mae_per_atom, false);
    add_number(line, "valid_force_rmse", m->force_rmse, false);
    add_number(line, "valid_force_cosine", m->force_cosine, false);
    add_number(line, "valid_stress_mae", m->stress_mae, false);
    add_number(line, "valid_displacement_mae", m->displacement_mae, false);
    size_t used = strlen(line);
    snprintf(line + used, LINE_SIZE - used, ", \"best\": %s", p->is_best ? "true" : "false");
    add_number(line, "seconds", p->seconds, true);
    used = strlen(line);
    snprintf(line + used, LINE_SIZE - used, "}\n");
}

/* ----------------------------------------------------------------------------------------------------------- epoch -- */

bool eqfi_is_stopped(const eqf_recipe *recipe, int64_t epoch, int64_t best_epoch)
{
    return recipe->early_stop > 0 && epoch - best_epoch >= recipe->early_stop;
}

/* Without a validation set the latest model is the best; where nothing was validated, nothing is too old. */
static void judge(const eqf_trainer *t, bool validated, eqf_train_progress *p, eqfi_position *next)
{
    double metric = validated ? eqfi_best_metric(t->recipe, p->valid) : p->train_loss;
    p->is_best = t->valid == NULL || (validated && metric < t->position.best);
    if (p->is_best) {
        next->best = metric;
        next->best_epoch = p->epoch;
    }
    next->stopped = validated && eqfi_is_stopped(t->recipe, p->epoch, next->best_epoch);
}

static eqf_status write_files(eqf_context *context, const eqf_trainer *t, const eqf_train_progress *p,
                              const eqf_model *model)
{
    eqf_status status = EQF_OK;
    char line[LINE_SIZE];
    if (t->directory == NULL) return EQF_OK;
    if (p->is_best) EQFI_TRY(eqfi_directory_save_model(context, t, "best.safetensors", model));
    EQFI_TRY(eqfi_directory_save_model(context, t, "last.safetensors", model));
    write_line(t, p, line);
    EQFI_TRY(eqfi_directory_add_line(context, t, line));
fail:
    return status;
}

/* Nothing of the trainer changes before everything is written, so that a failure can be repeated. */
eqf_status eqfi_trainer_end_epoch(eqf_context *context, eqf_trainer *trainer, eqf_train_progress *progress)
{
    eqf_status status = EQF_OK;
    eqf_model *model = NULL;
    eqfi_position next = {.epoch = trainer->position.epoch + 1,
                          .total = trainer->position.total,
                          .best = trainer->position.best,
                          .best_epoch = trainer->position.best_epoch};
    bool last = next.epoch == trainer->recipe->epochs;
    bool validated = trainer->valid != NULL && (last || next.epoch % trainer->recipe->validate_every == 0);
    EQFI_TRY(eqfi_trainer_snapshot(context, trainer, EQF_TRAINER_AVERAGE, &model));
    if (validated) EQFI_TRY(validate(context, trainer, eqf_model_parameters(model), &trainer->validation));
    progress->seconds = trainer->epoch_before + eqfi_seconds_since(&trainer->epoch_begun);
    judge(trainer, validated, progress, &next);
    EQFI_TRY(write_files(context, trainer, progress, model));
    if (progress->is_best) {
        eqf_parameters_free(trainer->best);
        trainer->best = eqf_parameters_retain(eqf_model_parameters(model));
    }
    if (validated || trainer->valid == NULL)
        eqf_schedule_report(&trainer->schedule,
                            validated ? eqfi_best_metric(trainer->recipe, progress->valid) : progress->train_loss);
    trainer->position = next;
    trainer->epoch_before = 0;
    trainer->ready = false;
    progress->event = EQF_TRAIN_EPOCH;
    progress->epoch_ended = 1;
fail:
    eqf_model_free(model);
    return status;
}
