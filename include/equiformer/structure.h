/* libequiformer: structures - atoms, cell and what a data set says about them -
 * and reading them from files.
 *
 * Units at this level are those of the file (extended XYZ: Angstrom and eV by
 * custom). SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_STRUCTURE_H
#define EQUIFORMER_STRUCTURE_H

#include <equiformer/context.h>

/* One frame. The arrays belong to whoever made it: those that a reader returns
 * stay valid until its next frame. */
typedef struct eqf_structure {
    size_t size; /* sizeof(eqf_structure) */
    int64_t natoms;
    const int *atomic_numbers; /* [natoms], 1..118 */
    const double *positions;   /* [natoms][3] */
    double cell[9];            /* rows are lattice vectors; all 0 without a cell */
    int pbc[3];                /* periodic along each lattice vector */
    int has_energy;
    double energy;
    const double *forces; /* [natoms][3] or NULL */
    const int *tags;      /* [natoms] or NULL */
    int has_stress;       /* from `stress`, or -virial / volume */
    double stress[9];     /* energy per volume, positive under tension */
} eqf_structure;

typedef struct eqf_extxyz_reader eqf_extxyz_reader;

typedef struct eqf_extxyz_options {
    size_t size;            /* sizeof(eqf_extxyz_options), set by the initialiser */
    const char *energy_key; /* of the comment; NULL: energy, then the names that
                             data sets use (docs/structures.md) */
    const char *forces_key; /* of a column; NULL: forces, then force */
} eqf_extxyz_options;

#define EQF_EXTXYZ_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(eqf_extxyz_options), 0, 0                                                                               \
    }

EQF_BEGIN_DECLS

/* Opens a plain or extended XYZ file, "-" for standard input; frames are read
 * one at a time. options may be NULL and are copied. EQF_ERROR_IO if it cannot
 * be opened. Since 0.1. */
EQF_API eqf_status eqf_extxyz_open(eqf_context *context, const char *path, const eqf_extxyz_options *options,
                                   eqf_extxyz_reader **reader);

/* The same on bytes in memory, borrowed until the reader is freed; name stands
 * for the path in messages. Since 0.1. */
EQF_API eqf_status eqf_extxyz_open_memory(eqf_context *context, const void *bytes, size_t length, const char *name,
                                          const eqf_extxyz_options *options, eqf_extxyz_reader **reader);

/* Fills *frame, whatever was in it, with the next frame; EQF_END (no message)
 * after the last. Errors name file and line: EQF_ERROR_PARSE,
 * EQF_ERROR_NOT_FINITE (nan or infinity where a number counts), EQF_ERROR_IO,
 * EQF_ERROR_MEMORY. After END or an error every further call answers the same.
 * Since 0.1. */
EQF_API eqf_status eqf_extxyz_next(eqf_context *context, eqf_extxyz_reader *reader, eqf_structure *frame);

/* A number `key=value` of the frame that was read last; EQF_ERROR_NOT_FOUND if
 * it has none of that name, EQF_ERROR_PARSE if it is not one number. Since 0.1.
 */
EQF_API eqf_status eqf_extxyz_number(eqf_context *context, const eqf_extxyz_reader *reader, const char *key,
                                     double *value);

/* The text of `key=value`, unquoted; NULL if there is none. Valid until the
 * next frame. Since 0.1. */
EQF_API const char *eqf_extxyz_text(const eqf_extxyz_reader *reader, const char *key);

EQF_API void eqf_extxyz_close(eqf_extxyz_reader *reader); /* NULL is fine. Since 0.1. */

/* Atomic number of "C", 1..118, in any case, or 0 if there is no such element.
 * Since 0.1. */
EQF_API int eqf_element_number(const char *symbol);

/* Symbol of 1..118, "X" for 0, NULL beyond. Static storage. Since 0.1. */
EQF_API const char *eqf_element_symbol(int atomic_number);

EQF_END_DECLS

#endif
