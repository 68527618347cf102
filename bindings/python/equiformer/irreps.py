"""Irreps: which representations of O(3) the columns of an array carry. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
from typing import Iterator, NamedTuple, Optional, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _declarations as _d
from ._core import Array, Context, Handle, as_array, call, create, default_context, pointer_to
from ._library import lib

__all__ = ["Block", "Irrep", "Irreps", "IrrepsLike"]


class Irrep(NamedTuple):
    """One irrep: degree and parity (+1 even, -1 odd)."""

    l: int  # noqa: E741
    p: int

    @property
    def dim(self) -> int:
        """2l + 1."""
        return 2 * self.l + 1

    def __mul__(self, other: object) -> list["Irrep"]:  # type: ignore[override]
        """The irreps of the product, by ascending degree."""
        if not isinstance(other, Irrep):
            return NotImplemented
        a, b = _d.eqf_irrep(l=self.l, p=self.p), _d.eqf_irrep(l=other.l, p=other.p)
        room = 2 * min(self.l, other.l) + 1
        found = (_d.eqf_irrep * room)()
        n = lib.eqf_irrep_product(a, b, room, found)
        return [Irrep(found[i].l, found[i].p) for i in range(n)]

    def __str__(self) -> str:
        return f"{self.l}{'e' if self.p > 0 else 'o'}"


class Block(NamedTuple):
    """Channels of one irrep: columns offset .. offset + mul (2l + 1)."""

    mul: int
    irrep: Irrep
    offset: int

    @property
    def slice(self) -> slice:
        """The columns."""
        return slice(self.offset, self.offset + self.mul * self.irrep.dim)


class Irreps(Handle):
    """An ordered list of blocks, written "128x0e+64x1o". Immutable.

    In an array, columns of a block are [channel][component], component m = -l..l: the layout of e3nn.

    :param irreps: text, or other irreps.
    """

    _free = lib.eqf_irreps_free

    def __init__(self, irreps: "IrrepsLike", *, context: Optional[Context] = None) -> None:
        if isinstance(irreps, Irreps):
            pointer = lib.eqf_irreps_retain(irreps)
        else:
            pointer = create(lib.eqf_irreps_parse, _d.eqf_irreps, context, irreps.encode())
        super().__init__(pointer)

    @classmethod
    def _own(cls, pointer: object) -> "Irreps":
        made = cls.__new__(cls)
        Handle.__init__(made, pointer)
        return made

    @classmethod
    def _borrow(cls, pointer: object) -> "Irreps":
        return cls._own(lib.eqf_irreps_retain(pointer))

    @classmethod
    def spherical_harmonics(cls, lmax: int, odd_parity: bool = True, *, context: Optional[Context] = None) -> "Irreps":
        """1x0e+1x1o+1x2e.. up to lmax; without odd parity 1x0e+1x1e+1x2e.., as SE(3) models write it."""
        return cls._own(
            create(lib.eqf_irreps_spherical_harmonics, _d.eqf_irreps, context, lmax, int(odd_parity))
        )

    @property
    def dim(self) -> int:
        """Columns of a row."""
        return int(lib.eqf_irreps_dim(self))

    @property
    def channels(self) -> int:
        """Sum of the multiplicities."""
        return int(lib.eqf_irreps_channels(self))

    @property
    def lmax(self) -> int:
        """Highest degree, -1 without any."""
        return int(lib.eqf_irreps_lmax(self))

    def channels_of(self, irrep: Irrep) -> int:
        """Channels of one irrep."""
        return int(lib.eqf_irreps_channels_of(self, _d.eqf_irrep(l=irrep.l, p=irrep.p)))

    def __len__(self) -> int:
        return int(lib.eqf_irreps_blocks(self))

    def __getitem__(self, i: int) -> Block:
        if i < 0:
            i += len(self)
        block = lib.eqf_irreps_block_at(self, i)
        if not block:
            raise IndexError(f"block {i} of {self}")
        irrep = block.contents.irrep
        return Block(block.contents.mul, Irrep(irrep.l, irrep.p), block.contents.offset)

    def __iter__(self) -> Iterator[Block]:
        return (self[i] for i in range(len(self)))

    def __str__(self) -> str:
        needed = ctypes.c_size_t()
        lib.eqf_irreps_format(self, None, 0, needed)
        text = ctypes.create_string_buffer(needed.value + 1)
        lib.eqf_irreps_format(self, text, len(text), None)
        return text.value.decode()

    def __repr__(self) -> str:
        return f"Irreps({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            other = Irreps(other)
        return isinstance(other, Irreps) and bool(lib.eqf_irreps_equal(self, other))

    def __hash__(self) -> int:
        return hash(str(self))

    def __add__(self, other: "IrrepsLike") -> "Irreps":
        """The blocks of both, one after the other."""
        return Irreps._own(create(lib.eqf_irreps_concat, _d.eqf_irreps, None, self, irreps_of(other)))

    def __mul__(self, factor: int) -> "Irreps":
        """Every multiplicity times a factor."""
        return Irreps._own(create(lib.eqf_irreps_repeat, _d.eqf_irreps, None, self, factor))

    __rmul__ = __mul__

    def simplify(self) -> "Irreps":
        """Adjacent blocks of equal irreps merged, empty ones dropped."""
        return Irreps._own(create(lib.eqf_irreps_simplify, _d.eqf_irreps, None, self))

    def sort(self, even_first: bool = False) -> Tuple["Irreps", npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Sorted by degree, odd before even (e3nn) or even before odd (Equiformer): irreps, p and inverse, where
        block i moves to p[i] and block inverse[i] comes to i."""
        p, inverse = np.empty(len(self), np.int32), np.empty(len(self), np.int32)
        order = _d.EQF_ORDER_EVEN_FIRST if even_first else _d.EQF_ORDER_E3NN
        context, made = default_context(), ctypes.POINTER(_d.eqf_irreps)()
        context.check(
            lib.eqf_irreps_sort(context, self, order, ctypes.byref(made), pointer_to(p), pointer_to(inverse))
        )
        return Irreps._own(made), p, inverse

    def rotate(self, rotation: npt.ArrayLike, features: npt.ArrayLike, *, context: Optional[Context] = None) -> Array:
        """D(R) applied to rows of features; R is orthogonal, 3 x 3, proper or not."""
        rotation = as_array(rotation, np.float64, (3, 3), "the rotation")
        rows = as_array(features, np.float64, (-1, self.dim), f"the array of features of {self}")
        rotated = np.empty_like(rows)
        call(
            lib.eqf_irreps_rotate, context, self, pointer_to(rotation), len(rows), pointer_to(rows), pointer_to(rotated)
        )
        return rotated


IrrepsLike = Union[str, Irreps]


def irreps_of(irreps: IrrepsLike) -> Irreps:
    """Irreps of a text; irreps as they are."""
    return irreps if isinstance(irreps, Irreps) else Irreps(irreps)
