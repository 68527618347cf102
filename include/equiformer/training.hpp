/* libequiformer for C++17: data sets, recipes, the trainer. Included by equiformer.hpp. SPDX-License-Identifier: MIT */
#ifndef EQUIFORMER_TRAINING_HPP
#define EQUIFORMER_TRAINING_HPP

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <equiformer/simulation.hpp>

namespace equiformer
{

class dataset : public detail::owner<eqf_dataset, eqf_dataset_free>
{
  public:
    using owner::owner;
    static dataset open(const context &context, const std::vector<std::string> &paths,
                        const eqf_dataset_options *options = nullptr)
    {
        std::vector<const char *> names;
        for (const std::string &path : paths) names.push_back(path.c_str());
        return dataset(detail::make<eqf_dataset>(context, eqf_dataset_open, int(names.size()), names.data(), options));
    }
    /* The structures are copied. */
    dataset(const context &context, span<const eqf_structure> structures, const eqf_dataset_options *options = nullptr)
        : owner(detail::make<eqf_dataset>(context, eqf_dataset_create, std::int64_t(structures.size()),
                                          structures.data(), options))
    {
    }
    std::int64_t size() const noexcept { return eqf_dataset_samples(get()); }
    dataset select(const context &context, span<const std::int64_t> indices) const
    {
        return dataset(detail::make<eqf_dataset>(context, eqf_dataset_select, get(), std::int64_t(indices.size()),
                                                 indices.data()));
    }
    /* For training, validation and test. */
    std::array<dataset, 3> split(const context &context, const eqf_split_options &options) const
    {
        std::vector<std::int64_t> indices(static_cast<std::size_t>(size()));
        std::int64_t n[3];
        context.check(eqf_split(context.get(), size(), &options, indices.data(), n));
        auto part = [&](std::int64_t first, std::int64_t count) {
            return select(context, {indices.data() + first, std::size_t(count)});
        };
        return {part(0, n[0]), part(n[0], n[1]), part(n[0] + n[1], n[2])};
    }
    /* Arrays of a sample are valid until the next one is read. */
    eqf_sample sample(const context &context, std::int64_t i) const
    {
        eqf_sample sample = EQF_SAMPLE_INIT;
        context.check(eqf_dataset_get(context.get(), get(), i, &sample));
        return sample;
    }
    eqf_statistics statistics(const context &context) const
    {
        eqf_statistics statistics = EQF_STATISTICS_INIT;
        context.check(eqf_dataset_statistics(context.get(), get(), &statistics));
        return statistics;
    }
};

class recipe : public detail::owner<eqf_recipe, eqf_recipe_free>
{
  public:
    using owner::owner;
    static recipe preset(const context &context, const std::string &name)
    {
        return recipe(detail::make<eqf_recipe>(context, eqf_recipe_preset, name.c_str()));
    }
    static recipe parse(const context &context, const std::string &json)
    {
        return recipe(detail::make<eqf_recipe>(context, eqf_recipe_parse, json.c_str()));
    }
    void set(const context &context, const std::string &key, const std::string &value)
    {
        context.check(eqf_recipe_set(context.get(), get(), key.c_str(), value.c_str()));
    }
    std::string format(const context &context) const
    {
        return detail::take_text(context, detail::make<char>(context, eqf_recipe_format, get()));
    }
};

class trainer : public detail::owner<eqf_trainer, eqf_trainer_free>
{
  public:
    /* start may be null: a new model of the recipe. valid may be null. */
    trainer(const context &context, const recipe &recipe, const model *start, const dataset &train,
            const dataset *valid, const eqf_trainer_options *options = nullptr)
        : owner(detail::make<eqf_trainer>(context, eqf_trainer_create, recipe.get(),
                                          start == nullptr ? nullptr : start->get(), train.get(),
                                          valid == nullptr ? nullptr : valid->get(), options))
    {
    }
    /* Nothing when training is over. */
    std::optional<eqf_train_progress> step(const context &context)
    {
        eqf_train_progress progress = EQF_TRAIN_PROGRESS_INIT;
        eqf_status status = eqf_trainer_step(context.get(), get(), &progress);
        if (status == EQF_END) return std::nullopt;
        context.check(status);
        return progress;
    }
    void stop() noexcept { eqf_trainer_stop(get()); }
    void save(const context &context) { context.check(eqf_trainer_save(context.get(), get())); }
    equiformer::model model(const context &context, eqf_trainer_weights weights = EQF_TRAINER_BEST) const
    {
        return equiformer::model(detail::make<eqf_model>(context, eqf_trainer_model, get(), weights));
    }
};

/* Called with the number of each sample, its energy and forces (empty without) as predicted. What it throws ends the
 * evaluation and is thrown again. */
using evaluation = std::function<void(std::int64_t i, double energy, span<const double> forces)>;

inline eqf_metrics evaluate(const context &context, const model &model, const dataset &dataset,
                            const evaluation &function = {}, eqf_precision precision = EQF_FLOAT64)
{
    struct call {
        const evaluation &function;
        std::exception_ptr thrown;
        static int back(void *user, std::int64_t i, const eqf_sample *sample, double energy, const double *forces)
        {
            call &self = *static_cast<call *>(user);
            try {
                std::size_t n = forces == nullptr ? 0 : 3 * std::size_t(sample->structure->natoms);
                self.function(i, energy, {forces, n});
                return 0;
            } catch (...) {
                self.thrown = std::current_exception();
                return 1;
            }
        }
    } call{function, nullptr};
    eqf_metrics metrics = EQF_METRICS_INIT;
    eqf_status status = eqf_evaluate(context.get(), model.get(), precision, dataset.get(),
                                     function ? &call::back : nullptr, &call, &metrics);
    if (call.thrown) std::rethrow_exception(call.thrown);
    context.check(status);
    return metrics;
}

} // namespace equiformer

#endif
