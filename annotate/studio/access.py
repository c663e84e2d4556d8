"""Where a Label Studio server is and what opens it: from options, else from the environment."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from .trouble import ServerError

URL, TOKEN = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"
"""Environment variables that hold the address and the token, as the SDK names them."""

_LEGACY = re.compile(r"[0-9a-fA-F]{40}")
_PERSONAL = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def address_of(url: str | None) -> str:
    """The address of a server, without a slash at its end; what a browser shows for a project does, too.

    Raises ``ServerError`` if there is none, or it is no address.
    """
    address = (url or os.environ.get(URL) or "").strip()
    if not address:
        raise ServerError(f"which server? give its address with --url or in {URL}, such as http://localhost:8080")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise ServerError(f"the server's address must be such as http://localhost:8080; correct --url or {URL}")
    if parts.username or parts.password:
        raise ServerError("the server's address must not hold a name or a password, since addresses are printed")
    return f"{parts.scheme}://{parts.netloc}{parts.path.partition('/projects')[0]}".rstrip("/")


def token_of(token: str | None) -> str:
    """The token that opens a server. Raises ``ServerError`` if there is none, or it cannot be one."""
    found = (token or os.environ.get(TOKEN) or "").strip()
    if not found:
        raise ServerError(f"a token is missing: put one from Account & Settings of the server into {TOKEN}")
    if not (is_legacy(found) or _PERSONAL.fullmatch(found)):
        raise ServerError(
            "the token is neither a legacy one (40 hexadecimal digits) nor a personal access token (three long parts"
            " with dots between them); copy it again from Account & Settings of the server"
        )
    return found


def is_legacy(token: str) -> bool:
    """Whether it is sent as it is; a personal access token is exchanged for short-lived ones."""
    return bool(_LEGACY.fullmatch(token))


def is_loopback(address: str) -> bool:
    """Whether the server is on this machine, which no proxy of the environment can reach."""
    return urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1")
