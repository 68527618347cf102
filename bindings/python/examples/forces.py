"""Energies and forces of all frames of a structure file: forces.py MODEL STRUCTURES. SPDX-License-Identifier: MIT"""

import sys

import equiformer as eq


def main(model_path, structures):
    model = eq.Model.load(model_path)
    calculator = eq.Calculator(model)
    for frame in eq.Frames(structures):
        results = calculator.compute(frame.system(), ["energy", "forces"])
        print(f"energy {results.energy[0]:.6f}")
        for number, force in zip(frame.numbers, results.forces):
            print(f"{eq.element_symbol(number):2} " + " ".join(f"{x:12.6f}" for x in force))


if __name__ == "__main__":
    main(*sys.argv[1:])
