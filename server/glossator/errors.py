"""Every failure a user can meet, as one tree.

::

    GlossatorError                what happened, and what to do next
    ├── WrongUse                  the request itself cannot be served: no such file, position outside the text
    │   └── TooLarge              it is longer than anything that is read
    ├── NothingToSay              a valid request without an answer; the reason says why
    └── PartMissing               something that can be installed, pulled or started is not there
        ├── ModelMissing          no weights
        ├── ModelUnavailable      the engine or endpoint does not answer
        │   ├── Busy              it has too much to do already
        │   └── ModelTooLarge     it does not fit into the memory that is free
        ├── DownloadFailed        a pull that ended before its end
        └── SourceUnavailable     a web service that was asked for evidence does not answer or refuses

``str(error)`` is one line fit for the user. Foreign exceptions are translated at the edge that meets them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that made an answer poorer than it could be, and the next step that would mend it."""

    what: str
    next_step: str

    @classmethod
    def of(cls, error: GlossatorError) -> Problem:
        """The problem an error leaves behind in an answer that was given all the same."""
        return cls(error.what, error.next_step)

    def __str__(self) -> str:
        return _one_line(self.what, self.next_step)


class GlossatorError(Exception):
    """The root: ``what`` happened (a sentence) and the ``next_step`` (a sentence, may be empty)."""

    exit_code = 3

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return _one_line(self.what, self.next_step)


class WrongUse(GlossatorError):
    """The request cannot be served as it was put."""

    exit_code = 2


class TooLarge(WrongUse):
    """The request is longer than what is read of any."""


class NothingToSay(GlossatorError):
    """A valid request that has no answer."""

    exit_code = 1


class PartMissing(GlossatorError):
    """A part that the request needs is not installed, not pulled or not running."""


class ModelMissing(PartMissing):
    """There are no weights on this machine for the model that the settings name."""


class ModelUnavailable(PartMissing):
    """The engine, or the endpoint, does not answer or refuses."""


class Busy(ModelUnavailable):
    """The engine has as many questions as it takes; this one was not put in the queue."""


class ModelTooLarge(ModelUnavailable):
    """The model does not fit into the memory that is free; the next step names choices that do."""


class DownloadFailed(PartMissing):
    """A model could not be fetched or did not arrive whole; what was there before is untouched."""


class SourceUnavailable(PartMissing):
    """A web service that was asked for evidence does not answer, refuses, asks to wait, or talks nonsense."""


def _one_line(*sentences: str) -> str:
    """The sentences on one line, also where one quotes a library whose own message has several."""
    return " ".join(" ".join(sentences).split())
