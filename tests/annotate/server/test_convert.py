"""What ``convert`` writes imports into a real Label Studio, and what the server exports comes back the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate.exchange.convert import convert
from casualty_claims.annotate.page import labelling_config
from casualty_claims.data.corpus import read_corpus, write_corpus
from casualty_claims.data.documents import Article, Document, Span
from casualty_claims.data.notation import parse
from studio import Studio

sdk = pytest.importorskip("label_studio_sdk", reason="the SDK comes with the extra annotate")

NOTATION = (
    "💥 “A blast” in\r\nTarnova:  [[a1|Colonel Dara Obin said]] [[k>=6@a1|at least six\npeople died]] and"
    " [[i=4@a1|four\twere hurt]].\n\n[[m2-3|Two to three villagers are missing]].  [[c%|Most of the dead]]"
    " 👩\u200d👩\u200d👧 were [[a2|שלום said]]."
)


def report(name: str, annotator: str | None = None) -> Document:
    text, spans = parse(NOTATION)
    meta = {"genre": "brief"} if annotator is None else {"annotator": annotator, "labelled": [[0, 40]]}
    return Document(Article(name, text, "Flood “toll”", "2020-01-02"), spans, meta)


def suggestion(name: str) -> Document:
    made = report(name)
    spans = tuple(Span(s.start, s.end, s.label, s.harm, s.quantity, s.attributed_to, 0.75) for s in made.spans)
    return Document(made.article, spans, {"model": "small"})


@pytest.fixture
def project(label_studio: Studio) -> Iterator[tuple[Any, int]]:
    client = sdk.LabelStudio(base_url=label_studio.url, api_key=label_studio.legacy_token)
    made = client.projects.create(title="converted corpora", label_config=labelling_config())
    yield client, made.id
    client.projects.delete(made.id)


def exported(client: Any, project: int, kind: str, path: Path) -> Path:
    parts = client.projects.exports.download_sync(project, export_type=kind, download_all_tasks=True)
    path.write_bytes(b"".join(parts))
    return path


def test_annotations_come_back_as_the_same_documents(project: tuple[Any, int], tmp_path: Path) -> None:
    client, number = project
    made = [report("a"), report("b", "Ana"), report("b", "Ben"), Document(Article("empty", "No one came."))]
    write_corpus(tmp_path / "x.jsonl", made)
    assert not convert(tmp_path / "x.jsonl", tmp_path / "tasks.json").losses
    rows = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    client.projects.import_tasks(number, request=rows, request_options={"max_retries": 0})
    told = convert(exported(client, number, "JSON", tmp_path / "export.json"), tmp_path / "back.jsonl")
    assert not told.losses
    assert list(read_corpus(tmp_path / "back.jsonl")) == made


def test_what_somebody_labels_on_the_page_is_theirs(project: tuple[Any, int], tmp_path: Path) -> None:
    client, number = project
    write_corpus(tmp_path / "x.jsonl", [report("a", "Ana")])
    convert(tmp_path / "x.jsonl", tmp_path / "tasks.json")
    client.projects.import_tasks(number, request=json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8")))
    (task,) = list(client.tasks.list(project=number))
    user = client.users.whoami().id
    client.annotations.create(task.id, result=[], completed_by=user)
    convert(exported(client, number, "JSON", tmp_path / "export.json"), tmp_path / "back.jsonl")
    found = {d.meta["annotator"]: d for d in read_corpus(tmp_path / "back.jsonl")}
    assert found["Ana"] == report("a", "Ana")
    assert {**found[f"user {user}"].meta} == {"annotator": f"user {user}"} and not found[f"user {user}"].spans


def test_json_min_of_the_server_gives_the_spans(project: tuple[Any, int], tmp_path: Path) -> None:
    client, number = project
    write_corpus(tmp_path / "x.jsonl", [report("a")])
    convert(tmp_path / "x.jsonl", tmp_path / "tasks.json")
    client.projects.import_tasks(number, request=json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8")))
    told = convert(exported(client, number, "JSON_MIN", tmp_path / "export.json"), tmp_path / "back.jsonl")
    (back,) = read_corpus(tmp_path / "back.jsonl")
    assert [(s.start, s.end, s.label) for s in back.spans] == [(s.start, s.end, s.label) for s in report("a").spans]
    assert {kind.partition(" ")[0] for kind in told.losses} == {"harm", "qualifier", "number", "upper", "tasks"}


def test_suggestions_import_as_predictions(project: tuple[Any, int], tmp_path: Path) -> None:
    client, number = project
    write_corpus(tmp_path / "x.jsonl", [suggestion("a")])
    assert not convert(tmp_path / "x.jsonl", tmp_path / "tasks.json").losses
    rows = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    client.projects.import_tasks(number, request=rows)
    (task,) = list(client.tasks.list(project=number, fields="all"))
    (prediction,) = task.predictions
    assert prediction.result == rows[0]["predictions"][0]["result"]
    assert (prediction.model_version, prediction.score) == ("small", 0.75)
