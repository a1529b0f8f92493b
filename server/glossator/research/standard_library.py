"""Where the standard library's documentation describes a name: its pages are not always called like its modules."""

from __future__ import annotations

LIBRARY = "https://docs.python.org/{minor}/library/"
# Modules as the interpreter knows them, under the name that the documentation has.
_RENAMED = {
    "posixpath": "os.path",
    "ntpath": "os.path",
    "genericpath": "os.path",
    "posix": "os",
    "nt": "os",
    "_io": "io",
    "_collections_abc": "collections.abc",
    "_operator": "operator",
    "_socket": "socket",
    "_random": "random",
    "_csv": "csv",
    "_json": "json",
    "_pickle": "pickle",
    "_struct": "struct",
    "_asyncio": "asyncio",
    "_contextvars": "contextvars",
    "_decimal": "decimal",
    "_heapq": "heapq",
    "_bisect": "bisect",
    "_queue": "queue",
    "_ssl": "ssl",
    "_weakref": "weakref",
    "_thread": "_thread",
}
# Submodules with a page of their own; others are described with the package above them.
_PAGES = frozenset(
    [
        "collections.abc",
        "concurrent.futures",
        "curses.ascii",
        "curses.panel",
        "email.charset",
        "email.contentmanager",
        "email.encoders",
        "email.errors",
        "email.generator",
        "email.header",
        "email.headerregistry",
        "email.iterators",
        "email.message",
        "email.mime",
        "email.parser",
        "email.policy",
        "email.utils",
        "html.entities",
        "html.parser",
        "http.client",
        "http.cookiejar",
        "http.cookies",
        "http.server",
        "importlib.metadata",
        "importlib.resources",
        "logging.config",
        "logging.handlers",
        "multiprocessing.shared_memory",
        "os.path",
        "unittest.mock",
        "urllib.error",
        "urllib.parse",
        "urllib.request",
        "urllib.robotparser",
        "xml.dom",
        "xml.dom.minidom",
        "xml.dom.pulldom",
        "xml.etree.ElementTree",
        "xml.sax",
        "xml.sax.handler",
        "xml.sax.saxutils",
        "xmlrpc.client",
        "xmlrpc.server",
    ]
)
_ASYNCIO = {
    "tasks": "asyncio-task",
    "threads": "asyncio-task",
    "timeouts": "asyncio-task",
    "taskgroups": "asyncio-task",
    "runners": "asyncio-runner",
    "queues": "asyncio-queue",
    "locks": "asyncio-sync",
    "subprocess": "asyncio-subprocess",
    "streams": "asyncio-stream",
    "futures": "asyncio-future",
    "exceptions": "asyncio-exceptions",
    "events": "asyncio-eventloop",
    "base_events": "asyncio-eventloop",
    "protocols": "asyncio-protocol",
    "transports": "asyncio-protocol",
}
_TYPES = frozenset(["bytearray", "bytes", "dict", "frozenset", "list", "memoryview", "range", "set", "str", "tuple"])
_EXCEPTION_ENDS = ("Error", "Exception", "Warning", "Exit", "Interrupt", "Iteration", "Group")


def standard_module(module: str) -> str:
    """The module as one imports it: ``posixpath`` is ``os.path``, ``json.decoder`` is ``json``; builtins have none."""
    if module == "builtins":
        return ""
    module = _RENAMED.get(module, module)
    while "." in module and module not in _PAGES:
        module = module.rpartition(".")[0]
    return module


def standard_address(module: str, path: str, version: str) -> str:
    """The address of a name's description; empty for what is private or not described."""
    public = standard_module(module)
    if any(part.startswith("_") for part in (*public.split("."), *path.split(".")) if part):
        return ""
    page = _builtin_page(path) if module == "builtins" else public.lower()
    if public == "asyncio":
        page = _ASYNCIO.get(module.partition(".")[2], "asyncio")
    if not page:
        return ""
    name = ".".join(part for part in (public, path) if part)
    anchor = f"#{name}" if path else f"#module-{public}" if page == public.lower() else ""
    return f"{LIBRARY.format(minor=minor(version))}{page}.html{anchor}"


def minor(version: str) -> str:
    """``3.11`` of ``3.11.7``."""
    return ".".join(version.split("+")[0].split(".")[:2])


def _builtin_page(path: str) -> str:
    top, dot, _ = path.partition(".")
    if not path:
        return "functions"
    if top.endswith(_EXCEPTION_ENDS):
        return "exceptions"
    return "stdtypes" if dot or top in _TYPES else "functions"
