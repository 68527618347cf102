"""A network that is not Equiformer, from primitives, with its forces: a convolution over neighbours, a gate and a head.

SPDX-License-Identifier: MIT
"""

import numpy as np

import equiformer as eq
from equiformer import layers

CUTOFF, BASIS = 3.5, 16


def record(p, parts):
    atoms, edges = p.rows("atoms"), p.rows("edges")
    src, dst = p.map("src", edges, atoms), p.map("dst", edges, atoms)
    positions, x = p.input("positions", atoms, "1x1o"), p.input("x", atoms, "4x0e")

    r = src.gather(positions) - dst.gather(positions)
    distance = r.dot(r).power(0.5, 1e-24)
    y = p.record(parts["harmonics"], r)
    basis = p.record(parts["radial"], distance, scope="radial")
    weights = p.record(parts["weights"], basis, scope="weights")
    messages = dst.segment_sum(p.record(parts["product"], src.gather(x), y, weights))
    hidden = p.record(parts["gate"], p.record(parts["linear"], messages, scope="linear"))
    energy = p.record(parts["head"], hidden, scope="head").sum_rows()

    gradient = p.grad([energy], [positions])[0]
    p.output("energy", energy)
    p.output("forces", -gradient)


def make_parts():
    hidden = "8x0e+4x1o+2x2e"
    parts = {"harmonics": layers.spherical_harmonics_module("1x0e+1x1o+1x2e"), "gate": layers.gate(hidden)}
    parts["radial"] = layers.radial_basis("exp", BASIS, CUTOFF)
    parts["product"] = layers.depthwise("4x0e", "1x0e+1x1o+1x2e", hidden)
    parts["weights"] = layers.radial_mlp([BASIS, 32, parts["product"].weights])
    parts["linear"] = layers.linear(parts["product"].irreps_out, parts["gate"].irreps_in[0])
    parts["head"] = layers.head(hidden)
    return parts


def main():
    random = np.random.default_rng(1)
    positions, x = 1.2 * random.normal(size=(6, 3)), random.normal(size=(6, 4))
    parts, parameters, p = make_parts(), eq.Parameters(), eq.Program()
    for name, part in parts.items():
        part.init(1, parameters, scope=name)
    record(p, parts)
    run = eq.Run(p.end(), parameters)

    def evaluate(positions):
        edges = eq.find_edges(eq.System([1] * 6, positions), CUTOFF)
        return run(
            rows={"atoms": 6, "edges": len(edges.src)},
            maps={"src": edges.src, "dst": edges.dst},
            inputs={"positions": positions, "x": x},
        )

    found, step = evaluate(positions), 1e-6 * random.normal(size=(6, 3))
    change = evaluate(positions + step)["energy"] - evaluate(positions - step)["energy"]
    print(f"energy {found['energy'][0, 0]:.6f}")
    print(f"change of the energy along a step {change[0, 0]:.6e}, by the forces {-2 * (found['forces'] * step).sum():.6e}")


main()
