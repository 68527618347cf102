/* The C++ wrapper, against a library that is installed: owners, exceptions, spans, numbers. SPDX-License-Identifier: MIT */
#include <equiformer/equiformer.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace eq = equiformer;

static int failures;

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::printf("not ok - %s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
            failures++;                                                                                                \
        }                                                                                                              \
    } while (0)

/* The status and message of the exception that body throws. */
template <class Body> static std::pair<eqf_status, std::string> failure(Body body)
{
    try {
        body();
    } catch (const eq::error &e) {
        return {e.status(), e.what()};
    }
    return {EQF_OK, ""};
}

/* What is said of an argument that does not reach the library. */
template <class Body> static std::string refusal(Body body)
{
    try {
        body();
    } catch (const std::invalid_argument &e) {
        return e.what();
    }
    return "";
}

template <class Owner> constexpr bool moves_only()
{
    return std::is_nothrow_move_constructible_v<Owner> && std::is_nothrow_move_assignable_v<Owner> &&
           !std::is_copy_constructible_v<Owner> && !std::is_copy_assignable_v<Owner>;
}

static_assert(moves_only<eq::context>() && moves_only<eq::irreps>() && moves_only<eq::parameters>() &&
              moves_only<eq::tensor>() && moves_only<eq::layer>() && moves_only<eq::program>() &&
              moves_only<eq::run>() && moves_only<eq::config>() && moves_only<eq::model>() &&
              moves_only<eq::calculator>() && moves_only<eq::domain>() && moves_only<eq::frames>() &&
              moves_only<eq::dataset>() && moves_only<eq::recipe>() && moves_only<eq::trainer>());

static void test_owners(const eq::context &context)
{
    eq::irreps a(context, "4x0e+2x1o"), b(std::move(a));
    EXPECT(a.get() == nullptr && b.dim() == 10 && b.str() == "4x0e+2x1o" && b.blocks() == 2);
    a = eq::irreps::retain(b.get());
    EXPECT(a == b && b[1].mul == 2 && b[1].irrep.l == 1 && b.lmax() == 1 && b.channels() == 6);
    eqf_irreps *raw = a.release();
    EXPECT(a.get() == nullptr);
    eqf_irreps_free(raw);
    EXPECT(eq::irreps::spherical_harmonics(context, 2) == eq::irreps(context, "1x0e+1x1o+1x2e"));
    bool thrown = false;
    try {
        (void)b[2];
    } catch (const std::out_of_range &) {
        thrown = true;
    }
    EXPECT(thrown);
}

static void test_errors(const eq::context &context)
{
    auto [status, message] = failure([&] { eq::irreps bad(context, "8x0q"); });
    EXPECT(status == EQF_ERROR_PARSE && message.find("expected parity") != std::string::npos);
    EXPECT(failure([&] { eq::model::load(context, "/nowhere"); }).first == EQF_ERROR_IO);
    EXPECT(failure([] { eq::context bad(-1); }).first == EQF_ERROR_ARGUMENT);
    EXPECT(failure([&] { eq::config::preset(context, "l2"); }).first == EQF_ERROR_NOT_FOUND);
    eq::program program(context);
    EXPECT(failure([&] {
               eqf_var x = eqf_input(program.get(), "x", eqf_rows_one(), eq::irreps(context, "1x1o").get());
               eqf_apply(program.get(), EQF_EXP, x);
               program.end(context);
           }).first == EQF_ERROR_SHAPE);
    bool thrown = false;
    const int numbers[] = {1, 1};
    const double positions[] = {0, 0, 0};
    try {
        eq::system{numbers, positions}.c();
    } catch (const std::invalid_argument &e) {
        thrown = std::string(e.what()) == "positions has 3 elements, expected 6";
    }
    EXPECT(thrown);
}

/* <cotangent, f(x + h d) - f(x - h d)> / 2h = <vjp, d>, for a tensor product. */
static void test_layer(const eq::context &context)
{
    eq::irreps in(context, "3x0e+2x1o"), sh(context, "1x0e+1x1o");
    eqf_tensor_product_options options = EQF_TENSOR_PRODUCT_OPTIONS_INIT;
    options.weights = EQF_WEIGHTS_INTERNAL;
    auto product = eq::layer::make(context, eqf_fully_connected_create, in.get(), sh.get(), in.get(), &options);
    eq::parameters parameters(context);
    product.init(context, parameters, "product", 1);
    EXPECT(product.inputs() == 2 && product.irreps_in(1) == sh && parameters.contains("product.weight"));
    auto weight = parameters.values(context, "product.weight");
    parameters.set(context, "product.weight", weight);

    const int rows = 4;
    std::vector<double> x(rows * 9), y(rows * 4), seed(rows * 9), d(rows * 9);
    for (std::size_t i = 0; i < x.size(); i++) {
        double t = double(i);
        x[i] = std::sin(1.7 * t), seed[i] = std::cos(0.3 * t), d[i] = std::sin(2.1 * t + 1);
    }
    for (std::size_t i = 0; i < y.size(); i++) y[i] = std::cos(1.1 * double(i));
    eq::tensor ty(context, sh, y), cotangent(context, in, seed), out(context, in.get(), rows);
    auto along = [&](double h) {
        std::vector<double> moved = x;
        for (std::size_t i = 0; i < x.size(); i++) moved[i] += h * d[i];
        eq::tensor tx(context, in, moved);
        product.apply(context, parameters, {&tx, &ty}, out, nullptr, "product");
        double sum = 0;
        auto values = out.values();
        for (std::size_t i = 0; i < seed.size(); i++) sum += seed[i] * values[i];
        return sum;
    };
    double numeric = (along(0.5) - along(-0.5)), exact = 0; /* linear in x */
    eq::tensor tx(context, in, x), gradient(context, in.get(), rows);
    product.vjp(context, parameters, {&tx, &ty}, cotangent, {&gradient, nullptr}, nullptr, "product");
    auto g = gradient.values();
    for (std::size_t i = 0; i < g.size(); i++) exact += g[i] * d[i];
    EXPECT(std::fabs(numeric - exact) < 1e-10 && std::fabs(exact) > 1e-3);
    EXPECT(eq::wigner_3j(context, 1, 1, 0).size() == 9);
    EXPECT(std::fabs(eq::spherical_harmonics(context, 1, std::vector<double>{1, 2, 3}).at(0) - 1) < 1e-15);
}

static void test_program(const eq::context &context)
{
    eq::irreps scalar(context, "1x0e");
    eq::program program(context);
    eqf_rows rows = eqf_program_rows(program.get(), "rows");
    eqf_var x = eqf_input(program.get(), "x", rows, scalar.get()), none{}, slope;
    eqf_var y = eqf_sum_rows(program.get(), eqf_apply(program.get(), EQF_SIN, x));
    eqf_grad(program.get(), 1, &y, &none, 1, &x, &slope);
    eqf_output(program.get(), "slope", slope);
    program.end(context);
    eq::parameters parameters(context);
    eq::run run(context, program, parameters);
    std::vector<double> values{0, 0.5, 1}, found(3);
    run.set_rows(context, "rows", 3);
    run.set_input(context, "x", values);
    run.execute(context);
    run.get_output(context, "slope", found);
    for (std::size_t i = 0; i < 3; i++) EXPECT(std::fabs(found[i] - std::cos(values[i])) < 1e-14);

    std::vector<double> few(2);
    EXPECT(refusal([&] { run.set_input(context, "x", few); }) == "the input x has 2 elements, expected 3");
    EXPECT(refusal([&] { run.get_output(context, "slope", few); }) ==
           "the array for the output slope has 2 elements, expected 3");
    EXPECT(failure([&] { run.set_input(context, "y", few); }).first == EQF_ERROR_NOT_FOUND);
}

/* Arrays of other lengths than the library reads. */
static void test_lengths(const eq::context &context)
{
    eq::irreps vectors(context, "1x1o");
    eq::tensor tensor(context, vectors.get(), 2);
    EXPECT(refusal([&] { tensor.set({}); }) == "an array of features has 0 elements, expected 6");
    EXPECT(refusal([&] { eq::spherical_harmonics(context, 1, std::vector<double>(4)); }) ==
           "vectors have 4 elements, expected a multiple of 3");
    eq::parameters parameters(context);
    auto layer = eq::layer::make(context, eqf_linear_create, vectors.get(), vectors.get(), 0);
    layer.init(context, parameters, "linear", 1);
    EXPECT(refusal([&] { parameters.set(context, "linear.tp.weight", {}); }) ==
           "linear.tp.weight has 0 elements, expected 1");

    eq::program program(context);
    eqf_rows edges = eqf_program_rows(program.get(), "edges"), atoms = eqf_program_rows(program.get(), "atoms");
    eqf_map to = eqf_program_map(program.get(), "to", edges, atoms);
    eqf_var x = eqf_input(program.get(), "x", edges, vectors.get());
    eqf_output(program.get(), "sum", eqf_segment_sum(program.get(), to, x));
    program.end(context);
    eq::run run(context, program, parameters);
    run.set_rows(context, "atoms", 2);
    run.set_rows(context, "edges", 3);
    EXPECT(refusal([&] {
               run.set_map(context, "to", std::vector<std::int32_t>{0, 1});
           }) == "the map to has 2 elements, expected 3");
}

static void test_calculator(const eq::context &context, const std::string &data)
{
    auto model = eq::model::load(context, data + "/model.safetensors");
    eq::calculator calculator(context, model);
    eq::frames frames(context, data + "/water.xyz");
    int count = 0;
    while (auto frame = frames.next(context)) {
        eq::system system = eq::system_of(*frame);
        std::vector<double> moved(system.positions.begin(), system.positions.end());
        auto forces = calculator.forces(context, system);
        system.positions = moved;
        const double h = 1e-5;
        moved[4] += h;
        double above = calculator.energy(context, system);
        moved[4] -= 2 * h;
        double below = calculator.energy(context, system);
        EXPECT(std::fabs(forces[4] + (above - below) / (2 * h)) < 1e-7);
        moved[4] += h;
        EXPECT(calculator.edges().count == 6);
        std::int64_t before = calculator.searches();
        calculator.set_skin(context, 1);
        calculator.energy(context, system);
        calculator.energy(context, system);
        EXPECT(calculator.searches() == before + 1);
        calculator.set_skin(context, 0);
        auto hessian = calculator.hessian(context, system);
        EXPECT(hessian.size() == 81 && std::fabs(hessian[1] - hessian[9]) < 1e-12);
        count++;
    }
    EXPECT(count == 3);
    auto other = model.share();
    auto parameters = other.parameters();
    EXPECT(other.name() == "custom" && parameters.elements() > 0 && other.covers(8) && !other.covers(92));
}

/* Atom 0 on one process, the two others on another one: each has the others as ghosts. */
struct half {
    eq::domain domain;
    std::vector<int> numbers;
    std::vector<double> positions, forces;
    std::vector<std::size_t> atoms;
    double energy;
    eqf_local local;
    eqf_shares shares;

    half(const eq::context &context, const eq::model &model, const eqf_structure &frame, std::int64_t own,
         std::vector<std::size_t> order)
        : domain(context, model), forces(9), atoms(std::move(order)), energy(0), local(EQF_LOCAL_INIT),
          shares(EQF_SHARES_INIT)
    {
        for (std::size_t i : atoms) {
            numbers.push_back(frame.atomic_numbers[i]);
            positions.insert(positions.end(), frame.positions + 3 * i, frame.positions + 3 * i + 3);
        }
        local.nlocal = own;
        local.nghost = 3 - own;
        local.atomic_numbers = numbers.data();
        local.positions = positions.data();
        shares.energy = &energy;
        shares.forces = forces.data();
    }
};

static double *row(const eqf_exchange &exchange, std::int64_t i)
{
    return static_cast<double *>(exchange.values) + i * exchange.width;
}

/* Atom `place` of one is the ghost `ghost` of the other. */
static void trade(const eqf_exchange &one, std::int64_t place, const eqf_exchange &other, std::int64_t ghost)
{
    for (int k = 0; k < one.width; k++) {
        if (one.kind == EQF_EXCHANGE_FORWARD)
            row(other, ghost)[k] = row(one, place)[k];
        else
            row(one, place)[k] += row(other, ghost)[k];
    }
}

static void test_domain(const eq::context &context, const std::string &data)
{
    auto model = eq::model::load(context, data + "/model.safetensors");
    eq::frames frames(context, data + "/water.xyz");
    auto frame = frames.next(context);
    eq::calculator calculator(context, model);
    auto system = eq::system_of(*frame);
    system.cell = {}, system.pbc = {};
    const double energy = calculator.energy(context, system);
    const auto forces = calculator.forces(context, system);

    half one(context, model, *frame, 1, {0, 1, 2}), two(context, model, *frame, 2, {1, 2, 0});
    const auto announced = one.domain.exchanges(context);
    std::size_t seen = 0;
    one.domain.begin(context, one.local, one.shares);
    two.domain.begin(context, two.local, two.shares);
    while (auto a = one.domain.step(context)) {
        auto b = two.domain.step(context);
        EXPECT(b && seen < announced.size() && a->kind == announced[seen].kind && a->width == announced[seen].width);
        seen++;
        if (a->kind == EQF_EXCHANGE_SUM) continue;
        trade(*a, 0, *b, 2);
        trade(*b, 0, *a, 1);
        trade(*b, 1, *a, 2);
    }
    EXPECT(!two.domain.step(context) && seen == announced.size() && seen > one.domain.exchanges(context, false).size());
    one.domain.end(context);
    two.domain.end(context);
    EXPECT(std::fabs(one.energy + two.energy - energy) < 1e-12 && one.domain.edges().count == 2);
    for (std::size_t i = 0; i < 3; i++)
        for (std::size_t k = 0; k < 3; k++)
            EXPECT(std::fabs(one.forces[3 * i + k] + two.forces[3 * ((i + 2) % 3) + k] - forces[3 * i + k]) < 1e-12);

    half alone(context, model, *frame, 3, {0, 1, 2});
    alone.domain.compute(context, alone.local, alone.shares);
    EXPECT(std::fabs(alone.energy - energy) < 1e-12);
    bool thrown = false;
    try {
        one.domain.compute(context, one.local, one.shares, [](const eqf_exchange &) { throw 1; });
    } catch (int) {
        thrown = true;
    }
    EXPECT(thrown);
    auto message = failure([&] { one.domain.compute(context, one.local, one.shares); });
    EXPECT(message.first == EQF_ERROR_STATE && message.second.find("2 rows of ghosts") != std::string::npos);
}

static void test_config(const eq::context &context)
{
    auto config = eq::config::preset(context, "graph_attention_transformer_nonlinear_exp_l2_md17");
    config.set(context, "num_layers", "1");
    EXPECT(config.get(context, "num_layers") == "1" && config.get(context, "basis_type") == "exp");
    auto again = eq::config::parse(context, config.format(context));
    EXPECT(again.format(context) == config.format(context));
    eq::model model(context, again, 1, EQF_FLOAT64);
    auto copy = eq::parameters::copy(context, model.parameters().get(), EQF_FLOAT64);
    eq::model assembled(context, config, copy);
    EXPECT(assembled.parameters().elements() == model.parameters().elements());
}

static void test_training(const eq::context &context, const std::string &data)
{
    std::vector<double> forces(9, 0.1);
    std::vector<eqf_structure> structures;
    eq::frames frames(context, data + "/water.xyz");
    auto frame = frames.next(context);
    for (int i = 0; i < 6; i++) {
        structures.push_back(*frame);
        structures.back().forces = forces.data();
        structures.back().has_energy = 1;
    }
    eq::dataset all(context, structures);
    eqf_split_options halves = EQF_SPLIT_OPTIONS_INIT;
    halves.train = 4;
    auto [train, valid, test] = all.split(context, halves);
    EXPECT(all.size() == 6 && train.size() == 4 && valid.size() == 2 && test.size() == 0);
    EXPECT(all.statistics(context).atoms == 18 && train.sample(context, 0).structure->natoms == 3);

    auto recipe = eq::recipe::preset(context, "md17-l2");
    for (auto [key, value] : {std::pair{"epochs", "2"}, {"batch_size", "2"}}) recipe.set(context, key, value);
    auto model = eq::model::load(context, data + "/model.safetensors");
    eq::trainer trainer(context, recipe, &model, train, &valid);
    int steps = 0, epochs = 0;
    while (auto progress = trainer.step(context)) {
        steps++;
        epochs += progress->epoch_ended;
    }
    EXPECT(steps == 4 && epochs == 2);
    int seen = 0;
    auto trained = trainer.model(context);
    auto metrics = eq::evaluate(context, trained, valid,
                                [&](std::int64_t, double, eq::span<const double> f) { seen += int(f.size()); });
    EXPECT(metrics.samples == 2 && seen == 18);
    bool thrown = false;
    try {
        eq::evaluate(context, trained, valid, [](std::int64_t, double, eq::span<const double>) { throw 1; });
    } catch (int) {
        thrown = true;
    }
    EXPECT(thrown);
}

int main(int argc, char **argv)
{
    if (argc != 2) return EXIT_FAILURE;
    eq::context context(2);
    EXPECT(context.threads() == 2);
    EXPECT(context.matmul() == EQF_MATMUL_FLOAT32);
    context.set_matmul(EQF_MATMUL_FLOAT32); /* no machine lacks it */
    test_owners(context);
    test_errors(context);
    test_layer(context);
    test_program(context);
    test_lengths(context);
    test_calculator(context, argv[1]);
    test_domain(context, argv[1]);
    test_config(context);
    test_training(context, argv[1]);
    if (failures == 0) std::puts("ok - the C++ wrapper");
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
