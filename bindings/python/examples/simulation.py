"""ASE on a model: relaxes a molecule, runs Langevin dynamics, prints frequencies: simulation.py MODEL STRUCTURES [STEPS]

SPDX-License-Identifier: MIT
"""

import sys

import ase.io
import numpy as np
from ase import units
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution
from ase.optimize import BFGS
from ase.vibrations import VibrationsData

from equiformer.ase import EquiformerCalculator


def main(model, structures, steps="20"):
    atoms = ase.io.read(structures)
    atoms.calc = EquiformerCalculator(model)
    print(f"energy {atoms.get_potential_energy():.4f} eV")

    BFGS(atoms, logfile=None).run(fmax=0.01, steps=100)
    print(f"relaxed to {atoms.get_potential_energy():.4f} eV")

    hessian = atoms.calc.get_hessian(atoms)
    frequencies = VibrationsData.from_2d(atoms, hessian).get_frequencies()
    print("frequencies, 1/cm:", " ".join(f"{x.real - x.imag:.0f}" for x in frequencies))

    MaxwellBoltzmannDistribution(atoms, temperature_K=300, rng=np.random.default_rng(1))
    dynamics = Langevin(atoms, 0.5 * units.fs, temperature_K=300, friction=0.01 / units.fs, rng=np.random.default_rng(2))

    def show():
        print(f"{dynamics.get_time() / units.fs:6.1f} fs  {atoms.get_temperature():6.1f} K")

    dynamics.attach(show, interval=10)
    dynamics.run(int(steps))


if __name__ == "__main__":
    main(*sys.argv[1:])
