"""Small models, and molecules without symmetry. SPDX-License-Identifier: MIT"""

import numpy as np
import pytest

import equiformer as eq

PRESET = "graph_attention_transformer_nonlinear_exp_l2_md17"
SMALL = {
    "cutoff_mode": "smooth",
    "max_radius": 3.5,
    "num_layers": 1,
    "number_of_basis": 8,
    "fc_neurons": [8, 8],
    "irreps_node_embedding": "8x0e+4x1e+2x2e",
    "irreps_head": "4x0e+2x1e+1x2e",
    "irreps_mlp_mid": "8x0e+4x1e+2x2e",
    "irreps_feature": "8x0e",
    "num_heads": 2,
}


@pytest.fixture(scope="session")
def config():
    return eq.Config(PRESET, **SMALL)


@pytest.fixture(scope="session")
def model(config):
    return eq.Model(config, seed=3, precision="float64")


@pytest.fixture(scope="session")
def molecule():
    """Numbers and positions of methanol, displaced."""
    positions = [
        [-0.05, 0.66, 0.02],
        [0.07, -0.76, -0.05],
        [0.99, 1.11, 0.06],
        [-0.52, 1.06, 0.91],
        [-0.61, 0.98, -0.88],
        [-0.84, -1.10, 0.09],
    ]
    return np.array([6, 8, 1, 1, 1, 1], np.int32), np.array(positions)


@pytest.fixture
def random():
    return np.random.default_rng(5)
