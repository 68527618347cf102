"""What fails raises the library's message. SPDX-License-Identifier: MIT"""

import copy
import ctypes
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import equiformer as eq
from equiformer import _declarations as declarations
from equiformer import errors


def test_classes():
    statuses = {v for k, v in vars(declarations).items() if k.startswith("EQF_ERROR_")}
    assert {kind.status for kind in errors.EquiformerError.__subclasses__()} == statuses
    for status in statuses:
        error = errors.error_of(status, "text")
        assert error.status == status and str(error) == "text" and type(error) is not errors.EquiformerError
    assert errors.error_of(99, "text").status == 99


def test_messages(model, molecule, tmp_path):
    numbers, positions = molecule
    calculator = eq.Calculator(model)
    with pytest.raises(errors.ParseError, match='"q" at column 4 of irreps "8x0q"'):
        eq.Irreps("8x0q")
    with pytest.raises(ValueError):
        eq.Irreps("8x0q")
    with pytest.raises(OSError, match="No such file"):
        eq.Model.load(tmp_path / "none.safetensors")
    with pytest.raises(errors.NotFoundError, match="unknown preset l2, expected one of"):
        eq.Config("l2")
    with pytest.raises(errors.NotFoundError, match="unknown key num_layer "):
        eq.Config(num_layer=2)
    with pytest.raises(errors.ArgumentError, match="num_layers is 0, expected a whole number from 1"):
        eq.Config(num_layers=0)
    with pytest.raises(errors.NotFoundError, match=r"atom 1 has atomic number 92 \(U\)"):
        calculator.compute(eq.System([6, 92], [[0, 0, 0], [1, 1, 1]]))
    with pytest.raises(errors.NotFiniteError):
        calculator.compute(eq.System(numbers, positions * np.nan))
    with pytest.raises(errors.ArgumentError, match="same place"):
        calculator.compute(eq.System([1, 1], np.zeros((2, 3))))
    with pytest.raises(errors.ArgumentError):
        calculator.compute(eq.System(numbers, positions), ["stress"])
    with pytest.raises(NotImplementedError, match="no auxiliary head"):
        calculator.compute(eq.System(numbers, positions), ["auxiliary"])
    with pytest.raises(errors.StateError):
        model.parameters["head.2.bias.0"] = [0.5]
    with pytest.raises(ValueError, match="unknown property 'force', expected some of: energy"):
        calculator.compute(eq.System(numbers, positions), ["force"])
    with pytest.raises(ValueError, match="unknown precision 'double'"):
        eq.Calculator(model, "double")
    with pytest.raises(errors.ArgumentError, match="-1 threads"):
        eq.Context(-1)


def test_library_that_is_not_there():
    """A clear error, not a trace from the depths of ctypes."""
    environment = {**os.environ, "EQUIFORMER_LIBRARY": "/nowhere/libequiformer.so.0"}
    done = subprocess.run([sys.executable, "-c", "import equiformer"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: libequiformer is not found") and "EQUIFORMER_LIBRARY: /nowhere" in last


def test_library_that_is_another():
    environment = {**os.environ, "EQUIFORMER_LIBRARY": "libc.so.6"}
    done = subprocess.run([sys.executable, "-c", "import equiformer"], env=environment, capture_output=True, text=True)
    assert "libc.so.6 has no eqf_" in done.stderr.strip().splitlines()[-1]


def test_matrix_products():
    context = eq.Context()
    assert context.matmul == "float32"
    with pytest.raises(ValueError, match="matmul is 'float16', expected one of float32, bfloat16"):
        context.matmul = "float16"
    try:
        context.matmul = "bfloat16"
    except errors.UnsupportedError as error:
        assert "AMX" in str(error) and context.matmul == "float32"
    else:
        assert context.matmul == "bfloat16"


def test_objects_are_neither_copied_nor_used_when_closed(model):
    with pytest.raises(TypeError, match="a Model cannot be copied"):
        copy.copy(model)
    with pytest.raises(TypeError, match="cannot be"):
        copy.deepcopy(model)
    with pytest.raises(TypeError, match="a Model cannot be pickled"):
        pickle.dumps(model)
    store = eq.Parameters()
    store.close()
    with pytest.raises(ctypes.ArgumentError, match="the Parameters is closed"):
        len(store)
