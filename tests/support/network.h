/* A small network of all operations, for tests of programs and runs.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_NETWORK_H
#define TESTS_SUPPORT_NETWORK_H

#include "test.h"

#include <equiformer/program.h>

/* Sizes and targets for which the network runs. */
typedef struct test_graph {
    int64_t nodes, links;
    int32_t from[320], to[320], kind[64];
    double vectors[320 * 3];
} test_graph;

/* A graph whose links are not in order, and in which node 1 receives nothing. */
void test_graph_fill(test_graph *graph, int64_t nodes, int64_t links, uint64_t seed);

/* Records and ends it: input vectors (links x 1x1o), parameters table (3 kinds x 4), mix (24), bias (4); outputs energy
 * (one), feature (nodes x 4x0e+2x1o), force (links x 1x1o: the derivative of energy by vectors), and the derivatives
 * g.table, g.mix, g.bias. */
eqf_status test_network_record(eqf_context *context, eqf_program **program);

/* Its parameters and one more, drawn from a seed. */
eqf_status test_network_parameters(eqf_context *context, eqf_precision precision, uint64_t seed,
                                   eqf_parameters **parameters);

/* Sets sizes, maps and inputs. */
eqf_status test_network_bind(eqf_context *context, eqf_run *run, const test_graph *graph);

#endif
