"""Keywords that ``**kwargs`` takes and hands to an object whose class documents them.

``generate(…, generation_config: GenerationConfig | None = None, **kwargs)`` says of ``**kwargs`` that they are parts of
``generation_config``: so what ``max_new_tokens`` means stands in the documentation of ``GenerationConfig``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from tree_sitter import Node

from glossator.explain import extract
from glossator.explain.bibliography import Bibliography
from glossator.explain.call import BoundArgument
from glossator.explain.explanation import Argument
from glossator.explain.notices.defining_file import defining_node, defining_tree
from glossator.research.docstring import read_docstring
from glossator.resolve.documentation import Documented, document
from glossator.resolve.symbol import Workspace, symbol_at
from glossator.syntax.tree import walk

MOST_CLASSES = 2


async def explained(
    documented: Documented, bound: Sequence[BoundArgument], bibliography: Bibliography, workspace: Workspace, most: int
) -> tuple[Argument, ...]:
    """Each argument with what the documentation says of it; of one that is handed on, what it says there."""
    found = extract.explain_arguments(documented, bound, bibliography, most)
    if not any(one.taken_by for one in found):
        return found
    classes = [one async for one in takers(documented, workspace)]
    return tuple(
        _there(one, argument, classes, bibliography, most) if argument.taken_by else argument
        for one, argument in zip(bound, found, strict=True)
    )


def _there(
    one: BoundArgument, argument: Argument, classes: Sequence[Documented], bibliography: Bibliography, most: int
) -> Argument:
    for taker in classes:
        (told,) = extract.explain_arguments(taker, [replace(one, known=True)], bibliography, most)
        if told.sentences:
            return told
    return argument


async def takers(documented: Documented, workspace: Workspace) -> AsyncIterator[Documented]:
    """Who gets what ``**kwargs`` takes: the classes of the parameters that the documentation of ``**kwargs`` names."""
    rest = next((one.name for one in documented.parameters if one.kind == "var_keyword"), "")
    said = (read_docstring(one.text).parameters.get(rest) for one in documented.passages)
    told = " ".join(sentence for one in said if one is not None for sentence in one.sentences)
    annotated = (one.name for one in documented.parameters if one.annotation)
    named = [name for name in annotated if f"`{name}`" in told]
    for name in named[:MOST_CLASSES]:
        for offset in _annotated(documented, name, workspace):
            found = await symbol_at(documented.symbol.file, offset, workspace)
            if found is not None and found.definition.kind == "class" and found.owner.distribution != "python":
                yield await document(found, workspace)


def _annotated(documented: Documented, name: str, workspace: Workspace) -> list[int]:
    """Where the names in a parameter's annotation stand."""
    tree = defining_tree(documented.symbol, workspace)
    node = defining_node(documented.symbol, tree)
    parameters = node.child_by_field_name("parameters") if node is not None else None
    for one in parameters.named_children if parameters is not None else ():
        label: Node | None = one.child_by_field_name("name") or (one.named_children[0] if one.named_children else None)
        kind = one.child_by_field_name("type")
        if label is not None and kind is not None and tree.text_of(label) == name:
            return [each.end_byte - 1 for each in walk(kind) if each.type == "identifier"]
    return []
