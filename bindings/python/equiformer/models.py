"""Models: published configurations, others of their kind, and model files. SPDX-License-Identifier: MIT"""

from __future__ import annotations

import json
import os
from typing import Any, Iterator, List, Optional, Union

from . import _declarations as _d
from ._core import Context, Handle, Precision, call, create, default_context, precision_of, take_text
from ._library import lib
from .parameters import Parameters

__all__ = ["Config", "Model", "presets"]

PathLike = Union[str, "os.PathLike[str]"]


def presets() -> List[str]:
    """Names of the published configurations."""
    return [lib.eqf_preset_name(i).decode() for i in range(lib.eqf_preset_count())]


class Config(Handle):
    """The configuration of a model: keys and values (docs/format.md lists them), read and set like those of a dict.

        config = Config("graph_attention_transformer_nonlinear_exp_l2_md17", num_layers=2, cutoff_mode="smooth")

    :param preset: name of a published configuration, None: defaults.
    :param values: keys to change.
    """

    _free = lib.eqf_config_free

    def __init__(self, preset: Optional[str] = None, *, context: Optional[Context] = None, **values: Any) -> None:
        if preset is None:
            pointer = create(lib.eqf_config_parse, _d.eqf_config, context, b"{}")
        else:
            pointer = create(lib.eqf_config_preset, _d.eqf_config, context, preset.encode())
        super().__init__(pointer)
        self.update(**values)

    @classmethod
    def parse(cls, text: str, *, context: Optional[Context] = None) -> "Config":
        """From JSON, as model files have it."""
        made = cls.__new__(cls)
        Handle.__init__(made, create(lib.eqf_config_parse, _d.eqf_config, context, text.encode()))
        return made

    def format(self, *, context: Optional[Context] = None) -> str:
        """The whole configuration as JSON."""
        return take_text(context or default_context(), lib.eqf_config_format, self)

    def to_dict(self) -> dict[str, Any]:
        """The whole configuration."""
        return dict(json.loads(self.format()))

    def update(self, **values: Any) -> None:
        """Sets several keys."""
        for key, value in values.items():
            self[key] = value

    def __getitem__(self, key: str) -> Any:
        text = take_text(default_context(), lib.eqf_config_get, self, key.encode())
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text

    def __setitem__(self, key: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        call(lib.eqf_config_set, None, self, key.encode(), text.strip('"').encode())

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __repr__(self) -> str:
        return f"<Config {self.format()}>"


class Model(Handle):
    """A configuration with its parameters. Immutable; threads may share it.

    :param config: what to build, with published initial values that depend on the seed alone.
    :param precision: of the numbers.
    """

    _free = lib.eqf_model_free

    def __init__(
        self, config: Config, seed: int = 0, precision: Precision = "float32", *, context: Optional[Context] = None
    ) -> None:
        super().__init__(create(lib.eqf_model_create, _d.eqf_model, context, config, seed, precision_of(precision)))

    @classmethod
    def _own(cls, pointer: Any) -> "Model":
        made = cls.__new__(cls)
        Handle.__init__(made, pointer)
        return made

    @classmethod
    def load(cls, path: PathLike, *, context: Optional[Context] = None) -> "Model":
        """Reads a model file; everything in it is checked."""
        return cls._own(create(lib.eqf_model_load, _d.eqf_model, context, os.fsencode(path)))

    @classmethod
    def from_checkpoint(
        cls, path: PathLike, config: Optional[Config] = None, *, context: Optional[Context] = None
    ) -> "Model":
        """Reads a checkpoint of the published code (PyTorch's files, or safetensors). Nothing of it is run.

        :param config: which model it is; None: the metadata of a safetensors file say so.
        """
        return cls._own(create(lib.eqf_model_import, _d.eqf_model, context, os.fsencode(path), config))

    @classmethod
    def assemble(cls, config: Config, parameters: Parameters, *, context: Optional[Context] = None) -> "Model":
        """A model with these parameters, which are shared from now on."""
        return cls._own(create(lib.eqf_model_assemble, _d.eqf_model, context, config, parameters))

    def save(self, path: PathLike, *, context: Optional[Context] = None) -> None:
        """Writes a model file, replacing what is there in one step."""
        call(lib.eqf_model_save, context, self, os.fsencode(path))

    @property
    def config(self) -> Config:
        """The configuration (a copy)."""
        context = default_context()
        return Config.parse(take_text(context, lib.eqf_config_format, lib.eqf_model_config(self)), context=context)

    @property
    def parameters(self) -> Parameters:
        """The parameters, which are read-only; their ``copy()`` is not."""
        return Parameters._borrow(lib.eqf_model_parameters(self))

    @property
    def name(self) -> str:
        """Name of the preset, or "custom"."""
        return str(lib.eqf_model_name(self).decode())

    @property
    def cutoff(self) -> float:
        """Cut-off in the model's unit of length."""
        return float(lib.eqf_model_cutoff(self))

    def covers(self, atomic_number: int) -> bool:
        """Whether the model knows an element."""
        return int(lib.eqf_model_type(self, atomic_number)) >= 0

    @property
    def energy_scale(self) -> float:
        """Energy of an atom = scale * network + shift of its element."""
        return float(lib.eqf_model_energy_scale(self))

    def energy_shift(self, atomic_number: int) -> float:
        """Energy that is added for an atom of this element."""
        row = int(lib.eqf_model_type(self, atomic_number))
        if row < 0:
            raise KeyError(atomic_number)
        return float(lib.eqf_model_energy_shift(self, row))

    def __repr__(self) -> str:
        return f"<Model {self.name}: {self.parameters.elements:,} parameters, cut-off {self.cutoff:g}>"
