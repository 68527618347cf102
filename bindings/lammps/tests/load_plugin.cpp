// Loads the plugin as the package PLUGIN of LAMMPS does and runs an input: load_plugin FILE, then LAMMPS's arguments.
// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <string>

#include <dlfcn.h>
#include <mpi.h>

#include "force.h"
#include "input.h"
#include "lammps.h"

#include "lammpsplugin.h"
#include "version.h"

using namespace LAMMPS_NS;

static void *loaded;

static void enter(lammpsplugin_t *plugin, void *lammps)
{
    if (std::strcmp(plugin->version, LAMMPS_VERSION) != 0 || std::strcmp(plugin->style, "pair") != 0 ||
        plugin->handle != loaded)
        return;
    auto create = reinterpret_cast<Pair *(*)(LAMMPS *)>(plugin->creator.v1);
    (*static_cast<LAMMPS *>(lammps)->force->pair_map)[plugin->name] = create;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    loaded = argc > 1 ? dlopen(argv[1], RTLD_NOW) : nullptr;
    void *init = loaded != nullptr ? dlsym(loaded, "lammpsplugin_init") : nullptr;
    if (init == nullptr) {
        std::fprintf(stderr, "no plugin: %s\n", argc > 1 ? dlerror() : "usage: load_plugin FILE ...");
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    try {
        std::unique_ptr<LAMMPS> lammps(new LAMMPS(argc - 1, argv + 1, MPI_COMM_WORLD));
        reinterpret_cast<lammpsplugin_initfunc>(init)(lammps.get(), loaded, reinterpret_cast<void *>(&enter));
        lammps->input->file();
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Finalize();
    return 0;
}
