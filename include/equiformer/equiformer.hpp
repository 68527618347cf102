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

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <equiformer/equiformer.h>

namespace equiformer
{

/* ------------------------------------------------------------------------------------------------ errors and spans -- */

class error : public std::runtime_error
{
  public:
    error(eqf_status status, const std::string &message) : std::runtime_error(message), status_(status) {}
    eqf_status status() const noexcept { return status_; }

  private:
    eqf_status status_;
};

/* A view of contiguous elements that somebody else owns. */
template <class T> class span
{
  public:
    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N> constexpr span(T (&array)[N]) noexcept : data_(array), size_(N) {}
    template <class Container,
              class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<Container &>().data()), T *>>>
    constexpr span(Container &&container) noexcept : data_(container.data()), size_(container.size())
    {
    }
    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t i) const noexcept { return data_[i]; }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail
{

template <class T, void (*Free)(T *)> struct deleter {
    void operator()(T *handle) const noexcept { Free(handle); }
};

/* What all owners are. */
template <class T, void (*Free)(T *)> class owner
{
  public:
    explicit owner(T *handle) noexcept : handle_(handle) {}
    T *get() const noexcept { return handle_.get(); }
    T *release() noexcept { return handle_.release(); }

  private:
    std::unique_ptr<T, deleter<T, Free>> handle_;
};

/* An array of n elements, NULL if it is empty: what optional arguments of C are. */
template <class T> T *pointer(span<T> values, std::size_t n, const char *what)
{
    if (values.size() == n && n > 0) return values.data();
    if (values.empty()) return nullptr;
    throw std::invalid_argument(std::string(what) + " has " + std::to_string(values.size()) + " elements, expected " +
                                std::to_string(n));
}

} // namespace detail

/* --------------------------------------------------------------------------------------------------------- context -- */

class context : public detail::owner<eqf_context, eqf_context_free>
{
  public:
    /* threads 0: one for each processor. */
    explicit context(int threads = 1) : owner(create(threads)) {}
    explicit context(const eqf_context_options &options) : owner(create(options)) {}

    /* Throws unless the status is success. */
    void check(eqf_status status) const
    {
        if (status != EQF_OK) throw error(status, eqf_context_message(get()));
    }

    int threads() const noexcept { return eqf_context_threads(get()); }
    const char *isa() const noexcept { return eqf_context_isa(get()); }

  private:
    static eqf_context *create(int threads)
    {
        eqf_context_options options = EQF_CONTEXT_OPTIONS_INIT;
        options.threads = threads;
        return create(options);
    }
    static eqf_context *create(const eqf_context_options &options)
    {
        eqf_context *made = nullptr;
        eqf_status status = eqf_context_create(&options, &made);
        if (status != EQF_OK) throw error(status, eqf_status_string(status));
        return made;
    }
};

namespace detail
{

/* make<eqf_model>(context, eqf_model_load, path): calls a function whose last argument is the place of a new handle. */
template <class T, class Function, class... Arguments>
T *make(const context &context, Function function, Arguments... arguments)
{
    T *made = nullptr;
    context.check(function(context.get(), arguments..., &made));
    return made;
}

struct text_deleter {
    eqf_context *context;
    void operator()(char *text) const noexcept { eqf_text_free(context, text); }
};

inline std::string take_text(const context &context, char *text)
{
    std::unique_ptr<char, text_deleter> owned(text, {context.get()});
    return owned.get();
}

} // namespace detail

/* ---------------------------------------------------------------------------------------------------------- irreps -- */

class irreps : public detail::owner<eqf_irreps, eqf_irreps_free>
{
  public:
    using owner::owner;
    irreps(const context &context, const std::string &text)
        : owner(detail::make<eqf_irreps>(context, eqf_irreps_parse, text.c_str()))
    {
    }
    /* Another reference, of a borrowed handle too. */
    static irreps retain(const eqf_irreps *handle) { return irreps(eqf_irreps_retain(handle)); }
    static irreps spherical_harmonics(const context &context, int lmax, bool odd_parity = true)
    {
        return irreps(detail::make<eqf_irreps>(context, eqf_irreps_spherical_harmonics, lmax, int(odd_parity)));
    }

    int dim() const noexcept { return eqf_irreps_dim(get()); }
    int channels() const noexcept { return eqf_irreps_channels(get()); }
    int lmax() const noexcept { return eqf_irreps_lmax(get()); }
    int blocks() const noexcept { return eqf_irreps_blocks(get()); }
    const eqf_irreps_block &operator[](int i) const
    {
        const eqf_irreps_block *block = eqf_irreps_block_at(get(), i);
        if (block == nullptr) throw std::out_of_range("block " + std::to_string(i) + " of " + str());
        return *block;
    }
    std::string str() const
    {
        std::size_t needed = 0;
        eqf_irreps_format(get(), nullptr, 0, &needed);
        std::string text(needed + 1, '\0');
        eqf_irreps_format(get(), text.data(), text.size(), nullptr);
        text.pop_back();
        return text;
    }
    friend bool operator==(const irreps &a, const irreps &b) { return eqf_irreps_equal(a.get(), b.get()) != 0; }
    friend bool operator!=(const irreps &a, const irreps &b) { return !(a == b); }
};

/* C[m1][m2][m3], see eqf_wigner_3j. */
inline std::vector<double> wigner_3j(const context &context, int l1, int l2, int l3,
                                     eqf_cg_convention convention = EQF_CG_E3NN_05)
{
    auto size = [](int l) { return l < 0 ? std::size_t(1) : std::size_t(2 * l + 1); };
    std::vector<double> c(size(l1) * size(l2) * size(l3));
    context.check(eqf_wigner_3j(context.get(), convention, l1, l2, l3, c.data()));
    return c;
}

/* Harmonics of n vectors, [n][(lmax + 1)^2], see eqf_spherical_harmonics. */
inline std::vector<double> spherical_harmonics(const context &context, int lmax, span<const double> vectors,
                                               eqf_harmonics normalization = EQF_HARMONICS_COMPONENT,
                                               bool normalize = true)
{
    std::size_t n = vectors.size() / 3, columns = std::size_t(lmax < 0 ? 1 : (lmax + 1) * (lmax + 1));
    std::vector<double> y(n * columns);
    context.check(eqf_spherical_harmonics(context.get(), lmax, normalization, normalize, std::int64_t(n),
                                          vectors.data(), y.data()));
    return y;
}

/* ------------------------------------------------------------------------------------------------------ parameters -- */

class parameters : public detail::owner<eqf_parameters, eqf_parameters_free>
{
  public:
    using owner::owner;
    explicit parameters(const context &context, eqf_precision precision = EQF_FLOAT64)
        : owner(detail::make<eqf_parameters>(context, eqf_parameters_create, precision))
    {
    }
    static parameters retain(const eqf_parameters *handle) { return parameters(eqf_parameters_retain(handle)); }
    static parameters copy(const context &context, const eqf_parameters *from, eqf_precision precision)
    {
        return parameters(detail::make<eqf_parameters>(context, eqf_parameters_copy, from, precision));
    }

    int arrays() const noexcept { return eqf_parameters_arrays(get()); }
    std::int64_t elements() const noexcept { return eqf_parameters_elements(get()); }
    eqf_precision precision() const noexcept { return eqf_parameters_precision(get()); }
    bool contains(const std::string &name) const noexcept { return eqf_parameters_find(get(), name.c_str()) >= 0; }
    eqf_parameter_info info(const context &context, int i) const
    {
        eqf_parameter_info info;
        context.check(eqf_parameters_info(context.get(), get(), i, &info));
        return info;
    }
    std::vector<double> values(const context &context, const std::string &name) const
    {
        int i = index(name);
        std::vector<double> values(std::size_t(info(context, i).count));
        context.check(eqf_parameters_get(context.get(), get(), i, values.data()));
        return values;
    }
    void set(const context &context, const std::string &name, span<const double> values)
    {
        int i = index(name);
        detail::pointer(values, std::size_t(info(context, i).count), name.c_str());
        context.check(eqf_parameters_set(context.get(), get(), i, values.data()));
    }

  private:
    int index(const std::string &name) const
    {
        int i = eqf_parameters_find(get(), name.c_str());
        if (i < 0) throw error(EQF_ERROR_NOT_FOUND, "there is no parameter " + name);
        return i;
    }
};

/* ---------------------------------------------------------------------------------------------- tensors and layers -- */

class tensor : public detail::owner<eqf_tensor, eqf_tensor_free>
{
  public:
    /* rows x irreps.dim() zeros. */
    tensor(const context &context, const eqf_irreps *irreps, std::int64_t rows, eqf_precision precision = EQF_FLOAT64)
        : owner(detail::make<eqf_tensor>(context, eqf_tensor_create, irreps, rows, precision))
    {
    }
    tensor(const context &context, const irreps &irreps, span<const double> values,
           eqf_precision precision = EQF_FLOAT64)
        : tensor(context, irreps.get(), irreps.dim() == 0 ? 0 : std::int64_t(values.size()) / irreps.dim(), precision)
    {
        set(values);
    }
    std::int64_t rows() const noexcept { return eqf_tensor_rows(get()); }
    std::size_t size() const noexcept
    {
        return std::size_t(rows()) * std::size_t(eqf_irreps_dim(eqf_tensor_irreps(get())));
    }
    void set(span<const double> values)
    {
        detail::pointer(values, size(), "an array of features");
        eqf_tensor_set(get(), values.data());
    }
    std::vector<double> values() const
    {
        std::vector<double> values(size());
        eqf_tensor_get(get(), values.data());
        return values;
    }
};

/* A module of C's interface (C++20 uses that word for itself). */
class layer : public detail::owner<eqf_module, eqf_module_free>
{
  public:
    using owner::owner;

    /* layer::make(context, eqf_linear_create, in.get(), out.get(), 1): any constructor of C. */
    template <class Function, class... Arguments>
    static layer make(const context &context, Function create, Arguments... arguments)
    {
        return layer(detail::make<eqf_module>(context, create, arguments...));
    }

    const char *kind() const noexcept { return eqf_module_kind(get()); }
    int inputs() const noexcept { return eqf_module_inputs(get()); }
    irreps irreps_in(int i) const
    {
        const eqf_irreps *found = eqf_module_irreps_in(get(), i);
        if (found == nullptr) throw std::out_of_range("input " + std::to_string(i) + " of a " + kind());
        return irreps::retain(found);
    }
    irreps irreps_out() const { return irreps::retain(eqf_module_irreps_out(get())); }

    void init(const context &context, parameters &parameters, const std::string &scope = "",
              std::uint64_t seed = 0) const
    {
        context.check(eqf_module_init(context.get(), get(), scope.c_str(), seed, parameters.get()));
    }
    /* output = module(inputs). */
    void apply(const context &context, const parameters &parameters, const std::vector<const tensor *> &inputs,
               tensor &output, const eqf_graph_data *graph = nullptr, const std::string &scope = "") const
    {
        auto in = handles(inputs);
        context.check(
            eqf_module_apply(context.get(), get(), scope.c_str(), parameters.get(), graph, in.data(), output.get()));
    }
    /* gradients[i] of <cotangent, module(inputs)> by inputs[i]; entries may be null. */
    void vjp(const context &context, const parameters &parameters, const std::vector<const tensor *> &inputs,
             const tensor &cotangent, const std::vector<tensor *> &gradients, const eqf_graph_data *graph = nullptr,
             const std::string &scope = "") const
    {
        if (gradients.size() != inputs.size()) throw std::invalid_argument("as many gradients as inputs are expected");
        auto in = handles(inputs);
        std::vector<eqf_tensor *> out;
        for (tensor *t : gradients) out.push_back(t == nullptr ? nullptr : t->get());
        context.check(eqf_module_vjp(context.get(), get(), scope.c_str(), parameters.get(), graph, in.data(),
                                     cotangent.get(), out.data()));
    }

  private:
    std::vector<const eqf_tensor *> handles(const std::vector<const tensor *> &tensors) const
    {
        if (tensors.size() != std::size_t(inputs()))
            throw std::invalid_argument(std::string(kind()) + " has " + std::to_string(inputs()) + " inputs, " +
                                        std::to_string(tensors.size()) + " are given");
        std::vector<const eqf_tensor *> list;
        for (const tensor *t : tensors) list.push_back(t->get());
        return list;
    }
};

/* --------------------------------------------------------------------------------------------- programs and their runs -- */

/* Recording is done with C's calls on get(): eqf_input(p.get(), ..), eqf_gather(p.get(), ..). */
class program : public detail::owner<eqf_program, eqf_program_free>
{
  public:
    explicit program(const context &context) : owner(detail::make<eqf_program>(context, eqf_program_create)) {}
    /* Throws the first error of the recording. */
    void end(const context &context) { context.check(eqf_program_end(context.get(), get())); }
};

class run : public detail::owner<eqf_run, eqf_run_free>
{
  public:
    run(const context &context, const program &program, const parameters &parameters,
        eqf_precision precision = EQF_FLOAT64)
        : owner(detail::make<eqf_run>(context, eqf_run_create, program.get(), parameters.get(), precision))
    {
    }
    void set_rows(const context &context, const std::string &rows, std::int64_t count)
    {
        context.check(eqf_run_set_rows(context.get(), get(), rows.c_str(), count));
    }
    /* Borrowed until the next set. */
    void set_map(const context &context, const std::string &map, span<const std::int32_t> target)
    {
        context.check(eqf_run_set_map(context.get(), get(), map.c_str(), target.data()));
    }
    void set_input(const context &context, const std::string &input, span<const double> values)
    {
        context.check(eqf_run_set_input(context.get(), get(), input.c_str(), values.data()));
    }
    void execute(const context &context) { context.check(eqf_run_execute(context.get(), get())); }
    void get_output(const context &context, const std::string &output, span<double> values) const
    {
        context.check(eqf_run_get_output(context.get(), get(), output.c_str(), values.data()));
    }
    using owner::get;
};

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
