/* libequiformer for C++17: models, the calculator, files of structures. Included by equiformer.hpp.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_SIMULATION_HPP
#define EQUIFORMER_SIMULATION_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <equiformer/network.hpp>

namespace equiformer
{

/* ---------------------------------------------------------------------------------------- configurations and models -- */

class config : public detail::owner<eqf_config, eqf_config_free>
{
  public:
    using owner::owner;
    static config preset(const context &context, const std::string &name)
    {
        return config(detail::make<eqf_config>(context, eqf_config_preset, name.c_str()));
    }
    static config parse(const context &context, const std::string &json)
    {
        return config(detail::make<eqf_config>(context, eqf_config_parse, json.c_str()));
    }
    void set(const context &context, const std::string &key, const std::string &value)
    {
        context.check(eqf_config_set(context.get(), get(), key.c_str(), value.c_str()));
    }
    std::string get(const context &context, const std::string &key) const
    {
        return detail::take_text(context, detail::make<char>(context, eqf_config_get, get(), key.c_str()));
    }
    std::string format(const context &context) const
    {
        return detail::take_text(context, detail::make<char>(context, eqf_config_format, get()));
    }
    using owner::get;
};

class model : public detail::owner<eqf_model, eqf_model_free>
{
  public:
    using owner::owner;
    /* Published initial values. */
    model(const context &context, const config &config, std::uint64_t seed, eqf_precision precision = EQF_FLOAT32)
        : owner(detail::make<eqf_model>(context, eqf_model_create, config.get(), seed, precision))
    {
    }
    model(const context &context, const config &config, const equiformer::parameters &parameters)
        : owner(detail::make<eqf_model>(context, eqf_model_assemble, config.get(), parameters.get()))
    {
    }
    static model load(const context &context, const std::string &path)
    {
        return model(detail::make<eqf_model>(context, eqf_model_load, path.c_str()));
    }
    /* config may be null, see eqf_model_import. */
    static model from_checkpoint(const context &context, const std::string &path, const config *config = nullptr)
    {
        return model(detail::make<eqf_model>(context, eqf_model_import, path.c_str(),
                                             config == nullptr ? nullptr : config->get()));
    }
    /* Another reference to the same model. */
    model share() const { return model(eqf_model_retain(get())); }
    void save(const context &context, const std::string &path) const
    {
        context.check(eqf_model_save(context.get(), get(), path.c_str()));
    }
    equiformer::parameters parameters() const { return equiformer::parameters::retain(eqf_model_parameters(get())); }
    std::string name() const { return eqf_model_name(get()); }
    double cutoff() const noexcept { return eqf_model_cutoff(get()); }
    bool covers(int atomic_number) const noexcept { return eqf_model_type(get(), atomic_number) >= 0; }
};

/* ------------------------------------------------------------------------------------------------------ calculator -- */

/* A system, or a batch of them; see eqf_system. What is empty is not given. */
struct system {
    span<const int> numbers;
    span<const double> positions; /* [natoms][3] */
    span<const double> cell = {}; /* [graphs][9] */
    span<const int> pbc = {};     /* [graphs][3] */
    span<const int> tags = {};
    span<const std::int32_t> graph = {}; /* of a batch: the system of each atom, ascending */
    std::int64_t graphs = 1;

    eqf_system c() const
    {
        std::size_t n = numbers.size(), g = std::size_t(graphs);
        eqf_system made = EQF_SYSTEM_INIT;
        made.natoms = std::int64_t(n);
        made.graphs = graphs;
        made.atomic_numbers = numbers.data();
        made.positions = detail::pointer(positions, 3 * n, "positions");
        made.cell = detail::pointer(cell, 9 * g, "cell");
        made.pbc = detail::pointer(pbc, 3 * g, "pbc");
        made.tags = detail::pointer(tags, n, "tags");
        made.graph = detail::pointer(graph, n, "graph");
        return made;
    }
};

/* Where results go; see eqf_results. What is empty is not computed. */
struct results {
    span<double> energy;      /* [graphs] */
    span<double> atom_energy; /* [natoms] */
    span<double> forces;      /* [natoms][3] */
    span<double> stress;      /* [graphs][9] */
    span<double> virial;      /* [graphs][9] */
    span<double> atom_virial; /* [natoms][9] */
    span<double> auxiliary;   /* [natoms][3] */

    eqf_results c(std::size_t natoms, std::size_t graphs) const
    {
        eqf_results made = EQF_RESULTS_INIT;
        made.energy = detail::pointer(energy, graphs, "energy");
        made.atom_energy = detail::pointer(atom_energy, natoms, "atom_energy");
        made.forces = detail::pointer(forces, 3 * natoms, "forces");
        made.stress = detail::pointer(stress, 9 * graphs, "stress");
        made.virial = detail::pointer(virial, 9 * graphs, "virial");
        made.atom_virial = detail::pointer(atom_virial, 9 * natoms, "atom_virial");
        made.auxiliary = detail::pointer(auxiliary, 3 * natoms, "auxiliary");
        return made;
    }
};

class calculator : public detail::owner<eqf_calculator, eqf_calculator_free>
{
  public:
    calculator(const context &context, const model &model, eqf_precision precision = EQF_FLOAT64)
        : owner(detail::make<eqf_calculator>(context, eqf_calculator_create, model.get(), precision))
    {
    }
    void compute(const context &context, const system &system, const results &results)
    {
        eqf_system in = system.c();
        eqf_results out = results.c(std::size_t(in.natoms), std::size_t(in.graphs));
        context.check(eqf_calculator_compute(context.get(), get(), &in, &out));
    }
    /* Of one system. */
    double energy(const context &context, const system &system)
    {
        double energy = 0;
        results wanted;
        wanted.energy = {&energy, 1};
        compute(context, system, wanted);
        return energy;
    }
    std::vector<double> forces(const context &context, const system &system)
    {
        std::vector<double> forces(3 * system.numbers.size());
        results wanted;
        wanted.forces = forces;
        compute(context, system, wanted);
        return forces;
    }
    /* [3 natoms][3 natoms]. memory: bytes of temporary arrays, 0: 64 MiB. */
    std::vector<double> hessian(const context &context, const system &system, std::size_t memory = 0)
    {
        eqf_system in = system.c();
        eqf_hessian_options options = EQF_HESSIAN_OPTIONS_INIT;
        options.memory = memory;
        std::vector<double> hessian(9 * system.numbers.size() * system.numbers.size());
        context.check(eqf_calculator_hessian(context.get(), get(), &in, &options, hessian.data()));
        return hessian;
    }
    /* Of the neighbour list, for systems whose atoms move a little from call to call; results are the same bits. */
    void set_skin(const context &context, double skin)
    {
        context.check(eqf_calculator_set_skin(context.get(), get(), skin));
    }
    /* How many calls have searched for neighbours. */
    std::int64_t searches() const noexcept { return eqf_calculator_searches(get()); }
    /* The edges of the last call, the calculator's until its next one. */
    eqf_edges edges() const noexcept
    {
        eqf_edges edges;
        eqf_calculator_edge_list(get(), &edges);
        return edges;
    }
};

/* ---------------------------------------------------------------------------------------------------------- frames -- */

/* The frames of a file. Arrays of a frame are valid until the next one. */
class frames : public detail::owner<eqf_frames, eqf_frames_close>
{
  public:
    frames(const context &context, const std::string &path)
        : owner(detail::make<eqf_frames>(context, eqf_frames_open, path.c_str(),
                                         static_cast<const eqf_frames_options *>(nullptr)))
    {
    }
    /* Nothing after the last. */
    std::optional<eqf_structure> next(const context &context)
    {
        eqf_structure frame = EQF_STRUCTURE_INIT;
        eqf_status status = eqf_frames_next(context.get(), get(), &frame);
        if (status == EQF_END) return std::nullopt;
        context.check(status);
        return frame;
    }
};

/* What the calculator takes of a frame, which has to stay alive. */
inline system system_of(const eqf_structure &frame)
{
    std::size_t n = std::size_t(frame.natoms);
    bool has_cell = false;
    for (double x : frame.cell) has_cell = has_cell || x != 0;
    system made;
    made.numbers = {frame.atomic_numbers, n};
    made.positions = {frame.positions, 3 * n};
    if (has_cell) made.cell = frame.cell;
    if (has_cell) made.pbc = frame.pbc;
    if (frame.tags != nullptr) made.tags = {frame.tags, n};
    return made;
}

} // namespace equiformer

#endif
