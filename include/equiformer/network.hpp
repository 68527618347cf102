/* libequiformer for C++17: irreps, parameters, layers, programs. Included by equiformer.hpp.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_NETWORK_HPP
#define EQUIFORMER_NETWORK_HPP

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <equiformer/owner.hpp>

namespace equiformer
{

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
    if (vectors.size() % 3 != 0)
        throw std::invalid_argument("vectors have " + std::to_string(vectors.size()) +
                                    " elements, expected a multiple of 3");
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
        const double *array = detail::array(values, std::size_t(info(context, i).count), name);
        context.check(eqf_parameters_set(context.get(), get(), i, array));
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
        eqf_tensor_set(get(), detail::array(values, size(), "an array of features"));
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
        check(target, eqf_run_map_size(get(), map.c_str()), "the map " + map);
        context.check(eqf_run_set_map(context.get(), get(), map.c_str(), target.data()));
    }
    void set_input(const context &context, const std::string &input, span<const double> values)
    {
        check(values, eqf_run_input_size(get(), input.c_str()), "the input " + input);
        context.check(eqf_run_set_input(context.get(), get(), input.c_str(), values.data()));
    }
    void execute(const context &context) { context.check(eqf_run_execute(context.get(), get())); }
    void get_output(const context &context, const std::string &output, span<double> values) const
    {
        check(values, eqf_run_output_size(get(), output.c_str()), "the array for the output " + output);
        context.check(eqf_run_get_output(context.get(), get(), output.c_str(), values.data()));
    }

  private:
    /* What is not known (-1) is the library's to refuse. */
    template <class T> static void check(span<T> values, std::int64_t size, const std::string &what)
    {
        if (size >= 0) detail::array(values, std::size_t(size), what);
    }
};

} // namespace equiformer

#endif
