"""The calculator for ASE: its semantics, and ASE's own programs on it. SPDX-License-Identifier: MIT"""

import numpy as np
import pytest

pytest.importorskip("ase")

from ase import Atoms, units  # noqa: E402
from ase.build import bulk  # noqa: E402
from ase.calculators.calculator import PropertyNotImplementedError  # noqa: E402
from ase.calculators.mixing import SumCalculator  # noqa: E402
from ase.calculators.test import numeric_force  # noqa: E402
from ase.calculators.morse import MorsePotential  # noqa: E402
from ase.constraints import ExpCellFilter  # noqa: E402
from ase.io import read, write  # noqa: E402
from ase.md.langevin import Langevin  # noqa: E402
from ase.md.verlet import VelocityVerlet  # noqa: E402
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution  # noqa: E402
from ase.optimize import BFGS  # noqa: E402
from ase.phonons import Phonons  # noqa: E402
from ase.vibrations import Vibrations  # noqa: E402

import equiformer as eq  # noqa: E402
from equiformer.ase import EquiformerCalculator  # noqa: E402


@pytest.fixture
def calculator(model):
    return EquiformerCalculator(model)


@pytest.fixture
def atoms(molecule, calculator):
    numbers, positions = molecule
    made = Atoms(numbers, positions)
    made.calc = calculator
    return made


@pytest.fixture
def crystal(calculator):
    made = bulk("Si", cubic=True)
    made.numbers[::2] = 6
    made.rattle(0.08, seed=3)
    made.calc = calculator
    return made


def counted(calculator, monkeypatch):
    calls = []
    compute = calculator._calculator.compute
    monkeypatch.setattr(calculator._calculator, "compute", lambda s, p: calls.append(tuple(p)) or compute(s, p))
    return calls


def test_forces_are_central_differences(atoms):
    forces = atoms.get_forces()
    numeric = [[numeric_force(atoms, i, k, 1e-5) for k in range(3)] for i in range(len(atoms))]
    assert abs(forces - numeric).max() < 1e-7


def test_stress_is_central_differences(crystal):
    stress = crystal.get_stress()
    assert stress.shape == (6,)
    assert abs(stress - crystal.calc.calculate_numerical_stress(crystal, d=1e-5)).max() < 1e-7
    numeric = [numeric_force(crystal, 1, k, 1e-5) for k in range(3)]
    assert abs(crystal.get_forces()[1] - numeric).max() < 1e-7


def test_results_are_cached(atoms, monkeypatch):
    calls = counted(atoms.calc, monkeypatch)
    energy = atoms.get_potential_energy()
    assert calls == [("energy", "atom_energy")]
    assert atoms.get_potential_energy(force_consistent=True) == energy and len(calls) == 1
    forces = atoms.get_forces()
    assert len(calls) == 2
    assert atoms.get_forces() is not forces and np.array_equal(atoms.get_forces(), forces) and len(calls) == 2
    assert atoms.get_potential_energies().shape == (6,) and len(calls) == 2
    atoms.positions[0, 0] += 0.01
    assert atoms.calc.calculation_required(atoms, ["energy"])
    assert atoms.get_potential_energy() != energy and len(calls) == 3
    atoms.get_forces()
    assert len(calls) == 4
    atoms.set_initial_charges(np.ones(6))  # nothing that the model sees
    atoms.get_forces()
    assert len(calls) == 4


def test_parameters_are_set(model, atoms):
    energy = atoms.get_potential_energy()
    assert atoms.calc.set(precision="float64", threads=1) == {} and atoms.calc.results
    assert atoms.calc.set(precision="float32", threads=2) == {"precision": "float32", "threads": 2}
    assert 0 < abs(atoms.get_potential_energy() - energy) < 1e-4
    with pytest.raises(TypeError, match="unknown parameter 'cutoff', expected one of: precision, threads, skin"):
        EquiformerCalculator(model, cutoff=4)
    with pytest.raises(ValueError, match="float16"):
        atoms.calc.set(precision="float16")
    assert atoms.calc.set(skin=0.5) == {"skin": 0.5}
    atoms.calc.reset()
    atoms.get_potential_energy()
    atoms.positions[0] += 0.1
    atoms.get_potential_energy()
    assert atoms.calc._calculator.searches == 1
    assert atoms.calc.parameters == {"precision": "float32", "threads": 2, "skin": 0.5}


def test_trajectory(atoms, tmp_path):
    forces = atoms.get_forces()
    write(tmp_path / "atoms.traj", atoms)
    again = read(tmp_path / "atoms.traj")
    assert again.get_potential_energy() == atoms.get_potential_energy() and np.array_equal(again.get_forces(), forces)


def test_bulk_gives_stress_with_forces(crystal, monkeypatch):
    calls = counted(crystal.calc, monkeypatch)
    crystal.get_forces()
    crystal.get_stress()
    assert len(calls) == 1


def test_stress_needs_a_crystal(atoms):
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_stress()
    atoms.set_cell([8, 8, 8])
    atoms.pbc = [True, True, False]
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_stress()
    assert np.isfinite(atoms.get_forces()).all()


def test_model_from_a_file_and_units(model, molecule, tmp_path):
    numbers, positions = molecule
    parameters, config = model.parameters, model.config
    config.update(energy_unit="kcal/mol", length_unit="bohr")
    path = tmp_path / "model.safetensors"
    eq.Model.assemble(config, parameters).save(path)
    atoms = Atoms(numbers, positions * units.Bohr, calculator=EquiformerCalculator(path, threads=2))
    plain = eq.Calculator(model).compute(eq.System(numbers, positions))
    kcal = units.kcal / units.mol
    assert np.isclose(atoms.get_potential_energy(), plain.energy[0] * kcal)
    assert np.allclose(atoms.get_forces(), plain.forces * kcal / units.Bohr)
    config.update(energy_unit="foe")
    with pytest.raises(ValueError, match="unit of energy is 'foe'"):
        EquiformerCalculator(eq.Model.assemble(config, parameters))


def held(atoms, calculator):
    """With a pair potential that keeps the atoms apart, as parameters of a random model do not."""
    atoms.calc = SumCalculator([calculator, MorsePotential(epsilon=2.0, r0=1.4, rho0=4.0, rcut1=3.0, rcut2=4.0)])
    return atoms


def test_optimisation(atoms, calculator):
    held(atoms, calculator)
    before = atoms.get_potential_energy()
    optimizer = BFGS(atoms, logfile=None)
    assert optimizer.run(fmax=0.005, steps=300)
    assert atoms.get_potential_energy() < before and abs(atoms.get_forces()).max() < 0.005


def test_optimisation_of_the_cell(calculator):
    crystal = bulk("Si", cubic=True)
    crystal.set_cell(crystal.cell * 0.7, scale_atoms=True)
    crystal.rattle(0.05, seed=1)
    crystal.calc = calculator
    before = crystal.get_potential_energy()
    BFGS(ExpCellFilter(crystal), logfile=None, maxstep=0.05).run(fmax=0.01, steps=20)
    assert crystal.get_potential_energy() < before


def test_vibrations(atoms, calculator, tmp_path):
    held(atoms, calculator)
    BFGS(atoms, logfile=None).run(fmax=0.001, steps=300)
    atoms.calc = calculator
    vibrations = Vibrations(atoms, name=str(tmp_path / "vib"), delta=1e-3, nfree=4)
    vibrations.run()
    hessian = vibrations.get_vibrations().get_hessian_2d()
    assert abs(hessian - calculator.get_hessian(atoms)).max() < 1e-5


def test_phonons(calculator, tmp_path):
    """Of two atoms in a skewed cell: the acoustic sum rule, and a dispersion that is symmetric in q."""
    primitive = bulk("SiC", "zincblende", a=4.2)
    primitive.rattle(0.1, seed=2)
    phonons = Phonons(primitive, calculator, supercell=(2, 2, 2), delta=0.01, name=str(tmp_path / "phonon"))
    phonons.run()
    phonons.read(acoustic=True)
    q = np.array([[0.0, 0, 0], [0.11, 0.23, -0.3], [-0.11, -0.23, 0.3]])
    bands = phonons.band_structure(q)
    assert bands.shape == (3, 6)
    assert np.sort(abs(bands[0]))[:3].max() < 1e-4 < abs(bands[1]).max()
    assert np.allclose(bands[1], bands[2], atol=1e-8)


def test_constant_energy(atoms, calculator):
    held(atoms, calculator)
    BFGS(atoms, logfile=None).run(fmax=0.05, steps=200)
    MaxwellBoltzmannDistribution(atoms, temperature_K=200, rng=np.random.default_rng(1))
    before = atoms.get_total_energy()
    VelocityVerlet(atoms, timestep=0.25 * units.fs).run(100)
    assert abs(atoms.get_total_energy() - before) / len(atoms) < 1e-3


def test_langevin(atoms, calculator):
    held(atoms, calculator)
    BFGS(atoms, logfile=None).run(fmax=0.05, steps=200)
    dynamics = Langevin(
        atoms, 0.5 * units.fs, temperature_K=300, friction=0.05 / units.fs, rng=np.random.default_rng(2)
    )
    temperatures = []
    dynamics.attach(lambda: temperatures.append(atoms.get_temperature()))
    dynamics.run(200)
    assert 100 < np.mean(temperatures[50:]) < 600 and np.isfinite(atoms.positions).all()


def test_tags_count_where_the_model_reads_them():
    config = eq.Config(
        "graph_attention_transformer", num_layers=1, use_atom_edge_attr=True, irreps_atom_edge_attr="4x0e"
    )
    model = eq.Model(config, 1)
    atoms = Atoms("H2O", positions=[[0, 0, 0.1], [0, 0.8, -0.5], [0, -0.7, -0.5]], tags=[0, 1, 2])
    atoms.calc = EquiformerCalculator(model)
    before = atoms.get_potential_energy()
    atoms.set_tags([2, 2, 0])
    again = atoms.copy()
    again.calc = EquiformerCalculator(model)
    assert atoms.get_potential_energy() == again.get_potential_energy() != before


def test_periodic_atoms_need_a_cell(calculator):
    atoms = Atoms("H2O", positions=np.eye(3), pbc=True)
    atoms.calc = calculator
    with pytest.raises(ValueError, match="without a cell"):
        atoms.get_potential_energy()
