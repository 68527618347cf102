/* Units of models. SPDX-License-Identifier: MIT */
#include "units.h"

#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include <equiformer/dataset.h>

#include "output.h"

/* CODATA 2018 (E. Tiesinga et al., Rev. Mod. Phys. 93 (2021) 025010), as eqf_unit_factor; the first four are exact. */
#define ELEMENTARY_CHARGE 1.602176634e-19  /* C, and eV in J */
#define BOLTZMANN 1.380649e-23             /* J/K */
#define PLANCK 6.62607015e-34              /* J s */
#define SPEED_OF_LIGHT 299792458.0         /* m/s */
#define ATOMIC_MASS_UNIT 1.66053906660e-27 /* kg */

/* What a unit that the configuration has under a key is in another. False after saying that it is not known. */
static bool worth(const char *command, eqf_context *context, const json_t *config, const char *key, const char *unit,
                  double *value)
{
    const char *name = json_string_value(json_object_get(config, key));
    if (eqf_unit_factor(context, name == NULL ? "" : name, unit, value) == EQF_OK) return true;
    fail(command, "the model's %s: %s", key, eqf_context_message(context));
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
    bool known = worth(command, context, config, "length_unit", "angstrom", &result->length) &&
                 worth(command, context, config, "energy_unit", "eV", &result->energy);
    if (known) derive(result);
    json_decref(config);
    eqf_text_free(context, text);
    return known;
}
