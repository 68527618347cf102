// The pair style as a plugin: `plugin load equiformerplugin.so` in a LAMMPS with the package PLUGIN.
// SPDX-License-Identifier: MIT
#include "lammpsplugin.h"
#include "version.h"

#include "pair_equiformer.h"

using namespace LAMMPS_NS;

static Pair *create(LAMMPS *lammps) { return new PairEquiformer(lammps); }

extern "C" void lammpsplugin_init(void *lammps, void *handle, void *register_function)
{
    lammpsplugin_t plugin = {};
    plugin.version = LAMMPS_VERSION;
    plugin.style = "pair";
    plugin.name = "equiformer";
    plugin.info = "Equiformer, equivariant graph attention";
    plugin.author = "libequiformer";
    plugin.creator.v1 = reinterpret_cast<lammpsplugin_factory1 *>(&create);
    plugin.handle = handle;
    reinterpret_cast<lammpsplugin_regfunc>(register_function)(&plugin, lammps);
}
