"""Astraios' bottleneck adapters (parallel, Houlsby's adapterh, Pfeiffer's adapterp) as a tuner of peft's.

peft knows no type BOTTLENECK: Astraios' own fork of it does, which fails on quantised bases and hides peft. With
D the weight down, U the weight up, s the scaling and phi the non-linearity, all in float32::

    A(x) = s * U phi(D x)        parallel: y = W x + b + A(x)
                                 before:   y = W (x + A(x)) + b        adapterh in mlp.c_fc
                                 after:    y = h + A(h), h = W x + b   adapterh and adapterp in mlp.c_proj

The base's layer is called, never read, so its weights may have any type. Keys of the files: ``….c_attn.adapter_down
.weight`` and ``….c_attn.adapter_up.weight``, as the fork writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from peft import PeftConfig, mapping
from peft.tuners.tuners_utils import BaseTuner, BaseTunerLayer
from torch import nn

PEFT_TYPE = "BOTTLENECK"
NON_LINEARITIES: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}
Place = Literal["parallel", "before", "after"]
PLACES: dict[str, Place] = {"c_fc": "before", "c_proj": "after"}  # of GPTBigCode, where Astraios put them


def register() -> None:
    """Teach peft the type. Its own ``register_peft_method`` takes only types of its closed list."""
    mapping.PEFT_TYPE_TO_CONFIG_MAPPING[PEFT_TYPE] = BottleneckConfig
    mapping.PEFT_TYPE_TO_TUNER_MAPPING[PEFT_TYPE] = BottleneckModel
    mapping.PEFT_TYPE_TO_PREFIX_MAPPING[PEFT_TYPE] = BottleneckModel.prefix


@dataclass
class BottleneckConfig(PeftConfig):  # type: ignore[misc]  # peft has no types
    """The fields of an ``adapter_config.json`` of the fork."""

    base_model_name_or_path: str | None = None
    revision: str | None = None
    inference_mode: bool = False
    bottleneck_size: int = 256
    non_linearity: str = "tanh"
    adapter_dropout: float = 0.0
    target_modules: Any = None
    exclude_modules: Any = None
    use_parallel_adapter: bool = False
    use_adapterp: bool = False
    scaling: float = 1.0
    bias: str = "none"
    init_weights: str = "bert"
    modules_to_save: Any = None
    layers_to_transform: Any = None
    layers_pattern: Any = field(default=None)

    def __post_init__(self) -> None:
        """Set what peft wants set."""
        super().__post_init__()
        self.peft_type = PEFT_TYPE
        if isinstance(self.target_modules, list):
            self.target_modules = set(self.target_modules)


class BottleneckLayer(nn.Module, BaseTunerLayer):  # type: ignore[misc]
    """A layer of the base with bottlenecks, by the adapter's name."""

    adapter_layer_names = ("adapter_down", "adapter_up")
    other_param_names = ()
    adapter_down: nn.ModuleDict
    adapter_up: nn.ModuleDict
    dropout: nn.Dropout
    act: nn.Module

    def __init__(self, base_layer: nn.Module, name: str, config: BottleneckConfig, place: Place) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.adapter_down = nn.ModuleDict({})
        self.adapter_up = nn.ModuleDict({})
        self.place = place
        self.act = NON_LINEARITIES[config.non_linearity]()
        self.dropout = nn.Dropout(config.adapter_dropout)
        self.scaling = {name: config.scaling}
        self.in_features, self.out_features = _features(base_layer)
        self._disable_adapters = False
        self.merged_adapters: list[str] = []
        self._add(name, config)

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """The base's answer with what the active bottlenecks add. Shapes (…, in) to (…, out)."""
        if self.place == "before":
            return self._base(x + self._added(x) if self._active else x, *args, **kwargs)
        answer = self._base(x, *args, **kwargs)
        if not self._active:
            return answer
        return answer + self._added(x if self.place == "parallel" else answer).to(answer.dtype)

    @property
    def _active(self) -> list[str]:
        active: Any = () if self.disable_adapters else self.active_adapters
        return [name for name in self.scaling if name in active]

    def _base(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        answer: torch.Tensor = self.base_layer(x, *args, **kwargs)
        return answer

    def _added(self, x: torch.Tensor) -> torch.Tensor:
        """Computed in float32 and scaled after the cast back, as the fork does."""
        added = torch.zeros((), dtype=x.dtype, device=x.device)
        for name in self._active:
            hidden: torch.Tensor = self.act(self.adapter_down[name](self.dropout(x.to(torch.float32))))
            added = added + self.adapter_up[name](hidden).to(x.dtype) * self.scaling[name]
        return added

    def _add(self, name: str, config: BottleneckConfig) -> None:
        into = self.out_features if self.place == "after" else self.in_features
        out = self.in_features if self.place == "before" else self.out_features
        down = nn.utils.skip_init(nn.Linear, into, config.bottleneck_size, bias=False)  # type: ignore[no-untyped-call]
        up = nn.utils.skip_init(nn.Linear, config.bottleneck_size, out, bias=False)  # type: ignore[no-untyped-call]
        for layer in () if config.inference_mode else (down, up):  # else the weights are about to come from a file
            nn.init.normal_(layer.weight, std=0.02)  # "bert": so a fresh one is not the identity
        self.adapter_down[name], self.adapter_up[name] = down, up
        inherited: Any = self  # peft has no types
        inherited._move_adapter_to_device_of_base_layer(name)
        for layer in (down, up):
            layer.to(torch.float32)
        inherited.set_adapter(self.active_adapters)


class BottleneckModel(BaseTuner):  # type: ignore[misc]
    """Puts bottlenecks into a model."""

    prefix = "adapter_"
    tuner_layer_cls = BottleneckLayer
    target_module_mapping = {"gpt_bigcode": ["c_attn"]}  # noqa: RUF012  an attribute of peft's

    def _create_and_replace(
        self,
        peft_config: BottleneckConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        **_options: Any,
    ) -> None:
        place = "parallel" if peft_config.use_parallel_adapter else PLACES.get(target_name)
        if place is None:
            raise ValueError(f"Target modules {target_name!r} have no place for a bottleneck")
        layer = BottleneckLayer(target, adapter_name, peft_config, place)
        self._replace_module(parent, target_name, layer, target)


def _features(layer: nn.Module) -> tuple[int, int]:
    try:
        return int(layer.in_features), int(layer.out_features)  # type: ignore[arg-type]
    except AttributeError as error:
        raise ValueError(f"Target modules of type {type(layer).__name__} have no in_features") from error
