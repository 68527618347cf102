"""Modules: equivariance, gradients, parameters. SPDX-License-Identifier: MIT"""

import numpy as np
import pytest

import equiformer as eq
from equiformer import layers

IRREPS, SH = "6x0e+4x1o+2x2e", "1x0e+1x1o+1x2e"
RADIAL = (5, 4)


def check(module, inputs, random, graph=None, parameters=None):
    """D(R) module(x) = module(D(R) x), and <cotangent, d module> = <vjp, dx> by central differences."""
    if parameters is None:
        parameters = module.init(seed=1)
    out = module(*inputs, graph=graph, parameters=parameters)
    rotation = eq.random_rotation(7)
    turned = [i.rotate(rotation, x) for i, x in zip(module.irreps_in, inputs)]
    after = module(*turned, graph=graph, parameters=parameters)
    assert np.allclose(after, module.irreps_out.rotate(rotation, out), atol=1e-10)

    cotangent = random.normal(size=out.shape)
    gradients = module.vjp(inputs, cotangent, graph=graph, parameters=parameters)
    directions = [random.normal(size=x.shape) for x in inputs]
    h = 1e-5
    above = module(*[x + h * d for x, d in zip(inputs, directions)], graph=graph, parameters=parameters)
    below = module(*[x - h * d for x, d in zip(inputs, directions)], graph=graph, parameters=parameters)
    numeric = (cotangent * (above - below)).sum() / (2 * h)
    assert np.isclose(sum((g * d).sum() for g, d in zip(gradients, directions)), numeric, rtol=1e-6, atol=1e-8)
    return out


@pytest.fixture
def graph():
    src, dst = np.array([(i, j) for j in range(5) for i in range(5) if i != j]).T
    return eq.Graph(5, src, dst)


def features(module, random, rows):
    return [random.normal(size=(n, i.dim)) for n, i in zip(rows, module.irreps_in)]


@pytest.mark.parametrize(
    "module",
    [
        layers.linear(IRREPS, "3x0e+5x1o"),
        layers.gate("6x0e+4x1o+2x2e"),
        layers.norm("layer", IRREPS),
        layers.activation("tanh", "7x0e"),
        layers.head(IRREPS),
        layers.feed_forward(IRREPS, IRREPS, "2x0e+1x1o"),
        layers.radial_mlp([5, 8, 3]),
        layers.spherical_harmonics_module(SH),
        layers.fully_connected(IRREPS, SH, IRREPS, weights="internal"),
        layers.fully_connected(IRREPS, SH, IRREPS),
        layers.depthwise(IRREPS, SH, IRREPS),
    ],
    ids=lambda m: m.kind,
)
def test_rows(module, random):
    check(module, features(module, random, [4] * 3), random)


@pytest.mark.parametrize("create", [layers.graph_attention, layers.dot_product_attention])
def test_attention(create, random, graph):
    module = create(IRREPS, SH, IRREPS, "4x0e+2x1o+1x2e", RADIAL, num_heads=2)
    out = check(module, features(module, random, [5, 20, 20]), random, graph)
    assert out.shape == (5, 28)


def test_linear_messages_are_another_network():
    one = layers.graph_attention(IRREPS, SH, IRREPS, "4x0e+2x1o+1x2e", RADIAL, num_heads=2, linear_message=1)
    assert "sep.dtp.tp.weight" not in one.init() and any(name.startswith("sep.") for name in one.init())
    with pytest.raises(TypeError, match="unknown option 'heads', expected some of: alpha_drop"):
        layers.graph_attention(IRREPS, SH, IRREPS, "4x0e", RADIAL, heads=2)


def test_block(random, graph):
    module = layers.block(IRREPS, SH, "3x0e+1x1o", "4x0e+2x1o+1x2e", IRREPS, RADIAL, num_heads=2)
    check(module, features(module, random, [5, 20, 20]), random, graph)


def test_embeddings(random, graph):
    degree = layers.edge_degree(IRREPS, SH, RADIAL)
    check(degree, features(degree, random, [20, 20]), random, graph)
    embedding = layers.atom_embedding(3, "4x0e+2x1o")
    parameters = embedding.init(seed=2)
    typed = eq.Graph(3, [], [], atom_type=[2, 0, 2])
    out = embedding(graph=typed, parameters=parameters)
    table = parameters["atom_type_lin.tp.weight"].reshape(3, 4)
    assert np.allclose(out[:, :4], table[[2, 0, 2]] + parameters["atom_type_lin.bias.0"]) and not out[:, 4:].any()


def test_graph_norm(random):
    module = layers.norm("graph", "3x0e+2x1o")
    graph = eq.Graph(5, [], [], graphs=2, atom_graph=[0, 0, 0, 1, 1])
    check(module, features(module, random, [5]), random, graph)


def test_tensor_product_equals_its_definition(random):
    """out[w] = c sum W[u, v, w] C x[u] y[v], by einsum."""
    product = layers.tensor_product("2x1o", "3x2e", "4x1o", [eq.Instruction(0, 0, 0)], path_normalization="element")
    (instruction, factor), weights = product.instructions[0], random.normal(size=(1, product.weights))
    assert instruction == (0, 0, 0, "uvw", True) and product.weights == 24 and np.isclose(factor, np.sqrt(3 / 6))
    x, y = random.normal(size=(5, 6)), random.normal(size=(5, 15))
    c = eq.wigner_3j(1, 2, 1)
    terms = x.reshape(5, 2, 3), y.reshape(5, 3, 5), weights.reshape(2, 3, 4), c
    expected = factor * np.einsum("nua,nvb,uvw,abc->nwc", *terms).reshape(5, 12)
    assert np.allclose(product(x, y, weights), expected)
    check(product, [x, y, weights], random)


def test_parameters():
    module = layers.linear("3x0e+2x1o", "4x0e+1x1o")
    parameters = module.init(seed=1, scope="first")
    assert list(parameters) == ["first.tp.weight", "first.bias.0"] and parameters.elements == 18
    assert parameters.info("first.bias.0") == ("first.bias.0", (4,), True, False)
    module.init(seed=1, parameters=parameters, scope="second")
    assert len(parameters) == 4 and "second.bias.0" in parameters and "third.bias.0" not in parameters
    assert np.array_equal(module.init(seed=1, scope="first")["first.tp.weight"], parameters["first.tp.weight"])
    other = parameters.copy("float32")
    other["first.bias.0"] = [1, 2, 3, 4]
    assert other.precision == "float32" and not parameters["first.bias.0"].any()
    other.add("table", np.ones((2, 3)), trainable=False)
    assert other["table"].shape == (2, 3) and other.elements == parameters.elements
    with pytest.raises(KeyError):
        parameters["nothing"]
    with pytest.raises(ValueError, match=r"first.bias.0 has shape \(3,\), expected 4"):
        other["first.bias.0"] = [1, 2, 3]


def test_single_precision(random):
    module = layers.linear("16x0e", "16x0e")
    parameters, x = module.init(seed=1), random.normal(size=(3, 16))
    single, double = (module(x, parameters=parameters, precision=p) for p in ("float32", "float64"))
    assert 0 < abs(single - double).max() < 1e-5
