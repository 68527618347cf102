"""Data sets, recipes, the trainer, optimizers. SPDX-License-Identifier: MIT"""

import math

import numpy as np
import pytest
from conftest import SMALL

import equiformer as eq
from equiformer import errors, layers

FRAMES = 24


@pytest.fixture(scope="module")
def structures(molecule):
    """Labels of a molecule whose atoms are tied to their places by springs."""
    numbers, positions = molecule
    random, made = np.random.default_rng(4), []
    for _ in range(FRAMES):
        stretch = 0.1 * random.normal(size=positions.shape)
        made.append(eq.Structure(numbers, positions + stretch, energy=2.5 * (stretch**2).sum(), forces=-5 * stretch))
    return made


@pytest.fixture(scope="module")
def dataset(structures):
    return eq.Dataset.of(structures)


@pytest.fixture
def recipe():
    made = eq.Recipe("md17-l2", epochs=3, batch_size=4, lr=2e-3, warmup_epochs=0)
    for key, value in SMALL.items():
        made[f"model.{key}"] = value
    return made


def test_dataset(dataset, structures, tmp_path):
    assert len(dataset) == FRAMES and dataset.labels == ["energy", "forces"]
    assert (dataset.energy_unit, dataset.length_unit) == ("eV", "angstrom")
    assert np.array_equal(dataset[-1].structure.forces, structures[-1].forces) and dataset[3].frame == 3
    assert [s.frame for s in dataset[4:8]] == [4, 5, 6, 7] and len(list(dataset)) == FRAMES
    with pytest.raises(IndexError):
        dataset[FRAMES]
    parts = dataset.split(train=0.5, valid=4, seed=1)
    assert [len(p) for p in parts] == [12, 4, 8]
    assert sorted(s.frame for p in parts for s in p) == list(range(FRAMES))
    found = dataset.statistics()
    assert (found.samples, found.atoms, found.elements) == (FRAMES, 6 * FRAMES, {1: 4 * FRAMES, 6: FRAMES, 8: FRAMES})
    assert np.isclose(found.energy_mean, np.mean([s.energy for s in structures])) and math.isnan(found.stress_rms)
    mean = found.energy_mean
    assert np.isclose(sum(dataset.fit_references()[z] * n for z, n in ((1, 4), (6, 1), (8, 1))), mean)

    path = tmp_path / "frames.xyz"
    with eq.FramesWriter(path) as writer:
        for structure in structures:
            writer.write(structure)
    read = eq.Dataset(path, labels=["forces"], energy_unit="kcal/mol", to_energy_unit="meV")
    factor = eq.unit_factor("kcal/mol", "meV")
    assert np.isclose(read[2].structure.energy, factor * structures[2].energy)
    (tmp_path / "list").write_text("5\n2\n")
    assert [s.frame for s in read.select_file(tmp_path / "list")] == [5, 2]


def test_refused(structures, tmp_path):
    with pytest.raises(errors.NotFoundError):
        eq.Dataset.of(structures, labels=["stress"])
    with pytest.raises(ValueError, match="unknown label 'force', expected some of: energy, forces"):
        eq.Dataset.of(structures, labels=["force"])
    with pytest.raises(TypeError, match="unknown option 'unit'"):
        eq.Dataset.of(structures, unit="eV")
    with pytest.raises(OSError, match="No such file"):
        eq.Dataset(tmp_path / "none.xyz")
    with pytest.raises(errors.NotFoundError):
        eq.unit_factor("eV", "parsec")
    with pytest.raises(errors.NotFoundError):
        eq.Recipe("md17-l9")


def test_recipe(recipe):
    assert "md17-l2" in eq.recipes() and recipe["epochs"] == 3 and recipe["model.num_layers"] == 1
    assert eq.Recipe.parse(recipe.format()).to_dict() == recipe.to_dict()
    with pytest.raises(errors.EquiformerError, match="epoch_s"):
        recipe["epoch_s"] = 3


def test_training_learns_and_resumes(dataset, recipe, tmp_path):
    train, valid, _ = dataset.split(train=16, valid=8, seed=2)
    whole = eq.Trainer(recipe, train, valid)
    first = whole.step()
    assert (first.epoch, first.step, first.steps, first.valid) == (0, 0, 4, None)
    assert set(first.train_terms) == {"energy", "forces"} and first.gradient_norm > 0
    epochs = [p for p in whole if p.valid is not None]
    assert [p.epoch for p in epochs] == [0, 1, 2] and whole.step() is None
    assert epochs[-1].train_loss < epochs[0].train_loss and epochs[0].is_best
    model = whole.model("last")
    found = eq.evaluate(model, valid, precision="float32")
    assert found.samples == 8 and np.isfinite(found.force_mae) and math.isnan(found.stress_mae)

    part = eq.Trainer(recipe, train, valid, directory=tmp_path / "run")
    for _ in range(5):
        part.step()
    part.save()
    with pytest.raises(errors.StateError, match="another process trains in"):
        eq.Trainer(recipe, train, valid, directory=tmp_path / "run", resume=True)
    part.close()
    resumed = eq.Trainer(recipe, train, valid, directory=tmp_path / "run", resume=True)
    metrics = resumed.run()
    assert metrics.force_mae == epochs[-1].valid.force_mae
    again = resumed.model("last").parameters
    assert all(np.array_equal(again[name], values) for name, values in model.parameters.items())
    assert (tmp_path / "run" / "best.safetensors").exists()


def test_stop(dataset, recipe):
    trainer = eq.Trainer(recipe, dataset, dataset)
    trainer.stop()
    assert trainer.step().reason and trainer.step() is None


def test_fine_tuning_and_evaluation(dataset, recipe, structures):
    model = eq.Trainer(recipe, dataset, dataset).model("last")
    better = eq.Trainer(recipe, dataset, dataset, model=model)
    better.run()
    before, after = (eq.evaluate(m, dataset) for m in (model, better.model("last")))
    assert after.force_mae < before.force_mae

    energies, calculator = {}, eq.Calculator(model)
    eq.evaluate(model, dataset, lambda i, energy, forces: energies.update({i: (energy, forces)}))
    for i in (0, FRAMES - 1):
        expected = calculator.compute(structures[i].system())
        assert np.isclose(energies[i][0], expected.energy[0]) and np.allclose(energies[i][1], expected.forces)

    def fails(i, energy, forces):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        eq.evaluate(model, dataset, fails)


def test_a_network_of_ones_own(random):
    """Least squares by programs, losses and optimizers alone."""
    layer = layers.linear("3x0e+2x1o", "1x0e+1x1o")
    x = random.normal(size=(30, 9))
    y = layer(x, parameters=layer.init(seed=5, scope="layer"), scope="layer")
    p = eq.Program()
    rows = p.rows("rows")
    out = p.record(layer, p.input("x", rows, "3x0e+2x1o"), scope="layer")
    loss = p.loss("l2", out, p.input("y", rows, "1x0e+1x1o"))
    parameters = layer.init(seed=6, scope="layer")
    p.loss_gradients(loss, parameters)
    p.output("loss", loss)
    run = eq.Run(p.end(), parameters)
    optimizer, schedule = eq.Optimizer(parameters, "adamw"), eq.Schedule("cosine_epoch", rate=0.05, total=150)
    losses = []
    for epoch in range(150):
        losses.append(run(rows={"rows": 30}, inputs={"x": x, "y": y})["loss"][0, 0])
        gradients = parameters.copy()
        run.gradients(gradients)
        updated = parameters.copy()
        norm = optimizer.step(schedule.rate(epoch), gradients, updated)
        run.set_parameters(updated)
        parameters = updated
    assert losses[-1] < 1e-3 * losses[0] and norm < 1 and optimizer.steps == 150

    average = eq.Average(parameters, 0.5)
    other = parameters.copy()
    other["layer.bias.0"] = parameters["layer.bias.0"] + 1
    average.update(other)
    assert np.allclose(average.parameters["layer.bias.0"], parameters["layer.bias.0"] + 0.5)
    optimizer.set_group("layer.bias.*", rate=0)
    with pytest.raises(errors.NotFoundError):
        optimizer.set_group("nothing")


def test_plateau():
    schedule = eq.Schedule("plateau", rate=0.1, factor=0.5, period=1, floor=1e-6)
    for metric in (1, 1, 1):
        schedule.report(metric)
    assert schedule.rate(5) < 0.1
