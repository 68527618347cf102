/* Raw files of QM9 (R. Ramakrishnan et al., Scientific Data 1 (2014) 140022): XYZ whose comment is `gdb`, a number and 15
 * properties, whose atoms have a charge behind, and whose atoms are followed by three lines: frequencies, SMILES, InChI.
 * Exponents may be written as Mathematica does, 1.5*^-6. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_QM9_H
#define EQFI_IO_QM9_H

#include "io/lines.h"

/* Whether a comment is that of a raw file. Then *text, which grows, has it as key=value, and *comment is a slice of it. */
eqf_status eqfi_qm9_comment(eqf_context *context, eqfi_slice line, char **text, size_t *capacity, bool *is_qm9,
                            eqfi_slice *comment);

/* Passes over the lines that follow the atoms, if they are there. */
eqf_status eqfi_qm9_skip(eqf_context *context, eqfi_lines *lines);

/* A number with either kind of exponent. */
bool eqfi_qm9_parse(eqfi_slice field, double *value);

#endif
