/* libequiformer: data sets - labelled structures to train on and to compare with.
 *
 * A data set is a sequence of samples from files, or from arrays of the host, in units of choice, checked when it is made:
 * a label that is missing or absurd is refused with the name of its file and frame. Immutable and reference counted. The
 * samples of a data set and of its selections are read by one thread at a time: those that do not fit into the memory
 * allowed are read again from their file whenever they are asked for, by an index of the places where they begin.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_DATASET_H
#define EQUIFORMER_DATASET_H

#include <equiformer/structure.h>

typedef struct eqf_dataset eqf_dataset;

/* Labels that samples can have; values may be combined. */
typedef enum eqf_label {
    EQF_LABEL_ENERGY = 1, /* or whatever scalar was chosen as the target */
    EQF_LABEL_FORCES = 2,
    EQF_LABEL_STRESS = 4,
    EQF_LABEL_RELAXED = 8 /* positions after relaxation */
} eqf_label;

/* How samples are read and checked. A label whose key is given is one that every sample must have; NULL keys are the usual
 * names (eqf_frames_options). Units are names that eqf_unit_factor knows. docs/datasets.md tells more. */
typedef struct eqf_dataset_options {
    size_t size;
    const char *energy_key;     /* of the energy, or of another scalar that takes its place */
    const char *forces_key;     /* of the forces */
    const char *stress_key;     /* of the stress */
    unsigned labels;            /* of eqf_label: those that every sample must have; others are passed on */
    const char *energy_unit;    /* of the source; "1" for targets that are not converted (NULL: eV) */
    const char *length_unit;    /* of the source (NULL: angstrom) */
    const char *stress_unit;    /* of the source (NULL: energy_unit / length_unit^3) */
    const char *to_energy_unit; /* of the samples (NULL: eV, or "1" if energy_unit is "1", with which alone it goes) */
    const char *to_length_unit; /* of the samples (NULL: angstrom) */
    int relaxations;            /* 1: a file is one relaxation and becomes one sample, see eqf_sample.relaxed */
    double force_max;           /* larger components are refused, in the units of the samples; 0: 1e4 eV/angstrom */
    double distance_min;        /* two atoms nearer than this are refused; 0: 0.1 angstrom; < 0: not checked */
    size_t memory;              /* bytes of samples to keep in memory; 0: 1 GiB */
} eqf_dataset_options;

#define EQF_DATASET_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(eqf_dataset_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                             \
    }

/* One sample. The arrays are the data set's, valid until the next sample of it, or of a selection of it, is read. That of a
 * relaxation is its first frame with the energy of the last, without forces and stress. */
typedef struct eqf_sample {
    size_t size;
    const eqf_structure *structure;
    const double *relaxed; /* [natoms][3] positions of the last frame as the file has them, not wrapped, or NULL */
    const char *source;    /* name of the file; "structures" for those of the host */
    int64_t frame;         /* in the source, from 0 */
} eqf_sample;

#define EQF_SAMPLE_INIT                                                                                                \
    {                                                                                                                  \
        sizeof(eqf_sample), 0, 0, 0, 0                                                                                 \
    }

/* How to divide a data set: sizes are whole numbers of samples if they are 1 or more, fractions of the whole, rounded down,
 * below. */
typedef struct eqf_split_options {
    size_t size;
    double train; /* 0: what the others leave */
    double valid; /* 0: what the others leave, if train is given; none otherwise */
    double test;  /* 0: what the others leave, if both are given; none otherwise */
    int shuffle;  /* 1 (default): in an order that depends on n and the seed alone; 0: in the order of the data set */
    uint64_t seed;
} eqf_split_options;

#define EQF_SPLIT_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(eqf_split_options), 0, 0, 0, 1, 0                                                                       \
    }

/* What a data set is like, in its units. Means and deviations are over the samples that have the label, nan without;
 * deviations divide by n - 1 and are nan for fewer than two. */
typedef struct eqf_statistics {
    size_t size;
    int64_t samples, atoms, atoms_max;
    unsigned labels;       /* that every sample has */
    int64_t elements[119]; /* number of atoms by atomic number */
    double energy_mean, energy_deviation, energy_min, energy_max;
    double energy_per_atom_mean, energy_per_atom_deviation;
    double force_rms;    /* over components */
    double force_max;    /* size of the largest component */
    double stress_rms;   /* over components */
    double distance_min; /* between two atoms, periodic images included; infinity if there are none */
} eqf_statistics;

#define EQF_STATISTICS_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(eqf_statistics), 0, 0, 0, 0, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                          \
    }

EQF_BEGIN_DECLS

/* Reads samples from n files (eqf_frames_open); a directory stands for its files that end in .xyz, .extxyz or .npz, in the
 * order of their names. options may be NULL. Refused with the names of file and frame are
 * EQF_ERROR_NOT_FOUND (a label that must be there), EQF_ERROR_RANGE (atoms too near, forces too large),
 * EQF_ERROR_ARGUMENT (no atoms, a relaxation whose atoms change), and what eqf_frames_next and eqf_neighbors_find refuse.
 * Since 0.1. */
EQF_API eqf_status eqf_dataset_open(eqf_context *context, int n, const char *const *paths,
                                    const eqf_dataset_options *options, eqf_dataset **dataset);

/* Samples from an array of structures of the host, all of the same size, which are copied, under the same checks and
 * conversions; the keys and relaxations of options do not count. Since 0.1. */
EQF_API eqf_status eqf_dataset_create(eqf_context *context, int64_t n, const eqf_structure *structures,
                                      const eqf_dataset_options *options, eqf_dataset **dataset);

/* n samples of a data set, by index and in this order; shares its memory. EQF_ERROR_RANGE for an index that is not
 * below its size. Since 0.1. */
EQF_API eqf_status eqf_dataset_select(eqf_context *context, const eqf_dataset *dataset, int64_t n,
                                      const int64_t *indices, eqf_dataset **selection);

/* The samples that an index file lists, in its order: text with one index on each line, from 0, where '#' begins a
 * comment. Errors name the line. Since 0.1. */
EQF_API eqf_status eqf_dataset_select_file(eqf_context *context, const eqf_dataset *dataset, const char *path,
                                           eqf_dataset **selection);

EQF_API eqf_dataset *eqf_dataset_retain(const eqf_dataset *dataset); /* never fails. Since 0.1. */
EQF_API void eqf_dataset_free(eqf_dataset *dataset);                 /* NULL is fine. Since 0.1. */

EQF_API int64_t eqf_dataset_samples(const eqf_dataset *dataset); /* number of samples. Since 0.1. */
EQF_API unsigned eqf_dataset_labels(const eqf_dataset *dataset); /* that every sample has (eqf_label). Since 0.1. */

/* Units of the samples, as configurations of models call them: "eV", "angstrom"; "1" for targets that are not converted.
 * Static storage. Since 0.1. */
EQF_API const char *eqf_dataset_energy_unit(const eqf_dataset *dataset);
EQF_API const char *eqf_dataset_length_unit(const eqf_dataset *dataset);

/* Sample 0 <= i < size, EQF_ERROR_RANGE otherwise. One that has to be read again can fail as eqf_frames_open and
 * eqf_frames_next do, or with EQF_ERROR_FORMAT if it is not what it was when the data set was opened. Since 0.1. */
EQF_API eqf_status eqf_dataset_get(eqf_context *context, const eqf_dataset *dataset, int64_t i, eqf_sample *sample);

/* Divides 0..n-1: writes the indices of the three parts (train, valid, test) one after the other to indices [n] and their
 * numbers to counts[3]; what no part takes comes last. options may be NULL: all are for training, shuffled.
 * EQF_ERROR_RANGE if the parts are more than there is. Since 0.1. */
EQF_API eqf_status eqf_split(eqf_context *context, int64_t n, const eqf_split_options *options, int64_t *indices,
                             int64_t counts[3]);

/* Reads all samples. Since 0.1. */
EQF_API eqf_status eqf_dataset_statistics(eqf_context *context, const eqf_dataset *dataset, eqf_statistics *statistics);

/* Energies of single atoms by least squares: those that minimise the sum of (energy - sum over atoms of
 * references[atomic number])^2, of smallest norm where compositions do not tell them apart; 0 for elements that are not
 * there. Reads all samples; EQF_ERROR_NOT_FOUND for one without an energy. Since 0.1. */
EQF_API eqf_status eqf_dataset_fit_references(eqf_context *context, const eqf_dataset *dataset, double references[119]);

/* What one of `from` is in `to`. Energies: eV, meV, hartree, mhartree, rydberg, kcal/mol, kJ/mol; lengths: angstrom, bohr,
 * nm; stresses: eV/angstrom^3, GPa, kbar; and "1". In any case, but for a leading m; Ha, mHa, Ry, A and eV/A^3 are
 * understood. CODATA 2018; 1 cal is 4.184 J. EQF_ERROR_NOT_FOUND names the known ones of the kind. Since 0.1. */
EQF_API eqf_status eqf_unit_factor(eqf_context *context, const char *from, const char *to, double *factor);

EQF_END_DECLS

#endif
