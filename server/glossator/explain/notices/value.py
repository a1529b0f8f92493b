"""What an expression certainly evaluates to: the name of a builtin type, or nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from tree_sitter import Node

from glossator.explain.notices.outline import Name, Outline, Scope


def words(line: str) -> frozenset[str]:
    """The words of a line: long tables of names are easier to read so."""
    return frozenset(line.split())


DEEPEST = 6
_LITERALS = {
    "integer": "int",
    "float": "float",
    "true": "bool",
    "false": "bool",
    "list": "list",
    "list_comprehension": "list",
    "dictionary": "dict",
    "dictionary_comprehension": "dict",
    "set": "set",
    "set_comprehension": "set",
    "tuple": "tuple",
    "generator_expression": "generator",
    "none": "NoneType",
}
# Builtins whose result has one type whatever they are given, and modules' functions of which the same holds.
_RESULTS = {
    **{name: name for name in ("str", "int", "float", "bool", "list", "dict", "set", "tuple", "bytes", "frozenset")},
    **dict.fromkeys(("repr", "ascii", "chr", "hex", "oct", "bin", "format", "input"), "str"),
    **dict.fromkeys(("len", "ord", "id", "hash"), "int"),
    **dict.fromkeys(("isinstance", "issubclass", "callable", "hasattr", "any", "all"), "bool"),
    **dict.fromkeys(("sorted", "dir"), "list"),
    **{name: name for name in ("range", "enumerate", "zip", "map", "filter", "bytearray")},
    **dict.fromkeys(("time.time", "time.perf_counter", "time.monotonic", "time.process_time"), "float"),
    **dict.fromkeys(("random.random", "random.uniform", "math.sqrt", "math.log", "math.exp"), "float"),
    **dict.fromkeys(("random.randint", "random.randrange", "time.time_ns", "os.getpid", "math.floor"), "int"),
    **dict.fromkeys(("json.dumps", "os.getcwd", "platform.system", "getpass.getuser", "socket.gethostname"), "str"),
    **dict.fromkeys(("os.listdir", "glob.glob", "re.findall", "re.split"), "list"),
}
_TEXT = words(
    "capitalize casefold center expandtabs format format_map join ljust lower lstrip removeprefix removesuffix "
    "replace rjust rstrip strip swapcase title translate upper zfill"
)
_METHODS: Mapping[str, Mapping[str, str]] = {
    "str": {
        **dict.fromkeys(_TEXT, "str"),
        **dict.fromkeys(("split", "rsplit", "splitlines"), "list"),
        **dict.fromkeys(("partition", "rpartition"), "tuple"),
        **dict.fromkeys(("encode",), "bytes"),
        **dict.fromkeys(("count", "find", "rfind", "index", "rindex"), "int"),
        **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isalnum", "isspace"), "bool"),
    },
    "list": {"copy": "list"},
    "dict": {"copy": "dict"},
    "set": {"copy": "set"},
}
_LOOPS = {"for_statement", "while_statement"}


def certain_type(outline: Outline, node: Node | None, depth: int = DEEPEST) -> str:
    """The builtin type of an expression's value; empty if it is not certain."""
    if node is None or not depth or node.has_error:
        return ""
    if node.type in _LITERALS:
        return _LITERALS[node.type]
    if node.type == "string":
        prefix = outline.text(node).lower().partition('"')[0].partition("'")[0]
        return "bytes" if "b" in prefix else "" if "t" in prefix else "str"
    if node.type in {"parenthesized_expression", "concatenated_string"} and node.named_children:
        return certain_type(outline, node.named_children[0], depth - 1)
    if node.type == "unary_operator":
        kind = certain_type(outline, node.child_by_field_name("argument"), depth - 1)
        return kind if kind in {"int", "float"} else ""
    if node.type == "call":
        return _result(outline, node, depth)
    if node.type == "binary_operator":
        left, right = (certain_type(outline, node.child_by_field_name(side), depth - 1) for side in ("left", "right"))
        operator = outline.text(node.child_by_field_name("operator"))
        return "str" if left == "str" and (operator == "%" or (operator == "+" and right == "str")) else ""
    if node.type == "identifier":
        binding = certain_binding(outline, node)
        return certain_type(outline, assigned_value(outline, binding), depth - 1) if binding is not None else ""
    return ""


def certain_binding(outline: Outline, use: Node) -> Name | None:
    """The one assignment whose value a name certainly has where it is read.

    It stands in the same block, or in one around it, before the use; nothing binds the name in between, not in an
    earlier turn of a loop either, and no other scope may bind it.
    """
    name, scope = outline.text(use), outline.scope_of(use)
    if name in outline.declared or outline.reflects(scope) or scope.node.has_error:
        return None
    bindings = scope.bindings(name)
    before = bisect_right(bindings, use.start_byte, key=lambda one: one.at)
    latest = bindings[before - 1] if before else None
    if latest is None or latest.role != "bind" or outline.parents[latest.node.id].type != "assignment":
        return None
    block = _block_of(outline, latest.node)
    if block is None or not any(one.id == block.id for one in outline.within_scope(use)):
        return None
    return None if _bound_in_loop(outline, use, latest, scope) else latest


def assigned_value(outline: Outline, binding: Name) -> Node | None:
    """The right side of ``name = value``; None where the name is one of several targets."""
    holder = outline.parents[binding.node.id]
    if holder.type != "assignment" or holder.start_byte != binding.node.start_byte:
        return None
    value = holder.child_by_field_name("right")
    while value is not None and value.type == "assignment":
        value = value.child_by_field_name("right")
    return value


def called_name(outline: Outline, call: Node) -> str:
    """The dotted name that a call calls, as ``time.time``; empty if it is anything else."""
    function = call.child_by_field_name("function")
    if function is None or function.type not in {"identifier", "attribute"}:
        return ""
    written = outline.text(function)
    return written if written.replace(".", "").replace("_", "").isalnum() else ""


def _result(outline: Outline, call: Node, depth: int) -> str:
    function = call.child_by_field_name("function")
    if function is None:
        return ""
    name = called_name(outline, call)
    if function.type == "identifier":
        return _RESULTS.get(name, "") if outline.is_builtin(name, function) else ""
    if function.type != "attribute":
        return ""
    holder, method = (function.child_by_field_name(part) for part in ("object", "attribute"))
    if name in _RESULTS and holder is not None and holder.type == "identifier" and imported(outline, holder):
        return _RESULTS[name]
    return _METHODS.get(certain_type(outline, holder, depth - 1), {}).get(outline.text(method), "")


def imported(outline: Outline, name: Node) -> bool:
    """Whether ``import name``, without a new name, is the first thing that binds what the name means."""
    word = outline.text(name)
    scope = outline.scope_of(name)
    while not scope.bindings(word) and scope.outer != scope.node.id:
        scope = outline.scopes[scope.outer]
    bindings = scope.bindings(word)
    return bool(bindings) and is_import(outline, bindings[0])


def is_import(outline: Outline, binding: Name) -> bool:
    """Whether a binding is ``import word``, without a new name."""
    dotted = outline.parents[binding.node.id]
    holder = outline.parents.get(dotted.id)
    return dotted.type == "dotted_name" and holder is not None and holder.type == "import_statement"


def _block_of(outline: Outline, node: Node) -> Node | None:
    return next((one for one in outline.within_scope(node) if one.type in {"block", "module"}), None)


def _bound_in_loop(outline: Outline, use: Node, latest: Name, scope: Scope) -> bool:
    """Whether a loop that began after the assignment binds the name, perhaps a turn earlier."""
    loops = [one for one in outline.within_scope(use) if one.type in _LOOPS and one.start_byte >= latest.at]
    name = outline.text(use)
    return any(loop.start_byte <= one.at <= loop.end_byte for loop in loops for one in scope.bindings(name))
