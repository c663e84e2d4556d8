"""A proxy that goes wrong at a chosen moment: between the toolkit and a real server, one thread a connection.

A *fault* says at which request it strikes (method, path, and how many like it go before) and what then happens, which
is a function of one *exchange*: it may forward the request, once or twice or in part, answer what it likes, cut the
line, or kill the server. Every other request passes untouched, on connections that stay open, as with real proxies.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

DEADLINE = 120.0
"""Seconds after which a wait is given up: a test then fails, and does not hang."""

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade", "proxy-connection"}
"""Headers that belong to one connection, and are made anew."""


COOKIE = "c00k1e-that-nobody-may-see"
"""Every answer sets it, as the server sets its own: it must turn up nowhere."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Cut(Exception):
    """The connection to the client is no more."""


class Exchange:
    """One request on its way. Its body is read from the client when somebody asks for it."""

    def __init__(self, handler: _Handler, proxy: Proxy) -> None:
        self._handler = handler
        self._body: bytes | None = None
        self.proxy = proxy
        self.method, self.path = handler.command, handler.path
        self.length = int(handler.headers.get("Content-Length") or 0)

    @property
    def body(self) -> bytes:
        if self._body is None:
            self._body = self.read(self.length) if self.length else self._chunks()
        return self._body

    def read(self, size: int) -> bytes:
        got = self._handler.rfile.read(size)
        if len(got) < size:
            raise Cut
        return got

    def _chunks(self) -> bytes:
        parts = []
        if self._handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self._handler.rfile.readline().split(b";")[0], 16):
                parts.append(self.read(size + 2)[:-2])
            self._handler.rfile.readline()
        return b"".join(parts)

    # --- to the server ----------------------------------------------------------------------------------------

    def send(self, body: bytes, length: int | None = None) -> http.client.HTTPConnection:
        """Send the request to the server with this body, of which it is told ``length``."""
        server = http.client.HTTPConnection(*self.proxy.server, timeout=DEADLINE)
        server.putrequest(self.method, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self._handler.headers.items():
            if name.lower() not in HOP:
                server.putheader(name, value)
        server.putheader("Connection", "close")
        if self.method not in ("GET", "HEAD") or body:
            server.putheader("Content-Length", str(len(body) if length is None else length))
        server.endheaders(body or None)
        return server

    def forward(self) -> Answer:
        """The server's answer to the whole request: what it was asked for is done. 502 where there is no server."""
        try:
            server = self.send(self.body)
            answer = server.getresponse()
            headers = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in HOP)
            body = answer.read()
            server.close()
        except (OSError, http.client.HTTPException):
            return page(502)
        return Answer(answer.status, headers, body)

    # --- to the client ----------------------------------------------------------------------------------------

    def head(self, answer: Answer) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, '')}"]
        cookie = ("Set-Cookie", f"sessionid={COOKIE}; Path=/nowhere")
        headers = (*answer.headers, cookie, ("Content-Length", len(answer.body)))
        lines += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def reply(self, answer: Answer) -> None:
        """Answer the client, who is read to the end before, as a server does that wants to be heard."""
        _ = self.body
        try:
            self._handler.wfile.write(self.head(answer) + (b"" if self.method == "HEAD" else answer.body))
        except OSError as error:
            raise Cut from error

    def reply_part(self, data: bytes) -> None:
        """Send the client these bytes, and nothing more."""
        self._handler.wfile.write(data)
        raise Cut

    def hang_up(self) -> None:
        """End the connection in good order, without an answer."""
        raise Cut

    def cut(self) -> None:
        """Break the connection, so that the client sees a reset."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._handler.connection.detach())
        raise Cut

    def until_gone(self) -> None:
        """Wait until the client has had enough and hangs up."""
        client = self._handler.connection
        ready, _, _ = select.select([client], [], [], DEADLINE)
        if not ready:
            raise TimeoutError("the client never gave up")

    def until_others(self, number: int) -> None:
        """Wait until so many more requests have come, or the proxy is closed."""
        proxy = self.proxy
        with proxy.changed:
            before = len(proxy.seen)
            if not proxy.changed.wait_for(lambda: len(proxy.seen) >= before + number or proxy.is_closed, DEADLINE):
                raise TimeoutError("nobody asked for anything else")


def page(status: int, text: str = "<html><body><h1>Something went wrong</h1></body></html>", **headers: str) -> Answer:
    """The page of a proxy or gateway."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, (("Content-Type", "text/html"), *named), text.encode())


def said(status: int, value: object, **headers: str) -> Answer:
    """An answer in JSON."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, (("Content-Type", "application/json"), *named), json.dumps(value).encode())


Happening = Callable[[Exchange], None]


@dataclass
class Fault:
    """``happening`` strikes at the ``number``-th request (from 1) with this method and a path that matches.

    ``times`` is how many like it in a row are struck. ``struck`` is set when one is, ``over`` when what happens has
    happened.
    """

    happening: Happening
    method: str
    path: str
    number: int = 1
    times: int = 1
    struck: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    _seen: int = 0

    def strikes(self, exchange: Exchange) -> bool:
        if exchange.method != self.method or not re.search(self.path, exchange.path):
            return False
        self._seen += 1
        return self.number <= self._seen < self.number + self.times


class Proxy:
    """Listens on loopback at ``url`` and passes on to ``server``; ``with`` runs it.

    ``seen`` are the requests that came, in order; ``problems`` the mistakes of the faults themselves, which a test must
    not take for the faults. ``restart`` is called by the faults that kill the server.
    """

    def __init__(self, server: str, restart: Callable[[], None] = lambda: None, port: int = 0) -> None:
        parts = urlsplit(server)
        assert parts.hostname and parts.port
        self.server = (parts.hostname, parts.port)
        self.restart = restart
        self.seen: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.problems: list[BaseException] = []
        self.changed = threading.Condition()
        self._listener: ThreadingHTTPServer | None = None
        self._port = port
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, at the same address as before."""
        if self._listener is None:
            handler = type("Handler", (_Handler,), {"proxy": self})
            self._listener = _Listener(("127.0.0.1", self._port), handler)
            self._port = self._listener.server_address[1]
            threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Listen no more: who calls is refused."""
        with self.changed:
            listener, self._listener = self._listener, None
            self.changed.notify_all()
        if listener is not None:
            listener.shutdown()
            listener.server_close()

    @property
    def is_closed(self) -> bool:
        return self._listener is None

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def handle(self, exchange: Exchange) -> None:
        """Pass a request on, or let go wrong what shall."""
        with self.changed:
            fault = next((fault for fault in self.faults if fault.strikes(exchange)), None)
            self.seen.append((exchange.method, exchange.path))
            self.changed.notify_all()
        if fault is None:
            exchange.reply(exchange.forward())
            return
        fault.struck.set()
        try:
            fault.happening(exchange)
        finally:
            fault.over.set()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (Cut, ConnectionError):
            self.close_connection = True

    def any_method(self) -> None:
        try:
            self.proxy.handle(Exchange(self, self.proxy))
        except (Cut, ConnectionError):
            raise
        except BaseException as error:  # it would look like a cut line
            self.proxy.problems.append(error)
            raise Cut from error

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = any_method

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
