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
from .datasets import Dataset, Sample, Statistics, unit_factor
from .errors import EquiformerError
from .frames import Frames, FramesWriter, Structure, element_mass, element_number, element_symbol
from .irreps import Block, Irrep, Irreps
from .models import Config, Model, presets
from .modules import Graph, Instruction, Module
from .optimizers import Average, Optimizer, Schedule
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
from .training import Metrics, Progress, Recipe, Trainer, evaluate, recipes

#: Version of the library that is loaded.
__version__: str = _lib.eqf_version_string().decode()

__all__ = [
    "LMAX",
    "Average",
    "Block",
    "Calculator",
    "Config",
    "Context",
    "Dataset",
    "EdgeList",
    "EquiformerError",
    "Frames",
    "FramesWriter",
    "Graph",
    "Instruction",
    "Irrep",
    "Irreps",
    "Map",
    "Metrics",
    "Model",
    "ModelOutputs",
    "Module",
    "Optimizer",
    "ParameterInfo",
    "Parameters",
    "Program",
    "Progress",
    "Recipe",
    "Results",
    "Rows",
    "Run",
    "Sample",
    "Schedule",
    "Statistics",
    "Structure",
    "System",
    "Trainer",
    "Var",
    "default_context",
    "element_mass",
    "element_number",
    "element_symbol",
    "errors",
    "evaluate",
    "find_edges",
    "layers",
    "presets",
    "random_rotation",
    "recipes",
    "rotation_from_angles",
    "rotation_to_angles",
    "set_threads",
    "spherical_harmonics",
    "unit_factor",
    "wigner_3j",
    "wigner_d",
]
