"""Training: recipes, the trainer, and how good a model is.

    recipe = Recipe("md17-l2", epochs=100, batch_size=8)
    trainer = Trainer(recipe, train, valid, directory="run")
    for progress in trainer:
        if progress.valid:
            print(progress.epoch, progress.valid.force_mae)
    best = trainer.model("best")

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
import json
import math
import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional

import numpy as np

from . import _declarations as _d
from ._core import Array, Context, Handle, Precision, call, choose, create, default_context, names_of, precision_of
from ._core import take_text
from ._library import lib
from .datasets import Dataset
from .models import Model, PathLike

__all__ = ["Metrics", "Progress", "Recipe", "Trainer", "evaluate", "recipes"]


def recipes() -> List[str]:
    """Names of the published recipes."""
    return [lib.eqf_recipe_name(i).decode() for i in range(lib.eqf_recipe_count())]


class Recipe(Handle):
    """How to train: keys and values (docs/training.md lists them), read and set like those of a dict.

    :param name: of a published recipe, None: defaults.
    :param values: keys to change; those of the model as ``recipe["model.num_layers"] = 2``.
    """

    _free = lib.eqf_recipe_free

    def __init__(self, name: Optional[str] = None, *, context: Optional[Context] = None, **values: Any) -> None:
        if name is None:
            pointer = create(lib.eqf_recipe_parse, _d.eqf_recipe, context, b"{}")
        else:
            pointer = create(lib.eqf_recipe_preset, _d.eqf_recipe, context, name.encode())
        super().__init__(pointer)
        self.update(values)

    @classmethod
    def parse(cls, text: str, *, context: Optional[Context] = None) -> "Recipe":
        """From JSON."""
        made = cls.__new__(cls)
        Handle.__init__(made, create(lib.eqf_recipe_parse, _d.eqf_recipe, context, text.encode()))
        return made

    def format(self, *, context: Optional[Context] = None) -> str:
        """The whole recipe as JSON."""
        return take_text(context or default_context(), lib.eqf_recipe_format, self)

    def to_dict(self) -> Dict[str, Any]:
        """The whole recipe."""
        return dict(json.loads(self.format()))

    def update(self, values: Dict[str, Any]) -> None:
        """Sets several keys."""
        for key, value in values.items():
            self[key] = value

    def __getitem__(self, key: str) -> Any:
        found: Any = self.to_dict()
        for part in key.split("."):
            found = found[part]
        return found

    def __setitem__(self, key: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        call(lib.eqf_recipe_set, None, self, key.encode(), text.strip('"').encode())

    def __repr__(self) -> str:
        return f"<Recipe {self.format()}>"


@dataclass
class Metrics:
    """How far predictions are from labels, in the units of the data set; nan where there are none."""

    samples: int
    atoms: int
    energy_mae: float
    energy_rmse: float
    energy_mae_per_atom: float
    force_mae: float
    force_rmse: float
    force_cosine: float
    stress_mae: float
    displacement_mae: float


def _metrics_of(record: Any) -> Metrics:
    return Metrics(**{name: getattr(record, name) for name, *_ in record._fields_ if name != "size"})


@dataclass
class Progress:
    """What a step of the trainer did. Losses are standardised; epochs and steps count from 0."""

    epoch: int
    epochs: int
    step: int
    steps: int
    rate: float
    loss: float
    gradient_norm: float
    train_loss: float  #: mean over the samples of the epoch so far
    train_terms: Dict[str, float]  #: likewise of its terms, before their weights
    seconds: float
    valid: Optional[Metrics]  #: after an epoch
    is_best: bool
    reason: Optional[str]  #: why training ends here


def _progress_of(record: Any) -> Progress:
    terms = {name: x for name, x in zip(names_of("eqf_quantity"), record.train_terms) if not math.isnan(x)}
    direct = ("epoch", "epochs", "step", "steps", "rate", "loss", "gradient_norm", "train_loss", "seconds")
    return Progress(
        **{name: getattr(record, name) for name in direct},
        train_terms=terms,
        valid=_metrics_of(record.valid.contents) if record.epoch_ended else None,
        is_best=bool(record.epoch_ended and record.is_best),
        reason=None if record.reason is None else record.reason.decode(),
    )


class Trainer(Handle):
    """Trains a model, step by step: iterating over it does the steps that are left.

    :param recipe: how.
    :param train: what on; valid: what to validate with after each epoch.
    :param model: where to start from; None: a new model of the recipe, fitted to the training set.
    :param directory: for checkpoints, log and model files.
    :param resume: goes on from the newest checkpoint of the directory, if there is one.
    """

    _free = lib.eqf_trainer_free

    def __init__(
        self,
        recipe: Recipe,
        train: Dataset,
        valid: Optional[Dataset] = None,
        *,
        model: Optional[Model] = None,
        directory: Optional[PathLike] = None,
        resume: bool = False,
        precision: Precision = "float32",
        context: Optional[Context] = None,
    ) -> None:
        self._context = context or default_context()
        options = _d.eqf_trainer_options(resume=int(resume), precision=precision_of(precision))
        options.directory = None if directory is None else os.fsencode(directory)
        arguments = recipe, model, train, valid, options
        super().__init__(create(lib.eqf_trainer_create, _d.eqf_trainer, self._context, *arguments))

    def step(self) -> Optional[Progress]:
        """One step; None when training is over."""
        record = _d.eqf_train_progress()
        status = lib.eqf_trainer_step(self._context, self, record)
        if status == _d.EQF_END:
            return None
        self._context.check(status)
        return _progress_of(record)

    def __iter__(self) -> Iterator[Progress]:
        progress = self.step()
        while progress is not None:
            yield progress
            progress = self.step()

    def run(self) -> Optional[Metrics]:
        """Does all steps that are left; the metrics of the last validation."""
        last = None
        for progress in self:
            last = progress.valid or last
        return last

    def stop(self) -> None:
        """Asks for an end: the next step is the last."""
        lib.eqf_trainer_stop(self)

    def save(self) -> None:
        """Writes a checkpoint now."""
        call(lib.eqf_trainer_save, self._context, self)

    def model(self, weights: str = "best") -> Model:
        """A model with the "best", the "average" or the "last" weights."""
        kind = choose(weights, "choice of weights", "eqf_trainer_weights")
        return Model._own(create(lib.eqf_trainer_model, _d.eqf_model, self._context, self, kind))


Evaluation = Callable[[int, float, Optional[Array]], object]


def evaluate(
    model: Model,
    dataset: Dataset,
    function: Optional[Evaluation] = None,
    *,
    precision: Precision = "float64",
    context: Optional[Context] = None,
) -> Metrics:
    """Compares a model with a data set of the same units.

    :param function: called with the number of each sample, the predicted energy and forces (or None); an exception
        ends the evaluation and is raised.
    """
    raised: List[BaseException] = []

    def callback(user: Any, i: int, sample: Any, energy: float, forces: Any) -> int:
        try:
            n = sample.contents.structure.contents.natoms
            array = np.ctypeslib.as_array(forces, (n, 3)).copy() if forces else None
            assert function is not None
            function(i, energy, array)
        except BaseException as error:  # nothing may pass through C
            raised.append(error)
            return 1
        return 0

    metrics, context = _d.eqf_metrics(), context or default_context()
    of_c = _d.eqf_evaluate_function(0) if function is None else _d.eqf_evaluate_function(callback)
    status = lib.eqf_evaluate(context, model, precision_of(precision), dataset, of_c, None, metrics)
    if raised:
        raise raised[0]
    context.check(status)
    return _metrics_of(metrics)
