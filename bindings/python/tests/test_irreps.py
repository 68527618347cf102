"""Irreps, rotations, harmonics, Wigner 3j. SPDX-License-Identifier: MIT"""

import numpy as np
import pytest

import equiformer as eq


def test_irreps():
    irreps = eq.Irreps("8x0e + 4x1o+2x2e")
    assert str(irreps) == "8x0e+4x1o+2x2e" and repr(irreps) == "Irreps('8x0e+4x1o+2x2e')"
    assert (irreps.dim, irreps.channels, irreps.lmax, len(irreps)) == (30, 14, 2, 3)
    assert irreps[1] == irreps[-2] == (4, eq.Irrep(1, -1), 8) and irreps[1].slice == slice(8, 20)
    assert [str(b.irrep) for b in irreps] == ["0e", "1o", "2e"]
    assert irreps.channels_of(eq.Irrep(1, -1)) == 4 and irreps.channels_of(eq.Irrep(1, 1)) == 0
    assert irreps == "8x0e+4x1o+2x2e" and irreps != "8x0e" and len({irreps, eq.Irreps(irreps)}) == 1
    assert irreps + "1x1o" == "8x0e+4x1o+2x2e+1x1o" and 2 * eq.Irreps("3x1e") == "6x1e"
    assert eq.Irreps("1x0e+2x0e+0x1o").simplify() == "3x0e"
    assert eq.Irreps.spherical_harmonics(2) == "1x0e+1x1o+1x2e"
    assert eq.Irreps.spherical_harmonics(2, odd_parity=False) == "1x0e+1x1e+1x2e"
    assert eq.Irrep(1, -1) * eq.Irrep(1, 1) == [(0, -1), (1, -1), (2, -1)]
    with pytest.raises(IndexError):
        irreps[3]


def test_sort():
    irreps, p, inverse = eq.Irreps("2x1o+1x0e+3x0o").sort()
    assert irreps == "3x0o+1x0e+2x1o" and list(p) == [2, 1, 0] and list(inverse) == [2, 1, 0]
    assert eq.Irreps("2x1o+3x0o+1x0e").sort(even_first=True)[0] == "1x0e+3x0o+2x1o"


def test_harmonics_turn_with_vectors(random):
    vectors, rotation = random.normal(size=(7, 3)), eq.random_rotation(3)
    irreps = eq.Irreps.spherical_harmonics(4)
    y = eq.spherical_harmonics(4, vectors)
    assert y.shape == (7, 25)
    for degree in range(5):
        assert np.allclose((y[:, degree**2 : (degree + 1) ** 2] ** 2).sum(1), 2 * degree + 1)
    turned = eq.spherical_harmonics(4, vectors @ rotation.T)
    assert np.allclose(turned, irreps.rotate(rotation, y), atol=1e-12)
    assert np.allclose(y[:, 1:4], np.sqrt(3) * vectors / np.linalg.norm(vectors, axis=1)[:, None])
    polynomials = eq.spherical_harmonics(1, vectors, normalization="norm", normalize=False)
    assert np.allclose(polynomials[:, 1:], vectors)


def test_wigner():
    c = eq.wigner_3j(1, 2, 3)
    assert c.shape == (3, 5, 7) and np.isclose((c**2).sum(), 1)
    angles = (0.3, 1.1, -0.7)
    d = [eq.wigner_d(degree, *angles) for degree in range(4)]
    assert np.allclose(np.einsum("ia,jb,kc,abc->ijk", d[1], d[2], d[3], c), c, atol=1e-12)
    assert np.allclose(eq.wigner_3j(1, 2, 2), -eq.wigner_3j(1, 2, 2, convention="e3nn-0.4"))
    rotation = eq.rotation_from_angles(*angles)
    assert np.allclose(eq.rotation_from_angles(*eq.rotation_to_angles(rotation)), rotation)
    assert np.allclose(d[1], rotation)  # vectors are (x, y, z)


def test_arrays_that_fit_are_not_copied(random):
    rows = random.normal(size=(4, 3))
    assert eq._core.as_array(rows, np.float64, (-1, 3), "x") is rows
    assert eq._core.as_array(rows.T, np.float64, (3, 4), "x") is not rows
    with pytest.raises(ValueError, match=r"the array of vectors has shape \(4, 2\), expected n x 3"):
        eq.spherical_harmonics(1, rows[:, :2])
