"""Settings from the editor: ``initializationOptions``, its section ``glossator``, and their changes while it runs.

Requests wait for the section (a moment at most), at the start and behind each change, so that none is answered, and no
model started, with settings that the user changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import to_fs_path

from glossator.errors import GlossatorError
from glossator.settings import Settings, load

if TYPE_CHECKING:
    from glossator.lsp.session import Session

logger = logging.getLogger(__name__)

SECTION = "glossator"
# The editor's own groups in that section: how it starts the server, and vscode-languageclient's trace switch.
EDITORS_OWN = frozenset({"trace", "server"})
ANSWER_SECONDS = 3.0


class Configuration:
    """Joins what the editor says to settings and has the parts made anew when these changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._at_start: Mapping[str, Any] = {}
        self._since: Mapping[str, Any] = {}
        self._root: Path | None = None
        self._applied: tuple[Settings, Path | None] | None = None
        self._asking: asyncio.Task[None] | None = None

    def begin(self, params: types.InitializeParams) -> None:
        """Take what ``initialize`` brings."""
        self._at_start = section_of(params.initialization_options)
        self._root = self._find_root()

    def start(self) -> None:
        """Ask the editor for the rest; called when it is ready to be asked."""
        self._asking = self._session.spawn(self._first_refresh())

    async def settled(self) -> None:
        """Wait until the editor was heard. Without ``initialized`` there is nothing to wait for."""
        if self._asking is not None:
            await asyncio.wait({self._asking})
        elif self._applied is None:
            self._apply()

    async def changed(self, pushed: Any) -> None:
        """The editor says its settings changed; ask for them, or take what it pushed along."""
        if self._session.can("workspace.configuration"):
            self._asking = self._session.spawn(self._refresh())
            await self.settled()
        else:
            self._since = section_of(pushed)
            self._apply()

    def moved(self) -> None:
        """The workspace has other folders."""
        self._root = self._find_root()
        self._apply()

    async def _first_refresh(self) -> None:
        if self._session.can("workspace.did_change_configuration.dynamic_registration"):
            self._session.spawn(self._subscribe())
        if self._session.can("workspace.configuration"):
            await self._pull()
        self._apply()

    async def _refresh(self) -> None:
        await self._pull()
        self._apply()

    async def _subscribe(self) -> None:
        change = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        wish = types.Registration(change, change, types.DidChangeConfigurationRegistrationOptions(SECTION))
        try:
            await self._session.server.client_register_capability_async(types.RegistrationParams([wish]))
        except JsonRpcException:
            logger.warning("the editor does not tell of changed settings")

    async def _pull(self) -> None:
        item = types.ConfigurationItem(scope_uri=self._root.as_uri() if self._root else None, section=SECTION)
        asked = self._session.server.workspace_configuration_async(types.ConfigurationParams([item]))
        try:
            answer = await asyncio.wait_for(asked, ANSWER_SECONDS)
        except (JsonRpcException, asyncio.TimeoutError):
            logger.warning("the editor did not answer for its settings; those of before apply")
            return
        self._since = section_of(answer[0] if answer else None)

    def _apply(self) -> None:
        settings, problems = load(self._root, joined(self._at_start, self._since))
        self._session.reporter.problems(problems)
        if self._applied == (settings, self._root):
            return
        self._applied = (settings, self._root)
        try:
            self._session.reporter.problems(self._session.workshop.replace(settings, self._root))
        except GlossatorError as error:
            self._session.reporter.trouble(error)
        except Exception as error:
            self._session.reporter.bug("starting", error)

    def _find_root(self) -> Path | None:
        workspace = self._session.server.workspace
        folders = [folder.uri for folder in workspace.folders.values()]
        uris = [*folders, workspace.root_uri] if workspace.root_uri else folders
        paths = [to_fs_path(uri) for uri in uris if uri.startswith("file:")]
        return Path(paths[0]) if paths and paths[0] else None


def section_of(value: Any) -> Mapping[str, Any]:
    """The groups of our section, whether the value is the section itself or holds it; nothing, for anything else.

    Null means that a setting was not set: editors send it for all they know of.
    """
    inner = value.get(SECTION, value) if isinstance(value, Mapping) else None
    if not isinstance(inner, Mapping):
        return {}
    groups = {name: group for name, group in inner.items() if name not in EDITORS_OWN and group is not None}
    return {name: _without_nulls(group) for name, group in groups.items()}


def _without_nulls(group: Any) -> Any:
    return {key: one for key, one in group.items() if one is not None} if isinstance(group, Mapping) else group


def joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both, group by group; the second wins."""
    result = dict(first)
    for group, values in second.items():
        former = result.get(group)
        both = isinstance(former, Mapping) and isinstance(values, Mapping)
        result[group] = {**former, **values} if both else values  # type: ignore[dict-item]
    return result
