// The pair style: input, one step, communication. SPDX-License-Identifier: MIT
#include "pair_equiformer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "update.h"

#include <equiformer/structure.h>

#include "lammps_api.h"

using namespace LAMMPS_NS;

// ---------------------------------------------------------------------------------------------------------- life --

PairEquiformer::PairEquiformer(LAMMPS *lammps)
    : Pair(lammps), precision(EQF_FLOAT32), length(1), energy(1), listed(nullptr), listed_atoms(0), listed_ghosts(0),
      exchange(nullptr)
{
    single_enable = 0;
    restartinfo = 0;
    one_coeff = 1;
    manybody_flag = 1;
    no_virial_fdotr_compute = 1;
    centroidstressflag = CENTROID_AVAIL;
}

PairEquiformer::~PairEquiformer()
{
    if (!allocated) return;
    memory->destroy(setflag);
    memory->destroy(cutsq);
}

double PairEquiformer::memory_usage()
{
    size_t doubles = positions.capacity() + atom_energy.capacity() + forces.capacity() + atom_virial.capacity() +
                     flux_virial.capacity();
    size_t integers = atomic_numbers.capacity() + senders.capacity() + receivers.capacity();
    double bytes = Pair::memory_usage() + double(doubles * sizeof(double) + integers * sizeof(int));
    return domain ? bytes + double(eqf_domain_bytes(domain.get())) : bytes;
}

// --------------------------------------------------------------------------------------------------------- errors --

// What every process comes to alike.
void PairEquiformer::stop(const std::string &message) { error->all(FLERR, "Pair style equiformer: " + message); }

// What a process may come to alone: one message, whether one of them or all fail.
void PairEquiformer::expect_everywhere(eqf_status status, const std::string &what)
{
    int failed = status != EQF_OK, all;
    MPI_Allreduce(&failed, &all, 1, MPI_INT, MPI_MIN, world);
    const char *sentence = context ? eqf_context_message(context.get()) : eqf_status_string(status);
    if (all) stop(what + sentence);
    if (failed) error->one(FLERR, "Pair style equiformer: " + what + sentence);
}

// ---------------------------------------------------------------------------------------------------------- input --

void PairEquiformer::settings(int narg, char **arg)
{
    eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
    precision = EQF_FLOAT32;
    for (int i = 0; i < narg; i += 2) {
        const std::string key = arg[i], value = i + 1 < narg ? arg[i + 1] : "";
        if (key == "precision" && (value == "f32" || value == "f64")) {
            precision = value == "f64" ? EQF_FLOAT64 : EQF_FLOAT32;
        } else if (key == "threads" && !value.empty() && value.size() < 5 &&
                   value.find_first_not_of("0123456789") == std::string::npos) {
            options.threads = std::atoi(value.c_str());
        } else {
            stop("'" + key + " " + value + "' in the pair_style command, expected: precision f32|f64, threads N");
        }
    }
    eqf_context *made = nullptr;
    eqf_status status = eqf_context_create(&options, &made);
    context.reset(made);
    expect_everywhere(status, "");
    if (model) make_domain(); // the pair_style command again, with other settings: pair_coeff holds
}

void PairEquiformer::allocate()
{
    int n = atom->ntypes + 1;
    if (allocated) return;
    memory->create(setflag, n, n, "pair:setflag");
    memory->create(cutsq, n, n, "pair:cutsq");
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) setflag[i][j] = 0;
    allocated = 1;
}

void PairEquiformer::load(const char *path)
{
    eqf_model *loaded = nullptr;
    expect_everywhere(eqf_model_load(context.get(), path, &loaded), "");
    model.reset(loaded);
    make_domain();
}

void PairEquiformer::make_domain()
{
    eqf_domain *made = nullptr;
    expect_everywhere(eqf_domain_create(context.get(), model.get(), precision, &made), "");
    domain.reset(made);
}

// pair_coeff * * file element ..., one element for each type
void PairEquiformer::coeff(int narg, char **arg)
{
    if (narg < 3 || std::strcmp(arg[0], "*") != 0 || std::strcmp(arg[1], "*") != 0)
        stop("expected: pair_coeff * * model.safetensors element ..., with an element for each atom type");
    if (narg - 3 != atom->ntypes)
        stop("pair_coeff has " + std::to_string(narg - 3) + " elements for " + std::to_string(atom->ntypes) +
             " atom types");
    load(arg[2]);
    numbers.assign(atom->ntypes + 1, 0);
    for (int i = 1; i <= atom->ntypes; i++) {
        const std::string symbol = arg[2 + i];
        numbers[i] = eqf_element_number(symbol.c_str());
        if (numbers[i] == 0) stop("'" + symbol + "' for atom type " + std::to_string(i) + " is no element");
        if (eqf_model_type(model.get(), numbers[i]) < 0)
            stop("the model " + std::string(arg[2]) + " does not cover " + symbol + ", which is atom type " +
                 std::to_string(i));
    }
    allocate();
    for (int i = 1; i <= atom->ntypes; i++)
        for (int j = i; j <= atom->ntypes; j++) setflag[i][j] = 1;
    set_widths();
}

// ------------------------------------------------------------------------------------------------- initialisation --

namespace
{
struct unit {
    const char *name;
    double value;
};

// In Angstrom; in eV (CODATA 2022).
const double per_mole = 6.02214076e23 * 1.602176634e-19;
const unit lengths[] = {{"angstrom", 1}, {"bohr", 0.529177210544}, {"nm", 10}};
const unit energies[] = {{"eV", 1},
                         {"meV", 1e-3},
                         {"hartree", 27.211386245981},
                         {"mhartree", 27.211386245981e-3},
                         {"rydberg", 27.211386245981 / 2},
                         {"kcal/mol", 4184 / per_mole},
                         {"kJ/mol", 1000 / per_mole}};

template <size_t N> double value_of(const unit (&units)[N], const std::string &name)
{
    for (const unit &u : units)
        if (name == u.name) return u.value;
    return 0;
}
} // namespace

// LAMMPS computes in Angstrom with both: metal has eV, real has kcal/mol.
void PairEquiformer::set_units()
{
    const std::string style = update->unit_style;
    if (style != "metal" && style != "real") stop("units " + style + " are not supported, expected metal or real");
    length = value_of(lengths, eqf_model_length_unit(model.get()));
    energy = value_of(energies, eqf_model_energy_unit(model.get()));
    if (length == 0) stop(std::string("the model's unit of length is unknown: ") + eqf_model_length_unit(model.get()));
    if (energy == 0) stop(std::string("the model's unit of energy is unknown: ") + eqf_model_energy_unit(model.get()));
    if (style == "real") energy /= value_of(energies, "kcal/mol");
}

// Room in LAMMPS's buffers for the widest exchange. They are as wide as the pair style of the whole needs: a hybrid has asked
// its parts before they knew.
void PairEquiformer::set_widths()
{
    int count = 0;
    comm_forward = comm_reverse = 0;
    expect_everywhere(eqf_domain_exchanges(context.get(), domain.get(), 1, &count), "");
    for (int i = 0; i < count; i++) {
        eqf_exchange next;
        expect_everywhere(eqf_domain_exchange(context.get(), domain.get(), 1, i, &next), "");
        exchange = &next;
        int &room = next.kind == EQF_EXCHANGE_FORWARD ? comm_forward : comm_reverse;
        if (next.kind != EQF_EXCHANGE_SUM) room = std::max(room, row_doubles());
        exchange = nullptr;
    }
    Pair *whole = force->pair;
    if (whole == nullptr || whole == this) return;
    whole->comm_forward = std::max(whole->comm_forward, comm_forward);
    whole->comm_reverse = std::max(whole->comm_reverse, comm_reverse);
}

void PairEquiformer::init_style()
{
    if (!force->newton_pair) stop("newton must be on for pairs");
    for (int i = 1; i <= 3 && atom->nbonds > 0; i++)
        if (force->special_lj[i] == 0 && force->special_coul[i] == 0)
            stop("special_bonds hides bonded atoms from each other, expected special_bonds lj/coul 1 1 1");
    set_units();
    if (!eqf_model_is_smooth(model.get()) && comm->me == 0)
        error->warning(FLERR,
                       std::string("Pair style equiformer: the model's energy jumps where a neighbour crosses the "
                                   "cut-off; one with cutoff_mode smooth conserves energy"));
    if (!eqf_lammps::request_full(eqf_lammps::newer(), neighbor, this, instance_me))
        stop("this release of LAMMPS has other neighbour requests than those that the pair style was compiled for");
    listed = nullptr;
    set_widths();
}

double PairEquiformer::init_one(int i, int j)
{
    if (setflag[i][j] == 0) stop("pair_coeff is not set for all atom types");
    return eqf_model_cutoff(model.get()) * length;
}

// ------------------------------------------------------------------------------------------------------- one step --

// Edges of LAMMPS's list, with its skin; the library leaves out those beyond the cut-off.
void PairEquiformer::list_edges()
{
    if (neighbor->ago != 0 && listed == list && listed_atoms == atom->nlocal && listed_ghosts == atom->nghost) return;
    size_t edges = 0, n = 0;
    for (int k = 0; k < list->inum; k++) edges += size_t(list->numneigh[list->ilist[k]]);
    senders.resize(edges);
    receivers.resize(edges);
    for (int k = 0; k < list->inum; k++) {
        const int i = list->ilist[k], *neighbours = list->firstneigh[i];
        for (int e = 0; e < list->numneigh[i]; e++, n++) {
            senders[n] = neighbours[e] & NEIGHMASK;
            receivers[n] = i;
        }
    }
    listed = list;
    listed_atoms = atom->nlocal;
    listed_ghosts = atom->nghost;
}

eqf_local PairEquiformer::local_atoms()
{
    eqf_local local = EQF_LOCAL_INIT;
    const size_t all = size_t(atom->nlocal) + size_t(atom->nghost);
    atomic_numbers.resize(all);
    for (size_t i = 0; i < all; i++) atomic_numbers[i] = numbers[atom->type[i]];
    local.positions = all > 0 ? atom->x[0] : nullptr;
    if (length != 1) {
        positions.resize(3 * all);
        for (size_t i = 0; i < 3 * all; i++) positions[i] = atom->x[0][i] / length;
        local.positions = positions.data();
    }
    local.nlocal = atom->nlocal;
    local.nghost = atom->nghost;
    local.atomic_numbers = atomic_numbers.data();
    local.nedges = int64_t(senders.size());
    local.src = senders.data();
    local.dst = receivers.data();
    return local;
}

void PairEquiformer::compute(int eflag, int vflag)
{
    const size_t own = size_t(atom->nlocal), all = own + size_t(atom->nghost);
    double total = 0, virial_sum[9];
    ev_init(eflag, vflag);
    list_edges();
    const eqf_local local = local_atoms();
    eqf_shares shares = EQF_SHARES_INIT;
    forces.resize(3 * all + 1);
    shares.forces = forces.data();
    shares.energy = &total;
    shares.virial = virial_sum;
    if (eflag_atom) {
        atom_energy.resize(own + 1);
        shares.atom_energy = atom_energy.data();
    }
    if (vflag_atom) {
        atom_virial.resize(9 * all + 1);
        shares.atom_virial = atom_virial.data();
    }
    if (cvflag_atom) {
        flux_virial.resize(9 * all + 1);
        shares.flux_virial = flux_virial.data();
    }
    if (eqf_domain_compute(context.get(), domain.get(), &local, &shares, carry_out, this) != EQF_OK)
        error->one(FLERR, std::string("Pair style equiformer: ") + eqf_context_message(context.get()));
    add_energy(total);
    add_forces();
    add_virials(virial_sum);
}

void PairEquiformer::add_energy(double total)
{
    if (eflag_global) eng_vdwl += energy * total;
    for (int i = 0; eflag_atom && i < atom->nlocal; i++) eatom[i] += energy * atom_energy[i];
}

void PairEquiformer::add_forces()
{
    const double scale = energy / length;
    for (int i = 0; i < atom->nlocal + atom->nghost; i++)
        for (int a = 0; a < 3; a++) atom->f[i][a] += scale * forces[3 * size_t(i) + a];
}

// Rows are the vector's component, columns the force's. Six numbers: xx yy zz xy xz yz; nine: .. yx zx zy.
void PairEquiformer::add_virials(const double *sum)
{
    static const int order[9] = {0, 4, 8, 1, 2, 5, 3, 6, 7}, transposed[6] = {0, 4, 8, 3, 6, 7};
    const int all = atom->nlocal + atom->nghost;
    for (int k = 0; vflag_global && k < 6; k++) virial[k] += energy * sum[order[k]];
    for (int i = 0; vflag_atom && i < all; i++)
        for (int k = 0; k < 6; k++)
            vatom[i][k] +=
                0.5 * energy * (atom_virial[9 * size_t(i) + order[k]] + atom_virial[9 * size_t(i) + transposed[k]]);
    for (int i = 0; cvflag_atom && i < all; i++)
        for (int k = 0; k < 9; k++) cvatom[i][k] += energy * flux_virial[9 * size_t(i) + order[k]];
}

// -------------------------------------------------------------------------------------------------- communication --

size_t PairEquiformer::row_bytes() const
{
    return size_t(exchange->width) * (exchange->precision == EQF_FLOAT64 ? sizeof(double) : sizeof(float));
}

// LAMMPS sends doubles; two floats travel as one.
int PairEquiformer::row_doubles() const { return int((row_bytes() + sizeof(double) - 1) / sizeof(double)); }

char *PairEquiformer::row(int i) const { return static_cast<char *>(exchange->values) + size_t(i) * row_bytes(); }

int PairEquiformer::carry_out(void *self_, const eqf_exchange *next)
{
    auto *self = static_cast<PairEquiformer *>(self_);
    self->exchange = next;
    if (next->kind == EQF_EXCHANGE_FORWARD) {
        self->comm_forward = self->row_doubles();
        eqf_lammps::forward(eqf_lammps::newer(), self->comm, static_cast<Pair *>(self));
    } else if (next->kind == EQF_EXCHANGE_REVERSE) {
        self->comm_reverse = self->row_doubles();
        eqf_lammps::reverse(eqf_lammps::newer(), self->comm, static_cast<Pair *>(self));
    } else {
        self->sum_everywhere();
    }
    self->exchange = nullptr;
    return 0;
}

void PairEquiformer::sum_everywhere()
{
    const bool wide = exchange->precision == EQF_FLOAT64;
    MPI_Allreduce(MPI_IN_PLACE, exchange->values, int(exchange->rows * exchange->width), wide ? MPI_DOUBLE : MPI_FLOAT,
                  MPI_SUM, world);
}

int PairEquiformer::pack_forward_comm(int n, int *rows, double *buffer, int, int *)
{
    const int doubles = row_doubles();
    for (int k = 0; k < n && doubles > 0; k++) {
        double *to = buffer + size_t(k) * size_t(doubles);
        to[doubles - 1] = 0; // half of it may be nobody's
        std::memcpy(to, row(rows[k]), row_bytes());
    }
    return n * doubles;
}

void PairEquiformer::unpack_forward_comm(int n, int first, double *buffer)
{
    for (int k = 0; k < n; k++) std::memcpy(row(first + k), buffer + size_t(k) * size_t(row_doubles()), row_bytes());
}

int PairEquiformer::pack_reverse_comm(int n, int first, double *buffer)
{
    const int doubles = row_doubles();
    for (int k = 0; k < n && doubles > 0; k++) {
        double *to = buffer + size_t(k) * size_t(doubles);
        to[doubles - 1] = 0;
        std::memcpy(to, row(first + k), row_bytes());
    }
    return n * doubles;
}

namespace
{
template <class Real> void add_row(int width, const void *from, void *to)
{
    Real term;
    for (int i = 0; i < width; i++) {
        std::memcpy(&term, static_cast<const Real *>(from) + i, sizeof term);
        static_cast<Real *>(to)[i] += term;
    }
}
} // namespace

void PairEquiformer::unpack_reverse_comm(int n, int *rows, double *buffer)
{
    auto add = exchange->precision == EQF_FLOAT64 ? add_row<double> : add_row<float>;
    for (int k = 0; k < n; k++) add(exchange->width, buffer + size_t(k) * size_t(row_doubles()), row(rows[k]));
}
