"""A server that answers as the hub does, with what can go wrong there: gated, missing, refused, slow, broken off."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "5a" * 20


@dataclass
class FakeHub:
    """``trouble`` is one of: gated, missing, token, revision, busy, slow, reset, altered, and empty for none."""

    files: Mapping[str, bytes]
    trouble: str = ""
    address: str = ""
    asked: list[str] = field(default_factory=list)
    sent: int = 0


@contextmanager
def fake_hub(files: Mapping[str, bytes], trouble: str = "") -> Iterator[FakeHub]:
    """A hub with one repository, ``owner/tiny``, on a free port of this machine."""
    hub = FakeHub(files, trouble)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *told: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            answer(self, hub)

        def do_GET(self) -> None:
            answer(self, hub)

    with QuietServer(("127.0.0.1", 0), Answering) as server:
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield hub
        finally:
            server.shutdown()


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that go away."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing."""


def answer(request: BaseHTTPRequestHandler, hub: FakeHub) -> None:
    """One request: the repository's description, its tree, or a file."""
    hub.asked.append(f"{request.command} {request.path}")
    path = request.path.partition("?")[0]
    if hub.trouble == "slow":
        time.sleep(4)  # longer than the client was told to wait
    if hub.trouble == "reset":
        request.connection.close()
        return
    if refusal := _refusal(hub.trouble, path):
        status, code, message = refusal
        body = json.dumps({"error": message}).encode()
        _send(request, status, body, {"X-Error-Code": code, "X-Error-Message": message})
    elif match := re.fullmatch(r"/owner/tiny/resolve/[^/]+/(.+)", path):
        _file(request, hub, match[1])
    elif "/tree/" in path:
        rows = [{"type": "file", "path": name, **_told(name, content)} for name, content in hub.files.items()]
        _send(request, 200, json.dumps(rows).encode())
    else:
        told = {name: _told(name, content) for name, content in hub.files.items()}
        siblings = [{"rfilename": name, "blobId": one["oid"], **one} for name, one in told.items()]
        _send(request, 200, json.dumps({"id": "owner/tiny", "sha": COMMIT, "siblings": siblings}).encode())


def _refusal(trouble: str, path: str) -> tuple[int, str, str] | None:
    if trouble == "gated" and "/resolve/" in path:
        return 401, "GatedRepo", "Access to model owner/tiny is restricted."
    if trouble == "missing":
        return 401, "RepoNotFound", "Repository not found"
    if trouble == "token":
        return 401, "", "Invalid credentials in Authorization header"
    if trouble == "revision" and "/revision/" in path and "main" not in path:
        return 404, "RevisionNotFound", "Invalid rev id"
    if trouble == "busy":
        return 500, "", "Internal error"
    return None


def _file(request: BaseHTTPRequestHandler, hub: FakeHub, name: str) -> None:
    content = hub.files.get(name)
    if content is None:
        _send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})
        return
    begin = re.match(r"bytes=(\d+)-", request.headers.get("Range") or "")
    start = int(begin[1]) if begin else 0
    told = _told(name, content)
    etag = told["lfs"]["sha256"] if "lfs" in told else told["oid"]
    headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
    if begin:
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    body = content[start:] if hub.trouble != "altered" or "lfs" not in told else b"?" * len(content)
    _send(request, 206 if begin else 200, body, headers)
    hub.sent += len(body) * (request.command == "GET")


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        if value:
            request.send_header(name, value)
    request.end_headers()
    if request.command == "GET":
        request.wfile.write(body)


def _told(name: str, content: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"size": len(content), "oid": hashlib.sha1(content).hexdigest()}
    if name.endswith((".safetensors", ".bin")):
        digest = hashlib.sha256(content).hexdigest()
        told["lfs"] = {"size": len(content), "sha256": digest, "oid": digest, "pointerSize": 130}
    return told
