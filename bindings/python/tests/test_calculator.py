"""Models, the calculator, files of structures. SPDX-License-Identifier: MIT"""

import gc
import logging
import threading

import numpy as np
import pytest

import equiformer as eq


@pytest.fixture
def calculator(model):
    return eq.Calculator(model)


@pytest.fixture
def crystal(molecule):
    numbers, positions = molecule
    return eq.System(numbers, positions, [[6, 0.3, 0], [0, 5.5, 0.2], [0.1, 0, 5]])


def differences(energy, x, h=1e-4):
    """dE/dx by central differences of fourth order."""
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        def at(step, i=i):
            moved = x.copy()
            moved[i] += step
            return energy(moved)

        gradient[i] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    return gradient


def test_config(config):
    assert config["num_layers"] == 1 and config["fc_neurons"] == [8, 8] and config["irreps_feature"] == "8x0e"
    assert config["cutoff_mode"] == "smooth" and config["energy_shifts"] is None and config["max_radius"] == 3.5
    again = eq.Config.parse(config.format())
    assert again.to_dict() == config.to_dict() and list(again) == list(config)
    again.update(irreps_pre_attn=eq.Irreps("8x0e+4x1e+2x2e"), rescale_degree=True, energy_scale=2, fc_neurons=(4,))
    assert again["rescale_degree"] is True and again["irreps_pre_attn"] == "8x0e+4x1e+2x2e" and again["fc_neurons"] == [4]
    assert len(eq.presets()) >= 21 and eq.Config(eq.presets()[0])["num_layers"] == 6


def test_model(model, config, tmp_path):
    path = tmp_path / "model.safetensors"
    model.save(path)
    loaded = eq.Model.load(path)
    assert loaded.config.to_dict() == config.to_dict() and loaded.name == "custom" and loaded.cutoff == 3.5
    assert set(loaded.parameters) == set(model.parameters)
    assert all(np.array_equal(loaded.parameters[n], model.parameters[n]) for n in model.parameters)
    assert loaded.covers(6) and not loaded.covers(92) and loaded.energy_scale == 1 and loaded.energy_shift(1) == 0
    changed = loaded.parameters.copy()
    changed["head.2.bias.0"] = changed["head.2.bias.0"] + 1
    other = eq.Model.assemble(config, changed)
    numbers, positions = [1, 1], [[0, 0, 0], [0, 0.3, 1]]
    gain = eq.Calculator(other).energy(eq.System(numbers, positions)) - eq.Calculator(model).energy(
        eq.System(numbers, positions)
    )
    assert np.isclose(gain[0], 2 / np.sqrt(config["avg_num_nodes"]))
    imported = eq.Model.from_checkpoint(path)
    assert imported.parameters.elements == model.parameters.elements


def test_forces_and_stress(calculator, crystal):
    found = calculator.compute(crystal, ["energy", "forces", "stress", "virial", "atom_virial", "atom_energy"])
    numbers, cell = crystal.numbers, crystal.cell[0]

    def moved(positions):
        return calculator.energy(eq.System(numbers, positions, cell))[0]

    def strained(strain):
        deformation = np.eye(3) + strain
        return calculator.energy(eq.System(numbers, crystal.positions @ deformation, cell @ deformation))[0]

    assert abs(found.forces + differences(moved, crystal.positions)).max() < 1e-9
    volume = abs(np.linalg.det(cell))
    gradient = differences(strained, np.zeros((3, 3)))
    assert abs(found.stress[0] - (gradient + gradient.T) / (2 * volume)).max() < 1e-9
    assert np.allclose(found.virial, -volume * found.stress) and np.allclose(found.atom_virial.sum(0), found.virial[0])
    assert np.isclose(found.energy[0], found.atom_energy.sum())


def test_skin(model, molecule):
    numbers, positions = molecule
    fresh, skin = eq.Calculator(model), eq.Calculator(model, skin=1.0)
    for step in range(4):
        system = eq.System(numbers, positions + 0.05 * step * np.sin(np.arange(3 * len(numbers))).reshape(-1, 3))
        assert np.array_equal(fresh.compute(system).forces, skin.compute(system).forces)
    assert fresh.searches == 4 and skin.searches == 1
    with pytest.raises(ValueError, match="skin"):
        eq.Calculator(model, skin=-1.0)


def test_hessian(calculator, molecule, random):
    numbers, positions = molecule
    system = eq.System(numbers, positions)
    hessian = calculator.hessian(system)
    direction = random.normal(size=(1, *positions.shape))
    assert np.allclose(hessian, hessian.T)
    assert np.allclose(calculator.hvp(system, direction).ravel(), hessian @ direction.ravel())

    def forces(step):
        return calculator.compute(eq.System(numbers, positions + step * direction[0])).forces

    assert np.allclose(hessian @ direction.ravel(), -((forces(1e-5) - forces(-1e-5)) / 2e-5).ravel(), atol=1e-6)


def test_batch(calculator, molecule, random):
    numbers, positions = molecule
    systems = [eq.System(numbers[:n], positions[:n] + 0.1 * random.normal(size=(n, 3))) for n in (6, 2, 4)]
    together = calculator.compute(eq.System.batch(systems), ["energy", "forces", "virial"])
    for i, part in enumerate(eq.calculator.split(together, eq.System.batch(systems))):
        alone = calculator.compute(systems[i], ["energy", "forces", "virial"])
        assert np.allclose(part.energy, alone.energy) and np.allclose(part.forces, alone.forces)
        assert np.allclose(part.virial, alone.virial)


def test_same_bits_for_any_number_of_threads(model, crystal):
    one, two = (eq.Calculator(model, context=eq.Context(n)).compute(crystal) for n in (1, 2))
    assert np.array_equal(one.forces, two.forces) and np.array_equal(one.energy, two.energy)


def test_model_is_shared_by_threads(model, crystal):
    expected, found = eq.Calculator(model).compute(crystal).forces, [None] * 4

    def work(i):
        found[i] = eq.Calculator(model).compute(crystal).forces

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(expected, f) for f in found)


def test_edges(calculator, crystal, config):
    calculator.compute(crystal, ["energy"])
    edges, found = calculator.edges, eq.find_edges(crystal, config["max_radius"])
    assert np.array_equal(edges.src, found.src) and np.array_equal(edges.vector, found.vector)
    p, cell = crystal.positions, crystal.cell[0]
    assert np.allclose(found.vector, p[found.src] - p[found.dst] + found.shift @ cell)
    lone = eq.find_edges(eq.System([1], [[0, 0, 0]]), 3.0)
    assert lone.src.shape == (0,) and lone.vector.shape == (0, 3)


def test_arrays_are_borrowed(molecule):
    numbers, positions = molecule
    system = eq.System(numbers, positions)
    assert system.positions is positions and system.numbers is numbers


def test_symmetry_warns_through_logging(calculator, caplog):
    tetrahedron = np.array([[0, 0, 0], [1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * 0.63
    with caplog.at_level(logging.WARNING, "equiformer"):
        degrees = calculator.check_symmetry(eq.System([6, 1, 1, 1, 1], tetrahedron))
    assert list(degrees) == [1, 0, 0, 0, 0]
    assert "atom 0 (C) has nearly symmetric surroundings" in caplog.text


def test_files(tmp_path, molecule, random):
    numbers, positions = molecule
    frame = eq.Structure(numbers, positions, np.diag([5.0, 6, 7]), np.array([True, False, True]), -1.5)
    frame.forces, frame.tags = random.normal(size=positions.shape), np.array([0, 1, 2, 0, 0, 1], np.int32)
    frame.stress = np.arange(9.0).reshape(3, 3)
    frame.stress += frame.stress.T
    for name in ("frames.xyz", "frames.npz"):
        with eq.FramesWriter(tmp_path / name) as writer:
            writer.write(frame, {"step": 3})
            writer.write(frame, {"step": 4})
        frames = eq.Frames(tmp_path / name)
        for step, read in zip((3, 4), frames):
            for key, value in vars(frame).items():
                assert np.array_equal(getattr(read, key), value), key
            assert frames.number("step") == step
        assert next(frames, None) is None
    assert eq.element_symbol(6) == "C" and eq.element_number("Cl") == 17 and abs(eq.element_mass(8) - 15.999) < 1e-3


def test_nothing_is_freed_too_early(model):
    """Parts keep what they need after the whole is gone."""
    config = eq.Config(eq.presets()[0], num_layers=1)
    other = eq.Model(config, seed=1)
    parameters, calculator = other.parameters, eq.Calculator(other)
    del config, other
    gc.collect()
    assert parameters.elements > 0
    assert np.isfinite(calculator.energy(eq.System([1, 8], [[0, 0, 0], [0, 0.5, 1]]))).all()


def test_arrays_are_not_copied(molecule):
    numbers, positions = np.array(molecule[0], np.int32), np.array(molecule[1], np.float64)
    cell = 9 * np.eye(3)
    system = eq.System(numbers, positions, cell)
    assert np.shares_memory(system.numbers, numbers) and np.shares_memory(system.positions, positions)
    assert np.shares_memory(system.cell, cell)
    transposed = eq.System(numbers.astype(np.int64), np.asfortranarray(positions))
    assert transposed.numbers.dtype == np.int32 and np.array_equal(transposed.numbers, numbers)
    assert transposed.positions.flags.c_contiguous and np.array_equal(transposed.positions, positions)
