/* The published configurations.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "model/config.h"

/* Irreps that presets share. */
typedef struct architecture {
    const char *node, *sh, *head, *mlp_mid;
} architecture;

static const architecture l1 = {"256x0e+128x1e", "1x0e+1x1e", "32x0e+16x1e", "768x0e+384x1e"};
static const architecture l2 = {"128x0e+64x1e+32x2e", "1x0e+1x1e+1x2e", "32x0e+16x1e+8x2e", "384x0e+192x1e+96x2e"};
static const architecture l2_e3 = {"128x0e+32x0o+32x1e+32x1o+16x2e+16x2o", "1x0e+1x1o+1x2e",
                                   "32x0e+8x0o+8x1e+8x1o+4x2e+4x2o", "384x0e+96x0o+96x1e+96x1o+48x2e+48x2o"};
static const architecture l3 = {"128x0e+64x1e+64x2e+32x3e", "1x0e+1x1e+1x2e+1x3e", "32x0e+16x1e+16x2e+8x3e",
                                "384x0e+192x1e+192x2e+96x3e"};
static const architecture l3_e3 = {"128x0e+64x0o+32x1e+32x1o+32x2e+32x2o+16x3e+16x3o", "1x0e+1x1o+1x2e+1x3o",
                                   "32x0e+16x0o+8x1e+8x1o+8x2e+8x2o+4x3e+4x3o",
                                   "384x0e+192x0o+96x1e+96x1o+96x2e+96x2o+48x3e+48x3o"};

enum { QM9 = EQFI_FAMILY_QM9, MD17 = EQFI_FAMILY_MD17, OC20 = EQFI_FAMILY_OC20 };
enum { GAUSSIAN = EQF_RADIAL_GAUSSIAN, EXP = EQF_RADIAL_EXP, BESSEL = EQF_RADIAL_BESSEL };

typedef enum variant { NONLINEAR, LINEAR, DOT_PRODUCT, ATTENTION_HEAD } variant;

typedef struct preset {
    const char *name;
    int family;
    const architecture *architecture;
    variant variant;
    int basis_type, number_of_basis;
    double alpha_drop;
} preset;

static const preset presets[] = {
    {"graph_attention_transformer_l2", QM9, &l2, LINEAR, GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_nonlinear_l2", QM9, &l2, NONLINEAR, GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_nonlinear_l2_e3", QM9, &l2_e3, NONLINEAR, GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_nonlinear_bessel_l2", QM9, &l2, NONLINEAR, BESSEL, 8, 0.2},
    {"graph_attention_transformer_nonlinear_bessel_l2_drop01", QM9, &l2, NONLINEAR, BESSEL, 8, 0.1},
    {"graph_attention_transformer_nonlinear_bessel_l2_drop00", QM9, &l2, NONLINEAR, BESSEL, 8, 0},
    {"dot_product_attention_transformer_l2", QM9, &l2, DOT_PRODUCT, GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_l2_md17", MD17, &l2, LINEAR, GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_nonlinear_l2_md17", MD17, &l2, NONLINEAR, GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_nonlinear_l2_e3_md17", MD17, &l2_e3, NONLINEAR, GAUSSIAN, 128, 0.2},
    {"graph_attention_transformer_nonlinear_bessel_l2_md17", MD17, &l2, NONLINEAR, BESSEL, 8, 0},
    {"graph_attention_transformer_nonlinear_exp_l2_md17", MD17, &l2, NONLINEAR, EXP, 32, 0},
    {"graph_attention_transformer_nonlinear_exp_l3_md17", MD17, &l3, NONLINEAR, EXP, 32, 0},
    {"graph_attention_transformer_nonlinear_attn_exp_l3_md17", MD17, &l3, ATTENTION_HEAD, EXP, 32, 0},
    {"graph_attention_transformer_nonlinear_exp_l3_e3_md17", MD17, &l3_e3, NONLINEAR, EXP, 32, 0},
    {"graph_attention_transformer_nonlinear_bessel_l3_md17", MD17, &l3, NONLINEAR, BESSEL, 8, 0},
    {"graph_attention_transformer_nonlinear_bessel_l3_e3_md17", MD17, &l3_e3, NONLINEAR, BESSEL, 8, 0},
    {"dot_product_attention_transformer_exp_l2_md17", MD17, &l2, DOT_PRODUCT, EXP, 32, 0},
    {"dot_product_attention_transformer_exp_l3_md17", MD17, &l3, DOT_PRODUCT, EXP, 32, 0},
    {"graph_attention_transformer", OC20, &l1, NONLINEAR, GAUSSIAN, 128, 0.2},
    {"dp_attention_transformer", OC20, &l1, DOT_PRODUCT, GAUSSIAN, 128, 0.2},
};

enum { PRESETS = sizeof presets / sizeof presets[0] };

int eqf_preset_count(void) { return PRESETS; }

const char *eqf_preset_name(int i) { return i < 0 || i >= PRESETS ? NULL : presets[i].name; }

/* A row per atomic number below n; row 0 is no element. */
static void types_by_number(eqfi_int_list *types, int n)
{
    types->n = n;
    for (int z = 0; z < n; z++) types->values[z] = z > 0 ? z : -1;
}

void eqfi_config_set_family(eqf_config *config, eqfi_family family)
{
    static const eqfi_int_list qm9 = {5, {1, 6, 7, 8, 9}};
    bool oc20 = family == EQFI_FAMILY_OC20;
    config->family = (int)family;
    config->avg_degree = oc20 ? 23.395238876342773 : 15.57930850982666;
    config->avg_num_nodes = oc20 ? 77.81317 : 18.03065905448718;
    memset(&config->atom_types, 0, sizeof config->atom_types);
    if (family == EQFI_FAMILY_QM9)
        config->atom_types = qm9;
    else
        types_by_number(&config->atom_types, oc20 ? 84 : 64);
}

static eqf_status fill(eqf_context *context, const preset *p, eqf_config *config)
{
    eqf_status status = EQF_OK;
    const char *const irreps[][2] = {
        {"irreps_node_embedding", p->architecture->node},
        {"irreps_sh", p->architecture->sh},
        {"irreps_head", p->architecture->head},
        {"irreps_mlp_mid", p->architecture->mlp_mid},
        {"irreps_feature", p->variant == ATTENTION_HEAD ? p->architecture->node : "512x0e"},
    };
    for (size_t i = 0; i < sizeof irreps / sizeof irreps[0]; i++)
        EQFI_TRY(eqf_config_set(context, config, irreps[i][0], irreps[i][1]));
    snprintf(config->preset, sizeof config->preset, "%s", p->name);
    eqfi_config_set_family(config, (eqfi_family)p->family);
    config->basis_type = p->basis_type;
    config->number_of_basis = p->number_of_basis;
    config->alpha_drop = p->alpha_drop;
    config->num_heads = p->family == OC20 ? 8 : 4;
    config->nonlinear_message = p->variant != LINEAR;
    config->dot_product_attention = p->variant == DOT_PRODUCT;
    config->use_attention_head = p->variant == ATTENTION_HEAD;
fail:
    return status;
}

eqf_status eqf_config_preset(eqf_context *context, const char *name, eqf_config **config)
{
    eqf_status status = EQF_OK;
    eqf_config *made = NULL;
    char known[2000] = "";
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
