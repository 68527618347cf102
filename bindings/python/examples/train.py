"""Trains a model, or goes on with one: train.py DIRECTORY TRAINING_SET VALIDATION_SET [EPOCHS [MODEL]]

SPDX-License-Identifier: MIT
"""

import sys

import equiformer as eq


def main(directory, train_path, valid_path, epochs="2", start=None):
    train, valid = eq.Dataset(train_path), eq.Dataset(valid_path)
    recipe = eq.Recipe("md17-l2", epochs=int(epochs), batch_size=8)
    recipe["model.cutoff_mode"] = "smooth"
    model = None if start is None else eq.Model.load(start)

    trainer = eq.Trainer(recipe, train, valid, model=model, directory=directory)
    for progress in trainer:
        if progress.valid is not None:
            print(f"epoch {progress.epoch + 1}: force error {1e3 * progress.valid.force_mae:.1f} meV/A")
    metrics = eq.evaluate(trainer.model("best"), valid)
    print(f"best: force error {1e3 * metrics.force_mae:.1f} meV/A")


if __name__ == "__main__":
    main(*sys.argv[1:])
