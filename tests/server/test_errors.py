"""Every failure is one line for the user, and its place in the tree is drawn."""

import pytest

from glossator import errors
from glossator.errors import GlossatorError, NothingToSay, PartMissing, Problem, WrongUse


def every(kind: type[GlossatorError] = GlossatorError) -> list[type[GlossatorError]]:
    """The tree, parents before children."""
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in every(child))]


@pytest.mark.parametrize("kind", every())
def test_an_error_is_one_line_with_the_next_step(kind: type[GlossatorError]) -> None:
    error = kind("It broke:\n  line two\r\n", "Mend it. ")
    assert str(error) == "It broke: line two Mend it."
    assert str(kind("It broke.")) == "It broke."
    assert Problem.of(error) == Problem(error.what, error.next_step)
    assert str(Problem.of(error)) == str(error)


@pytest.mark.parametrize("kind", every())
def test_exit_codes_are_those_of_the_contract(kind: type[GlossatorError]) -> None:
    expected = 2 if issubclass(kind, WrongUse) else 1 if issubclass(kind, NothingToSay) else 3
    assert kind("").exit_code == expected


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    def drawn(kind: type[GlossatorError], depth: int = 0) -> list[tuple[str, int]]:
        return [
            (kind.__name__, depth),
            *(
                one
                for child in kind.__subclasses__()
                if child.__module__ == errors.__name__
                for one in drawn(child, depth + 1)
            ),
        ]

    picture = (errors.__doc__ or "").split("::")[1].splitlines()
    lines = [line[4:] for line in picture if line.startswith("    ")]
    names = [(line.lstrip("│├└─ ").split()[0], (len(line) - len(line.lstrip("│├└─ "))) // 4) for line in lines]
    assert names == drawn(GlossatorError)


def test_what_is_missing_can_be_told_from_what_was_asked_wrongly() -> None:
    assert not issubclass(WrongUse, PartMissing)
    assert not issubclass(NothingToSay, PartMissing)
