// LAMMPS with the pair style equiformer: the program `lmp` of a liblammps that cannot load plugins.
// The command `clear` makes LAMMPS forget the style. SPDX-License-Identifier: MIT
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <string>

#include <mpi.h>

#include "force.h"
#include "input.h"
#include "lammps.h"

#include "pair_equiformer.h"

using namespace LAMMPS_NS;

static Pair *create(LAMMPS *lammps) { return new PairEquiformer(lammps); }

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    try {
        std::unique_ptr<LAMMPS> lammps(new LAMMPS(argc, argv, MPI_COMM_WORLD));
        (*lammps->force->pair_map)["equiformer"] = create;
        lammps->input->file();
    } catch (const std::exception &failure) { // LAMMPS has said what it is
        std::fprintf(stderr, "%s\n", failure.what());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Finalize();
    return 0;
}
