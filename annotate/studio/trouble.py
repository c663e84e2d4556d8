"""What can go wrong between here and a Label Studio server, in one sentence that holds no secret.

The SDK's errors carry headers and session cookies, those of the HTTP library the whole request. So none of them is
ever printed, chained or kept: ``explain`` makes a ``ServerError`` of them.
"""

from __future__ import annotations

import email.utils
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before the second try, and the most before any other."""

WORDS = 400
"""Characters of a server's own words that are worth showing."""

_SECRETS = (
    re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),  # a JSON Web Token
    re.compile(r"\b[0-9a-fA-F]{40}\b"),  # a legacy token
    re.compile(r"(?i)\b(authorization|cookie|set-cookie|sessionid|csrftoken|x-api-key)\b['\"]?\s*[:=].*"),
    re.compile(r"(?<=//)[^/\s@]+@"),  # user:password@ of an address
)


class ServerError(ValueError):
    """Something a server did not do; the message says what, why, and what to do.

    ``passing``: it may go well if tried again. ``doubtful``: the server may still do it later. ``refused``: the
    server read what it was sent and will not have it. ``is_of_server``: it failed at it. ``wait``: seconds after
    which it wants to be asked again.
    """

    def __init__(
        self,
        message: str,
        *,
        passing: bool = False,
        doubtful: bool = False,
        refused: bool = False,
        is_of_server: bool = False,
        wait: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.passing, self.doubtful, self.refused = passing, doubtful, refused
        self.is_of_server, self.wait = is_of_server, wait


class Garbled(Exception):
    """An answer that is not Label Studio's."""


class Patience:
    """Pauses between tries, each twice as long as the one before, until ``seconds`` of them are used up.

    ``told`` hears of every pause.
    """

    def __init__(self, seconds: float, told: Callable[[str], None] = lambda words: None) -> None:
        self._left, self._next, self._told = seconds, FIRST_PAUSE, told

    def pause(self, error: ServerError) -> None:
        """Wait before the next try. Raises ``error`` if another try is of no use, or there is no patience left."""
        seconds = max(self._next, error.wait)
        if not error.passing or seconds > self._left:
            error.passing = False  # all patience was had: who called us must not begin anew
            raise error
        self._left -= seconds
        self._next = min(2 * self._next, LONGEST_PAUSE)
        self._told(f"{error}; trying again in {seconds:.0f} s" if seconds >= 1 else f"{error}; trying again")
        time.sleep(seconds)


@dataclass(slots=True)
class Size:
    """How much a request holds: less where the server is in trouble, and in time more again."""

    most: int
    now: int = 0

    def __post_init__(self) -> None:
        self.now = self.most

    def shrink(self, failed: int) -> None:
        self.now = max(1, failed // 2)

    def grow(self) -> None:
        self.now = min(self.most, 2 * self.now)


def _is_harmless(record: logging.LogRecord) -> bool:
    return "response_headers.complete" not in str(record.msg)


def keep_headers_out_of_logs() -> None:
    """The HTTP library logs the headers of every answer, cookies too, where somebody asks for its debug messages."""
    for name in ("httpcore.http11", "httpcore.http2", "httpcore.proxy"):
        logging.getLogger(name).addFilter(_is_harmless)  # one filter, however often it is added


def scrub(words: str, secrets: Sequence[str] = ()) -> str:
    """``words`` on one line, not too long, without ``secrets`` and what looks like one."""
    for secret in secrets:
        words = words.replace(secret, "***") if secret else words
    for pattern in _SECRETS:
        words = pattern.sub("***", words)
    words = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return words if len(words) <= WORDS else words[:WORDS] + "…"


def explain(error: Exception, what: str, address: str, *, timeout: float, secrets: Sequence[str]) -> ServerError:
    """Any error of the SDK or the HTTP library, met when trying to ``what``, as a ``ServerError``."""
    import httpx
    from label_studio_sdk.core.api_error import ApiError

    said = scrub(str(error), secrets) if isinstance(error, httpx.HTTPError | httpx.InvalidURL) else ""
    head = f"cannot {what}"
    if isinstance(error, ApiError):
        return _answered(error, head, address, secrets)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError):
        return ServerError(f"{head}: {address} cannot be used ({said}); give the server's address with --url")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        why = f"nothing answers at {address} ({said or 'no connection in time'}); is the address right, does it run?"
        return ServerError(f"{head}: {why}", passing=True)
    if isinstance(error, httpx.TimeoutException):
        why = f"{address} did not answer within {timeout:g} seconds; --timeout allows more"
        return ServerError(f"{head}: {why}", passing=True, doubtful=True)
    if isinstance(error, httpx.TransportError):
        return ServerError(f"{head}: the connection to {address} broke", passing=True, doubtful=True)
    return _garbled(head, address)


def _garbled(head: str, address: str) -> ServerError:
    why = f"what {address} answers is not Label Studio's; is it the right address, or is a login page in between?"
    return ServerError(f"{head}: {why}", passing=True)


def _answered(error: Any, head: str, address: str, secrets: Sequence[str]) -> ServerError:
    status, said = error.status_code or 0, scrub(_words(error.body), secrets)
    headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
    more = f" ({status}: {said})" if said else f" ({status})"
    if status < 300:
        return _garbled(head, address)
    if status < 400:
        where = scrub(headers.get("location", "").partition("?")[0], secrets) or "elsewhere"
        return ServerError(f"{head}: {address} sends us to {where}; if that is the server, give it with --url")
    if status == 401:
        return ServerError(
            f"{head}: {address} does not accept the token{more}; copy it again from Account & Settings there, and note"
            " that a server takes legacy tokens only where its organisation allows them"
        )
    if status == 403:
        return ServerError(f"{head}: {address} does not allow it to this account{more}; ask who runs the server")
    if status == 404:
        return ServerError(f"{head}: {address} does not have it{more}; was it deleted, or is the address wrong?")
    if status in (408, 409, 425, 429) or status >= 500:
        why = "is asked too often" if status == 429 else "has trouble of its own"
        wait = _wait(headers.get("retry-after", ""))
        return ServerError(
            f"{head}: {address} {why}{more}",
            passing=True,
            doubtful=status in (408, 502, 504),  # a gateway has given up, not the server
            is_of_server=status == 500,
            wait=wait,
        )
    return ServerError(f"{head}: {address} refuses it{more}", refused=status in (400, 413, 422))


def _words(body: object) -> str:
    """What an error's body says, if it is JSON; a page is of no use to anybody."""
    if isinstance(body, Mapping):
        parts = body.get("validation_errors") or body.get("detail") or body.get("message") or ""
        return parts if isinstance(parts, str) else _words(parts) if isinstance(parts, list) else _fields(parts)
    if isinstance(body, list):
        return "; ".join(filter(None, map(_words, body)))
    return body if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def _fields(parts: object) -> str:
    if not isinstance(parts, Mapping):
        return ""
    return "; ".join(f"{name}: {_words(value)}" for name, value in parts.items())


def _wait(words: str) -> float:
    """Seconds of a ``Retry-After``: a number or a date."""
    if words.strip().isdigit():
        return float(words)
    try:
        moment = email.utils.parsedate_to_datetime(words)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, moment.timestamp() - time.time())
