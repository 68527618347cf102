"""Optimizers and averages of any parameters, and schedules of learning rates. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import ctypes
from typing import Any, Optional

from . import _declarations as _d
from ._core import Context, Handle, call, choose, create
from ._library import lib
from .parameters import Parameters

__all__ = ["Average", "Optimizer", "Schedule"]


class Optimizer(Handle):
    """Changes the trainable arrays of a store by their gradients.

    :param kind: "adamw", "adam" or "sgd".
    :param options: members of ``eqf_optimizer_options``: beta1, beta2, epsilon, momentum, weight_decay, clip_norm.
    """

    _free = lib.eqf_optimizer_free

    def __init__(
        self, parameters: Parameters, kind: str = "adamw", *, context: Optional[Context] = None, **options: float
    ) -> None:
        record = _d.eqf_optimizer_options(kind=choose(kind, "optimizer", "eqf_optimizer_kind"), **options)
        super().__init__(create(lib.eqf_optimizer_create, _d.eqf_optimizer, context, parameters, record))

    def set_group(
        self,
        pattern: str,
        *,
        rate: float = 1,
        weight_decay: float = float("nan"),
        context: Optional[Context] = None,
    ) -> None:
        """Another factor of the rate (0: not changed) and weight decay for arrays whose names match a pattern."""
        group = _d.eqf_parameter_group(rate=rate, weight_decay=weight_decay)
        call(lib.eqf_optimizer_set_group, context, self, pattern.encode(), group)

    def step(
        self, rate: float, gradients: Parameters, parameters: Parameters, *, context: Optional[Context] = None
    ) -> float:
        """One step; the norm of all gradients before clipping."""
        norm = ctypes.c_double()
        call(lib.eqf_optimizer_step, context, self, rate, gradients, parameters, norm)
        return norm.value

    @property
    def steps(self) -> int:
        """Steps done."""
        return int(lib.eqf_optimizer_steps(self))


class Average(Handle):
    """An exponential moving average of parameters, beginning with them as they are."""

    _free = lib.eqf_average_free

    def __init__(self, parameters: Parameters, decay: float, *, context: Optional[Context] = None) -> None:
        super().__init__(create(lib.eqf_average_create, _d.eqf_average, context, parameters, decay))

    def update(self, parameters: Parameters, *, context: Optional[Context] = None) -> None:
        """a += (1 - decay) (p - a)."""
        call(lib.eqf_average_update, context, self, parameters)

    @property
    def parameters(self) -> Parameters:
        """The average (a copy)."""
        return Parameters._borrow(lib.eqf_average_parameters(self)).copy()


class Schedule:
    """A learning rate as a function of the epoch.

    :param kind: "constant", "cosine_epoch", "cosine_step", "step" or "plateau".
    :param values: members of ``eqf_schedule``: rate, start, floor, warmup, total, period, factor.
    """

    def __init__(self, kind: str = "constant", **values: float) -> None:
        self._record: Any = _d.eqf_schedule(kind=choose(kind, "schedule", "eqf_schedule_kind"), **values)

    def rate(self, epoch: int, step: int = 0, steps: int = 1) -> float:
        """The learning rate for a step of an epoch."""
        return float(lib.eqf_schedule_rate(self._record, epoch, step, steps))

    def report(self, metric: float) -> None:
        """Tells "plateau" the metric of an epoch that has ended."""
        lib.eqf_schedule_report(self._record, metric)
