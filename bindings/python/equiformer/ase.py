"""A calculator for ASE, the atomic simulation environment. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import os
from typing import Any, List, Optional, Union

import numpy as np
import numpy.typing as npt
from ase import Atoms, units
from ase.calculators.calculator import Calculator as ASECalculator
from ase.calculators.calculator import PropertyNotImplementedError, all_changes
from ase.stress import full_3x3_to_voigt_6_stress

from ._core import Context, Precision, precision_of
from .calculator import Calculator, System
from .models import Model

__all__ = ["EquiformerCalculator"]

_LENGTHS = {"angstrom": units.Angstrom, "bohr": units.Bohr, "nm": units.nm}
_ENERGIES = {
    "eV": units.eV,
    "meV": 1e-3 * units.eV,
    "hartree": units.Hartree,
    "mhartree": 1e-3 * units.Hartree,
    "rydberg": units.Rydberg,
    "kcal/mol": units.kcal / units.mol,
    "kJ/mol": units.kJ / units.mol,
}


def _unit(table: dict[str, float], name: str, what: str) -> float:
    if name not in table:
        raise ValueError(f"the model's unit of {what} is {name!r}, expected one of: {', '.join(table)}")
    return table[name]


class EquiformerCalculator(ASECalculator):  # type: ignore[misc]  # ASE has no types
    """Energies, forces and stress of an Equiformer model, in ASE's units (eV, Angstrom).

        atoms.calc = EquiformerCalculator("model.safetensors")

    ``free_energy`` equals ``energy``. Whoever asks for the energy alone gets it without derivatives; forces and, where the
    system is periodic in three directions, stress come together. For dynamics and relaxations use a model with
    ``cutoff_mode`` ``smooth``.

    :param model: a model, or the path of a model file.
    :param precision: of the computation, "float64" or "float32".
    :param threads: threads that compute; 0: one for each processor.
    :param skin: of the neighbour list, in Angstrom: atoms may move by half of it before neighbours are searched again.
    """

    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress"]
    default_parameters = {"precision": "float64", "threads": 1, "skin": 1.0}
    ignored_changes = {"initial_charges", "initial_magmoms"}

    def __init__(
        self,
        model: Union[Model, str, "os.PathLike[str]"],
        precision: Precision = "float64",
        threads: int = 1,
        skin: float = 1.0,
        **kwargs: Any,
    ) -> None:
        self.model = model if isinstance(model, Model) else Model.load(model)
        config = self.model.config
        self._length = _unit(_LENGTHS, config["length_unit"], "length")
        self._energy = _unit(_ENERGIES, config["energy_unit"], "energy")
        super().__init__(precision=precision, threads=threads, skin=skin, **kwargs)
        self._prepare()
        self._reads_tags = bool(config["use_atom_edge_attr"])

    def _prepare(self) -> None:
        self._calculator = Calculator(
            self.model,
            self.parameters["precision"],
            context=Context(self.parameters["threads"]),
            skin=self.parameters["skin"] / self._length,
        )

    def set(self, **kwargs: Any) -> dict[str, Any]:
        """Changes ``precision``, ``threads`` or ``skin``, and forgets the results if one is another. Returns what has changed."""
        for name in kwargs:
            if name not in self.default_parameters:
                raise TypeError(f"unknown parameter {name!r}, expected one of: {', '.join(self.default_parameters)}")
        precision_of(kwargs.get("precision", "float64"))
        changed: dict[str, Any] = super().set(**kwargs)
        if changed and hasattr(self, "_calculator"):
            self._prepare()
            self.reset()
        return changed

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> List[str]:
        """What has changed since the results were computed; tags count where the model reads them, of which ASE knows nothing."""
        changes: List[str] = list(super().check_state(atoms, tol))
        if self._reads_tags and self.atoms is not None and len(self.atoms) == len(atoms):
            if np.any(self.atoms.get_tags() != atoms.get_tags()):
                changes.append("tags")
        return changes

    def _system(self, atoms: Atoms) -> System:
        if atoms.pbc.any() and atoms.cell.rank == 0:
            raise ValueError("the atoms are periodic (pbc) without a cell")
        cell = atoms.cell.array / self._length if atoms.cell.rank > 0 else None
        return System(
            atoms.numbers,
            atoms.positions if self._length == 1 else atoms.positions / self._length,
            cell,
            atoms.pbc if cell is not None else None,
            tags=atoms.get_tags() if self._reads_tags else None,
        )

    def calculate(
        self,
        atoms: Optional[Atoms] = None,
        properties: Optional[List[str]] = None,
        system_changes: List[str] = all_changes,
    ) -> None:
        """Computes properties of atoms into ``results``; ASE calls it when what is asked for is not there."""
        super().calculate(atoms, properties, system_changes)
        asked = set(properties or ["energy"])
        bulk = bool(self.atoms.pbc.all()) and self.atoms.cell.rank == 3
        if "stress" in asked and not bulk:
            raise PropertyNotImplementedError("stress needs a system that is periodic in three directions")
        wanted = ["energy", "atom_energy"]
        if asked & {"forces", "stress"}:
            wanted += ["forces", "stress"] if bulk else ["forces"]
        found = self._calculator.compute(self._system(self.atoms), wanted)
        assert found.energy is not None and found.atom_energy is not None
        self.results["energy"] = self.results["free_energy"] = float(found.energy[0]) * self._energy
        self.results["energies"] = found.atom_energy * self._energy
        if found.forces is not None:
            self.results["forces"] = found.forces * (self._energy / self._length)
        if found.stress is not None:
            stress = found.stress[0] * (self._energy / self._length**3)
            self.results["stress"] = full_3x3_to_voigt_6_stress(stress)

    def get_hessian(self, atoms: Optional[Atoms] = None) -> npt.NDArray[np.float64]:
        """The analytic Hessian, 3n x 3n, in eV/Angstrom^2."""
        system = self._system(self.atoms if atoms is None else atoms)
        return self._calculator.hessian(system) * (self._energy / self._length**2)
