"""What may go wrong with a backend, told apart by what to do next: ask again, ask another, or leave it alone."""

from __future__ import annotations

from glossator.errors import ModelUnavailable


class ModelFault(ModelUnavailable):
    """A backend failed. ``again``: the same request may go well in a moment. ``wait`` is how many seconds it asked, or
    deserves, to be left alone; 0 leaves that to whoever counts faults."""

    def __init__(self, what: str, next_step: str = "", *, again: bool = False, wait: float = 0.0) -> None:
        super().__init__(what, next_step)
        self.again = again
        self.wait = wait


class NothingSent(ModelUnavailable):
    """We did not ask: no consent, a file that stays here, a budget that is used up. No fault of the backend."""
