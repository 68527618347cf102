// Stands for a header of LAMMPS of 2022 that Debian's liblammps-dev leaves out: the first members of the class, which LAMMPS
// itself makes. The pair style checks what they hold before it changes one. SPDX-License-Identifier: MIT
#ifndef LMP_NEIGH_REQUEST_H
#define LMP_NEIGH_REQUEST_H

#include "pointers.h"

namespace LAMMPS_NS
{
class NeighRequest : protected Pointers
{
  public:
    int index;
    void *requestor;
    int requestor_instance, id;
    int pair, fix, compute, command, neigh;
    int half, full;

  private:
    NeighRequest();
};
} // namespace LAMMPS_NS

#endif
