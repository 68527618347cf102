/* Dropouts: random factors in training, nothing otherwise.
 * SPDX-License-Identifier: MIT */
#include "nn/module.h"

static bool is_active(const eqf_program *program, double probability)
{
    return eqfi_recording(program) && program->training && probability > 0;
}

/* The name of a mask is the place where it acts: scope.name. */
static eqf_var record_mask(eqf_program *program, eqf_rows rows, int n, double probability, const char *scope,
                           const char *name)
{
    char full[EQFI_NAME_MAX];
    eqf_status status = eqfi_join_name(program->context, scope, name, full);
    if (status != EQF_OK) return eqfi_record_fail(program, status, "%s", eqf_context_message(program->context));
    return eqf_dropout_mask(program, full, rows, n, probability);
}

eqf_var eqfi_record_dropout(eqf_program *program, eqf_var x, eqf_grouping grouping, double probability,
                            const char *scope, const char *name)
{
    if (!is_active(program, probability) || x.id == 0) return x;
    int n = grouping == EQF_PER_ROW ? 1 : eqf_irreps_channels(eqf_var_irreps(program, x));
    eqf_var mask = record_mask(program, eqf_var_rows(program, x), n, probability, scope, name);
    return eqf_scale(program, x, mask, grouping, 1);
}

eqf_var eqfi_record_drop_path(eqf_program *program, eqf_var x, eqf_map atom_graph, double probability,
                              const char *scope, const char *name)
{
    if (!is_active(program, probability) || x.id == 0) return x;
    if (atom_graph.id == 0)
        return eqfi_record_fail(program, EQF_ERROR_ARGUMENT, "drop path: the graph has no map atom_graph");
    eqf_rows graphs = {program->maps.items[atom_graph.id - 1].to};
    eqf_var mask = record_mask(program, graphs, 1, probability, scope, name);
    return eqf_scale(program, x, eqf_gather(program, atom_graph, mask), EQF_PER_ROW, 1);
}
