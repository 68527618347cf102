/* libequiformer: Equiformer, the equivariant graph attention transformer for atoms (Liao and Smidt, ICLR 2023).
 *
 * Conventions
 * - Every call that can fail returns an eqf_status (status.h); the sentence is in the context (context.h).
 * - Handles are opaque. What a call creates is its last argument and is freed with eqf_<noun>_free, which takes NULL.
 *   Inputs are borrowed for the call. Immutable handles (irreps, modules, ended programs, models, parameters that nobody
 *   edits) may be shared between threads; contexts, runs, calculators, readers belong to one thread at a time.
 * - Arrays of features are [row][block][channel][m] (mul_ir, as e3nn); matrices are row-major; cells have lattice vectors
 *   as rows; numbers at the API are double, whatever the precision of the computation.
 * - Structs that can grow begin with their size and have an initialiser macro, which has to be used. A smaller size than
 *   the library's leaves what is missing at its default; a larger one is EQF_ERROR_ARGUMENT unless the rest is zero.
 *   Structs without a size will never change.
 * - A pointer may be NULL where its description says so, and nowhere else; a handle is never NULL but in eqf_<noun>_free.
 *   What happens otherwise is undefined, though several calls answer EQF_ERROR_ARGUMENT.
 * - eqf_<noun>_<things> is a number of things (eqf_irreps_blocks, eqf_module_inputs); eqf_<noun>_count that of the nouns
 *   that the library itself has (eqf_preset_count).
 * - The basis of irreps and the sense of rotations are in wigner.h.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_H
#define EQUIFORMER_H

#include <equiformer/attention.h>
#include <equiformer/calculator.h>
#include <equiformer/context.h>
#include <equiformer/dataset.h>
#include <equiformer/domain.h>
#include <equiformer/embedding.h>
#include <equiformer/exchange.h>
#include <equiformer/gate.h>
#include <equiformer/head.h>
#include <equiformer/import.h>
#include <equiformer/irreps.h>
#include <equiformer/linear.h>
#include <equiformer/loss.h>
#include <equiformer/model.h>
#include <equiformer/module.h>
#include <equiformer/neighbors.h>
#include <equiformer/norm.h>
#include <equiformer/optimizer.h>
#include <equiformer/parameters.h>
#include <equiformer/program.h>
#include <equiformer/radial.h>
#include <equiformer/spherical_harmonics.h>
#include <equiformer/status.h>
#include <equiformer/structure.h>
#include <equiformer/tensor.h>
#include <equiformer/tensor_product.h>
#include <equiformer/trainer.h>
#include <equiformer/version.h>
#include <equiformer/wigner.h>

#endif
