/* libequiformer for C++17: owners that free what they own, exceptions, spans. Header only.
 *
 *     equiformer::context context;
 *     auto model = equiformer::model::load(context, "model.safetensors");
 *     equiformer::calculator calculator(context, model);
 *     std::vector<double> forces(positions.size());
 *     double energy;
 *     equiformer::results results;
 *     results.energy = {&energy, 1};
 *     results.forces = forces;
 *     calculator.compute(context, {numbers, positions}, results);
 *
 * Owners can be moved, not copied; get() gives the handle of C for any call that has no wrapper. What fails throws
 * equiformer::error with the library's message. A context belongs to one thread at a time, and has to be alive during a
 * call only. SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_EQUIFORMER_HPP
#define EQUIFORMER_EQUIFORMER_HPP

#include <equiformer/domain.hpp>
#include <equiformer/network.hpp>
#include <equiformer/owner.hpp>
#include <equiformer/simulation.hpp>
#include <equiformer/training.hpp>

#endif
