"""What can go wrong with one request, by name: each is a function of one exchange of the proxy."""

from __future__ import annotations

import gzip

from proxy import Answer, Exchange, Happening, page, said


def answers(answer: Answer) -> Happening:
    """The request never reaches the server; somebody else answers."""
    return lambda exchange: exchange.reply(answer)


def done_but(answer: Answer) -> Happening:
    """The server has done it; somebody else answers."""

    def happening(exchange: Exchange) -> None:
        exchange.forward()
        exchange.reply(answer)

    return happening


def cut_before(exchange: Exchange) -> None:
    _ = exchange.body
    exchange.cut()


def cut_unread(exchange: Exchange) -> None:
    """The line breaks while the client is still sending."""
    exchange.cut()


def cut_in_body(exchange: Exchange) -> None:
    """The server gets half of what it was promised."""
    half = exchange.read(exchange.length // 2)
    server = exchange.send(half, exchange.length)
    server.close()
    exchange.cut()


def hung_up_before(exchange: Exchange) -> None:
    _ = exchange.body
    exchange.hang_up()


def hung_up_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.hang_up()


def cut_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.cut()


def cut_in_head(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply_part(exchange.head(answer)[:7])


def cut_in_answer(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.reply_part(exchange.head(answer) + answer.body[: len(answer.body) // 2])


def half_zipped(exchange: Exchange) -> None:
    answer = exchange.forward()
    body = gzip.compress(answer.body)
    exchange.reply(Answer(answer.status, (*answer.headers, ("Content-Encoding", "gzip")), body[: len(body) // 2]))


def half_said(exchange: Exchange) -> None:
    """A whole answer, as its length says, but JSON that ends in the middle."""
    answer = exchange.forward()
    exchange.reply(Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2]))


def twice(exchange: Exchange) -> None:
    """A box on the way sends it again, and nobody learns of it."""
    exchange.forward()
    exchange.reply(exchange.forward())


def slow(exchange: Exchange) -> None:
    """The server has done it, but the answer comes after the client's patience has ended."""
    exchange.forward()
    exchange.until_gone()


def late(exchange: Exchange) -> None:
    """The client's patience ends first; then the server does it."""
    _ = exchange.body
    exchange.until_gone()
    exchange.forward()


def later(exchange: Exchange) -> None:
    """The request lies about until the client has gone, asked for something else and had it; then it is done."""
    _ = exchange.body
    exchange.until_gone()
    exchange.until_others(2)
    exchange.forward()


def restarted_before(exchange: Exchange) -> None:
    _ = exchange.body
    exchange.proxy.restart()
    exchange.cut()


def restarted_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.proxy.restart()
    exchange.cut()


def restarted_meanwhile(exchange: Exchange) -> None:
    """The server dies with the request in hand: it is done or not, nobody knows."""
    server = exchange.send(exchange.body)
    exchange.proxy.restart()
    server.close()
    exchange.cut()


def refused_after(exchange: Exchange) -> None:
    """All is well; but from the next connection on nobody answers, until the proxy is opened again."""
    answer = exchange.forward()
    exchange.proxy.close()
    exchange.reply(Answer(answer.status, (*answer.headers, ("Connection", "close")), answer.body))
    exchange.hang_up()


LOGIN = page(200, "<!DOCTYPE html><html><body><form action='/user/login/'>Please log in</form></body></html>")
REFUSED = {"detail": "Invalid token.", "status_code": 401}

KINDS: dict[str, Happening] = {
    "500 before": answers(page(500)),
    "500 after": done_but(page(500)),
    "500 in JSON after": done_but(said(500, {"status_code": 500, "detail": "database is locked"})),
    "502 before": answers(page(502)),
    "502 after": done_but(page(502)),
    "503 with Retry-After": answers(page(503, Retry_After="1")),
    "504 after": done_but(page(504)),
    "429": answers(said(429, {"detail": "Request was throttled."})),
    "429 with Retry-After": answers(said(429, {"detail": "Request was throttled."}, Retry_After="1")),
    "429 after": done_but(said(429, {"detail": "Request was throttled."}, Retry_After="1")),
    "408 after": done_but(page(408)),
    "409 after": done_but(said(409, {"detail": "Conflict"})),
    "401": answers(said(401, REFUSED)),
    "401 after": done_but(said(401, REFUSED)),
    "403 of a firewall": answers(page(403)),
    "404 of a proxy": answers(page(404)),
    "413": answers(page(413)),
    "login page instead": answers(LOGIN),
    "login page after": done_but(LOGIN),
    "redirect to a login page": answers(page(302, Location="/user/login/")),
    "empty after": done_but(Answer(200, (("Content-Type", "application/json"),), b"")),
    "no content after": done_but(Answer(204, (), b"")),
    "null after": done_but(said(200, None)),
    "another JSON after": done_but(said(200, {"status": "ok"})),
    "a list after": done_but(said(200, [])),
    "half of the JSON": half_said,
    "half of the zipped": half_zipped,
    "cut unread": cut_unread,
    "cut in the request": cut_in_body,
    "cut before": cut_before,
    "hung up before": hung_up_before,
    "cut after": cut_after,
    "hung up after": hung_up_after,
    "cut in the head": cut_in_head,
    "cut in the answer": cut_in_answer,
    "twice": twice,
    "slow": slow,
    "late": late,
    "later": later,
    "refused afterwards": refused_after,
    "restart before": restarted_before,
    "restart after": restarted_after,
    "restart meanwhile": restarted_meanwhile,
}
"""By name. *Before*: the server never saw it. *After*: it has done it."""

NEEDS_PATIENCE = {"slow", "late", "later"}
"""Those that wait until the client gives up: keep its time-out short."""
