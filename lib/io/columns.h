/* The columns of an XYZ file: what Properties says, and the lines of the atoms. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_COLUMNS_H
#define EQFI_IO_COLUMNS_H

#include "io/lines.h"

/* Field numbers on the line, from 0; -1: not there. */
typedef struct eqfi_columns {
    int species;
    int positions;
    int forces;
    int tags;
    int width;    /* fields that a line must have */
    bool at_most; /* and no more than these */
    bool qm9;     /* numbers may be written as raw files of QM9 do */
} eqfi_columns;

/* Reads NAME:TYPE:WIDTH:..., types S, R, I and L. NULL is plain XYZ: a species, three coordinates and anything behind.
 * forces is the name of the column of forces; NULL: forces, then force. */
eqf_status eqfi_columns_parse(eqf_context *context, const eqfi_lines *lines, const char *properties, const char *forces,
                              eqfi_columns *columns);

/* Where an atom goes; forces and tag are not touched without such a column. */
typedef struct eqfi_atom {
    int *number;
    double *position; /* [3] */
    double *force;    /* [3] */
    int *tag;
} eqfi_atom;

eqf_status eqfi_columns_read(eqf_context *context, const eqfi_lines *lines, const eqfi_columns *columns,
                             eqfi_slice line, const eqfi_atom *atom);

#endif
