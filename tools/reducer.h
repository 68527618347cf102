/* The processes that train together. The tool is linked with one of two implementations: reducer.c knows one process,
 * mpi/reducer.c those that mpirun starts (make mpi).
 * SPDX-License-Identifier: MIT */
#ifndef TOOLS_REDUCER_H
#define TOOLS_REDUCER_H

#include <equiformer/trainer.h>

/* Joins the other processes. */
eqf_reducer reducer_begin(void);

/* Leaves them: together if the status is EXIT_SUCCESS, else they are ended, too. Returns the status. */
int reducer_end(int exit_status);

#endif
