/* Relaxes the first structure of a file in C++: relax MODEL STRUCTURES [STEPS]
 * Steepest descent whose step grows while the energy falls. SPDX-License-Identifier: MIT */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include <equiformer/equiformer.hpp>

static double largest(const std::vector<double> &forces)
{
    double most = 0;
    for (double f : forces) most = std::max(most, std::fabs(f));
    return most;
}

static void relax(const char *model_path, const char *path, long steps)
{
    equiformer::context context;
    auto model = equiformer::model::load(context, model_path);
    equiformer::calculator calculator(context, model);
    equiformer::frames frames(context, path);
    auto frame = frames.next(context);
    if (!frame) throw std::runtime_error("the file has no frame");

    auto system = equiformer::system_of(*frame);
    std::vector<double> positions(system.positions.begin(), system.positions.end()), trial(positions);
    std::vector<double> forces(positions.size()), found(positions.size());
    double energy = 0, trial_energy = 0, step = 0.01;

    equiformer::results results;
    results.energy = {&trial_energy, 1};
    results.forces = found;
    system.positions = trial;
    for (long i = 0; i <= steps; i++) {
        calculator.compute(context, system, results);
        bool better = i == 0 || trial_energy < energy;
        if (better) {
            energy = trial_energy;
            positions = trial;
            forces = found;
            if (i % 10 == 0) std::printf("%4ld  energy %.6f  largest force %.6f\n", i, energy, largest(forces));
        }
        step *= better ? 1.2 : 0.5;
        for (std::size_t k = 0; k < trial.size(); k++) trial[k] = positions[k] + step * forces[k];
    }
    std::printf("done  energy %.6f  largest force %.6f\n", energy, largest(forces));
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr, "usage: %s MODEL STRUCTURES [STEPS]\n", argv[0]);
        return EXIT_FAILURE;
    }
    try {
        relax(argv[1], argv[2], argc == 4 ? std::strtol(argv[3], nullptr, 10) : 50);
    } catch (const std::exception &e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
