/* Units of models, and constants of physics. SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNITS_H
#define TOOLS_UNITS_H

#include <stdbool.h>

#include <equiformer/model.h>

/* What a model's units are worth, and what follows for dynamics in model units, femtoseconds and atomic mass units. */
typedef struct units {
    double length;       /* in Angstrom */
    double energy;       /* in eV */
    double acceleration; /* in (length unit) / fs^2, of a mass unit under a force of (energy unit) / (length unit) */
    double boltzmann;    /* in (energy unit) / K */
    double wave_number;  /* in 1/cm, of an oscillator with the force constant (energy unit) / (length unit)^2 and a mass
                            unit */
    double quantum;      /* in (energy unit), of a quantum of 1/cm */
} units;

/* The units that the configuration of a model names. False after saying which of them is not known. */
bool units_of(const char *command, eqf_context *context, const eqf_model *model, units *result);

#endif
