"""The proxy does what its faults say: what the client sees, and how often the server has done it."""

from __future__ import annotations

import json

import httpx
import pytest
from faults import KINDS, NEEDS_PATIENCE
from proxy import DEADLINE, Fault, Proxy
from studio import Studio

CONFIG = '<View><Text name="text" value="$text"/></View>'

EXPECTED: dict[str, tuple[str, tuple[int, ...]]] = {
    "500 before": ("500", (0,)),
    "500 after": ("500", (1,)),
    "500 in JSON after": ("500", (1,)),
    "502 before": ("502", (0,)),
    "502 after": ("502", (1,)),
    "503 with Retry-After": ("503", (0,)),
    "504 after": ("504", (1,)),
    "429": ("429", (0,)),
    "429 with Retry-After": ("429", (0,)),
    "429 after": ("429", (1,)),
    "408 after": ("408", (1,)),
    "409 after": ("409", (1,)),
    "401": ("401", (0,)),
    "401 after": ("401", (1,)),
    "403 of a firewall": ("403", (0,)),
    "404 of a proxy": ("404", (0,)),
    "413": ("413", (0,)),
    "login page instead": ("no JSON", (0,)),
    "login page after": ("no JSON", (1,)),
    "redirect to a login page": ("302", (0,)),
    "empty after": ("no JSON", (1,)),
    "no content after": ("204", (1,)),
    "null after": ("JSON null", (1,)),
    "another JSON after": ('JSON {"status": "ok"}', (1,)),
    "a list after": ("JSON []", (1,)),
    "half of the JSON": ("no JSON", (1,)),
    "half of the zipped": ("no JSON", (1,)),
    "cut unread": ("cut", (0,)),
    "cut in the request": ("cut", (0,)),
    "cut before": ("cut", (0,)),
    "hung up before": ("cut", (0,)),
    "cut after": ("cut", (1,)),
    "hung up after": ("cut", (1,)),
    "cut in the head": ("cut", (1,)),
    "cut in the answer": ("cut", (1,)),
    "twice": ("done", (2,)),
    "slow": ("time-out", (1,)),
    "late": ("time-out", (1,)),
    "later": ("time-out", (1,)),
    "refused afterwards": ("done", (1,)),
    "restart before": ("cut", (0,)),
    "restart after": ("cut", (1,)),
    "restart meanwhile": ("cut", (0, 1)),
}
"""What the client sees of an import, and how often the task may then be there."""


@pytest.fixture(scope="module")
def project(label_studio: Studio) -> int:
    made = httpx.post(
        f"{label_studio.url}/api/projects/",
        headers=rights(label_studio),
        json={"title": "proxy", "label_config": CONFIG},
    )
    number: int = made.raise_for_status().json()["id"]
    return number


def rights(studio: Studio) -> dict[str, str]:
    return {"Authorization": f"Token {studio.legacy_token}"}


def seen(client: httpx.Client, path: str, key: str, patience: float = DEADLINE) -> str:
    """What an import of one task looks like to the client."""
    try:
        answer = client.post(path, json=[{"data": {"text": "A bridge near Belmar.", "key": key}}], timeout=patience)
        if not answer.is_success or answer.status_code == 204:
            return str(answer.status_code)
        value = answer.json()
    except httpx.TimeoutException:
        return "time-out"
    except httpx.TransportError:
        return "cut"
    except (ValueError, httpx.DecodingError):
        return "no JSON"
    return "done" if isinstance(value, dict) and value.get("task_count") == 1 else f"JSON {json.dumps(value)}"


def test_every_kind_is_tried() -> None:
    assert EXPECTED.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_what_it_says(kind: str, label_studio: Studio, proxy: Proxy, project: int) -> None:
    path = f"/api/projects/{project}/import"
    fault = Fault(KINDS[kind], "POST", "/import", number=2)
    proxy.faults.append(fault)
    expected, times = EXPECTED[kind]
    patience = 2 if kind in NEEDS_PATIENCE else DEADLINE
    with httpx.Client(base_url=proxy.url, headers=rights(label_studio), timeout=DEADLINE, trust_env=False) as client:
        assert seen(client, path, f"{kind} first") == "done"
        assert not fault.struck.is_set()
        assert seen(client, path, kind, patience) == expected
        assert fault.struck.is_set()
        if kind == "refused afterwards":
            with pytest.raises(httpx.ConnectError):
                client.get("/health")
            proxy.open()
        for _ in range(2):
            assert client.get("/health").status_code == 200
        assert fault.over.wait(DEADLINE)
    assert label_studio.count(project).tasks[kind] in times
    assert label_studio.count(project).tasks[f"{kind} first"] == 1
    assert proxy.seen[:2] == [("POST", path)] * 2
