"""What can be said of a server without one: addresses, tokens, errors without secrets, patience, what may be sent."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from casualty_claims.annotate import regions
from casualty_claims.annotate.studio import trouble
from casualty_claims.annotate.studio.access import address_of, is_legacy, is_loopback, token_of
from casualty_claims.annotate.studio.sendable import check, rows_of, why_not
from casualty_claims.annotate.studio.server import ServerError, connect
from casualty_claims.annotate.studio.trouble import Patience, explain, scrub
from casualty_claims.annotate.tasks import Task
from casualty_claims.data.documents import Quantity, Span
from hypothesis import given
from hypothesis import strategies as st
from label_studio_sdk.core.api_error import ApiError

LEGACY = "0123456789abcdef0123456789abcdef01234567"
PERSONAL = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJlLW9mLWl0"
ADDRESS = "http://tarnova.example:8080"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)


# --- addresses and tokens -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://localhost:8080", "http://localhost:8080"),
        (" https://ls.example/ ", "https://ls.example"),
        ("https://ls.example/studio/", "https://ls.example/studio"),
        ("http://127.0.0.1:8080/projects/7/data?tab=3", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_address(given: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address_of(given) == address
    monkeypatch.setenv("LABEL_STUDIO_URL", given)
    assert address_of(None) == address
    assert address_of("http://other:1") == "http://other:1"


@pytest.mark.parametrize(
    "given", ["", "localhost:8080", "ftp://ls.example", "http://", "http://ls:port", "http://[::1", "http://dara:pw@ls"]
)
def test_no_address(given: str) -> None:
    with pytest.raises(ServerError, match="address") as raised:
        address_of(given)
    assert "pw" not in str(raised.value)


def test_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    assert token_of(f" {LEGACY}\n") == LEGACY and is_legacy(LEGACY)
    assert token_of(PERSONAL) == PERSONAL and not is_legacy(PERSONAL)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", PERSONAL)
    assert token_of(None) == PERSONAL
    assert token_of(LEGACY) == LEGACY


@pytest.mark.parametrize("given", ["", "  ", "swordfish", LEGACY + "0", "Token " + LEGACY, "a.b", "a.b.c\nd", "é.é.é"])
def test_no_token(given: str) -> None:
    with pytest.raises(ServerError, match="token") as raised:
        token_of(given)
    assert not given.strip() or given not in str(raised.value)


@pytest.mark.parametrize("address", ["http://localhost:1", "https://127.0.0.1", "http://[::1]:9"])
def test_loopback(address: str) -> None:
    assert is_loopback(address)
    assert not is_loopback("http://127.0.0.1.example")


def test_an_expired_personal_token_is_told() -> None:
    expired = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1fQ.c2ln"  # {"exp": 15}
    with pytest.raises(ServerError, match="expired") as raised:
        connect("http://127.0.0.1:9", expired)
    assert expired not in str(raised.value)


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(ServerError, match=r"nothing answers at http://127\.0\.0\.1:9") as raised:
        connect("http://127.0.0.1:9", LEGACY, patience=10**6)
    assert raised.value.__context__ is None and raised.value.__cause__ is None


def test_the_commands_do_without_the_sdk_until_they_run() -> None:
    program = (
        "import sys; from casualty_claims.annotate.studio import push; from casualty_claims.annotate.cli import parser;"
        " parser(); print({'label_studio_sdk', 'httpx'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# --- errors -------------------------------------------------------------------------------------------------------

REQUEST = httpx.Request("POST", ADDRESS, headers={"Authorization": f"Token {LEGACY}"})
HEADERS = {"set-cookie": "sessionid=deadbeef; Path=/", "authorization": f"Token {LEGACY}"}


def told(error: Exception) -> ServerError:
    return explain(error, "send 3 tasks", ADDRESS, timeout=7, secrets=[LEGACY])


def api(status: int, body: object = None, **headers: str) -> ApiError:
    return ApiError(
        status_code=status, body=body, headers=HEADERS | {k.replace("_", "-"): v for k, v in headers.items()}
    )


@pytest.mark.parametrize(
    ("error", "words", "passing", "doubtful", "refused"),
    [
        (httpx.ConnectError("Connection refused", request=REQUEST), "nothing answers", True, False, False),
        (httpx.ReadTimeout("", request=REQUEST), "did not answer within 7 seconds", True, True, False),
        (httpx.RemoteProtocolError("", request=REQUEST), "connection to .* broke", True, True, False),
        (httpx.ReadError("", request=REQUEST), "connection to .* broke", True, True, False),
        (httpx.UnsupportedProtocol("no", request=REQUEST), "cannot be used", False, False, False),
        (httpx.DecodingError("no", request=REQUEST), "is not Label Studio's", True, False, False),
        (json.JSONDecodeError("no", "<html>", 0), "is not Label Studio's", True, False, False),
        (AttributeError("'NoneType' object has no attribute 'id'"), "is not Label Studio's", True, False, False),
        (api(200, "<html>log in</html>"), "is not Label Studio's", True, False, False),
        (api(302, "", location="/user/login/?next=x"), "sends us to /user/login/;", False, False, False),
        (api(400, {"detail": "too sad"}), r"refuses it \(400: too sad\)", False, False, True),
        (api(400, {"validation_errors": {"predictions": ["no", "nor"]}}), "predictions: no; nor", False, False, True),
        (api(413, "<html>"), r"refuses it \(413\)", False, False, True),
        (api(401, {"detail": "Invalid token."}), "does not accept the token", False, False, False),
        (api(403), "does not allow it", False, False, False),
        (api(404), "does not have it", False, False, False),
        (api(408), "trouble of its own", True, True, False),
        (api(409), "trouble of its own", True, False, False),
        (api(429), "asked too often", True, False, False),
        (api(500, {"detail": "database is locked"}), "database is locked", True, False, False),
        (api(502, "<html>"), r"own \(502\)", True, True, False),
        (api(504), "trouble of its own", True, True, False),
    ],
)
def test_every_error_is_one_sentence(
    error: Exception, words: str, passing: bool, doubtful: bool, refused: bool
) -> None:
    found = told(error)
    with pytest.raises(ServerError, match=words):
        raise found
    assert str(found).startswith("cannot send 3 tasks: ") and "\n" not in str(found)
    assert (found.passing, found.doubtful, found.refused) == (passing, doubtful, refused)


def test_retry_after() -> None:
    assert told(api(429, retry_after="17")).wait == 17
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < told(api(503, Retry_After=later)).wait <= 60
    assert told(api(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT")).wait == 0
    assert told(api(503, retry_after="soon")).wait == 0


SECRETS = [LEGACY, PERSONAL, "sessionid=deadbeef", "csrftoken=cafe"]


@given(
    secret=st.sampled_from(SECRETS),
    before=st.text(max_size=30),
    after=st.text(max_size=30),
    wrap=st.sampled_from([str, lambda w: {"detail": w}, lambda w: [w], lambda w: {"validation_errors": {"a": [w]}}]),
    status=st.sampled_from([200, 302, 400, 401, 403, 404, 413, 418, 429, 500, 502]),
)
def test_no_secret_of_a_body_gets_out(
    secret: str, before: str, after: str, wrap: Callable[[str], object], status: int
) -> None:
    words = f"{before} {secret} {after}"
    error = api(status, wrap(words), location=f"http://{secret}@ls/{secret}")
    found = explain(error, "look", ADDRESS, timeout=7, secrets=[LEGACY, *PERSONAL.split(".")])
    for part in (LEGACY, *PERSONAL.split("."), "deadbeef", "cafe"):
        assert part not in str(found).replace(before, "").replace(after, "")
    assert str(found).isprintable()
    assert "\n" not in str(found) and len(str(found)) < 900


def test_scrub_keeps_what_is_harmless() -> None:
    words = "Prediction validation failed: Task 3, prediction 0: relation “attributed_to”"
    assert scrub(words) == words
    assert scrub("a\n\x1b[31mb\t c") == "a [31mb c"
    assert len(scrub("x" * 10_000)) < 500


# --- patience -----------------------------------------------------------------------------------------------------


@given(seconds=st.floats(0, 400), wait=st.floats(0, 100), passing=st.booleans())
def test_patience_ends(seconds: float, wait: float, passing: bool) -> None:
    slept: list[float] = []
    error = ServerError("no", passing=passing, wait=wait)
    heard: list[str] = []
    with pytest.MonkeyPatch.context() as patch, pytest.raises(ServerError) as raised:
        patch.setattr(trouble.time, "sleep", slept.append)
        patience = Patience(seconds, heard.append)
        while True:
            patience.pause(error)
    assert raised.value is error
    assert sum(slept) <= seconds + 1e-6
    assert len(heard) == len(slept) and (passing or not slept)
    assert all(pause >= wait for pause in slept)
    assert slept == sorted(slept)
    if passing and seconds >= max(wait, trouble.FIRST_PAUSE):
        assert slept


# --- what may be sent ---------------------------------------------------------------------------------------------


def row() -> dict[str, Any]:
    text = "Colonel Dara Obin said 12 villagers died near Tarnova. 🌾"
    spans = (
        Span(0, 22, "ATTRIBUTION"),
        Span(23, 40, "CASUALTY_CLAIM", "killed", Quantity("exact", 12, 12, 12), attributed_to=0),
    )
    result = regions.to_result(regions.Reading(spans), text)
    task = Task("tarnova-1", 0, len(text), text, title="Belmar")
    return {"data": task.data(), "predictions": [{"model_version": "m1", "score": 0.5, "result": result}]}


def test_our_own_rows_may_be_sent() -> None:
    assert why_not(row()) is None
    assert why_not({"data": row()["data"]}) is None
    assert why_not(row() | {"predictions": None}) is None


Change = Callable[[dict[str, Any]], object]


def first(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = row["predictions"][0]
    return found


BAD: dict[str, tuple[Change, str]] = {
    "edited": (lambda r: r["data"].update(text=r["data"]["text"][::-1]), "changed after the export"),
    "no key": (lambda r: r["data"].pop("key"), "key is None"),
    "surrogate": (lambda r: r["data"].update(before="\ud83c"), "surrogate"),
    "NUL": (lambda r: r["data"].update(title="a\0b"), "NUL"),
    "not a number": (lambda r: first(r).update(score=float("nan")), "Out of range|JSON"),
    "annotated": (lambda r: r.update(annotations=[{"result": []}]), "holds annotations"),
    "no object": (lambda r: r["predictions"].append("m2"), "not an object"),
    "nobody's": (lambda r: first(r).pop("model_version"), "who makes it"),
    "score": (lambda r: first(r).update(score="high"), "score"),
    "no result": (lambda r: first(r).update(result=None), "no list of items"),
    "twice": (lambda r: r["predictions"].append(first(r)), "two suggestions of 'm1'"),
    "outside": (lambda r: first(r)["result"][0]["value"].update(end=999), "not in the sentence"),
    "reversed": (lambda r: first(r)["result"][0]["value"].update(start=22, end=0), "not in the sentence"),
    "dangling": (lambda r: first(r)["result"][-1].update(to_id="s9"), "one of its ends is no region"),
    "other control": (lambda r: first(r)["result"][0].update(from_name="sentiment"), "does not have"),
    "other sentence": (lambda r: first(r)["result"][0].update(to_name="before"), "does not have"),
    "other type": (lambda r: first(r)["result"][0].update(type="choices"), "not of the type labels"),
    "other label": (lambda r: first(r)["result"][0]["value"].update(labels=["PLACE"]), "PLACE"),
    "same id": (lambda r: [item.update(id="s1") for item in first(r)["result"][:2]], "two items answer 'label'"),
    "no id": (lambda r: first(r)["result"][0].pop("id"), "the id None"),
    "orphan": (lambda r: first(r)["result"].append({**first(r)["result"][2], "id": "s7"}), "belongs to no region"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_page_could_not_show_is_not_sent(name: str) -> None:
    change, words = BAD[name]
    broken = row()
    change(broken)
    with pytest.raises(ValueError, match=words):
        raise ValueError(why_not(broken))


@given(st.data())
def test_no_row_whatever_makes_the_check_fall_over(data: st.DataObject) -> None:
    """Any part of a row replaced by anything."""
    broken = copy.deepcopy(row())
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            places.append((value, key))
            walk(value[key])

    walk(broken["predictions"])
    walk(broken["data"])
    holder, key = data.draw(st.sampled_from(places))
    leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    holder[key] = data.draw(leaf | st.lists(leaf, max_size=2) | st.dictionaries(st.text(max_size=3), leaf, max_size=2))
    found = why_not(broken)
    assert found is None or found


def test_a_file_is_checked_before_anything_is_sent() -> None:
    broken = row()
    broken["data"]["key"] += "x"
    found = check([row(), broken, row()])
    assert (found.total, found.repeated, found.passed_over, found.versions) == (1, 1, {1, 2}, {"m1"})
    assert [reject.place for reject in found.rejects] == ["task 2"]
    assert "task 2" in check([broken]).why_none or "task 1" in check([broken]).why_none
    assert "no tasks" in check([]).why_none


def test_rows_can_be_read_again_and_again() -> None:
    rows = rows_of(iter([row()]))
    assert list(rows) == list(rows) == [row()]
