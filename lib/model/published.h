/* Configurations in the spelling of the published code.
 * SPDX-License-Identifier: MIT */
#ifndef EQFI_MODEL_PUBLISHED_H
#define EQFI_MODEL_PUBLISHED_H

#include <jansson.h>

#include "base/context.h"

/* Makes a configuration with our keys of a JSON object with "kind" - the name of a preset, or "qm9", "md17" or "oc20",
 * each also with "_dot_product" behind - and the arguments of that model's constructor. Names that are no arguments, like
 * cg_convention, stay as they are. */
eqf_status eqfi_published_config(eqf_context *context, const json_t *published, json_t **config);

#endif
