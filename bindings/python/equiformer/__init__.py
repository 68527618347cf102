"""libequiformer for Python: Equiformer, the equivariant graph attention transformer for atoms.

    import equiformer as eq

    model = eq.Model.load("model.safetensors")
    calculator = eq.Calculator(model)
    results = calculator.compute(eq.System([8, 1, 1], positions), ["energy", "forces"])

Arrays are NumPy's, float64 at the interface whatever the precision of the computation. What fails raises a class of
:mod:`equiformer.errors` with the library's message. :mod:`equiformer.layers` has the pieces of networks,
:mod:`equiformer.ase` the calculator for ASE. SPDX-License-Identifier: MIT
"""

from . import errors, layers
from ._core import Context, default_context, set_threads
from ._library import lib as _lib
from .calculator import Calculator, EdgeList, Results, System, find_edges
from .errors import EquiformerError
from .frames import Frames, FramesWriter, Structure, element_mass, element_number, element_symbol
from .irreps import Block, Irrep, Irreps
from .models import Config, Model, presets
from .modules import Graph, Instruction, Module
from .parameters import ParameterInfo, Parameters
from .programs import Map, ModelOutputs, Program, Rows, Run, Var
from .so3 import (
    LMAX,
    random_rotation,
    rotation_from_angles,
    rotation_to_angles,
    spherical_harmonics,
    wigner_3j,
    wigner_d,
)

#: Version of the library that is loaded.
__version__: str = _lib.eqf_version_string().decode()

__all__ = [
    "LMAX",
    "Block",
    "Calculator",
    "Config",
    "Context",
    "EdgeList",
    "EquiformerError",
    "Frames",
    "FramesWriter",
    "Graph",
    "Instruction",
    "Irrep",
    "Irreps",
    "Map",
    "Model",
    "ModelOutputs",
    "Module",
    "ParameterInfo",
    "Parameters",
    "Program",
    "Results",
    "Rows",
    "Run",
    "Structure",
    "System",
    "Var",
    "default_context",
    "element_mass",
    "element_number",
    "element_symbol",
    "errors",
    "find_edges",
    "layers",
    "presets",
    "random_rotation",
    "rotation_from_angles",
    "rotation_to_angles",
    "set_threads",
    "spherical_harmonics",
    "wigner_3j",
    "wigner_d",
]
