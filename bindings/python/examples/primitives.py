"""Irreps, harmonics, a tensor product and its gradient. SPDX-License-Identifier: MIT"""

import numpy as np

import equiformer as eq
from equiformer import layers

random = np.random.default_rng(1)
vectors, features = random.normal(size=(5, 3)), random.normal(size=(5, 20))

# Features x times harmonics of directions, all paths, weights that are parameters.
irreps, sh = eq.Irreps("8x0e+4x1o"), eq.Irreps.spherical_harmonics(1)
harmonics = eq.spherical_harmonics(1, vectors)
product = layers.fully_connected(irreps, sh, irreps, weights="internal")
parameters = product.init(seed=1)
out = product(features, harmonics, parameters=parameters)

# It turns with its inputs.
rotation = eq.random_rotation(2)
turned = product(irreps.rotate(rotation, features), eq.spherical_harmonics(1, vectors @ rotation.T), parameters=parameters)
print(f"after a rotation the output differs by {abs(turned - irreps.rotate(rotation, out)).max():.0e}")

# The gradient of sum(out^2) / 2 by the features.
gradient, _ = product.vjp([features, harmonics], out, parameters=parameters)
print("gradient", gradient.shape, "against a difference:", end=" ")
step = 1e-6 * random.normal(size=features.shape)
after = product(features + step, harmonics, parameters=parameters)
print(f"{((after**2).sum() - (out**2).sum()) / 2 / (gradient * step).sum():.4f}")

# e3nn's 3j, in either sign convention.
print("C(1, 1, 1)[0, 1, 2] =", eq.wigner_3j(1, 1, 1)[0, 1, 2])
