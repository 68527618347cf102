"""Uses most of the package once, for valgrind: everything.py DATA [leak]. SPDX-License-Identifier: MIT"""

import os
import sys
import tempfile

import numpy as np

import equiformer as eq
from equiformer import layers
from equiformer._library import lib


def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except eq.EquiformerError:
        return
    raise AssertionError(f"{call} was not refused")


def primitives():
    irreps, sh = eq.Irreps("4x0e+2x1o"), eq.Irreps.spherical_harmonics(2)
    str(irreps + "1x2e"), irreps.sort(), list(irreps), irreps * 2
    refused(eq.Irreps, "4x0q")
    vectors = np.random.default_rng(1).normal(size=(4, 3))
    y = eq.spherical_harmonics(2, vectors)
    eq.wigner_3j(1, 2, 1)
    x = np.ones((4, irreps.dim))
    product = layers.fully_connected(irreps, sh, irreps, weights="internal")
    parameters = product.init(1)
    product.vjp([x, y], product(x, y, parameters=parameters), parameters=parameters)
    refused(product, x, y)
    refused(layers.block, irreps, sh, irreps, "2x1o", irreps, [4, 4])


def models(data):
    model = eq.Model.load(os.path.join(data, "model.safetensors"))
    config = model.config
    config["num_layers"] = 1
    refused(config.__setitem__, "num_layers", 0)
    small = eq.Model(config, seed=1)
    changed = small.parameters.copy()
    name = next(iter(changed))
    changed[name] = 2 * changed[name]
    calculator = eq.Calculator(eq.Model.assemble(config, changed), context=eq.Context(2))
    refused(calculator.compute, eq.System([1, 1], np.zeros((2, 3))))
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "frames.xyz")
        with eq.FramesWriter(path) as writer:
            for frame in eq.Frames(os.path.join(data, "water.xyz")):
                writer.write(frame, {"note": "water"})
        frame = next(eq.Frames(path))
        small.save(os.path.join(directory, "model.safetensors"))
    system = eq.System(frame.numbers, frame.positions, 6 * np.eye(3))
    calculator.compute(system, ["energy", "forces", "stress", "virial", "atom_virial"])
    calculator.hessian(system)
    calculator.check_symmetry(system)
    calculator.edges, eq.find_edges(system, 3.0)


def training(data):
    water = [frame for frame in eq.Frames(os.path.join(data, "water.xyz"))]
    for frame in water:
        frame.energy, frame.forces = 1.0, np.ones((3, 3))
    dataset = eq.Dataset.of(water)
    dataset.statistics(), dataset.fit_references(), dataset[1], dataset.split(1, 1, 1)
    refused(eq.Dataset.of, water, labels=["stress"])
    recipe = eq.Recipe("md17-l2", epochs=1, batch_size=2)
    model = eq.Model.load(os.path.join(data, "model.safetensors"))
    with tempfile.TemporaryDirectory() as directory:
        trainer = eq.Trainer(recipe, dataset, dataset, model=model, directory=directory)
        trainer.run()
        eq.evaluate(trainer.model("best"), dataset, lambda *_: None)


def main(data, leak=""):
    if leak:
        lib.eqf_irreps_retain(eq.Irreps("1x0e"))
        return
    primitives()
    models(data)
    training(data)


main(*sys.argv[1:])
