"""Where an exception comes from: the calls of a ``try`` whose documentation says that they raise it."""

from __future__ import annotations

from itertools import islice

from tree_sitter import Node

from glossator.explain.bibliography import Bibliography
from glossator.explain.explanation import Sentence
from glossator.explain.extract import passage_evidence
from glossator.explain.focus import called_name
from glossator.research.docstring import read_docstring
from glossator.resolve.documentation import Documented, document
from glossator.resolve.symbol import Workspace, find_symbol
from glossator.syntax.tree import ancestors, walk

MOST_CALLS = 12
MOST_TOLD = 3
_CLAUSES = {"except_clause", "except_group_clause"}


async def raised_here(
    name: Node, exception: Documented, workspace: Workspace, bibliography: Bibliography
) -> list[Sentence]:
    """What the documentation of calls says of an exception that is caught; of one that is raised, the own function's.

    Raises:
        PartMissing: the symbol server cannot be started.
    """
    if exception.symbol.definition.kind != "class":
        return []
    found: list[Sentence] = []
    for callee in islice(_callees(name), MOST_CALLS):
        symbol = await find_symbol(callee, workspace)
        if symbol is None:
            continue
        documented = await document(symbol, workspace)
        found += [one for one in _raises(documented, exception, bibliography) if one not in found]
    return found[:MOST_TOLD]


def _callees(name: Node) -> list[Node]:
    """The names to ask about: of the calls in the body of the ``try``, or of the function that raises."""
    previous = name
    for outer in ancestors(name):
        if outer.type in _CLAUSES and previous.type != "block" and outer.parent is not None:
            body = outer.parent.child_by_field_name("body")
            calls = (node for node in walk(body) if node.type == "call") if body is not None else ()
            return [callee for call in calls if (callee := called_name(call)) is not None]
        if outer.type == "raise_statement":
            function = next((one for one in ancestors(outer) if one.type == "function_definition"), None)
            own = function.child_by_field_name("name") if function is not None else None
            return [own] if own is not None else []
        if outer.type in {"block", "argument_list"}:
            return []
        previous = outer
    return []


def _raises(documented: Documented, exception: Documented, bibliography: Bibliography) -> list[Sentence]:
    wanted = exception.symbol.definition.name
    function = documented.symbol.definition.name
    for passage in documented.passages:
        for kind, told in read_docstring(passage.text).raises:
            if kind.rpartition(".")[2] == wanted and told:
                evidence = passage_evidence(documented.symbol, passage)
                text = f"`{function}` raises `{wanted}`: {told}"
                return [bibliography.cite(text, evidence, "supported")]
    return []
