"""Label Studio's own JSON files: documents from an export, and tasks that import.

Read are JSON and JSON-MIN exports, of this project's tasks and of others that have their text in ``text``, and files
of tasks with predictions. Each annotator's reading of a task is a document of its own. Words are cut from the text:
the ``text`` that Label Studio adds to a region is lossy, but tells whether an old export counted UTF-16 units
(``annotate.units``).

A task of one sentence becomes a document of that sentence, called by the task's key. What ``studio_tasks`` writes are
tasks of whole documents; they come back as they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...data.documents import LABELS, Article, Document, DocumentError, Span
from ...data.rejects import READ_ERRORS, reason
from ...data.standoff import FormatError, Loss, Tell, decoded
from ..regions import HARM, LABEL, NUMBER, QUALIFIER, RELATION, SOURCE, TEXT, UPPER, Reading, from_result, to_result
from ..tasks import Task, TaskError
from .mapping import unknown_label, unknown_relation
from .units import Units

ANNOTATOR, MODEL, READINGS = "annotator", "model", "readings"
"""Fields of a document's meta, and the field of a task in which ``studio_tasks`` keeps the meta of its readings."""

_DETAILS = (HARM, QUALIFIER, NUMBER, UPPER, SOURCE)
_MIN = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")

Rows = Sequence[Mapping[str, Any]]


# --- reading -------------------------------------------------------------------------------------------------


def read_studio(
    path: str | Path,
    tell: Tell,
    labels: Mapping[str, str] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Document]:
    """The documents of an export; ``labels`` are names of another project's labels and relations with ours.

    ``say`` is told what was mended. Raises ``FormatError`` if the file is no JSON array of tasks.
    """
    path = Path(path)
    rows = [_full(row, f"{path}: task {row.get('id', number)}", tell) for number, row in enumerate(_rows(path), 1)]
    units = Units()
    for _, _, text, readings in rows:
        for reading in readings:
            units.learn(text, _items(reading))
    for place, data, _, readings in rows:
        try:
            article, meta = _article(data, f"{path.stem}#{place.rpartition(' ')[2]}")
        except ValueError as error:
            tell(Loss("tasks left out: they cannot be read", place, str(error)))
            continue
        if not readings:
            tell(Loss("tasks left out: nobody labelled them", place))
        for reading in readings:
            known, here = _reader(reading, data), f"{place}, {article.id}"
            if reading.get("was_cancelled") or reading.get("skipped"):
                tell(Loss("tasks left out: the annotator skipped them", here, str(known.get(ANNOTATOR, ""))))
                continue
            items = _items(reading)
            if (given := reading.get("result")) and given != items:
                tell(Loss("items left out: they are no objects", here, repr(given)[:80]))
            result = units.mended(article.text, items, here, tell)
            spans = _spans(_ours(result, labels or {}, here, tell), article.text, here, tell)
            yield Document(article, spans, {**meta, **known})
    units.tell(str(path), tell)
    if units.mended_regions:
        say(
            f"{path} counts UTF-16 units, as old exports do: {units.mended_regions:,} spans behind an emoji were mended"
        )


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = decoded(path.read_bytes()).removeprefix("\ufeff")
    except READ_ERRORS as error:
        raise FormatError(f"{path}: {reason(error)}") from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is no JSON ({error}); export it again as JSON") from None
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise FormatError(f"{path} is no list of tasks; export the project as JSON")
    yield from value


def _full(
    row: Mapping[str, Any], place: str, tell: Tell
) -> tuple[str, Mapping[str, Any], str, list[Mapping[str, Any]]]:
    """Place, data, text and readings (annotations, else predictions) of a task."""
    if isinstance(row.get("data"), Mapping):
        data: Mapping[str, Any] = row["data"]
        given = row.get("annotations", row.get("completions")) or row.get("predictions") or ()
        readings = [reading for reading in given if isinstance(reading, Mapping)]
    else:
        data, readings = _from_min(row, place, tell)
    text = data.get("text")
    return place, data, text if isinstance(text, str) else "", readings


def _from_min(row: Mapping[str, Any], place: str, tell: Tell) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """A row of JSON-MIN: the fields of the task, of the annotation, and what each control holds, on one level."""
    data: dict[str, Any] = {}
    result: list[dict[str, Any]] = []
    for name, value in row.items():
        items = value if isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value) else []
        if items and all("start" in item and "labels" in item for item in items):
            result += [{"id": f"{name}{i}", "from_name": name, "to_name": TEXT, "type": "labels", "value": item}
                       for i, item in enumerate(items)]  # fmt: skip
        elif name in _DETAILS:
            tell(Loss(f"{name} fields left out: JSON-MIN does not say whose they are, export as JSON", place))
        elif name not in _MIN:
            data[name] = value
    if row.get("annotation_id") is None and not result:
        return data, []
    if result:
        tell(Loss("tasks without their links: JSON-MIN keeps none, export as JSON", place))
    return data, [{"completed_by": row.get("annotator"), "result": result}]


def _article(data: Mapping[str, Any], name: str) -> tuple[Article, dict[str, Any]]:
    """The text of a task with what is known of it, and the meta that all its readings share."""
    if {"key", "article", "start", "end"} <= data.keys():
        task = Task.from_data(data)
        facts = (task.title, task.published, task.outlet)
        more = {} if task.chosen == "all" else {"chosen": task.chosen}
        if not task.start and not task.before and not task.after:
            return Article(task.article, task.text, *facts), more
        place = {"article": task.article, "start": task.start, "end": task.end}
        return Article(task.key, task.text, *facts), place | {"before": task.before, "after": task.after} | more
    if not isinstance(data.get("text"), str):
        raise TaskError(f"its data has no field text, but {', '.join(map(str, data)) or 'nothing'}")
    words = {field: data[field] for field in ("title", "published", "source") if isinstance(data.get(field), str)}
    own = data.get("id")
    usual = {"id", "text", "spans", READINGS, *words}
    meta = {field: value for field, value in data.items() if field not in usual | {"title", "published", "source"}}
    return Article(str(own) if isinstance(own, str | int) and own != "" else name, data["text"], **words), meta


def _reader(reading: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The meta of one reading: as ``studio_tasks`` wrote it down, else who made it."""
    kept = data.get(READINGS)
    # An import gives new numbers and keeps the old one; what was labelled on the page has none.
    number = reading["import_id"] if "import_id" in reading else reading.get("id")
    if isinstance(kept, list) and isinstance(number, int) and 0 < number <= len(kept):
        return dict(kept[number - 1] or {})
    by = reading.get("completed_by")
    if isinstance(by, Mapping):
        by = by.get("email") or by.get("id")
    if by is not None:
        return {ANNOTATOR: f"user {by}" if isinstance(by, int) else str(by)}
    return {MODEL: reading["model_version"]} if reading.get("model_version") else {}


def _ours(result: Rows, labels: Mapping[str, str], place: str, tell: Tell) -> list[Mapping[str, Any]]:
    """Items as our own page makes them: its control for every span, its labels, its name for a link."""
    made: list[Mapping[str, Any]] = []
    for row in result:
        kind, value, control = row.get("type"), row.get("value"), row.get("from_name")
        value = value if isinstance(value, Mapping) else {}
        if kind == "labels":
            names = _names(value, labels)
            unknown = [name for name in names if name not in LABELS]
            for name in unknown:
                tell(Loss(unknown_label(name), f"{place} [{value.get('start')}, {value.get('end')})"))
            if len(names) > len(unknown) or not names:
                known = [name for name in names if name in LABELS]
                made.append({**row, "from_name": LABEL, "to_name": TEXT, "value": {**value, "labels": known}})
        elif kind == "relation":
            names = _names(row, labels)
            if names and RELATION not in names:
                tell(Loss(unknown_relation(names[0]), place))
            else:
                made.append(row)
        elif control in _DETAILS:
            made.append(row)
        else:
            tell(Loss(f"{kind} items left out: the control {control} is unknown here", place))
    return made


def _names(holder: Mapping[str, Any], labels: Mapping[str, str]) -> list[str]:
    names = holder.get("labels")
    return [labels.get(str(name), str(name)) for name in names] if isinstance(names, list) else []


def _items(reading: Mapping[str, Any]) -> Rows:
    """The items of an annotation. ``from_result`` tells what is wrong with one; this only keeps out what is none."""
    result = reading.get("result")
    return [row for row in result if isinstance(row, Mapping)] if isinstance(result, list) else []


def _spans(result: Rows, text: str, place: str, tell: Tell) -> tuple[Span, ...]:
    reading, problems = from_result(result, text)
    for problem in problems:
        kind = re.sub(r"""'[^']*'|"[^"]*"|\d+""", "…", problem.partition(": ")[0])
        tell(Loss(f"items not taken as they are: {kind}", place, problem))
    for source in reading.sources:
        if source in ("earlier", "later"):
            tell(Loss("claims with a source in another sentence: it is not in the task", place, source))
    scores = {}
    for row in result:
        value = row.get("value") or {}
        if row.get("type") == "labels" and isinstance(row.get("score"), float):
            scores[value.get("start"), value.get("end"), *value["labels"]] = row["score"]
    return tuple(replace(s, confidence=scores.get((s.start, s.end, s.label))) for s in reading.spans)


# --- writing -------------------------------------------------------------------------------------------------


def studio_tasks(documents: Iterable[Document], tell: Tell) -> Iterator[dict[str, Any]]:
    """A task for each text, with the readings of its documents: annotations, or predictions if they are a model's.

    Names of annotators go along in the task: a server takes an annotation only from somebody with an account.
    """
    texts: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        texts.setdefault((document.id, document.text), []).append(document)
    for group in texts.values():
        task, common = _task(group[0])
        rows: dict[str, list[dict[str, Any]]] = {}
        kept = []
        for document in group:
            kept.append({name: value for name, value in document.meta.items() if name not in common})
            by_model = MODEL in document.meta or any(span.confidence is not None for span in document.spans)
            row: dict[str, Any] = {"result": _result(document, tell), "id": len(kept)}
            if by_model:
                sure = [span.confidence for span in document.spans if span.confidence is not None]
                row |= {"model_version": str(document.meta.get(MODEL, "")), "score": min(sure, default=1.0)}
            else:
                row["ground_truth"] = False
            rows.setdefault("predictions" if by_model else "annotations", []).append(row)
        yield {"data": task.data() | {READINGS: kept}, **rows}


def _task(document: Document) -> tuple[Task, set[str]]:
    """The task of a document, and the fields of its meta that the task holds."""
    article, meta = document.article, document.meta
    common = {"chosen"} & meta.keys()
    chosen = str(meta.get("chosen", "all"))
    try:
        place = (meta["article"], meta["start"], meta["end"])
        around = (str(meta.get("before", "")), str(meta.get("after", "")))
        task = Task(*place, article.text, *around, article.title, article.published, article.source, chosen)
        if task.key == document.id:
            return task, common | {"article", "start", "end", "before", "after"}
    except (KeyError, TypeError, TaskError):
        pass
    place = (article.id, 0, len(article.text))
    return Task(*place, article.text, "", "", article.title, article.published, article.source, chosen), common


def _result(document: Document, tell: Tell) -> list[dict[str, Any]]:
    spans = document.spans
    result = to_result(Reading(spans), document.text)
    for row in result:
        if row["type"] == "labels" and (sure := spans[int(row["id"][1:])].confidence) is not None:
            row["score"] = float(sure)
    try:
        back, _ = from_result(result, document.text)
    except DocumentError:
        back = Reading()
    found = {(s.start, s.end, s.label): s for s in back.spans}
    for span in spans:
        place = f"{document.id} [{span.start}, {span.end})"
        other = found.pop((span.start, span.end, span.label), None)
        if other is None:
            tell(Loss("spans that will not come back as they are: they are there twice, or begin or end with a blank",
                      place))  # fmt: skip
        elif other.quantity != span.quantity:
            tell(Loss("bounds left out: Label Studio keeps the figure, and they do not follow from it", place))
        if span.link_confidence is not None:
            tell(Loss("link confidences left out: Label Studio keeps none", place))
    return result
