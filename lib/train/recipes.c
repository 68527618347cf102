/* The published recipes, as keys and values over the defaults, and the targets of QM9.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "train/recipe.h"

/* ----------------------------------------------------------------------------------------------------------- named -- */

typedef struct setting {
    const char *key, *value;
} setting;

static const setting qm9[] = {{"schedule", "cosine_epoch"},
                              {"lr", "5e-4"},
                              {"warmup_epochs", "5"},
                              {"weight_decay", "5e-3"},
                              {"batch_size", "128"},
                              {"epochs", "300"},
                              {"energy_loss", "l1"},
                              {"standardise", "energy"},
                              {"train_size", "110000"},
                              {"valid_size", "10000"},
                              {"split_seed", "1"},
                              {"best_metric", "energy_mae"},
                              {"energy_unit", "hartree"},
                              {"target", "U0"},
                              {NULL, NULL}};

static const setting md17[] = {{"schedule", "cosine_epoch"}, {"warmup_epochs", "10"}, {"weight_decay", "1e-6"},
                               {"energy_loss", "l1"},        {"energy_weight", "1"},  {"forces_loss", "l2mae"},
                               {"standardise", "energy"},    {"train_size", "950"},   {"valid_size", "50"},
                               {"best_metric", "weighted"},  {"split_seed", "1"},     {NULL, NULL}};

static const setting md17_l2[] = {{"model.preset", "graph_attention_transformer_nonlinear_exp_l2_md17"},
                                  {"forces_weight", "80"},
                                  {"batch_size", "8"},
                                  {"lr", "5e-4"},
                                  {"epochs", "1500"},
                                  {NULL, NULL}};

static const setting md17_l3[] = {{"model.preset", "graph_attention_transformer_nonlinear_exp_l3_md17"},
                                  {"forces_weight", "100"},
                                  {"batch_size", "5"},
                                  {"lr", "2e-4"},
                                  {"epochs", "2000"},
                                  {NULL, NULL}};

static const setting oc20[] = {{"model.preset", "graph_attention_transformer"},
                               {"model.max_neighbors", "500"},
                               {"relaxations", "true"},
                               {"schedule", "cosine_step"},
                               {"lr_start", "0.2"},
                               {"lr_floor", "0.01"},
                               {"warmup_epochs", "2"},
                               {"weight_decay", "1e-3"},
                               {"batch_size", "32"},
                               {"energy_loss", "l1"},
                               {"standardise", "given"},
                               {"target_mean", "-1.525913953781128"},
                               {"target_scale", "2.279365062713623"},
                               {"best_metric", "energy_mae"},
                               {NULL, NULL}};

static const setting oc20_is2re[] = {{"lr", "2e-4"}, {"epochs", "20"}, {NULL, NULL}};

static const setting oc20_is2re_aux[] = {{"model.num_layers", "18"},
                                         {"model.irreps_feature", "512x0e+256x1e"},
                                         {"model.irreps_pre_attn", "256x0e+128x1e"},
                                         {"model.use_auxiliary_task", "true"},
                                         {"model.auxiliary_scale", "0.87715524"},
                                         {"model.drop_path_rate", "0.05"},
                                         {"lr", "5e-4"},
                                         {"epochs", "40"},
                                         {"noise_fraction", "0.5"},
                                         {"noise_sigma", "0.3"},
                                         {"displacement_loss", "l1"},
                                         {"displacement_weight", "15"},
                                         {"displacement_weight_final", "1"},
                                         {NULL, NULL}};

static const struct {
    const char *name;
    const setting *parts[2];
} recipes[] = {
    {"qm9", {qm9, NULL}},
    {"md17-l2", {md17, md17_l2}},
    {"md17-l3", {md17, md17_l3}},
    {"oc20-is2re", {oc20, oc20_is2re}},
    {"oc20-is2re-aux", {oc20, oc20_is2re_aux}},
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

int eqf_recipe_count(void) { return RECIPES; }

const char *eqf_recipe_name(int i) { return i < 0 || i >= RECIPES ? NULL : recipes[i].name; }

static eqf_status set_all(eqf_context *context, const setting *settings, eqf_recipe *recipe)
{
    eqf_status status = EQF_OK;
    for (; settings != NULL && settings->key != NULL; settings++)
        EQFI_TRY(eqf_recipe_set(context, recipe, settings->key, settings->value));
fail:
    return status;
}

eqf_status eqfi_recipe_fill(eqf_context *context, const char *name, eqf_recipe *recipe)
{
    eqf_status status = EQF_OK;
    char known[256] = "";
    for (int i = 0; i < RECIPES; i++) {
        if (strcmp(recipes[i].name, name) == 0) {
            snprintf(recipe->name, sizeof recipe->name, "%s", name);
            EQFI_TRY(set_all(context, recipes[i].parts[0], recipe));
            EQFI_TRY(set_all(context, recipes[i].parts[1], recipe));
            return EQF_OK;
        }
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i > 0 ? ", " : "", recipes[i].name);
    }
    EQFI_CHECK(false, EQF_ERROR_NOT_FOUND, "unknown recipe %.100s, expected one of: %s", name, known);
fail:
    return status;
}

/* --------------------------------------------------------------------------------------------------------- targets -- */

/* Energies of atoms (QM9's atomref.txt), in hartree. */
#define ATOMS(h, c, n, o, f) "{\"H\": " h ", \"C\": " c ", \"N\": " n ", \"O\": " o ", \"F\": " f "}"

typedef struct target {
    const char *key, *unit; /* in files; unit NULL: hartree, to be eV */
    const char *atoms;      /* not NULL: total energies, which have a recipe of their own */
} target;

const char *const eqfi_recipe_targets[] = {"none", "mu", "alpha", "homo", "lumo", "gap", "r2",
                                           "zpve", "U0", "U",     "H",    "G",    "Cv",  NULL};

static const target targets[] = {
    {NULL, NULL, NULL},
    {"mu", "D", NULL},
    {"alpha", "a0^3", NULL},
    {"homo", NULL, NULL},
    {"lumo", NULL, NULL},
    {"gap", NULL, NULL},
    {"r2", "a0^2", NULL},
    {"zpve", NULL, NULL},
    {"u0", NULL, ATOMS("-0.500273", "-37.846772", "-54.583861", "-75.064579", "-99.71873")},
    {"u298", NULL, ATOMS("-0.498857", "-37.845355", "-54.582445", "-75.063163", "-99.717314")},
    {"h298", NULL, ATOMS("-0.497912", "-37.844411", "-54.581501", "-75.062219", "-99.71637")},
    {"g298", NULL, ATOMS("-0.510927", "-37.861317", "-54.598897", "-75.079532", "-99.733544")},
    {"cv", "cal/(mol K)", NULL},
};

static const setting total_energy[] = {{"model.preset", "graph_attention_transformer_nonlinear_bessel_l2_drop00"},
                                       {"batch_size", "64"},
                                       {"lr", "1.5e-4"},
                                       {"weight_decay", "0"},
                                       {"epochs", "600"},
                                       {"standardise", "none"},
                                       {"references", "given"},
                                       {NULL, NULL}};

static const setting other_target[] = {{"model.preset", "graph_attention_transformer_nonlinear_l2"},
                                       {"batch_size", "128"},
                                       {"lr", "5e-4"},
                                       {"weight_decay", "5e-3"},
                                       {"epochs", "300"},
                                       {"standardise", "energy"},
                                       {"references", "none"},
                                       {"atom_energies", "null"},
                                       {NULL, NULL}};

eqf_status eqfi_recipe_fill_target(eqf_context *context, eqf_recipe *recipe)
{
    static const double hartree = 27.211386246; /* as the published targets were converted */
    eqf_status status = EQF_OK;
    const target *t = &targets[recipe->target];
    if (t->key == NULL) return EQF_OK;
    EQFI_TRY(set_all(context, t->atoms != NULL ? total_energy : other_target, recipe));
    EQFI_TRY(eqf_recipe_set(context, recipe, "energy_key", t->key));
    EQFI_TRY(eqf_recipe_set(context, recipe, "energy_unit", t->unit == NULL ? "hartree" : "1"));
    EQFI_TRY(eqf_recipe_set(context, recipe, "to_energy_unit", t->unit == NULL ? "eV" : "1"));
    EQFI_TRY(eqf_recipe_set(context, recipe, "model.energy_unit", t->unit == NULL ? "eV" : t->unit));
    if (t->atoms != NULL) {
        EQFI_TRY(eqf_recipe_set(context, recipe, "atom_energies", t->atoms));
        for (int z = 0; z < recipe->atom_energies.n; z++) recipe->atom_energies.values[z] *= hartree;
    }
fail:
    return status;
}
