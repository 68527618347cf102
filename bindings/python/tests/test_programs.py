"""Programs recorded in Python. SPDX-License-Identifier: MIT"""

import numpy as np
import pytest

import equiformer as eq
from equiformer import errors, layers


def test_derivatives(random):
    p = eq.Program()
    rows = p.rows("rows")
    x = p.input("x", rows, "2x0e")
    y = (3 * x.apply("sin") - x).sum_rows()
    slope = p.grad([y], [x])[0]
    bend = p.grad([slope], [x])[0]
    p.output("y", y)
    p.output("slope", slope)
    p.output("bend", bend)
    values = random.normal(size=(4, 2))
    found = eq.Run(p.end(), eq.Parameters())(rows={"rows": 4}, inputs={"x": values})
    assert np.allclose(found["y"], (3 * np.sin(values) - values).sum(0))
    assert np.allclose(found["slope"], 3 * np.cos(values) - 1) and np.allclose(found["bend"], -3 * np.sin(values))


def test_operations(random):
    p = eq.Program()
    rows, groups = p.rows("rows"), p.rows("groups")
    to = p.map("to", rows, groups)
    x, s = p.input("x", rows, "2x0e+1x1o"), p.input("s", rows, "1x0e")
    assert (x.irreps, x.scale(s, "row").irreps) == ("2x0e+1x1o", "2x0e+1x1o")
    outputs = {
        "scaled": x.scale(s, "row"),
        "dots": x.dot(x, "channel"),
        "powers": s.power(2, 0),
        "vector": x.channels(1, 0, 1),
        "joined": x.channels(0, 1, 1).concat(s),
        "sums": to.segment_sum(x),
        "back": to.gather(to.segment_sum(s)),
        "softmax": to.segment_softmax(s),
        "shifted": s + p.parameter("bias", 1).broadcast(rows) + p.constant("1x0e", [2.0]),
        "harmonics": x.channels(1, 0, 1).solid_harmonics("1x0e+1x1o"),
        "frames": x.channels(1, 0, 1).edge_frames(1),
        "negative": -s,
    }
    for name, variable in outputs.items():
        p.output(name, variable)
    parameters = eq.Parameters()
    parameters.add("bias", [0.5])
    run, target = eq.Run(p.end(), parameters), [0, 1, 1, 0, 1]
    xs, ss = random.normal(size=(5, 5)), random.normal(size=(5, 1))
    found = run(rows={"rows": 5, "groups": 2}, maps={"to": target}, inputs={"x": xs, "s": ss})
    member = np.eye(2)[target]
    assert np.allclose(found["scaled"], xs * ss) and np.allclose(found["negative"], -ss)
    assert np.allclose(found["dots"], np.c_[xs[:, :2] ** 2, (xs[:, 2:] ** 2).sum(1)])
    assert np.allclose(found["powers"], np.maximum(ss, 0) ** 2) and np.allclose(found["vector"], xs[:, 2:])
    assert np.allclose(found["joined"], np.c_[xs[:, 1], ss]) and np.allclose(found["sums"], member.T @ xs)
    assert np.allclose(found["back"], member @ (member.T @ ss)) and np.allclose(member.T @ found["softmax"], 1)
    assert np.allclose(found["shifted"], ss + 2.5)
    assert np.allclose(found["harmonics"], np.c_[np.ones(5), np.sqrt(3) * xs[:, 2:]])
    axes = found["frames"][:, 1:].reshape(5, 3, 3)
    assert np.allclose(axes[:, 1] * np.linalg.norm(xs[:, 2:], axis=1)[:, None], xs[:, 2:])
    assert np.allclose(axes @ axes.swapaxes(1, 2), np.eye(3)) and np.allclose(found["frames"][:, 0], 1)
    parameters = parameters.copy()
    parameters["bias"] = [1.5]
    run.set_parameters(parameters)
    run.execute()
    assert np.allclose(run.output("shifted"), ss + 3.5)
    with pytest.raises(KeyError):
        run.output("nothing")


def test_recorded_model_is_the_calculator(model, molecule):
    numbers, positions = molecule
    edges = eq.find_edges(eq.System(numbers, positions), model.cutoff)
    p = eq.Program()
    vectors = p.input("vectors", p.rows("edges"), "1x1o", double=True)
    outputs = p.record_model(model, vectors)
    assert outputs.auxiliary is None
    p.output("energy", outputs.energy)
    run = eq.Run(p.end(), model.parameters)
    types = model.config["atom_types"]
    found = run(
        rows={"atoms": 6, "edges": len(edges.src), "graphs": 1},
        maps={
            "edge_src": edges.src,
            "edge_dst": edges.dst,
            "atom_graph": [0] * 6,
            "atom_type": [types.index(z) for z in numbers],
        },
        inputs={"vectors": edges.vector},
    )
    assert np.isclose(found["energy"][0, 0], eq.Calculator(model).energy(eq.System(numbers, positions))[0])


def test_module_with_a_graph(random):
    attention = layers.graph_attention("4x0e+2x1o", "1x0e+1x1o", "4x0e+2x1o", "2x0e+1x1o", [3, 4], num_heads=2)
    p = eq.Program()
    atoms, edges = p.rows("atoms"), p.rows("edges")
    maps = {"edge_src": p.map("src", edges, atoms), "edge_dst": p.map("dst", edges, atoms)}
    x, sh, radial = p.input("x", atoms, "4x0e+2x1o"), p.input("sh", edges, "1x0e+1x1o"), p.input("radial", edges, "3x0e")
    p.output("y", p.record(attention, x, sh, radial, scope="a", **maps))
    parameters = attention.init(1, scope="a")
    src, dst = [1, 2, 0, 2], [0, 0, 1, 2]
    arrays = [random.normal(size=s) for s in ((3, 10), (4, 4), (4, 3))]
    inputs = dict(zip(("x", "sh", "radial"), arrays))
    found = eq.Run(p.end(), parameters)(rows={"atoms": 3, "edges": 4}, maps={"src": src, "dst": dst}, inputs=inputs)
    direct = attention(*arrays, graph=eq.Graph(3, src, dst), parameters=parameters, scope="a")
    assert np.array_equal(found["y"], direct)


def test_lengths_are_checked():
    p = eq.Program()
    atoms, edges = p.rows("atoms"), p.rows("edges")
    to = p.map("to", edges, atoms)
    x = p.input("x", edges, "2x0e")
    p.output("y", to.segment_sum(x))
    run = eq.Run(p.end(), eq.Parameters())
    run.set_rows("atoms", 3)
    run.set_rows("edges", 4)
    with pytest.raises(ValueError, match="input x has 6 numbers, expected 8"):
        run.set_input("x", np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"map to has shape \(3,\), expected 4"):
        run.set_map("to", [0, 1, 2])


def test_the_first_error_is_raised():
    p = eq.Program()
    vector = p.input("v", p.one, "1x1o")
    after = vector.apply("exp") + vector
    p.output("after", after)
    with pytest.raises(errors.ShapeError, match="1x1o"):
        p.end()
    with pytest.raises(errors.ShapeError):
        after.irreps
    with pytest.raises(ValueError, match="unknown function 'log', expected one of: silu"):
        vector.apply("log")
    with pytest.raises(ValueError, match="unknown grouping 'atom', expected one of: row"):
        vector.dot(vector, "atom")
