// What the pair style calls in releases of LAMMPS that name things differently (lammps_api.h). Writes TAP.
// SPDX-License-Identifier: MIT
#include <cstdio>
#include <string>

#include "../lammps_api.h"

namespace
{
std::string called;

struct style {
};

struct request {
    void *requestor;
    int pair, half, full;
};

// Of 2021 and January 2022.
struct older_comm {
    void forward_comm(int = 0) { called += " atoms"; }
    void reverse_comm() { called += " atoms"; }
    void forward_comm_pair(style *) { called += " forward_comm_pair"; }
    void reverse_comm_pair(style *) { called += " reverse_comm_pair"; }
};

struct older_neighbor {
    struct request one, *at = &one, **requests = &at;
    int request(void *requestor, int)
    {
        one = {requestor, 1, 1, 0};
        return 0;
    }
};

// Of later in 2022, and since.
struct newer_comm {
    void forward_comm(int = 0) { called += " atoms"; }
    void reverse_comm() { called += " atoms"; }
    void forward_comm(style *, int size = 0) { called += " forward_comm(pair)" + std::string(size, '!'); }
    void reverse_comm(style *, int size = 0) { called += " reverse_comm(pair)" + std::string(size, '!'); }
};

struct newer_neighbor {
    int flags = 0;
    request one;
    request *add_request(style *, int asked = 0)
    {
        flags = asked;
        return &one;
    }
};

int failures = 0;

void expect(const char *what, bool good)
{
    failures += !good;
    std::printf("%s - %s\n", good ? "ok" : "not ok", what);
}

template <class Comm> bool calls(const std::string &names)
{
    Comm comm;
    style pair;
    called.clear();
    eqf_lammps::forward(eqf_lammps::newer(), &comm, &pair);
    eqf_lammps::reverse(eqf_lammps::newer(), &comm, &pair);
    return called == names;
}
} // namespace

int main()
{
    style pair;
    older_neighbor older;
    newer_neighbor newer;
    expect("older releases communicate", calls<older_comm>(" forward_comm_pair reverse_comm_pair"));
    expect("newer releases communicate", calls<newer_comm>(" forward_comm(pair) reverse_comm(pair)"));
    expect("older releases make a full list", eqf_lammps::request_full(eqf_lammps::newer(), &older, &pair, 0) &&
                                                  older.one.full == 1 && older.one.half == 0);
    expect("newer releases make a full list",
           eqf_lammps::request_full(eqf_lammps::newer(), &newer, &pair, 0) && newer.flags == 1);
    return failures > 0;
}
