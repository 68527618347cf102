// The pair style of LAMMPS: pair_style equiformer [precision f32|f64] [threads N]. See docs/lammps.md.
// SPDX-License-Identifier: MIT
#ifdef PAIR_CLASS
PairStyle(equiformer, PairEquiformer);
#else

#ifndef LMP_PAIR_EQUIFORMER_H
#define LMP_PAIR_EQUIFORMER_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pair.h"

#include <equiformer/domain.h>

namespace LAMMPS_NS
{
class PairEquiformer : public Pair
{
  public:
    explicit PairEquiformer(LAMMPS *lammps);
    ~PairEquiformer() override;
    void settings(int narg, char **arg) override;
    void coeff(int narg, char **arg) override;
    void init_style() override;
    double init_one(int i, int j) override;
    void compute(int eflag, int vflag) override;
    double memory_usage() override;

    int pack_forward_comm(int n, int *list, double *buffer, int, int *) override;
    void unpack_forward_comm(int n, int first, double *buffer) override;
    int pack_reverse_comm(int n, int first, double *buffer) override;
    void unpack_reverse_comm(int n, int *list, double *buffer) override;

  private:
    template <class T, void (*release)(T *)> struct releaser {
        void operator()(T *p) const { release(p); }
    };
    std::unique_ptr<eqf_context, releaser<eqf_context, eqf_context_free>> context;
    std::unique_ptr<eqf_model, releaser<eqf_model, eqf_model_free>> model;
    std::unique_ptr<eqf_domain, releaser<eqf_domain, eqf_domain_free>> domain;
    eqf_precision precision;
    double length, energy; // units of the model in those of LAMMPS

    // Atoms and edges, kept while the neighbour list is.
    std::vector<int> numbers; // atomic, by type
    std::vector<int> atomic_numbers;
    std::vector<int32_t> senders, receivers;
    NeighList *listed;
    int listed_atoms, listed_ghosts;

    std::vector<double> positions, atom_energy, forces, atom_virial, flux_virial;
    const eqf_exchange *exchange; // that LAMMPS carries out

    void stop(const std::string &message);
    void expect_everywhere(eqf_status status, const std::string &what);
    void load(const char *path);
    void make_domain();
    void set_units();
    void set_widths();
    void allocate();
    void list_edges();
    eqf_local local_atoms();
    void add_energy(double total);
    void add_forces();
    void add_virials(const double *virial);

    static int carry_out(void *self, const eqf_exchange *exchange);
    void sum_everywhere();
    size_t row_bytes() const;
    int row_doubles() const;
    char *row(int i) const;
};
} // namespace LAMMPS_NS

#endif
#endif
