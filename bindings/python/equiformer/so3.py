"""Rotations, coupling coefficients and spherical harmonics, in the real basis of the library (the y axis is the pole).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
from typing import Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, as_array, call, choose, pointer_to
from ._library import lib

__all__ = [
    "LMAX",
    "random_rotation",
    "rotation_from_angles",
    "rotation_to_angles",
    "spherical_harmonics",
    "wigner_3j",
    "wigner_d",
]

#: Highest degree that the library knows.
LMAX: int = _d.EQF_LMAX

_CONVENTIONS = {"e3nn-0.5": _d.EQF_CG_E3NN_05, "e3nn-0.4": _d.EQF_CG_E3NN_04}


def convention_of(name: str) -> int:
    """"e3nn-0.5" or "e3nn-0.4" as the library's number."""
    if name not in _CONVENTIONS:
        raise ValueError(f"unknown sign convention {name!r}, expected 'e3nn-0.5' or 'e3nn-0.4'")
    return int(_CONVENTIONS[name])


def wigner_3j(l1: int, l2: int, l3: int, *, convention: str = "e3nn-0.5", context: Optional[Context] = None) -> Array:
    """C[m1, m2, m3] of real irreps, sum of squares 1; |l1 - l2| <= l3 <= l1 + l2."""
    shape = [2 * max(n, 0) + 1 for n in (l1, l2, l3)]
    c = np.empty(shape)
    call(lib.eqf_wigner_3j, context, convention_of(convention), l1, l2, l3, pointer_to(c))
    return c


def wigner_d(l: int, alpha: float, beta: float, gamma: float, *, context: Optional[Context] = None) -> Array:  # noqa: E741
    """D of degree l for the rotation Ry(alpha) Rx(beta) Ry(gamma), angles in radians."""
    d = np.empty((2 * max(l, 0) + 1, 2 * max(l, 0) + 1))
    call(lib.eqf_wigner_d, context, l, alpha, beta, gamma, pointer_to(d))
    return d


def rotation_from_angles(alpha: float, beta: float, gamma: float) -> Array:
    """The 3 x 3 matrix Ry(alpha) Rx(beta) Ry(gamma)."""
    rotation = np.empty((3, 3))
    lib.eqf_rotation_from_angles(alpha, beta, gamma, pointer_to(rotation))
    return rotation


def rotation_to_angles(rotation: npt.ArrayLike, *, context: Optional[Context] = None) -> Tuple[float, float, float]:
    """Euler angles of a proper rotation."""
    matrix = as_array(rotation, np.float64, (3, 3), "the rotation")
    angles = [ctypes.c_double() for _ in range(3)]
    call(lib.eqf_rotation_to_angles, context, pointer_to(matrix), *[ctypes.byref(a) for a in angles])
    return angles[0].value, angles[1].value, angles[2].value


def random_rotation(seed: int) -> Array:
    """A rotation drawn uniformly; the same seed gives the same rotation everywhere."""
    rotation = np.empty((3, 3))
    lib.eqf_rotation_random(seed, pointer_to(rotation))
    return rotation


def spherical_harmonics(
    lmax: int,
    vectors: npt.ArrayLike,
    *,
    normalization: str = "component",
    normalize: bool = True,
    context: Optional[Context] = None,
) -> Array:
    """Harmonics of degrees 0..lmax of n vectors: n x (lmax + 1)^2, degree l in columns l^2 .. (l + 1)^2.

    :param normalization: "component" (squares of a degree sum to 2l + 1), "norm" (to 1) or "integral".
    :param normalize: False evaluates the polynomials at the vectors as they are.
    """
    xyz = as_array(vectors, np.float64, (-1, 3), "the array of vectors")
    y = np.empty((len(xyz), (max(lmax, 0) + 1) ** 2))
    kind = choose(normalization, "normalization", "eqf_harmonics")
    call(lib.eqf_spherical_harmonics, context, lmax, kind, int(normalize), len(xyz), pointer_to(xyz), pointer_to(y))
    return y
