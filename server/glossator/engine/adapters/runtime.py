"""A base with an adapter, as a runtime of its own: whoever holds it cannot meet another adapter's state."""

from __future__ import annotations

from transformers import DynamicCache

from glossator.engine.adapters.attach import Attached
from glossator.engine.torch_runtime import TorchRuntime, TorchSession, copy_cache


class AdaptedRuntime:
    """The port ``Runtime`` over an attached adapter. Virtual tokens take their part of the context."""

    def __init__(self, base: TorchRuntime, attached: Attached) -> None:
        self.model = attached.model
        self.device = base.device
        self.ends = base.ends
        self.price = base.price
        self.virtual = attached.virtual
        self.context = base.context - attached.virtual
        self._start = attached.start

    def session(self) -> TorchSession:
        """A session without tokens; virtual ones are computed already and count as none."""
        return TorchSession(
            self, [], copy_cache(self.model, DynamicCache() if self._start is None else self._start, self.virtual)
        )
