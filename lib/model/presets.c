/* The published configurations.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "model/config.h"

/* Irreps that presets share. */
typedef struct architecture {
    const char *node, *sh, *head, *mlp_mid;
} architecture;

static const architecture l2 = {"128x0e+64x1e+32x2e", "1x0e+1x1e+1x2e", "32x0e+16x1e+8x2e", "384x0e+192x1e+96x2e"};
static const architecture l3 = {"128x0e+64x1e+64x2e+32x3e", "1x0e+1x1e+1x2e+1x3e", "32x0e+16x1e+16x2e+8x3e",
                                "384x0e+192x1e+192x2e+96x3e"};

typedef struct preset {
    const char *name;
    eqfi_family family;
    const architecture *architecture;
    eqf_radial_kind basis_type;
    int number_of_basis;
    double alpha_drop;
} preset;

static const preset presets[] = {
    {"graph_attention_transformer_nonlinear_l2", EQFI_FAMILY_QM9, &l2, EQF_RADIAL_GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_nonlinear_exp_l2_md17", EQFI_FAMILY_MD17, &l2, EQF_RADIAL_EXP, 32, 0},
    {"graph_attention_transformer_nonlinear_exp_l3_md17", EQFI_FAMILY_MD17, &l3, EQF_RADIAL_EXP, 32, 0},
};

enum { PRESETS = sizeof presets / sizeof presets[0] };

int eqf_preset_count(void) { return PRESETS; }

const char *eqf_preset_name(int i) { return i < 0 || i >= PRESETS ? NULL : presets[i].name; }

/* QM9: H C N O F; MD17: a row per atomic number below 64. */
void eqfi_config_set_family(eqf_config *config, eqfi_family family)
{
    static const int qm9[] = {1, 6, 7, 8, 9};
    config->family = family;
    memset(&config->atom_types, 0, sizeof config->atom_types);
    if (family == EQFI_FAMILY_QM9) {
        config->atom_types.n = sizeof qm9 / sizeof qm9[0];
        memcpy(config->atom_types.values, qm9, sizeof qm9);
    } else {
        config->atom_types.n = 64;
        for (int z = 0; z < 64; z++) config->atom_types.values[z] = z > 0 ? z : -1;
    }
}

static eqf_status fill(eqf_context *context, const preset *p, eqf_config *config)
{
    eqf_status status = EQF_OK;
    const char *const irreps[][2] = {
        {"irreps_node_embedding", p->architecture->node},
        {"irreps_sh", p->architecture->sh},
        {"irreps_head", p->architecture->head},
        {"irreps_mlp_mid", p->architecture->mlp_mid},
        {"irreps_feature", "512x0e"},
    };
    for (size_t i = 0; i < sizeof irreps / sizeof irreps[0]; i++)
        EQFI_TRY(eqf_config_set(context, config, irreps[i][0], irreps[i][1]));
    snprintf(config->preset, sizeof config->preset, "%s", p->name);
    eqfi_config_set_family(config, p->family);
    config->basis_type = p->basis_type;
    config->number_of_basis = p->number_of_basis;
    config->alpha_drop = p->alpha_drop;
fail:
    return status;
}

eqf_status eqf_config_preset(eqf_context *context, const char *name, eqf_config **config)
{
    eqf_status status = EQF_OK;
    eqf_config *made = NULL;
    char known[900] = "";
    for (int i = 0; i < PRESETS; i++) {
        if (strcmp(presets[i].name, name) == 0) {
            EQFI_TRY(eqfi_config_new(context, &made));
            EQFI_TRY(fill(context, &presets[i], made));
            *config = made;
            return EQF_OK;
        }
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i > 0 ? ", " : "", presets[i].name);
    }
    EQFI_CHECK(false, EQF_ERROR_NOT_FOUND, "unknown preset %s, expected one of: %s", name, known);
fail:
    eqf_config_free(made);
    return status;
}
