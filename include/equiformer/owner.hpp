/* libequiformer for C++17: what its owners have in common, errors, spans, contexts. Included by equiformer.hpp.
 * SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_OWNER_HPP
#define EQUIFORMER_OWNER_HPP

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

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

/* An array of n elements. */
template <class T> T *array(span<T> values, std::size_t n, const std::string &what)
{
    if (values.size() == n) return values.data();
    throw std::invalid_argument(what + " has " + std::to_string(values.size()) + " elements, expected " +
                                std::to_string(n));
}

/* An array of n elements, NULL if it is empty: what optional arguments of C are. */
template <class T> T *pointer(span<T> values, std::size_t n, const char *what)
{
    return values.empty() ? nullptr : array(values, n, what);
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
    eqf_matmul matmul() const noexcept { return eqf_context_matmul(get()); }
    void set_matmul(eqf_matmul matmul) { check(eqf_context_set_matmul(get(), matmul)); }

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

} // namespace equiformer

#endif
