"""An address of the OpenAI API: whose machine it is, how it is called, and the HTTP client for it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from glossator.errors import WrongUse
from glossator.models.credentials import require_safe_url

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``url`` as the user wrote it, checked. ``local`` ones are on this machine: nothing leaves it."""

    name: str
    url: str
    host: str
    local: bool

    @property
    def label(self) -> str:
        """What answers and errors call it."""
        return f"{self.name} at {self.host}"

    def client(self) -> httpx2.AsyncClient:
        """An HTTP client for it. Slow where it reads certificates: call it in a thread.

        Redirects are not followed: what was meant for one host must not go to another. Proxies and certificates are
        those of the environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE) and of the system, but on this machine none
        applies: a proxy must not see what does not leave it.
        """
        import httpx2

        timeout = httpx2.Timeout(None, connect=CONNECT_SECONDS)
        return httpx2.AsyncClient(follow_redirects=False, trust_env=not self.local, timeout=timeout)


def endpoint(name: str, url: str, has_key: bool, trusted: bool) -> Endpoint:
    """Check an address.

    Raises:
        WrongUse: it is none, holds a password, or would send code or a key in the clear through a network.
    """
    require_safe_url(name, url)
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise WrongUse(f"The url of the backend {name} is {url!r}.", "It must be like https://api.openai.com/v1.")
    local = is_local(host)
    if parts.scheme == "http" and not local and not trusted:
        told = f"The backend {name} is at a plain http address: whoever stands between reads " + (
            "your key and your code." if has_key else "your code."
        )
        raise WrongUse(told, f"Use https, or, in a network that you trust, set backends.{name}.trusted.")
    return Endpoint(name, url.strip().rstrip("/"), host, local)


def is_local(host: str) -> bool:
    """Whether a host is this machine: loopback only. An address of a private network is another machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
