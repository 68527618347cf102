"""Makes a small model, writes it, and changes one of its parameters: models.py FILE. SPDX-License-Identifier: MIT"""

import sys

import equiformer as eq


def main(path):
    config = eq.Config("graph_attention_transformer_nonlinear_exp_l2_md17", num_layers=2, cutoff_mode="smooth")
    model = eq.Model(config, seed=1)
    model.save(path)
    print(eq.Model.load(path))

    parameters = model.parameters.copy()
    parameters["head.2.bias.0"] = [0.5]
    changed = eq.Model.assemble(config, parameters)

    water = eq.System([8, 1, 1], [[0.02, 0.01, 0.12], [0.01, 0.78, -0.47], [-0.03, -0.74, -0.49]])
    for each in (model, changed):
        print("energy of water", eq.Calculator(each).energy(water)[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
