/* libequiformer: linkage of public declarations.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_EXPORT_H
#define EQUIFORMER_EXPORT_H

#if defined(__GNUC__)
#define EQF_API __attribute__((visibility("default")))
#else
#define EQF_API
#endif

#ifdef __cplusplus
#define EQF_BEGIN_DECLS extern "C" {
#define EQF_END_DECLS }
#else
#define EQF_BEGIN_DECLS
#define EQF_END_DECLS
#endif

#endif
