/* Failures of libzip as our own; only for what is compiled with it. SPDX-License-Identifier: MIT */
#ifndef EQFI_IO_ZIP_ERROR_H
#define EQFI_IO_ZIP_ERROR_H

#include <zip.h>

#include "base/context.h"

/* member may be NULL. */
eqf_status eqfi_zip_fail(eqf_context *context, zip_error_t *error, const char *path, const char *member);

#endif
