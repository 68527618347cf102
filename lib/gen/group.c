/* SPDX-License-Identifier: MIT */
#include "group.h"

#include <equiformer/wigner.h>

#include "gen.h"

static int read_path(group *g, int l2, int l3)
{
    double c[DIM * DIM * DIM];
    path *p = &g->paths[g->n++];
    *p = (path){.l2 = l2, .l3 = l3, .n2 = 2 * l2 + 1, .n3 = 2 * l3 + 1};
    if (eqf_wigner_3j(NULL, EQF_CG_E3NN_05, g->l1, l2, l3, c) != EQF_OK) return 1;
    int next = p->first = g->n == 1 ? 0 : p[-1].first + p[-1].columns;
    for (int i = 0; i < g->n1; i++) {
        for (int k = 0; k < p->n3; k++) {
            p->pair[i][k] = -1;
            for (int j = 0; j < p->n2; j++) {
                p->c[i][j][k] = c[(i * p->n2 + j) * p->n3 + k];
                if (!gen_is_zero(p->c[i][j][k]) && p->pair[i][k] < 0) p->pair[i][k] = next++;
            }
        }
    }
    p->columns = (next - p->first + ROW - 1) / ROW * ROW;
    return 0;
}

int gen_read_group(group *g, int l1, int up_to)
{
    *g = (group){.l1 = l1, .n1 = 2 * l1 + 1, .l_up_to = up_to};
    for (int l2 = 0; l2 <= up_to; l2++)
        for (int l3 = l1 < l2 ? l2 - l1 : l1 - l2; l3 <= l1 + l2 && l3 <= up_to; l3++)
            if (read_path(g, l2, l3) != 0) return 1;
    return 0;
}
