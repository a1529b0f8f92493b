"""A keyword that the installed definition does not take, where that is certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from glossator.explain.call import BoundArgument
from glossator.explain.explanation import Notice
from glossator.explain.notices.defining_file import decorators_of, defining_node, defining_tree, named_in
from glossator.explain.notices.outline import Outline
from glossator.resolve.documentation import DEEPEST_BASE, Documented
from glossator.resolve.symbol import Symbol, Workspace, symbol_at
from glossator.syntax.tree import Tree, ancestors

_HARMLESS = {"staticmethod", "classmethod"}
_DATACLASS = {"dataclass", "dataclasses.dataclass"}
_CONSTRUCTORS = ("__new__", "__init_subclass__", "__class_getitem__")
# What is declared as one of these is often a derived one, such as an `OrderedDict`, whose methods take more.
_OFTEN_DERIVED = ("builtins.dict.", "builtins.list.", "builtins.set.", "datetime.date.", "typing.", "collections.abc.")
MOST_NAMES = 12
LONGEST_SUPER = 120
_OTHER_VERSIONS = re.compile(
    r"(?i)version|hasattr|platform|TYPE_CHECKING|\bPY\d|signature|\bhas_|\bsupports?_|available"
)


async def find(
    documented: Documented, bound: Sequence[BoundArgument], name: Node, workspace: Workspace
) -> Sequence[Notice]:
    """One notice for each such keyword of the call whose function the name is."""
    unknown = [one for one in bound if not one.known and one.node.type == "keyword_argument"]
    if (
        not unknown
        or _is_on_super(name, workspace.tree)
        or _is_tried(name, workspace.tree)
        or not await _is_certain(documented, name, workspace)
    ):
        return ()
    return tuple(_notice(documented, one, workspace.tree) for one in unknown)


def _notice(documented: Documented, one: BoundArgument, tree: Tree) -> Notice:
    symbol = documented.symbol
    installed = f" of the installed {symbol.owner.distribution} {symbol.owner.version}" if symbol.owner.version else ""
    names = [f"`{known.name}`" for known in documented.parameters if known.kind != "var_positional"]
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    takes = f"It takes {shown}." if names else "It takes no keywords."
    message = f"`{symbol.definition.name}`{installed} has no parameter `{one.name}`. {takes}"
    return Notice(tree.line_of(one.node) + 1, "unknown_keyword", message)


def _is_on_super(name: Node, tree: Tree) -> bool:
    """Whether ``super()`` decides whose method it is: with several bases, here or in a class derived from this one,
    another one's than the first."""
    before = tree.text[max(name.start_byte - LONGEST_SUPER, 0) : name.start_byte]
    return re.search(r"\bsuper\([^()]*\)\s*\.\s*$", before) is not None


def _is_tried(name: Node, tree: Tree) -> bool:
    """Whether the call is made only where it works: for other versions, or under something that catches its failure."""
    outline = Outline(tree)  # not the one of the whole text: what is above a name is quickly found
    for outer in ancestors(name.parent):
        if outer.type == "try_statement" or outline.expects_failure(outer):
            return True
        if outer.type in {"if_statement", "elif_clause"}:
            condition = outer.child_by_field_name("condition")
            if condition is not None and _OTHER_VERSIONS.search(tree.text_of(condition)):
                return True
    return False


async def _is_certain(documented: Documented, name: Node, workspace: Workspace) -> bool:
    """Whether the parameters are all there are: one definition, found once, that nothing wraps or overloads."""
    symbol = documented.symbol
    if any(one.kind == "var_keyword" for one in documented.parameters) or _takes_more(symbol):
        return False
    tree = defining_tree(symbol, workspace)
    node = defining_node(symbol, tree)
    if node is None or node.has_error or not _is_alone(node, tree, symbol.definition.name):
        return False
    readable = workspace.readable
    resolution = await workspace.resolver.resolve(readable, readable.position(name.start_byte))
    if len(resolution.definitions) != 1:
        return False
    if node.type == "class_definition":
        return await _constructs_by(symbol, node, tree, workspace)
    if symbol.definition.kind == "method" and (
        _is_declared_only(node, tree, symbol.file.suffix)
        or symbol.qualified_name.startswith(_OFTEN_DERIVED)
        or not _is_named(symbol.definition.path.split(".")[-2], name, workspace.tree)
    ):
        return False
    return symbol.definition.kind in {"function", "method"} and _HARMLESS.issuperset(decorators_of(node, tree))


def _takes_more(symbol: Symbol) -> bool:
    """Whether it is one of torch's functions in C++: they take numpy's names too, `axis` for `dim`, and its stubs do
    not tell."""
    return symbol.owner.distribution == "torch" and symbol.file.suffix == ".pyi"


def _is_named(holder: str, name: Node, tree: Tree) -> bool:
    """Whether the function around the call names the method's class, or the call is on ``self`` within it: else its
    type was inferred through code that may say less than it does."""
    around = [one for one in ancestors(name) if one.type in {"function_definition", "class_definition"}]
    scope = next((one for one in around if one.type == "function_definition"), tree.root)
    if re.search(rf"\b{re.escape(holder)}\b", tree.text_of(scope)):
        return not _is_something_else_too(holder, name, scope, tree)
    labels = (one.child_by_field_name("name") for one in around if one.type == "class_definition")
    own = any(label is not None and tree.text_of(label) == holder for label in labels)
    return own and tree.text[: name.start_byte].endswith(("self.", "cls."))


def _is_something_else_too(holder: str, name: Node, scope: Node, tree: Tree) -> bool:
    """Whether the receiver is an attribute of something, or the function also has it as a parameter, or gives it a
    value, that is not said to be of the class: of what may be of any type, the symbol server tells the one type that it
    knows."""
    found = re.search(r"(?<![\w.])([A-Za-z_][\w.]*)\s*\.\s*$", tree.text[: name.start_byte])
    if found is None or found[1] in {"self", "cls"}:
        return False
    receiver = found[1]
    if "." in receiver:
        return receiver.rpartition(".")[2] != holder
    parameters = scope.child_by_field_name("parameters")
    values = re.findall(rf"(?m)^\s*{receiver}[ \t]*(?::[^=\n]*)?=(?!=)\s*(.*)", tree.text_of(scope))
    for one in parameters.named_children if parameters is not None else ():
        written = tree.text_of(one)
        if re.match(rf"\**{receiver}\b", written):
            values.append(written)
    return any(holder not in one and one.strip() != "None" for one in values)


def _is_declared_only(node: Node, tree: Tree, suffix: str) -> bool:
    """Whether a method has nothing but a docstring, `...`, `pass` or `raise`: others implement it, with more parameters
    maybe. In a stub file it is the whole truth, in an interface it lacks even `self`."""
    if tree.text_of(node.child_by_field_name("parameters") or node) == "()":
        return True
    body = node.child_by_field_name("body")
    statements = [one for one in body.named_children if one.type != "comment"] if body is not None else []
    inert = ("string", "ellipsis")
    done = all(
        one.type in {"pass_statement", "raise_statement"}
        or (one.type == "expression_statement" and one.named_child_count == 1 and one.named_children[0].type in inert)
        for one in statements
    )
    return done and suffix != ".pyi"


def _has_bases(node: Node, tree: Tree) -> bool:
    bases = node.child_by_field_name("superclasses")
    return bases is not None and any(tree.text_of(one) != "object" for one in bases.named_children)


def _is_alone(node: Node, tree: Tree, name: str) -> bool:
    """Whether the module or class has one definition of the name: others are overloads or for other Pythons."""
    body = next(
        (one for one in ancestors(node.parent) if one.type in {"function_definition", "class_definition"}), None
    )
    holder = body.child_by_field_name("body") if body is not None else tree.root
    if len(named_in(holder, tree, name)) != 1 or holder is None:
        return False
    # `name = wrap(name)` below the definition.
    targets = (
        statement.named_children[0].child_by_field_name("left")
        for statement in holder.named_children
        if statement.type == "expression_statement"
        and statement.named_children
        and statement.named_children[0].type == "assignment"
    )
    return not any(target is not None and tree.text_of(target) == name for target in targets)


async def _constructs_by(symbol: Symbol, node: Node, tree: Tree, workspace: Workspace) -> bool:
    """Whether calling the class calls its own ``__init__``, or one that ``@dataclass`` makes of all its fields."""
    body = node.child_by_field_name("body")
    inits = named_in(body, tree, "__init__")
    decorators = set(decorators_of(node, tree))
    if not inits:
        return bool(decorators) and decorators <= _DATACLASS and not _has_bases(node, tree) and _is_plain(node, tree)
    if len(inits) != 1 or decorators - _DATACLASS or decorators_of(inits[0], tree):
        return False
    return await _is_plain_family(symbol, workspace, DEEPEST_BASE)


async def _is_plain_family(symbol: Symbol, workspace: Workspace, depth: int) -> bool:
    """Whether neither the class nor any base class can construct in another way."""
    tree = defining_tree(symbol, workspace)
    node = defining_node(symbol, tree)
    if node is None or node.type != "class_definition" or not _is_plain(node, tree) or not depth:
        return False
    bases = node.child_by_field_name("superclasses")
    for base in bases.named_children if bases is not None else ():
        if base.type == "comment" or tree.text_of(base) == "object":
            continue
        if base.type not in {"identifier", "attribute"}:
            return False
        found = await symbol_at(symbol.file, base.end_byte - 1, workspace)
        if found is None or not await _is_plain_family(found, workspace, depth - 1):
            return False
    return True


def _is_plain(node: Node, tree: Tree) -> bool:
    """No metaclass, and no method of the class's own that makes its objects."""
    body, bases = (node.child_by_field_name(part) for part in ("body", "superclasses"))
    keywords = [one for one in bases.named_children if one.type == "keyword_argument"] if bases is not None else []
    return not keywords and not any(named_in(body, tree, name) for name in _CONSTRUCTORS)
