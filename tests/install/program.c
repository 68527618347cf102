/* A program outside the project, in C: built through pkg-config from an installed library.
 * SPDX-License-Identifier: MIT */
#include <equiformer/context.h>
#include <equiformer/irreps.h>
#include <equiformer/version.h>

#include <stdio.h>

int main(void)
{
    if (eqf_version() != EQF_VERSION) return 1;
    eqf_context *context = NULL;
    eqf_irreps *irreps = NULL;
    if (eqf_context_create(NULL, &context) != EQF_OK) return 2;
    if (eqf_irreps_parse(context, "4x0e+2x1o", &irreps) != EQF_OK || eqf_irreps_dim(irreps) != 10) return 3;
    eqf_irreps_free(irreps);
    if (eqf_irreps_parse(context, "4x0q", &irreps) != EQF_ERROR_PARSE || eqf_context_message(context)[0] == '\0')
        return 4;
    eqf_context_free(context);
    printf("libequiformer %s\n", eqf_version_string());
    return 0;
}
