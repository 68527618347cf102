/* A program outside the project, in C++: built through pkg-config from an installed library.
 * SPDX-License-Identifier: MIT */
#include <equiformer/context.h>
#include <equiformer/irreps.h>
#include <equiformer/version.h>

#include <iostream>
#include <memory>

int main()
{
    if (eqf_version() != EQF_VERSION) return 1;
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    eqf_context *made = nullptr;
    if (eqf_context_create(&options, &made) != EQF_OK) return 2;
    std::unique_ptr<eqf_context, decltype(&eqf_context_free)> context(made, eqf_context_free);

    eqf_irreps *parsed = nullptr;
    if (eqf_irreps_parse(context.get(), "4x0e+2x1o", &parsed) != EQF_OK) return 3;
    std::unique_ptr<eqf_irreps, decltype(&eqf_irreps_free)> irreps(parsed, eqf_irreps_free);
    if (eqf_irreps_dim(irreps.get()) != 10) return 4;

    std::cout << "libequiformer " << eqf_version_string() << '\n';
    return 0;
}
