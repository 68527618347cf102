/* generate products | frames | contractions | harmonics: writes the straight-line kernels of lib/kern/variant.
 *
 * A program of the build: it runs on the machine that compiles, in the build's directory.
 * SPDX-License-Identifier: MIT */
#include "gen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool gen_is_zero(double c) { return fabs(c) < 1e-12; }

void gen_plus(bool *first)
{
    if (!*first) printf(" + ");
    *first = false;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*write)(void);
    } parts[] = {{"products", gen_products},
                 {"frames", gen_frames},
                 {"contractions", gen_contractions},
                 {"harmonics", gen_harmonics}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (argc != 2 || strcmp(argv[1], parts[i].name) != 0) continue;
        printf("/* Written by lib/gen. SPDX-License-Identifier: MIT */\n");
        return parts[i].write() != 0 || fflush(stdout) != 0 || ferror(stdout);
    }
    fprintf(stderr, "usage: generate products | frames | contractions | harmonics\n");
    return 2;
}
