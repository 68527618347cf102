// What differs between releases of LAMMPS, from September 2021 on: chosen by what compiles, not by a version.
// SPDX-License-Identifier: MIT
#ifndef EQUIFORMER_LAMMPS_API_H
#define EQUIFORMER_LAMMPS_API_H

#include "comm.h"
#include "neigh_request.h"
#include "neighbor.h"
#include "pair.h"

namespace eqf_lammps
{
// The first parameter ranks overloads: newer releases first.
struct older {
};
struct newer : older {
};

template <class Comm, class Pair> auto forward(newer, Comm *comm, Pair *pair) -> decltype(comm->forward_comm(pair))
{
    comm->forward_comm(pair);
}
template <class Comm, class Pair> auto forward(older, Comm *comm, Pair *pair) -> decltype(comm->forward_comm_pair(pair))
{
    comm->forward_comm_pair(pair);
}

template <class Comm, class Pair> auto reverse(newer, Comm *comm, Pair *pair) -> decltype(comm->reverse_comm(pair))
{
    comm->reverse_comm(pair);
}
template <class Comm, class Pair> auto reverse(older, Comm *comm, Pair *pair) -> decltype(comm->reverse_comm_pair(pair))
{
    comm->reverse_comm_pair(pair);
}

// Asks for a full neighbour list; false if the request is not what this file takes it for.
template <class Neighbor, class Pair>
auto request_full(newer, Neighbor *neighbor, Pair *pair, int) -> decltype(neighbor->add_request(pair, 0), bool())
{
    enum { REQ_FULL = 1 }; // of NeighConst
    return neighbor->add_request(pair, REQ_FULL) != nullptr;
}
template <class Neighbor, class Pair>
auto request_full(older, Neighbor *neighbor, Pair *pair, int instance)
    -> decltype(neighbor->request(pair, instance), bool())
{
    const int index = neighbor->request(pair, instance); // may move the requests
    auto *request = neighbor->requests[index];
    if (request->requestor != pair || request->pair != 1 || request->half != 1 || request->full != 0) return false;
    request->half = 0;
    request->full = 1;
    return true;
}
} // namespace eqf_lammps

#endif
