/* Units of models. SPDX-License-Identifier: MIT */
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "output.h"

/* CODATA 2022 (P. J. Mohr et al., Rev. Mod. Phys. 97 (2025) 025002). The first six are exact by definition. */
#define ELEMENTARY_CHARGE 1.602176634e-19       /* C, and eV in J */
#define BOLTZMANN 1.380649e-23                  /* J/K */
#define AVOGADRO 6.02214076e23                  /* 1/mol */
#define PLANCK 6.62607015e-34                   /* J s */
#define SPEED_OF_LIGHT 299792458.0              /* m/s */
#define CALORIE 4.184                           /* J, thermochemical */
#define ATOMIC_MASS_UNIT 1.66053906892e-27      /* kg */
#define HARTREE (27.211386245981)               /* eV */
#define BOHR 0.529177210544                     /* Angstrom */
#define PER_MOLE (AVOGADRO * ELEMENTARY_CHARGE) /* J/mol in 1 eV */

typedef struct named_unit {
    const char *name;
    double value;
} named_unit;

static const named_unit lengths[] = {{"angstrom", 1}, {"bohr", BOHR}, {"nm", 10}, {NULL, 0}};
static const named_unit energies[] = {{"eV", 1},
                                      {"meV", 1e-3},
                                      {"hartree", HARTREE},
                                      {"rydberg", HARTREE / 2},
                                      {"kcal/mol", 1e3 * CALORIE / PER_MOLE},
                                      {"kJ/mol", 1e3 / PER_MOLE},
                                      {NULL, 0}};

static double look_up(const named_unit *table, const char *name)
{
    for (; table->name != NULL; table++)
        if (name != NULL && strcmp(table->name, name) == 0) return table->value;
    return 0;
}

static bool refuse(const char *command, const char *key, const char *name, const named_unit *table)
{
    char known[128] = "";
    for (; table->name != NULL; table++) {
        if (known[0] != '\0') strcat(known, ", ");
        strcat(known, table->name);
    }
    fail(command, "the model's %s is '%s', expected one of: %s", key, name == NULL ? "" : name, known);
    return false;
}

static void derive(units *u)
{
    const double pi = 3.14159265358979323846, length = 1e-10 * u->length, energy = ELEMENTARY_CHARGE * u->energy;
    u->acceleration = energy / length / ATOMIC_MASS_UNIT * 1e-30 / length;
    u->boltzmann = BOLTZMANN / energy;
    u->quantum = PLANCK * SPEED_OF_LIGHT * 100 / energy;
    u->wave_number = sqrt(energy / (length * length) / ATOMIC_MASS_UNIT) / (2 * pi * SPEED_OF_LIGHT * 100);
}

bool units_of(const char *command, eqf_context *context, const eqf_model *model, units *result)
{
    char *text = NULL;
    eqf_status status = eqf_config_format(context, eqf_model_config(model), &text);
    if (status != EQF_OK) {
        fail(command, "%s", message_of(context, status));
        return false;
    }
    json_t *config = json_loads(text, 0, NULL);
    const char *length = json_string_value(json_object_get(config, "length_unit"));
    const char *energy = json_string_value(json_object_get(config, "energy_unit"));
    *result = (units){.length = look_up(lengths, length), .energy = look_up(energies, energy)};
    bool known = true;
    if (result->length <= 0)
        known = refuse(command, "length_unit", length, lengths);
    else if (result->energy <= 0)
        known = refuse(command, "energy_unit", energy, energies);
    else
        derive(result);
    json_decref(config);
    eqf_text_free(context, text);
    return known;
}
