/* Parts of networks, through public calls: spherical harmonics, depthwise products, attention, one linear map.
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "aspirin.h"

static const char *const sh_text[] = {"1x0e", "1x0e+1x1e", "1x0e+1x1e+1x2e", "1x0e+1x1e+1x2e+1x3e"};
static const char *const node_text[] = {"", "256x0e+128x1e", "128x0e+64x1e+32x2e", "128x0e+64x1e+64x2e+32x3e"};
static const char *const head_text[] = {"", "32x0e+16x1e", "32x0e+16x1e+8x2e", "32x0e+16x1e+16x2e+8x3e"};

eqf_irreps *bench_irreps(eqf_context *context, const char *text)
{
    eqf_irreps *irreps;
    bench_check(context, eqf_irreps_parse(context, text, &irreps));
    return irreps;
}

/* ---------------------------------------------------------------------------------------------- modules in programs -- */

typedef struct program_state {
    eqf_context *context;
    eqf_run *run;
    eqf_module *module;
    eqf_parameters *parameters;
} program_state;

static void run_program(void *state)
{
    program_state *s = state;
    bench_check(s->context, eqf_run_execute(s->context, s->run));
}

static void free_program(void *state)
{
    program_state *s = state;
    eqf_run_free(s->run);
    eqf_module_free(s->module);
    eqf_parameters_free(s->parameters);
    free(s);
}

/* Numbers without structure. */
static double *numbers(size_t n)
{
    double *x = bench_new(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = sin(1.7 * (double)i + 0.3);
    return x;
}

void bench_module(eqf_context *context, eqf_module *module, const char *const *rows, const int64_t *counts,
                  bench_work *work)
{
    char name[16];
    eqf_program *program;
    eqf_var in[3];
    program_state *s = bench_new(sizeof *s);
    *s = (program_state){.context = context, .module = module};
    bench_check(context, eqf_program_create(context, &program));
    eqf_rows atoms = eqf_program_rows(program, "atoms"), edges = eqf_program_rows(program, "edges");
    eqf_graph graph = {.edge_src = eqf_program_map(program, "edge_src", edges, atoms),
                       .edge_dst = eqf_program_map(program, "edge_dst", edges, atoms)};
    for (int i = 0; i < eqf_module_inputs(module); i++) {
        snprintf(name, sizeof name, "in%d", i);
        in[i] = eqf_input(program, name, eqf_program_rows(program, rows[i]), eqf_module_irreps_in(module, i));
    }
    eqf_output(program, "out", eqf_module_record(program, module, "", &graph, in));
    bench_check(context, eqf_program_end(context, program));
    bench_check(context, eqf_parameters_create(context, EQF_FLOAT32, &s->parameters));
    bench_check(context, eqf_module_init(context, module, "", 1, s->parameters));
    bench_check(context, eqf_run_create(context, program, s->parameters, EQF_FLOAT32, &s->run));
    for (int i = 0; i < eqf_module_inputs(module); i++)
        bench_check(context, eqf_run_set_rows(context, s->run, rows[i], counts[i]));
    for (int i = 0; i < eqf_module_inputs(module); i++) {
        double *values = numbers((size_t)counts[i] * (size_t)eqf_irreps_dim(eqf_module_irreps_in(module, i)));
        snprintf(name, sizeof name, "in%d", i);
        bench_check(context, eqf_run_set_input(context, s->run, name, values));
        free(values);
    }
    eqf_program_free(program);
    work->run = run_program;
    work->free = free_program;
    work->state = s;
}

/* 512 channels of scalars to as many: one multiplication of matrices, by the library's own kernels. */
void bench_prepare_gemm(eqf_context *context, const bench_case *self, bench_work *work)
{
    enum { CHANNELS = 512, ROWS = 2048 };
    (void)self;
    eqf_irreps *scalars = bench_irreps(context, "512x0e");
    eqf_module *module;
    bench_check(context, eqf_linear_create(context, scalars, scalars, 0, &module));
    bench_module(context, module, (const char *const[]){"rows"}, (const int64_t[]){ROWS}, work);
    eqf_irreps_free(scalars);
    work->items = ROWS;
    work->flop = 2.0 * CHANNELS * CHANNELS;
}

/* ------------------------------------------------------------------------------------------------------- harmonics -- */

enum { VECTORS = 10000 };

typedef struct harmonics_state {
    eqf_context *context;
    int lmax;
    float *gradient; /* or NULL */
} harmonics_state;

/* Aligned, for stores that do not cross lines of the cache. */
static _Alignas(64) float xyz[3 * VECTORS], components[16 * VECTORS], derivatives[48 * VECTORS];

static void run_harmonics(void *state)
{
    harmonics_state *s = state;
    bench_check(s->context, eqf_spherical_harmonics_columns(s->context, s->lmax, EQF_HARMONICS_COMPONENT, 1,
                                                            EQF_FLOAT32, VECTORS, xyz, components, s->gradient));
}

void bench_prepare_harmonics(eqf_context *context, const bench_case *self, bench_work *work)
{
    harmonics_state *s = bench_new(sizeof *s);
    s->context = context;
    s->lmax = self->lmax;
    s->gradient = self->what == BENCH_GRADIENT ? derivatives : NULL;
    for (int i = 0; i < 3 * VECTORS; i++) xyz[i] = (float)sin(1.7 * i + 0.3);
    *work = (bench_work){.run = run_harmonics, .free = free, .state = s, .items = VECTORS};
}

void bench_prepare_harmonics_module(eqf_context *context, const bench_case *self, bench_work *work)
{
    eqf_irreps *irreps = bench_irreps(context, sh_text[self->lmax]);
    eqf_module *module;
    bench_check(context, eqf_spherical_harmonics_create(context, irreps, EQF_HARMONICS_COMPONENT, 1, &module));
    bench_module(context, module, (const char *const[]){"vectors"}, (const int64_t[]){VECTORS}, work);
    eqf_irreps_free(irreps);
    work->items = VECTORS;
}

/* -------------------------------------------------------------------------------------------- products, attention -- */

/* Multiplications of a depthwise product: channels times non-zero coefficients. */
static double product_flop(eqf_context *context, const eqf_module *module)
{
    double count = 0, *c = bench_new(23 * 23 * 23 * sizeof *c);
    for (int i = 0; i < eqf_tensor_product_instructions(module); i++) {
        eqf_instruction n;
        bench_check(context, eqf_tensor_product_instruction(context, module, i, &n, NULL));
        const eqf_irreps_block *a = eqf_irreps_block_at(eqf_module_irreps_in(module, 0), n.in1);
        const eqf_irreps_block *b = eqf_irreps_block_at(eqf_module_irreps_in(module, 1), n.in2);
        const eqf_irreps_block *o = eqf_irreps_block_at(eqf_module_irreps_out(module), n.out);
        bench_check(context, eqf_wigner_3j(context, EQF_CG_E3NN_05, a->irrep.l, b->irrep.l, o->irrep.l, c));
        int size = (2 * a->irrep.l + 1) * (2 * b->irrep.l + 1) * (2 * o->irrep.l + 1);
        for (int k = 0; k < size; k++)
            if (fabs(c[k]) > 1e-12) count += a->mul;
    }
    free(c);
    return 2 * count;
}

/* As many edges as a network takes at a time: a batch that fills more than the caches measures them instead. */
enum { PRODUCT_EDGES = 32 };

void bench_prepare_product(eqf_context *context, const bench_case *self, bench_work *work)
{
    eqf_irreps *node = bench_irreps(context, node_text[self->lmax]), *sh = bench_irreps(context, sh_text[self->lmax]);
    eqf_module *module;
    bench_check(context, eqf_depthwise_create(context, node, sh, node, NULL, &module));
    bench_module(context, module, (const char *const[]){"edges", "edges", "edges"},
                 (const int64_t[]){PRODUCT_EDGES, PRODUCT_EDGES, PRODUCT_EDGES}, work);
    work->items = PRODUCT_EDGES;
    work->flop = product_flop(context, module);
    eqf_irreps_free(node);
    eqf_irreps_free(sh);
}

typedef struct attention_state {
    bench_work module;
    int32_t *maps; /* edge_src, edge_dst */
} attention_state;

static void run_attention(void *state) { run_program(((attention_state *)state)->module.state); }

static void free_attention(void *state)
{
    attention_state *s = state;
    free_program(s->module.state);
    free(s->maps);
    free(s);
}

void bench_prepare_attention(eqf_context *context, const bench_case *self, bench_work *work)
{
    attention_state *s = bench_new(sizeof *s);
    eqf_irreps *node = bench_irreps(context, node_text[self->lmax]), *sh = bench_irreps(context, sh_text[self->lmax]);
    eqf_irreps *head = bench_irreps(context, head_text[self->lmax]);
    eqf_attention_options options = EQF_ATTENTION_OPTIONS_INIT;
    eqf_module *module;
    options.irreps_in = options.irreps_out = node;
    options.irreps_sh = sh;
    options.irreps_head = head;
    options.num_heads = 4;
    options.n_radial = 3;
    options.radial_layers = (const int[]){32, 64, 64};
    bench_check(context, eqf_graph_attention_create(context, &options, &module));
    double *vectors;
    int64_t edges = bench_aspirin_edges(context, &s->maps, &vectors);
    free(vectors);
    bench_module(context, module, (const char *const[]){"atoms", "edges", "edges"},
                 (const int64_t[]){ASPIRIN_ATOMS, edges, edges}, &s->module);
    eqf_run *run = ((program_state *)s->module.state)->run;
    bench_check(context, eqf_run_set_map(context, run, "edge_src", s->maps));
    bench_check(context, eqf_run_set_map(context, run, "edge_dst", s->maps + edges));
    eqf_irreps_free(node);
    eqf_irreps_free(sh);
    eqf_irreps_free(head);
    *work = (bench_work){.run = run_attention, .free = free_attention, .state = s, .items = (double)edges};
}
