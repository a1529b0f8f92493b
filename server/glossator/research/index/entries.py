"""A module's text to what can be found in it: names, signatures and docstrings, by syntax alone, never imported."""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST_TEXT = 20_000
LONGEST_SIGNATURE = 600
Defined = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_ADDS_DOCSTRING = re.compile(r"_?add_(?:docstr|newdoc)\w*")
_HEADING = re.compile(r"^(?:#{1,4} +(?P<hash>\S.*?)[# ]*|(?P<line>\S.{0,80})\n(?P<rule>[=\-~^*]){3,})$", re.MULTILINE)
_MENTIONED = re.compile(r"\b([A-Za-z_]\w*)\(|\.([A-Za-z_]\w*)")
_CODE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that documentation is about. ``kind`` is module, class, function, method, property or readme;
    ``line`` counts from 1; ``text`` is empty where nobody wrote any."""

    qualified_name: str
    kind: str
    signature: str
    text: str
    line: int

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualified_name.rpartition(".")[2]


def module_entries(content: bytes, module: str) -> tuple[Entry, ...]:
    """The module, its classes and functions, each once.

    Raises:
        ValueError: it does not parse.
    """
    tree, lines = _parsed(content)
    found = {module: Entry(module, "module", "", _docstring(tree), 1)}
    for entry in _inside(tree.body, module, "module", lines):
        known = found.get(entry.qualified_name)
        if known is None or (entry.text and not known.text):
            found[entry.qualified_name] = entry
    return tuple(found.values())


def exported(content: bytes) -> tuple[str, ...]:
    """The names that a package's ``__init__`` takes from its modules, for its users to import; ``.name`` where it
    takes all of one module."""
    found: list[str] = []
    for node in ast.walk(_parsed(content)[0]):
        if isinstance(node, ast.ImportFrom):
            every = [f".{(node.module or '').rpartition('.')[2]}"]
            found += [name for alias in node.names for name in (every if alias.name == "*" else [alias.name])]
    return tuple(dict.fromkeys(found))


def mentions(content: bytes) -> frozenset[str]:
    """The names that a text calls or takes from something: what is mentioned in many files is what users know."""
    return frozenset(name for pair in _MENTIONED.findall(content.decode("utf-8", "ignore")) for name in pair if name)


def readme_entries(text: str, name: str) -> Iterator[Entry]:
    """The sections of a distribution's own description, each under its heading."""
    outside = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    heads = [
        (match.start(), match.end(), (match["hash"] or match["line"]).strip()) for match in _HEADING.finditer(outside)
    ]
    starts = [(0, 0, "README"), *heads]
    ends = [start for start, _, _ in heads] + [len(text)]
    for (_, start, heading), end in zip(starts, ends, strict=True):
        body = text[start:end].strip()
        if body:
            line = text.count("\n", 0, start) + 1
            yield Entry(f"{name}: {heading}", "readme", "", body[:LONGEST_TEXT], line)


def _parsed(content: bytes) -> tuple[ast.Module, list[str]]:
    """The tree, and the lines that its numbers count: those of a file in no known encoding as Latin-1."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other people's escapes are not ours to mend
        try:
            return ast.parse(text), re.split(r"\r\n|\r|\n", text)
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise ValueError(f"it does not parse: {error}") from error


def _inside(body: Sequence[ast.stmt], holder: str, kind: str, lines: Sequence[str]) -> Iterator[Entry]:
    """The definitions of a body, also those under a condition; not those inside a function, which nobody can name."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            if _worth_it(node):
                yield _entry(node, holder, "class", lines)
            yield from _inside(node.body, f"{holder}.{node.name}", "class", lines)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if _worth_it(node) and not _is_repeated(node):
                yield _entry(node, holder, _function_kind(node, kind), lines)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            inner = [*node.body, *getattr(node, "orelse", ())]
            inner += [one for handler in getattr(node, "handlers", ()) for one in handler.body]
            yield from _inside(inner, holder, kind, lines)
        elif isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Call):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            named = f"{holder}.{target.id}" if isinstance(target, ast.Name) else ""
            yield from _added(node.value, holder, named)


def _entry(node: Defined, holder: str, kind: str, lines: Sequence[str]) -> Entry:
    return Entry(f"{holder}.{node.name}", kind, _signature(node, lines), _docstring(node), node.lineno)


def _worth_it(node: Defined) -> bool:
    """Private names without documentation are nobody's answer."""
    return not node.name.startswith("_") or bool(ast.get_docstring(node, clean=False))


def _function_kind(node: ast.FunctionDef | ast.AsyncFunctionDef, holder: str) -> str:
    if holder != "class":
        return "function"
    return "property" if any("property" in _dotted(one) for one in node.decorator_list) else "method"


def _is_repeated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """An overload, or the setter of a property: what they say stands elsewhere."""
    names = (_dotted(one) for one in node.decorator_list)
    return any(name.rpartition(".")[2] in {"overload", "setter", "deleter"} for name in names)


def _signature(node: Defined, lines: Sequence[str]) -> str:
    """As it is written, on one line. Slicing it is ten times as quick as having ``ast`` spell it."""
    last = node.body[0]
    if last.lineno > node.lineno:
        written = [*lines[node.lineno - 1 : last.lineno - 1]]
        written[0] = written[0][node.col_offset :]
    else:  # columns are bytes
        written = [lines[node.lineno - 1].encode()[node.col_offset : last.col_offset].decode("utf-8", "replace")]
    code = " ".join(re.sub(r"\s#.*$", "", line).strip() for line in written if not line.lstrip().startswith(("#", "@")))
    head = re.sub(r"^(?:async )?def ", "", code.strip()).rstrip().removesuffix(":")
    return re.sub(r"([(\[]) |,? (?=[)\]])", r"\1", head)[:LONGEST_SIGNATURE]


def _docstring(node: ast.Module | Defined) -> str:
    return (ast.get_docstring(node) or "")[:LONGEST_TEXT]


def _added(call: ast.Call, module: str, assigned: str) -> Iterator[Entry]:
    """``add_docstr(torch.abs, "…")``, ``add_newdoc("numpy", "arange", "…")``: how compiled functions get theirs."""
    function = _dotted(call.func).rpartition(".")[2]
    if not _ADDS_DOCSTRING.fullmatch(function) or not call.args:
        return
    *named, last = call.args
    member = ""
    if isinstance(last, ast.Tuple) and len(last.elts) == 2:
        member, last = f".{_literal(last.elts[0])}", last.elts[1]
    text = inspect.cleandoc(_literal(last))
    words = [_literal(one) or _dotted(one) for one in named]
    if not text or not words or not all(words):
        return
    name = assigned or ".".join(words)
    if function.endswith("_all"):  # torch's: methods of its tensors
        name = f"{module.partition('.')[0]}.Tensor.{name}"
    kind = "method" if member or function.endswith("_all") else "function"
    first = text.partition("\n")[0]
    signature = first if re.match(r"\w+\(", first) else ""
    text = text.removeprefix(signature).strip()
    yield Entry(f"{name}{member}", kind, signature[:LONGEST_SIGNATURE], text[:LONGEST_TEXT], call.lineno)


def _literal(node: ast.expr) -> str:
    """A string as it is written, also where it is joined, or completed by ``.format``."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.BinOp):
        return _literal(node.left) + _literal(node.right)
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(one) for one in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"format", "replace"}:
        return _literal(node.func.value)
    return ""


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _dotted(node.func)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
