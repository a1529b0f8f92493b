"""A documented symbol and a call to sentences: taken from the documentation, chosen for this call, cited."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from tree_sitter import Node

from glossator.explain.bibliography import Bibliography
from glossator.explain.call import BoundArgument
from glossator.explain.explanation import Argument, Sentence, SymbolFacts
from glossator.research.docstring import Docstring, ParameterDocumentation, read_docstring, read_parameters, spoken_of
from glossator.research.evidence import Evidence
from glossator.research.sentences import sentences
from glossator.resolve.documentation import Documented, Passage
from glossator.resolve.symbol import Symbol, Workspace

SUMMARY_SENTENCES = 2
LONGEST_OWN = 500


def facts(symbol: Symbol) -> SymbolFacts:
    """The symbol as the answer names it."""
    definition, owner = symbol.definition, symbol.owner
    return SymbolFacts(
        definition.name,
        symbol.qualified_name,
        definition.kind,
        definition.signature or definition.value,
        owner.module,
        owner.distribution,
        owner.version,
    )


def summarise(
    documented: Documented, bibliography: Bibliography, most: int = SUMMARY_SENTENCES
) -> tuple[Sentence, ...]:
    """What the symbol is, in its authors' first sentences; a deprecation is never left out."""
    if documented.symbol.definition.kind == "parameter":
        return _about_parameter(documented, bibliography, most)
    for passage in documented.passages:
        docstring = read_docstring(passage.text) if not passage.appended else Docstring()
        if docstring.summary:
            evidence = passage_evidence(documented.symbol, passage)
            found = bibliography.extract(docstring.summary, evidence, most)
            told = [sentence.text for sentence in found]
            if docstring.deprecated and docstring.deprecated not in told:
                found = (*found, bibliography.cite(docstring.deprecated, evidence))
            return found
    return (_whereabouts(documented.symbol, bibliography),)


def returned(documented: Documented, bibliography: Bibliography) -> tuple[Sentence, ...]:
    """What comes back, as the documentation says it."""
    if documented.symbol.definition.kind == "parameter":  # whose passages are those of its function
        return ()
    for passage in documented.passages:
        text = f"Appended.\n\n{passage.text}" if passage.appended else passage.text
        found = read_docstring(text).returns
        if found and not found[0].endswith(":"):
            return bibliography.extract(found, passage_evidence(documented.symbol, passage), 1)
    return ()


def _about_parameter(documented: Documented, bibliography: Bibliography, most: int) -> tuple[Sentence, ...]:
    """What its function's documentation says of a parameter; nothing that it says of the function."""
    for passage in documented.passages:
        found = _parameters(passage).get(documented.symbol.definition.name)
        if found is not None and found.sentences:
            return bibliography.extract(found.sentences, passage_evidence(documented.symbol, passage), most)
    return (_whereabouts(documented.symbol, bibliography),)


def instance(symbol: Symbol, holder: Symbol, bibliography: Bibliography) -> Sentence:
    """What ``self``, or ``cls``, is."""
    name, of = symbol.definition.name, holder.definition.name
    what = (
        f"class `{of}`, or one derived from it" if name == "cls" else f"instance of `{of}` that the method is called on"
    )
    told = f"`{name}` is the {what}."
    return bibliography.cite(told, _place(symbol, f"{told} {symbol.definition.path}"), "supported")


def explain_arguments(
    documented: Documented, bound: Sequence[BoundArgument], bibliography: Bibliography, most: int
) -> tuple[Argument, ...]:
    """Each argument with what the documentation says of it, and of the very value that is passed."""
    return tuple(
        Argument(one.name, one.value, _argument_sentences(documented, one, bibliography, most), taking(documented, one))
        for one in bound
    )


def taking(documented: Documented, one: BoundArgument) -> str:
    """The name of the ``**kwargs`` that takes a keyword without a parameter of its own; empty where none does."""
    rest = (known.name for known in documented.parameters if known.kind == "var_keyword")
    return "" if one.known else next(rest, "")


def passage_evidence(symbol: Symbol, passage: Passage) -> Evidence:
    """A passage as evidence that can be cited."""
    owner = symbol.owner
    where = f"{owner.distribution} {owner.version}: " if owner.distribution else ""
    kind = "docstring" if owner.distribution else "project"
    text = " ".join((*read_docstring(passage.text).summary, *read_docstring(passage.text).returns)) or passage.text
    title = f"{where}{passage.qualified_name}"
    # What a decorator appends counts as the symbol's own docstring: one source, not one for each piece.
    line = symbol.line if passage.appended else passage.line
    return Evidence("", title, text, kind, file_url(passage.file, line), _modified(passage.file))


def own_line(workspace: Workspace, node: Node) -> Evidence:
    """What the user wrote, as evidence."""
    line = workspace.tree.line_of(node)
    file = workspace.snapshot.path
    code = workspace.tree.text_of(node)[:LONGEST_OWN]
    name, modified = (file.name, _modified(file)) if file is not None else (workspace.snapshot.uri, "")
    return Evidence("", f"{name}:{line + 1}", code, "project", f"{workspace.snapshot.uri}#L{line + 1}", modified)


def inferred(name: str, display: str) -> Evidence:
    """What the symbol server infers, as evidence."""
    return Evidence("", f"ty: type of {name}", f"{name}: {display}", "type", "", "")


def readable(evidence: Evidence) -> tuple[str, ...]:
    """The sentences of a passage that a source found."""
    return sentences(evidence.text.replace("\n", "\n\n"))


def file_url(file: Path, line: int) -> str:
    """Where a passage stands, as a file URI with the line, from 1, in its fragment."""
    return f"{file.as_uri()}#L{line + 1}"


def _argument_sentences(
    documented: Documented, one: BoundArgument, bibliography: Bibliography, most: int
) -> tuple[Sentence, ...]:
    for name in (one.name, taking(documented, one) or "kwargs") if not one.known else (one.name,):
        for passage in documented.passages:
            parameter = _parameters(passage).get(name)
            if parameter is None or not parameter.sentences:
                continue
            evidence = passage_evidence(documented.symbol, passage)
            return bibliography.extract(_chosen(parameter, one.literal), evidence, most)
    for passage in documented.passages:
        spoken = spoken_of(passage.text, one.name) if not passage.appended else ()
        if spoken:
            return bibliography.extract(spoken, passage_evidence(documented.symbol, passage), most)
    return ()


def _chosen(parameter: ParameterDocumentation, value: str) -> list[str]:
    """The first sentence and the one about this value; sentences about other values stay away."""
    about = parameter.choices.get(value, "") if value else ""
    others = set(parameter.choices.values())
    general = [sentence for sentence in parameter.sentences if sentence not in others]
    return [*general[:1], about] if about else general or list(parameter.sentences)


def _parameters(passage: Passage) -> dict[str, ParameterDocumentation]:
    documented = dict(read_docstring(passage.text).parameters)
    return {**read_parameters(passage.text), **documented} if passage.appended else documented


def _whereabouts(symbol: Symbol, bibliography: Bibliography) -> Sentence:
    """All that can be said of something undocumented: what it is and where it stands."""
    definition, owner = symbol.definition, symbol.owner
    line = symbol.line + 1
    shown = definition.signature or definition.value or definition.name
    source = _source(symbol)
    text = f"{definition.kind} {symbol.qualified_name} {shown} line {line} {source}, without documentation"
    evidence = _place(symbol, text)
    if definition.kind == "variable":
        return bibliography.cite(f"`{definition.name}` is assigned on line {line}: `{shown}`.", evidence, "supported")
    if definition.kind == "module":
        return bibliography.cite(f"`{owner.module}` is a module of {source}.", evidence, "supported")
    where = "a stub without documentation" if symbol.file.suffix == ".pyi" else "without documentation"
    told = f"`{shown}` is a {definition.kind} defined in {source}, line {line}, {where}."
    return bibliography.cite(told, evidence, "supported")


def _place(symbol: Symbol, text: str) -> Evidence:
    """Where a symbol stands, as evidence."""
    kind = "signature" if symbol.owner.distribution else "project"
    title = f"{_source(symbol)}: {symbol.qualified_name}"
    return Evidence("", title, text, kind, file_url(symbol.file, symbol.line), _modified(symbol.file))


def _source(symbol: Symbol) -> str:
    owner = symbol.owner
    return f"{owner.distribution} {owner.version}" if owner.distribution else symbol.file.name


def _modified(file: Path) -> str:
    """When the file that was read last changed: that is how old the words are."""
    try:
        moment = datetime.datetime.fromtimestamp(file.stat().st_mtime, datetime.timezone.utc)
    except OSError:
        return ""
    return moment.isoformat(timespec="seconds")
