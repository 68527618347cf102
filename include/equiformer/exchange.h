/* libequiformer: exchange between processes that share a graph.
 *
 * Each process has atoms of its own and, behind them, ghosts: copies of atoms that other processes (or, as periodic images,
 * the process itself) own and that send to its atoms. Edges end at own atoms. In a program the own atoms are one row set;
 * own atoms followed by ghosts are another one, the senders. A result on own atoms becomes one on senders by an exchange,
 * which the host carries out:
 *
 *     FORWARD   rows of ghosts become those of their owners
 *     REVERSE   rows of ghosts are added to those of their owners, from where FORWARD would take them (its adjoint)
 *     SUM       every row becomes the sum over all processes (its own adjoint)
 *
 * Every process runs the same program and takes part in each of its exchanges, in the same order, whatever rows it has.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_EXCHANGE_H
#define EQUIFORMER_EXCHANGE_H

#include <equiformer/program.h>

typedef enum eqf_exchange_kind {
    EQF_EXCHANGE_FORWARD = 0,
    EQF_EXCHANGE_REVERSE = 1,
    EQF_EXCHANGE_SUM = 2
} eqf_exchange_kind;

/* One exchange. The host changes values in place: FORWARD sets the rows own.. rows-1; REVERSE adds them to the rows of
 * their owners, and may leave anything in them; SUM replaces all. What a column means does not matter to the host. */
typedef struct eqf_exchange {
    eqf_exchange_kind kind;
    eqf_precision precision; /* of values: float or double */
    int width;               /* numbers in a row */
    int64_t own;             /* rows of the process's own */
    int64_t rows;            /* rows in all; of SUM: own */
    void *values;            /* [rows][width], the run's; valid until the next step */
} eqf_exchange;

/* Carries out an exchange, on the thread that runs the program. An answer other than 0 ends the run. */
typedef int (*eqf_exchange_function)(void *user, const eqf_exchange *exchange);

EQF_BEGIN_DECLS

/* ------------------------------------------------------------------------------------------------------ recording -- */

/* Whether what is recorded from now on is for several processes (0 at first): models then have the row set "senders", and
 * eqf_all_reduce records. Dropouts of a distributed program are not those of the same program on one process. Since 0.1. */
EQF_API void eqf_program_set_distributed(eqf_program *program, int distributed);
EQF_API int eqf_program_distributed(const eqf_program *program);

/* x on its rows followed by those of ghosts: `rows` has at least as many. x itself if it has this row set. Since 0.1. */
EQF_API eqf_var eqf_with_ghosts(eqf_program *program, eqf_rows rows, eqf_var x);

/* The sum of x over all processes, row by row; all have the same number of rows. x itself if the program is not
 * distributed. Since 0.1. */
EQF_API eqf_var eqf_all_reduce(eqf_program *program, eqf_var x);

/* -------------------------------------------------------------------------------------------------------- running -- */

/* Who carries out the exchanges of eqf_run_execute. NULL, as at first: nobody; the process is then alone, and there must be
 * no ghosts (EQF_ERROR_STATE). If the function answers other than 0, eqf_run_execute returns EQF_ERROR_CALLBACK, and the
 * run can be executed again. Since 0.1. */
EQF_API void eqf_run_set_exchange(eqf_run *run, eqf_exchange_function function, void *user);

/* Number of exchanges in an execution, and exchange i, its rows 0 and its values NULL. Since 0.1. */
EQF_API int eqf_run_exchanges(const eqf_run *run);
EQF_API eqf_status eqf_run_exchange(eqf_context *context, const eqf_run *run, int i, eqf_exchange *exchange);

/* An execution whose loop is the host's: after eqf_run_begin, each eqf_run_step computes up to the next exchange and
 * returns EQF_OK with *exchange, which the host carries out before the next step; EQF_END (no message) says that the
 * execution is complete. Sizes, maps and inputs stay as they are meanwhile; setting a size ends the execution. A host that
 * goes no further need not do anything. Since 0.1. */
EQF_API eqf_status eqf_run_begin(eqf_context *context, eqf_run *run);
EQF_API eqf_status eqf_run_step(eqf_context *context, eqf_run *run, eqf_exchange *exchange);

EQF_END_DECLS

#endif
