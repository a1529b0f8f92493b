"""What the installed definition, by its docstring or decorator, calls deprecated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from glossator.explain.call import BoundArgument
from glossator.explain.explanation import Notice
from glossator.explain.notices.defining_file import decorators_of, defining_node, defining_tree, is_own
from glossator.research.docstring import read_docstring
from glossator.research.sentences import sentences
from glossator.resolve.documentation import Documented
from glossator.resolve.symbol import Symbol, Workspace
from glossator.syntax.tree import Tree, ancestors

LONGEST_QUOTE = 160
_KINDS = {"function", "method", "class", "property", "module"}
_DIRECTIVE = re.compile(r"^\.\. deprecated::[ \t]*(.*(?:\n(?:[ \t]*\n)*[ \t]+\S.*)*)", re.MULTILINE)
# A directive may be about one use of the thing ("Using integrate() with Poly is deprecated"); these are about all.
_ABOUT_THE_WHOLE = (
    r"(?i)\W*$|\W*(?:please )?use\b|\W*(?:replaced|superseded|renamed|in favou?r|will be removed|removed|scheduled)\b|"
    r"\W*this (?:function|class|method|module|property|attribute|decorator)\W+"
    r"(?:is|was|has been|will be|should not) (?:now )?(?:deprecated|removed|replaced|renamed|be used)|"
    r"\W*(?:[\w.:]+\W+)?{name}\W+(?:(?:function|class|method|module)\W+)?"
    r"(?:is|was|has been|will be) (?:now )?(?:deprecated|removed|replaced|renamed)"
)
_FIRST = re.compile(r"\W*deprecated\b(?! (?:parameter|argument|option|value|name|feature)s?\b)", re.IGNORECASE)
_SINCE = re.compile(r"^\W*deprecated since\b.*(?:\n\S.*)*", re.IGNORECASE | re.MULTILINE)
# What follows describes parts of the thing, not the thing.
_SECTION = re.compile(
    r"^(?::\w+|(?:Args|Arguments|Parameters|Params|Attributes|Returns|Raises|Yields|Notes?|Examples?)\b:?\s*$)", re.M
)
_VERSION = re.compile(r"version|\bPY_?\d", re.IGNORECASE)
_FROM_VERSION = re.compile(r"sys\.version_info >=? ")
_ONLY_SOMETIMES = re.compile(r"\b(?:when|if|unless|where)\b", re.IGNORECASE)
_ABOUT_A_PART = re.compile(r"\b(?:parameters?|arguments?|keywords?|options?|passing|values?|default)\b", re.IGNORECASE)


def find(documented: Documented, name: Node, workspace: Workspace) -> Iterator[Notice]:
    """The notice on a use of something deprecated; none on the definition itself."""
    symbol = documented.symbol
    line = workspace.tree.line_of(name) + 1
    here = is_own(symbol, workspace) and symbol.line + 1 == line
    if here or symbol.definition.kind not in _KINDS or "deprecat" in symbol.definition.name.lower():
        return
    told = _own_words(documented)
    if told is None and symbol.definition.kind != "module":
        told = _decorator(symbol, workspace)
    if told is not None and not _is_upkeep(name, told, symbol, workspace):
        owner = symbol.owner
        installed = f"installed {owner.distribution} {owner.version}" if owner.version else "definition"
        says = f"say the type stubs of {owner.distribution}" if _is_from_stubs(symbol) else f"says the {installed}"
        said = f": “{told}”" if told else "."
        yield Notice(line, "deprecated", f"`{symbol.definition.name}` is deprecated, {says}{said}")


def _is_upkeep(name: Node, told: str, symbol: Symbol, workspace: Workspace) -> bool:
    """Whether those who deprecated it keep it going there: in their own distribution they test it and hand it on, and
    build what comes after it on it. Or whether the import is tried, or the version asked for: some still have it."""
    if _is_by_its_makers(symbol, workspace):
        return True
    tree, path = workspace.tree, workspace.snapshot.path
    for outer in ancestors(name.parent):
        condition = outer.child_by_field_name("condition") if outer.type in {"if_statement", "elif_clause"} else None
        if condition is not None and _VERSION.search(tree.text_of(condition)):
            return True
        if outer.type == "import_from_statement" and path is not None:
            here = workspace.installed.owner(path).module.split(".")[0]
            tried = any(one.type == "try_statement" for one in ancestors(outer.parent))
            near = tree.text_of(outer).startswith("from .") or here == symbol.owner.module.split(".")[0]
            return tried or near or not _is_used(name, outer, tree)
        if outer.type in {"function_definition", "class_definition"}:
            label, body = (outer.child_by_field_name(part) for part in ("name", "body"))
            first = body.named_children[0] if body is not None and body.named_children else None
            head = tree.text_of(first) if first is not None and _is_docstring(first) else ""
            called = tree.text_of(label) if label is not None else ""
            if called and re.search(rf"\b{re.escape(called)}\b", f"{symbol.definition.name} {told}"):
                return True
            if "deprecated" in head.lower() or any("deprecated" in one for one in decorators_of(outer, tree)):
                return True
    return False


def _is_used(name: Node, statement: Node, tree: Tree) -> bool:
    """Whether the file does more with an imported name than to hand it on: a name in quotes, as in ``__all__``, is no
    use of it."""
    alias = name.parent.child_by_field_name("alias") if name.parent is not None else None
    outer = name.parent.parent if alias is None and name.parent is not None else None
    alias = outer.child_by_field_name("alias") if outer is not None and outer.type == "aliased_import" else alias
    word = re.escape(tree.text_of(alias or name))
    mention = re.compile(rf"(?<![\"'\w]){word}(?![\"'\w])")
    return any(not statement.start_byte <= one.start() < statement.end_byte for one in mention.finditer(tree.text))


def _is_by_its_makers(symbol: Symbol, workspace: Workspace) -> bool:
    path, own = workspace.snapshot.path, symbol.owner.distribution
    return path is not None and own not in ("", "python") and workspace.installed.owner(path).distribution == own


def _is_docstring(statement: Node) -> bool:
    inner = statement.named_children[0] if statement.type == "expression_statement" else None
    return inner is not None and inner.type == "string"


def find_in_arguments(documented: Documented, bound: Sequence[BoundArgument], workspace: Workspace) -> Iterator[Notice]:
    """Notices on keywords whose own documentation begins by calling them deprecated."""
    given = [one for one in bound if one.node.type == "keyword_argument"]
    if not given or _is_by_its_makers(documented.symbol, workspace):
        return
    for one in given:
        described = (read_docstring(passage.text).parameters.get(one.name) for passage in documented.passages)
        first = next((words.sentences[0] for words in described if words is not None and words.sentences), "")
        if _FIRST.match(first) and not _ONLY_SOMETIMES.search(first):
            message = f"The argument `{one.name}` is deprecated, says its documentation: “{_quote(first)}”"
            yield Notice(workspace.tree.line_of(one.node) + 1, "deprecated", message)


def _own_words(documented: Documented) -> str | None:
    """The sentence by which the thing's own docstring calls it deprecated; empty where it only says that it is."""
    qualified = documented.symbol.qualified_name
    for passage in documented.passages:
        if passage.appended or passage.qualified_name != qualified:
            continue
        section = _SECTION.search(passage.text)
        about = passage.text[: section.start()] if section else passage.text
        directive = _DIRECTIVE.search(about)
        if directive is not None:
            return _about(directive[1], documented.symbol.definition.name)
        since = _SINCE.search(about)
        if since is not None:
            return _about(
                re.sub(r"(?i)^\W*deprecated since(?: version)?", "", since[0]), documented.symbol.definition.name
            )
        first = about.strip().partition("\n\n")[0]
        if _FIRST.match(first):
            return None if _ABOUT_A_PART.search(first) else _quote(first)
    return None


def _about(said: str, name: str) -> str | None:
    """What follows ``deprecated``, without the version, if it is about the whole thing."""
    said = re.sub(r"^[\s:,]*v?[\d.]*\d[\w.]*[\s:,]*", "", " ".join(said.split()))
    whole = re.match(_ABOUT_THE_WHOLE.replace("{name}", re.escape(name)), said)
    return None if whole is None or _ABOUT_A_PART.search(said) else _quote(said)


def _decorator(symbol: Symbol, workspace: Workspace) -> str | None:
    """What ``@deprecated("…")`` above the definition says."""
    tree = defining_tree(symbol, workspace)
    node = defining_node(symbol, tree)
    if node is None or not any(one.rpartition(".")[2] == "deprecated" for one in decorators_of(node, tree)):
        return None
    written = tree.text_of(node.parent) if node.parent is not None else ""
    if _is_from_stubs(symbol) and not _holds_now(written, node, tree, symbol.owner.version):
        return None
    said = re.search(r"@\s*[\w.]*\bdeprecated\s*\(((?:\s*(?:\"[^\"\n]*\"|'[^'\n]*'),?)*)", written)
    # Some say the version first: the words are the string that has more than one.
    strings = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'", said[1]) if said is not None else []
    return _quote(next((one or other for one, other in strings if " " in one or " " in other), ""))


def _is_from_stubs(symbol: Symbol) -> bool:
    """Whether the words are those of the stubs that come with ty, which are not of one version of Python."""
    return symbol.owner.distribution == "python" and symbol.file.suffix == ".pyi"


def _holds_now(written: str, node: Node, tree: Tree, version: str) -> bool:
    """Whether stubs call it deprecated in this Python: "removed in Python 3.14" does not say since when it is."""
    since = re.search(r"since Python (\d+)\.(\d+)", written)
    if since is not None:
        return [int(since[1]), int(since[2])] <= [int(part) for part in re.findall(r"\d+", version)[:2]]
    for outer in ancestors(node):
        body = outer.child_by_field_name("consequence") if outer.type == "if_statement" else None
        asked = outer.child_by_field_name("condition")
        inside = body is not None and body.start_byte <= node.start_byte < body.end_byte
        if inside and asked is not None and _FROM_VERSION.match(tree.text_of(asked)):
            return True
    return False


def _quote(text: str) -> str:
    """The first sentence, without markup."""
    line = " ".join(text.split())
    told = next(iter(sentences(line)), line)
    return told if len(told) <= LONGEST_QUOTE else f"{told[: LONGEST_QUOTE - 1]}…"
