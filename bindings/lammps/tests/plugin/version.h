// The release that liblammps-dev does not name. SPDX-License-Identifier: MIT
#ifndef LMP_VERSION_H
#define LMP_VERSION_H

#define LAMMPS_VERSION "29 Sep 2021"

#endif
