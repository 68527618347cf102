/* A small network of all operations. SPDX-License-Identifier: MIT */
#include "network.h"

#include "ad/program.h"
#include "base/rng.h"
#include "tensor/plans.h"

void test_graph_fill(test_graph *graph, int64_t nodes, int64_t links, uint64_t seed)
{
    graph->nodes = nodes;
    graph->links = links;
    for (int64_t i = 0; i < links; i++) {
        uint32_t words[4];
        eqfi_rng_words(seed, 1, (uint64_t)i, words);
        graph->from[i] = (int32_t)(words[0] % (uint32_t)nodes);
        graph->to[i] = (int32_t)(words[1] % (uint32_t)nodes);
        if (graph->to[i] == 1) graph->to[i] = 0;
        for (int a = 0; a < 3; a++)
            graph->vectors[3 * i + a] = (double)(float)eqfi_rng_normal(seed, 2, (uint64_t)(3 * i + a));
    }
    for (int64_t i = 0; i < nodes; i++) graph->kind[i] = (int32_t)(i * i % 3);
}

typedef struct plans {
    eqf_irreps *vector, *harmonics, *feature, *message;
    eqfi_product_plan *product;
    eqfi_linear_plan *linear;
} plans;

/* message = feature scalars times harmonics up to l = 2; back to features by a linear map. */
static eqf_status make_plans(eqf_context *context, plans *p)
{
    static const eqf_instruction instructions[] = {{0, 0, 0, EQF_UVU, 0}, {0, 1, 1, EQF_UVU, 0}, {0, 2, 2, EQF_UVU, 0}};
    static const double factors[] = {1, 1.7, 2.2};
    eqf_status status = EQF_OK;
    eqf_irreps *scalars = NULL;
    EQFI_TRY(eqf_irreps_parse(context, "1x1o", &p->vector));
    EQFI_TRY(eqf_irreps_spherical_harmonics(context, 2, 1, &p->harmonics));
    EQFI_TRY(eqf_irreps_parse(context, "4x0e+2x1o", &p->feature));
    EQFI_TRY(eqf_irreps_parse(context, "4x0e+4x1o+4x2e", &p->message));
    EQFI_TRY(eqf_irreps_parse(context, "4x0e", &scalars));
    EQFI_TRY(eqfi_product_plan_create(context, EQF_CG_E3NN_05, scalars, p->harmonics, p->message, 3, instructions,
                                      factors, &p->product));
    EQFI_TRY(eqfi_linear_plan_create(context, p->message, p->feature, &p->linear));
fail:
    eqf_irreps_free(scalars);
    return status;
}

static void record(eqf_program *program, const plans *p, const eqfi_product_plan *product,
                   const eqfi_linear_plan *linear)
{
    eqf_rows nodes = eqf_program_rows(program, "nodes"), links = eqf_program_rows(program, "links");
    eqf_rows kinds = eqf_program_rows(program, "kinds");
    eqf_map from = eqf_program_map(program, "from", links, nodes), to = eqf_program_map(program, "to", links, nodes);
    eqf_map kind = eqf_program_map(program, "kind", nodes, kinds);
    eqf_var vectors = eqf_input(program, "vectors", links, p->vector);
    eqf_var table = eqf_parameter(program, "table", kinds, 4), mix = eqf_parameter(program, "mix", eqf_rows_one(), 24);
    eqf_var bias = eqf_parameter(program, "bias", eqf_rows_one(), 4);
    eqf_var scalars = eqf_add(program, eqf_gather(program, kind, table), bias);
    eqf_var sent = eqf_gather(program, from, scalars);
    eqf_var logit = eqf_dot(program, sent, eqf_gather(program, to, scalars), EQF_PER_HEAD, 2);
    eqf_var weight = eqf_segment_softmax(program, to, logit, (eqf_var){0});
    eqf_var message = eqf_scale(program, sent, weight, EQF_PER_HEAD, 2);
    eqf_var harmonics = eqf_solid_harmonics(program, vectors, p->harmonics);
    message = eqfi_emit_product(program, product, p->message, message, harmonics, (eqf_var){0});
    eqf_var feature = eqfi_emit_linear(program, linear, false, p->feature, eqf_segment_sum(program, to, message), mix);
    eqf_var gate = eqf_apply(program, EQF_SILU, eqf_channels(program, feature, 0, 0, 4));
    eqf_var length = eqf_dot(program, feature, feature, EQF_PER_BLOCK, 1);
    eqf_var energy = eqf_sum_rows(program, eqf_concat(program, gate, length));
    energy = eqf_dot(program, energy, energy, EQF_PER_ROW, 1);
    eqf_var wrt[4] = {vectors, table, mix, bias}, gradients[4];
    eqf_grad(program, 1, &energy, NULL, 4, wrt, gradients);
    eqf_output(program, "energy", energy);
    eqf_output(program, "feature", feature);
    eqf_output(program, "force", gradients[0]);
    eqf_output(program, "g.table", gradients[1]);
    eqf_output(program, "g.mix", gradients[2]);
    eqf_output(program, "g.bias", gradients[3]);
}

eqf_status test_network_record(eqf_context *context, eqf_program **program)
{
    eqf_status status = EQF_OK;
    eqf_program *made = NULL;
    plans p = {0};
    EQFI_TRY(make_plans(context, &p));
    EQFI_TRY(eqf_program_create(context, &made));
    eqfi_product_plan *product = p.product;
    eqfi_linear_plan *linear = p.linear;
    p.product = NULL; /* the program owns plans that it is given, even when it fails */
    bool kept = eqfi_intern_plan(made, product, 0) != NULL;
    p.linear = NULL;
    kept = eqfi_intern_plan(made, linear, 0) != NULL && kept;
    if (kept) record(made, &p, product, linear);
    EQFI_TRY(eqf_program_end(context, made));
    *program = made;
    made = NULL;
fail:
    eqf_program_free(made);
    eqf_irreps_free(p.vector);
    eqf_irreps_free(p.harmonics);
    eqf_irreps_free(p.feature);
    eqf_irreps_free(p.message);
    eqfi_delete(context, p.product);
    eqfi_delete(context, p.linear);
    return status;
}

eqf_status test_network_parameters(eqf_context *context, eqf_precision precision, uint64_t seed,
                                   eqf_parameters **parameters)
{
    static const struct {
        const char *name;
        int64_t rows, columns;
    } arrays[] = {{"mix", 1, 24}, {"table", 3, 4}, {"not.used", 2, 2}, {"bias", 1, 4}};
    eqf_status status = EQF_OK;
    eqf_parameters *made = NULL;
    EQFI_TRY(eqf_parameters_create(context, precision, &made));
    for (int i = 0; i < 4; i++) {
        eqf_parameter_info info = {.name = arrays[i].name,
                                   .ndim = 2,
                                   .shape = {arrays[i].rows, arrays[i].columns},
                                   .flags = EQF_PARAMETER_TRAINABLE};
        double values[32];
        for (int k = 0; k < 32; k++) values[k] = (double)(float)eqfi_rng_normal(seed, (uint64_t)i, (uint64_t)k) / 2;
        EQFI_TRY(eqf_parameters_add(context, made, &info));
        EQFI_TRY(eqf_parameters_set(context, made, i, values));
    }
    *parameters = made;
    made = NULL;
fail:
    eqf_parameters_free(made);
    return status;
}

eqf_status test_network_bind(eqf_context *context, eqf_run *run, const test_graph *graph)
{
    eqf_status status = EQF_OK;
    EQFI_TRY(eqf_run_set_rows(context, run, "nodes", graph->nodes));
    EQFI_TRY(eqf_run_set_rows(context, run, "links", graph->links));
    EQFI_TRY(eqf_run_set_map(context, run, "from", graph->from));
    EQFI_TRY(eqf_run_set_map(context, run, "to", graph->to));
    EQFI_TRY(eqf_run_set_map(context, run, "kind", graph->kind));
    EQFI_TRY(eqf_run_set_input(context, run, "vectors", graph->vectors));
fail:
    return status;
}
