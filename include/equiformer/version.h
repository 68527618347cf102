/* libequiformer: version of the headers and of the library that is loaded.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_VERSION_H
#define EQUIFORMER_VERSION_H

#include <equiformer/export.h>

#define EQF_VERSION_MAJOR 0
#define EQF_VERSION_MINOR 1
#define EQF_VERSION_PATCH 0
#define EQF_VERSION_STRING "0.1.0"

/* MAJOR * 1000000 + MINOR * 1000 + PATCH, for comparisons in #if. */
#define EQF_VERSION (EQF_VERSION_MAJOR * 1000000 + EQF_VERSION_MINOR * 1000 + EQF_VERSION_PATCH)

EQF_BEGIN_DECLS

/* Version of the library that runs (EQF_VERSION is that of the headers). Since
 * 0.1. */
EQF_API int eqf_version(void);

/* The same as text, "0.1.0"; static storage. Since 0.1. */
EQF_API const char *eqf_version_string(void);

EQF_END_DECLS

#endif
