"""What stands under the cursor: a name, an argument of a call, a keyword, a literal, a comment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tree_sitter import Node

from glossator.explain.constructs.grammar import grammar_of
from glossator.syntax.tree import Tree, ancestors, walk

Kind = Literal["name", "argument", "keyword", "string", "number", "field", "comment"]
_LITERALS = {"string", "concatenated_string", "integer", "float", "true", "false", "none", "ellipsis"}
# What an argument is still plainly given through: a number in a list, a negated one, one in parentheses.
_CARRIERS = {
    "list",
    "tuple",
    "set",
    "dictionary",
    "pair",
    "unary_operator",
    "parenthesized_expression",
    "concatenated_string",
    "conditional_expression",
}
# In broken code the tree may take these for the statements of Python 2.
_ONCE_STATEMENTS = {"print", "exec"}
_HANDLERS = {"except_clause", "except_group_clause"}
_DEFINITIONS = {"function_definition", "class_definition"}
_FLUENT_ENDS = {"to", "cuda", "cpu", "eval", "half", "float"}
_WORDS_OF_LITTLE_NEWS = {"print", "len", "range", "str", "int", "list", "dict", "isinstance", "super", "enumerate"} | {
    "object",
    "property",
    "staticmethod",
    "classmethod",
    "Exception",
}


@dataclass(frozen=True, slots=True)
class Focus:
    """The construct at a cursor, by nodes of the tree.

    ``name`` is the identifier to resolve: the thing itself, or the function whose argument this is. ``call`` is the
    call whose function the name is, ``argument`` the node of the argument pointed at. ``node`` is, of a string, the
    literal itself; of a ``field``, the interpolation; else what is pointed at. ``offset`` is where the cursor is.
    """

    kind: Kind
    node: Node
    name: Node | None = None
    call: Node | None = None
    argument: Node | None = None
    offset: int = -1


def find_focus(tree: Tree, offset: int) -> Focus | None:
    """The construct at an offset, or None between constructs."""
    begun = tree.root.descendant_for_byte_range(offset, min(offset + 1, len(tree.text)))
    begins_field = begun is not None and begun.type == "{" and _field(begun) is not None
    found = _at(begun if begun is not None and begins_field else tree.leaf_at(offset))
    return replace(found, offset=offset) if found is not None else None


def called_name(call: Node | None) -> Node | None:
    """The identifier of a call's function: ``encode`` of ``tokenizer.encode(…)``."""
    function = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    if function is not None and function.type == "attribute":
        return function.child_by_field_name("attribute")
    return function if function is not None and function.type == "identifier" else None


def principal(tree: Tree, first_line: int, last_line: int) -> Focus | None:
    """What a reader would ask about first on these lines: a call that says something, an import, a definition."""
    found = constructs(tree, first_line, last_line)
    return found[0] if found else None


def constructs(tree: Tree, first_line: int, last_line: int, within: Node | None = None) -> tuple[Focus, ...]:
    """The constructs that begin on these lines, in order: calls, imported names, definitions with their bases and
    decorators, exceptions that are caught. Repeated and trivial
    ones (``print``, ``.to``) are left out, unless there is nothing else. ``within`` saves looking at all the text."""
    telling: dict[str, Focus] = {}
    trivial: dict[str, Focus] = {}
    for node in walk(within or tree.root):
        if tree.line_of(node) > last_line:
            break
        if tree.last_line_of(node) < first_line:
            continue
        for name, call in _named(node):
            if first_line <= tree.line_of(name) <= last_line:
                key = tree.text_of(name.parent if call is not None and name.parent is not None else name)
                word = tree.text_of(name)
                target = trivial if is_trivial(word) else telling
                target.setdefault(key if call is None else f"{key}(", Focus("name", name, name, call))
    ordered = sorted(telling.values() or trivial.values(), key=lambda focus: focus.node.start_byte)
    return tuple(ordered)


def is_trivial(word: str) -> bool:
    """Whether a call of this name says so little that it is explained only to those who point at it."""
    return word in _FLUENT_ENDS | _WORDS_OF_LITTLE_NEWS


def _at(leaf: Node) -> Focus | None:
    if leaf.type == "comment":
        return Focus("comment", leaf)
    if leaf.type == "identifier":
        named = leaf.parent is not None and leaf.parent.type == "keyword_pattern" and leaf.prev_sibling is None
        return Focus("keyword", leaf) if named else _identifier(leaf)
    if leaf.type in _ONCE_STATEMENTS and not leaf.is_named:
        return Focus("name", leaf, leaf)
    documented = _documented_by(leaf)
    if documented is not None:
        return Focus("name", documented, documented)
    field = _field(leaf)
    if field is not None:
        return Focus("field", field)
    whole = next((node for node in ancestors(leaf) if node.type in _LITERALS), None)
    if whole is not None and not _inside_interpolation(leaf, whole):
        return _literal(whole)
    return _punctuation(leaf) or (Focus("keyword", leaf) if grammar_of(leaf) else None)


def _literal(whole: Node) -> Focus:
    """A literal: as an argument, where it is given for one."""
    carried = whole
    while carried.parent is not None and carried.parent.type in _CARRIERS:
        carried = carried.parent
    is_key = (
        whole.parent is not None and whole.parent.type == "pair" and whole.parent.child_by_field_name("key") == whole
    )
    argument = _argument(carried) if not is_key else None
    if argument is not None:
        return argument
    return Focus("string" if "string" in whole.type else "number", whole)


def _punctuation(leaf: Node) -> Focus | None:
    """A dot belongs to the name behind it, brackets and commas of a call to the call, ``=`` to the argument."""
    parent = leaf.parent
    if parent is None or leaf.is_named:
        return None
    if parent.type == "keyword_argument":
        return _argument(parent)
    if leaf.type == "." and parent.type == "attribute":
        name = parent.child_by_field_name("attribute")
        return _identifier(name) if name is not None else None
    if leaf.type == "." and parent.type == "dotted_name" and leaf.next_named_sibling is not None:
        return _identifier(leaf.next_named_sibling)
    if parent.type == "argument_list" and leaf.type in {"(", ")", ","}:
        function = called_name(parent.parent)
        return Focus("name", function, function, parent.parent) if function is not None else Focus("keyword", leaf)
    return None


def _named(node: Node) -> list[tuple[Node, Node | None]]:
    if node.type == "call":
        name = called_name(node)
        return [(name, node)] if name is not None else []
    if node.type in _DEFINITIONS:
        name = node.child_by_field_name("name")
        bases = node.child_by_field_name("superclasses")
        named = [_last_name(one) for one in bases.named_children] if bases is not None else []
        return [(one, None) for one in (name, *named) if one is not None]
    if node.type == "decorator" or node.type in _HANDLERS:
        named = [_last_name(one) for one in node.named_children[:1]]
        return [(one, None) for one in named if one is not None]
    if node.type in {"import_from_statement", "import_statement"}:
        names = node.children_by_field_name("name")
        inner = [(one.child_by_field_name("name") or one) if one.type == "aliased_import" else one for one in names]
        return [(one.named_children[-1], None) for one in inner if one.named_children]
    return []


def _last_name(node: Node) -> Node | None:
    """The identifier at the end of a dotted name, also of one that an ``as`` follows; a call speaks for itself."""
    if node.type == "as_pattern" and node.named_children:
        node = node.named_children[0]
    if node.type == "attribute":
        return node.child_by_field_name("attribute")
    return node if node.type == "identifier" else None


def _identifier(leaf: Node) -> Focus:
    parent = leaf.parent
    if parent is not None and parent.type == "keyword_argument" and parent.child_by_field_name("name") == leaf:
        return _argument(parent) or Focus("name", leaf, leaf)
    called = parent if parent is not None and parent.type == "attribute" else leaf
    if called is parent and parent is not None and parent.child_by_field_name("attribute") != leaf:
        called = leaf
    outer = called.parent
    is_call = outer is not None and outer.type == "call" and outer.child_by_field_name("function") == called
    return Focus("name", leaf, leaf, outer if is_call else None)


def _argument(node: Node) -> Focus | None:
    """The focus on an argument, if the node is one of a call whose function has a name."""
    if node.parent is not None and node.parent.type == "keyword_argument":
        node = node.parent
    holder = node.parent
    call = holder.parent if holder is not None and holder.type == "argument_list" else None
    name = called_name(call)
    return Focus("argument", node, name, call, node) if name is not None else None


def _documented_by(leaf: Node) -> Node | None:
    """The name of the function or class whose docstring this is."""
    string = next((node for node in ancestors(leaf) if node.type == "string"), None)
    statement = string.parent if string is not None else None
    body = statement.parent if statement is not None and statement.type == "expression_statement" else None
    if body is None or body.type != "block" or body.parent is None or body.named_children[0] != statement:
        return None
    return body.parent.child_by_field_name("name") if body.parent.type in _DEFINITIONS else None


def _field(leaf: Node) -> Node | None:
    """The interpolation whose braces, conversion or format a leaf is; not its expression."""
    parent = leaf.parent
    if leaf.type in {"{", "}", "type_conversion"} and parent is not None and parent.type == "interpolation":
        return parent
    holder = next((one for one in ancestors(leaf) if one.type in {"format_specifier", "format_expression"}), None)
    inside = holder is not None and holder.type == "format_specifier"
    return holder.parent if inside and holder is not None else None


def _inside_interpolation(leaf: Node, whole: Node) -> bool:
    for node in ancestors(leaf):
        if node == whole:
            return False
        if node.type == "interpolation":
            return True
    return False
