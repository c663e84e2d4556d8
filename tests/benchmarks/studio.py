"""Push and pull at scale: seconds, requests and peak memory for 10,000 tasks with suggestions.

    python tests/benchmarks/studio.py [--tasks 10000]

Runs a Label Studio server of its own (tests/annotate/server/install.py installs it) on SQLite; seconds are of the
whole command, in a process of its own. A proxy on the way counts the requests. The sentences and spans are those of the
corpus; articles are repeated under new ids.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "annotate" / "server"))


import httpx
from casualty_claims.annotate import regions
from casualty_claims.annotate.page import labelling_config
from casualty_claims.annotate.studio.push import BATCH
from casualty_claims.annotate.studio.server import PAGE
from casualty_claims.annotate.taskfile import open_tasks
from casualty_claims.annotate.tasks import tasks_of
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Article, Document
from proxy import Proxy
from studio import Studio

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
BUDGET = 120  # seconds

PEAK = Path(__file__).parent / "parts" / "peak.py"


def session(wanted: int) -> Iterator[tuple[Article, list[dict[str, Any]]]]:
    """Articles and their tasks, with the gold spans as suggestions: ``wanted`` tasks in all."""
    made = 0
    for number, document in enumerate(cycle(read_corpus(CORPUS))):
        if made >= wanted:
            return
        a = document.article
        article = Article(f"{a.id}-{number}", a.text, a.title, a.published, a.source)
        rows = []
        for task in tasks_of(article)[: wanted - made]:
            result = regions.to_result(reading(document, task.start, task.end), task.text)
            rows.append({"data": task.data(), "predictions": [{"model_version": "m1", "score": 0.5, "result": result}]})
        made += len(rows)
        yield article, rows


def reading(document: Document, start: int, end: int) -> regions.Reading:
    """The spans of one sentence, linked among themselves."""
    places = [i for i, span in enumerate(document.spans) if start <= span.start and span.end <= end]
    new = {old: index for index, old in enumerate(places)}
    spans = [document.spans[place] for place in places]
    return regions.Reading(
        tuple(
            replace(
                span,
                start=span.start - start,
                end=span.end - start,
                attributed_to=None if span.attributed_to is None else new.get(span.attributed_to),
            )
            for span in spans
        )
    )


def write(folder: Path, wanted: int) -> tuple[Path, Path, Path]:
    """The articles, their tasks, and the same tasks with another model's suggestions."""
    articles, tasks, others = folder / "articles.jsonl", folder / "tasks.json", folder / "others.json"
    with articles.open("w", encoding="utf-8") as file, open_tasks(tasks) as first, open_tasks(others) as second:
        for article, rows in session(wanted):
            file.write(json.dumps({"id": article.id, "text": article.text, "title": article.title}) + "\n")
            for row in rows:
                first.write(row)
                second.write(row | {"predictions": [p | {"model_version": "m2"} for p in row["predictions"]]})
    return articles, tasks, others


def annotated(studio: Studio, tasks: Path, title: str) -> None:
    """A project with every task annotated, made behind the back of what is measured."""
    rows = [
        row | {"annotations": [{"result": row["predictions"][0]["result"]}]} for row in json.loads(tasks.read_text())
    ]
    headers = {"Authorization": f"Token {studio.legacy_token}"}
    with httpx.Client(base_url=studio.url, headers=headers, timeout=600, trust_env=False) as client:
        project = client.post("/api/projects/", json={"title": title, "label_config": labelling_config()}).json()["id"]
        for start in range(0, len(rows), 1000):
            client.post(f"/api/projects/{project}/import", json=rows[start : start + 1000]).raise_for_status()


def run(proxy: Proxy, token: str, name: str, *arguments: str) -> None:
    """Run a command and print what it cost."""
    before, begin = len(proxy.seen), time.perf_counter()
    environment = os.environ | {"LABEL_STUDIO_URL": proxy.url, "LABEL_STUDIO_API_KEY": token}
    command = [sys.executable, PEAK, "annotate.cli", *arguments]
    out = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    seconds, requests = time.perf_counter() - begin, len(proxy.seen) - before
    if out.returncode:
        sys.exit(out.stdout + out.stderr)
    memory = float(out.stdout.split()[-1])
    within = "within" if seconds <= BUDGET else "BEYOND"
    print(f"  {name:<28}{seconds:>7.1f} s ({within} {BUDGET} s){requests:>6} requests{memory:>7,.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        studio = Studio(Path(name))
        try:
            with Proxy(studio.start().url) as proxy:
                for number in (args.tasks // 10, args.tasks):
                    print(f"{number:,} tasks, {BATCH} in a batch that is sent, {PAGE} in one that is read")
                    folder = Path(name, str(number))
                    folder.mkdir()
                    measure(studio, proxy, folder, number)
        finally:
            studio.stop()


def measure(studio: Studio, proxy: Proxy, folder: Path, number: int) -> None:
    articles, tasks, others = write(folder, number)
    title, token = f"{number} tasks", studio.legacy_token
    run(proxy, token, "push", "push", str(tasks), "--project", title)
    run(proxy, token, "push again", "push", str(tasks), "--project", title)
    run(proxy, token, "push of another model", "push", str(others), "--project", title)
    annotated(studio, tasks, f"{title} annotated")
    pull = ["pull", "--project", f"{title} annotated", "--articles", str(articles), "--out", str(folder / "out.jsonl")]
    run(proxy, token, "pull", *pull)
    run(proxy, token, "pull again", *pull)
    run(proxy, token, "status", "status", "--project", f"{title} annotated")


if __name__ == "__main__":
    main()
