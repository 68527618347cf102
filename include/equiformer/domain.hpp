/* libequiformer for C++17: what a simulation engine computes of its part of a system (domain.h). Included by
 * equiformer.hpp. SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_DOMAIN_HPP
#define EQUIFORMER_DOMAIN_HPP

#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include <equiformer/simulation.hpp>

namespace equiformer
{

/* Carries out an exchange. What it throws ends the computation and is thrown again. */
using exchange_function = std::function<void(const eqf_exchange &exchange)>;

class domain : public detail::owner<eqf_domain, eqf_domain_free>
{
  public:
    domain(const context &context, const model &model, eqf_precision precision = EQF_FLOAT64)
        : owner(detail::make<eqf_domain>(context, eqf_domain_create, model.get(), precision))
    {
    }
    /* All exchanges of a computation, without rows and values. */
    std::vector<eqf_exchange> exchanges(const context &context, bool derivatives = true)
    {
        int count = 0;
        context.check(eqf_domain_exchanges(context.get(), get(), derivatives, &count));
        std::vector<eqf_exchange> all(static_cast<std::size_t>(count));
        for (int i = 0; i < count; i++)
            context.check(eqf_domain_exchange(context.get(), get(), derivatives, i, &all[static_cast<std::size_t>(i)]));
        return all;
    }
    /* Without a function for a process that is alone and has no ghosts. */
    void compute(const context &context, const eqf_local &local, const eqf_shares &shares,
                 const exchange_function &function = {})
    {
        struct call {
            const exchange_function &function;
            std::exception_ptr thrown;
            static int back(void *user, const eqf_exchange *exchange)
            {
                call &self = *static_cast<call *>(user);
                try {
                    self.function(*exchange);
                    return 0;
                } catch (...) {
                    self.thrown = std::current_exception();
                    return 1;
                }
            }
        } call{function, nullptr};
        eqf_status status =
            eqf_domain_compute(context.get(), get(), &local, &shares, function ? &call::back : nullptr, &call);
        if (call.thrown) std::rethrow_exception(call.thrown);
        context.check(status);
    }
    /* The same with the loop in the host's hands: step gives each exchange, which the host carries out, and nothing after
     * the last; end writes the results. */
    void begin(const context &context, const eqf_local &local, const eqf_shares &shares)
    {
        context.check(eqf_domain_begin(context.get(), get(), &local, &shares));
    }
    std::optional<eqf_exchange> step(const context &context)
    {
        eqf_exchange exchange;
        eqf_status status = eqf_domain_step(context.get(), get(), &exchange);
        if (status == EQF_END) return std::nullopt;
        context.check(status);
        return exchange;
    }
    void end(const context &context) { context.check(eqf_domain_end(context.get(), get())); }
    /* The edges of the last computation that counted, the domain's until the next one. */
    eqf_edges edges() const noexcept
    {
        eqf_edges edges;
        eqf_domain_edge_list(get(), &edges);
        return edges;
    }
};

} // namespace equiformer

#endif
