// LAMMPS against the library's calculator: energies, forces, pressure, shares of atoms. Run by mpirun on any number of
// processes: compare MODEL metal|real STYLE TOLERANCE CASE ..., prints TAP. STYLE is what follows pair_style.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <mpi.h>

#include "atom.h"
#include "compute.h"
#include "force.h"
#include "input.h"
#include "lammps.h"
#include "library.h"
#include "modify.h"

#include <equiformer/calculator.h>

#include "../pair_equiformer.h"

using namespace LAMMPS_NS;

// -------------------------------------------------------------------------------------------------------- systems --

struct system_of_atoms {
    std::vector<int> types; // 1: H, 2: O
    std::vector<double> x;
    double cell[9];
    int pbc[3];
};

// Atoms on a displaced grid of n[0] n[1] n[2] cells of `spacing`, in a box that may be larger and skewed.
static system_of_atoms grid(const int n[3], double spacing, const double box[3], const double skew[3], const int pbc[3])
{
    system_of_atoms s;
    const double cell[9] = {box[0], 0, 0, skew[0], box[1], 0, skew[1], skew[2], box[2]};
    std::memcpy(s.cell, cell, sizeof cell);
    std::memcpy(s.pbc, pbc, sizeof s.pbc);
    unsigned random = 12345;
    for (int i = 0; i < n[0] * n[1] * n[2]; i++) {
        const int place[3] = {i % n[0], i / n[0] % n[1], i / n[0] / n[1]};
        for (int a = 0; a < 3; a++) {
            double r = 0;
            for (int k = 0; k < 3; k++) r += (place[k] + 0.5) * spacing / box[k] * cell[3 * k + a];
            random = random * 1664525u + 1013904223u;
            s.x.push_back(r + 0.4 * (random / 4294967296.0 - 0.5));
        }
        s.types.push_back(1 + (place[0] + place[1] + place[2]) % 2);
    }
    return s;
}

static bool make(const std::string &name, system_of_atoms &s)
{
    const int all[3] = {1, 1, 1}, layers[3] = {1, 1, 0}, none[3] = {0, 0, 0};
    const double no_skew[3] = {0, 0, 0}, skew[3] = {2.1, -1.7, 0.9};
    const double d = 2.4;
    if (name == "crystal") {
        const int n[3] = {10, 10, 10};
        const double box[3] = {10 * d, 10 * d, 10 * d};
        s = grid(n, d, box, no_skew, all);
    } else if (name == "triclinic") {
        const int n[3] = {4, 3, 5};
        const double box[3] = {4 * d, 3 * d, 5 * d};
        s = grid(n, d, box, skew, all);
    } else if (name == "small") { // a cell smaller than the cut-off: ghosts of one's own atoms
        const int n[3] = {2, 1, 1};
        const double box[3] = {2 * d, 1.3 * d, 1.2 * d};
        s = grid(n, d, box, no_skew, all);
    } else if (name == "slab") {
        const int n[3] = {8, 8, 4};
        const double box[3] = {8 * d, 8 * d, 7 * d};
        s = grid(n, d, box, no_skew, layers);
    } else if (name == "corner") { // most of the box, and of several processes, is empty
        const int n[3] = {3, 3, 3};
        const double box[3] = {40, 40, 40};
        s = grid(n, d, box, no_skew, none);
    } else {
        return false;
    }
    return true;
}

// -------------------------------------------------------------------------------------------------------- results --

// In units of the model. Sums over atoms of shares times their number tell them apart.
struct results {
    double energy, weighted_energy, pressure, virial[6], weighted_virial[6], weighted_flux[9];
    std::vector<double> forces;
    int empty; // processes without atoms
};

static const int order[9] = {0, 4, 8, 1, 2, 5, 3, 6, 7}; // xx yy zz xy xz yz yx zx zy

static bool succeeds(eqf_context *context, eqf_status status)
{
    if (status != EQF_OK) std::printf("# %s\n", eqf_context_message(context));
    return status == EQF_OK;
}

// All of an edge's share is its sender's.
static void weigh_flux(const eqf_calculator *calculator, const double *gradient, double *sum)
{
    eqf_edges edges;
    eqf_calculator_edge_list(calculator, &edges);
    for (int k = 0; k < 9; k++) {
        sum[k] = 0;
        for (int64_t e = 0; e < edges.count; e++)
            sum[k] -= double(edges.src[e] + 1) * edges.vector[3 * e + order[k] / 3] * gradient[3 * e + order[k] % 3];
    }
}

static bool compute_own(const char *path, eqf_precision precision, const system_of_atoms &s, results &r)
{
    const size_t n = s.types.size();
    std::vector<int> numbers;
    std::vector<double> energies(n), virials(9 * n);
    for (int type : s.types) numbers.push_back(type == 1 ? 1 : 8);
    eqf_context *context = nullptr;
    eqf_model *model = nullptr;
    eqf_calculator *calculator = nullptr;
    eqf_system system = EQF_SYSTEM_INIT;
    eqf_results wanted = EQF_RESULTS_INIT;
    double virial[9];
    const double *gradient = nullptr;
    r.forces.resize(3 * n);
    system.natoms = int64_t(n);
    system.atomic_numbers = numbers.data();
    system.positions = s.x.data();
    system.cell = s.cell;
    system.pbc = s.pbc;
    wanted.energy = &r.energy;
    wanted.atom_energy = energies.data();
    wanted.forces = r.forces.data();
    wanted.virial = virial;
    wanted.atom_virial = virials.data();
    wanted.edge_gradient = &gradient;
    bool good = eqf_context_create(nullptr, &context) == EQF_OK;
    good = good && succeeds(context, eqf_model_load(context, path, &model));
    good = good && succeeds(context, eqf_calculator_create(context, model, precision, &calculator));
    good = good && succeeds(context, eqf_calculator_compute(context, calculator, &system, &wanted));
    if (good) weigh_flux(calculator, gradient, r.weighted_flux);
    eqf_calculator_free(calculator);
    eqf_model_free(model);
    eqf_context_free(context);
    r.weighted_energy = 0;
    for (size_t i = 0; i < n; i++) r.weighted_energy += double(i + 1) * energies[i];
    for (int k = 0; k < 6; k++) {
        const int other = order[k] % 3 * 3 + order[k] / 3;
        r.virial[k] = virial[order[k]];
        r.weighted_virial[k] = 0;
        for (size_t i = 0; i < n; i++)
            r.weighted_virial[k] += 0.5 * double(i + 1) * (virials[9 * i + order[k]] + virials[9 * i + other]);
    }
    r.pressure = (virial[0] + virial[4] + virial[8]) / 3;
    return good;
}

static void command(LAMMPS &lammps, const std::string &line) { lammps.input->one(line); }

static double sum_of(LAMMPS &lammps, const char *reduction, int i)
{
    Compute *compute = lammps.modify->compute[lammps.modify->find_compute(reduction)];
    return compute->vector[i];
}

static void set_up(LAMMPS &lammps, const char *model, const std::string &units, const std::string &style,
                   const system_of_atoms &s)
{
    const bool hybrid = style.rfind("hybrid", 0) == 0;
    const double *c = s.cell;
    char line[512];
    const auto side = [&](int k) { return s.pbc[k] ? " p" : " f"; };
    (*lammps.force->pair_map)["equiformer"] = [](LAMMPS *l) -> Pair * { return new PairEquiformer(l); };
    command(lammps, "units " + units);
    command(lammps, "atom_style atomic");
    command(lammps, "atom_modify map array sort 0 0");
    command(lammps, std::string("boundary") + side(0) + side(1) + side(2));
    std::snprintf(line, sizeof line, "region box prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g units box", c[0], c[4],
                  c[8], c[3], c[6], c[7]);
    command(lammps, line);
    command(lammps, "create_box 2 box");
    command(lammps, "mass 1 1.008");
    command(lammps, "mass 2 15.999");
    std::vector<tagint> ids(s.types.size());
    std::iota(ids.begin(), ids.end(), 1);
    lammps_create_atoms(&lammps, int(ids.size()), ids.data(), s.types.data(), s.x.data(), nullptr, nullptr, 1);
    command(lammps, "pair_style " + style);
    command(lammps, std::string("pair_coeff * * ") + (hybrid ? "equiformer " : "") + model + " H O");
    if (hybrid) command(lammps, "pair_coeff * * zero");
    command(lammps, "neighbor 0.6 bin");
    command(lammps, "compute energy all pe/atom");
    command(lammps, "compute stress all stress/atom NULL virial");
    command(lammps, "compute centroid all centroid/stress/atom NULL virial");
    command(lammps, "variable energy atom c_energy*id");
    std::string weighted = "compute weighted all reduce sum v_energy", flux = "compute flux all reduce sum";
    for (int k = 1; k <= 6; k++) {
        const std::string name = "stress" + std::to_string(k);
        command(lammps, "variable " + name + " atom c_stress[" + std::to_string(k) + "]*id");
        weighted += " v_" + name;
    }
    for (int k = 1; k <= 9; k++) {
        const std::string name = "centroid" + std::to_string(k);
        command(lammps, "variable " + name + " atom c_centroid[" + std::to_string(k) + "]*id");
        flux += " v_" + name;
    }
    command(lammps, weighted);
    command(lammps, flux);
    command(lammps, "thermo_style custom step pe press pxx pyy pzz pxy pxz pyz c_weighted[1] c_flux[1]");
    command(lammps, "thermo_modify norm no");
}

static void compute_lammps(const char *model, const std::string &units, const std::string &style,
                           const system_of_atoms &s, results &r)
{
    char name[] = "compare", off[] = "none", log[] = "-log", screen[] = "-screen", forces[] = "f";
    char *arguments[] = {name, log, off, screen, off, nullptr};
    std::unique_ptr<LAMMPS> lammps(new LAMMPS(5, arguments, MPI_COMM_WORLD));
    set_up(*lammps, model, units, style, s);
    command(*lammps, "run 0");
    const int is_empty = lammps->atom->nlocal == 0;
    MPI_Allreduce(&is_empty, &r.empty, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    const double energy = units == "real" ? 4184 / (6.02214076e23 * 1.602176634e-19) : 1; // in eV
    const double pressure = s.cell[0] * s.cell[4] * s.cell[8] / lammps->force->nktv2p * energy;
    static const char *const components[6] = {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"};
    r.energy = energy * lammps_get_thermo(lammps.get(), "pe");
    r.weighted_energy = energy * sum_of(*lammps, "weighted", 0);
    r.pressure = pressure * lammps_get_thermo(lammps.get(), "press");
    for (int k = 0; k < 6; k++) r.virial[k] = pressure * lammps_get_thermo(lammps.get(), components[k]);
    for (int k = 0; k < 6; k++)
        r.weighted_virial[k] = -energy / lammps->force->nktv2p * sum_of(*lammps, "weighted", k + 1);
    for (int k = 0; k < 9; k++) r.weighted_flux[k] = -energy / lammps->force->nktv2p * sum_of(*lammps, "flux", k);
    r.forces.resize(3 * s.types.size());
    lammps_gather_atoms(lammps.get(), forces, 1, 3, r.forces.data());
    for (double &f : r.forces) f *= energy;
}

// ----------------------------------------------------------------------------------------------------- comparison --

static int failures = 0;

static void expect(const std::string &what, bool good)
{
    failures += !good;
    std::printf("%s - %s\n", good ? "ok" : "not ok", what.c_str());
}

static void expect_small(const std::string &what, double error, double tolerance)
{
    char by[32];
    std::snprintf(by, sizeof by, " differ by %.1e", error);
    expect(what + by, error <= tolerance);
}

// Relative to the largest of the numbers.
static void compare(const std::string &what, size_t n, const double *a, const double *b, double tolerance)
{
    double most = 0, error = 0;
    for (size_t i = 0; i < n; i++) most = std::max(most, std::fabs(b[i]));
    for (size_t i = 0; i < n; i++) error = std::max(error, std::isfinite(a[i]) ? std::fabs(a[i] - b[i]) : INFINITY);
    expect_small(what, error / most, tolerance);
}

// Relative to each vector's own length.
static void compare_each(const std::string &what, size_t n, const double *a, const double *b, double tolerance)
{
    double error = 0;
    for (size_t i = 0; i < n; i++) {
        const double *f = &a[3 * i], *g = &b[3 * i];
        const double e = std::hypot(f[0] - g[0], f[1] - g[1], f[2] - g[2]) / std::hypot(g[0], g[1], g[2]);
        error = std::isfinite(e) ? std::max(error, e) : INFINITY;
    }
    expect_small(what, error, tolerance);
}

int main(int argc, char **argv)
{
    int me, processes;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    MPI_Comm_size(MPI_COMM_WORLD, &processes);
    if (argc < 6) return 2;
    const double tolerance = std::strtod(argv[4], nullptr);
    for (int i = 5; i < argc; i++) {
        system_of_atoms s;
        results own, lammps;
        if (!make(argv[i], s)) return 2;
        compute_lammps(argv[1], argv[2], argv[3], s, lammps);
        if (me != 0) continue;
        const std::string name =
            std::string(argv[i]) + ", " + argv[2] + ", " + argv[3] + ", " + std::to_string(processes) + " processes: ";
        const bool wide = std::strstr(argv[3], "f64") != nullptr;
        if (!compute_own(argv[1], wide ? EQF_FLOAT64 : EQF_FLOAT32, s, own)) failures++;
        std::printf("# %s%zu atoms, %d processes without any\n", name.c_str(), s.types.size(), lammps.empty);
        if (std::strcmp(argv[i], "corner") == 0 && processes > 1) expect(name + "an empty process", lammps.empty > 0);
        compare(name + "energies", 1, &lammps.energy, &own.energy, tolerance);
        compare(name + "forces", own.forces.size(), lammps.forces.data(), own.forces.data(), tolerance);
        if (wide)
            compare_each(name + "single forces", s.types.size(), lammps.forces.data(), own.forces.data(), tolerance);
        compare(name + "pressures", 1, &lammps.pressure, &own.pressure, tolerance);
        compare(name + "components of pressures", 6, lammps.virial, own.virial, tolerance);
        compare(name + "energies of atoms", 1, &lammps.weighted_energy, &own.weighted_energy, tolerance);
        compare(name + "stresses of atoms", 6, lammps.weighted_virial, own.weighted_virial, tolerance);
        compare(name + "centroid stresses of atoms", 9, lammps.weighted_flux, own.weighted_flux, tolerance);
    }
    MPI_Finalize();
    return failures > 0;
}
