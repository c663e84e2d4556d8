"""The report's content, section by section, in the order in which someone who counts casualties asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...data.documents import QUALIFIERS
from . import charts
from .blocks import Block, Cell, Chart, Line, Notice, Points, Prose, Section, Table
from .breakdown import Row
from .collecting import Report
from .judged import breakdowns, calibration_of, confusion_of, errors_of, parts_of
from .limits import limits
from .making import by_size, corpus_of, curve_of, speed_of
from .outcomes import INVENTED_COST, KINDS, Outcomes, of_hundred, outcomes
from .trials import MEASURES, Scores
from .words import advice, cautions, headline, upper

SPEED = "speed"
"""The key of the one section that is not the same for the same input."""


def summary(report: Report) -> str:
    """What was judged, on what."""
    trial = report.main
    claims, attributions = (sum(len(getattr(d, name)) for d in trial.gold) for name in ("claims", "attributions"))
    judged = f"{len(trial.gold):,} documents with {claims:,} claims and {attributions:,} attributions"
    learned = report.corpus.get("size")
    made = f" The corpus given has {learned['documents']:,} documents." if learned else ""
    return f"The model {report.model}, judged on {trial.name}: {judged}.{made}"


def sections(report: Report) -> list[Section]:
    """All sections that there is something to say in."""
    trial = report.main
    ends = outcomes(trial)
    parts = breakdowns(trial)
    found = [
        Section("summary", "In plain words", [*_plain(report, ends)]),
        Section("limits", "What it is not for", [Points(limits(_genres(report), _unsure(parts["qualifier"])))]),
        Section("cost", "What a mistake costs", [_costs(ends)]),
        Section("scores", "Scores", [*_scores(report)]),
        Section("parts", "By genre, harm and qualifier", [*parts_of(parts)]),
        Section("calibration", "Does its confidence keep its word?", [*calibration_of(trial)]),
        Section("confusion", "What is taken for what", [*confusion_of(trial)]),
        Section("errors", "The most instructive errors", [*errors_of(trial)]),
    ]
    if report.curve:
        found.append(Section("curve", "Would more documents help?", [*curve_of(report.curve)]))
    if report.corpus:
        found.append(Section("corpus", "What the corpus is made of", [*corpus_of(report.corpus)]))
    if report.speed:
        found.append(Section(SPEED, "Speed and size", [*speed_of(report.speed, report.curve)]))
    return found


def _plain(report: Report, ends: Outcomes) -> Iterator[Block]:
    yield Prose(headline(ends))
    if words := advice(ends):
        yield Prose(words)
    for caution in cautions(report.main, report.shared):
        yield Notice(caution)
    if ends.claims:
        counts = of_hundred([ends.shares[kind.name].value or 0.0 for kind in KINDS])
        legend = [
            (charts.KIND_COLOURS[kind.name], kind.sign, f"{n} {kind.words}")
            for n, kind in zip(counts, KINDS, strict=True)
        ]
        yield Chart(
            charts.hundred(ends),
            "What becomes of 100 claims that a careful reader would mark, rounded to whole claims.",
            legend,
        )


def _costs(ends: Outcomes) -> Table:
    lines = [
        Line(
            upper(kind.words),
            [Cell.of(ends.shares[kind.name]), Cell(f"{ends.times[kind.name]:,}"), Cell(kind.cost)],
        )
        for kind in KINDS
    ]
    lines.append(
        Line(
            "Marked, and no claim at all",
            [Cell.of(ends.invented), Cell(f"{ends.invented_times:,}"), Cell(INVENTED_COST)],
        )
    )
    caption = (
        "In 100 claims of a careful reader; the last line, in 100 claims that the model marks. Beside a figure stand"
        " the ends of its 95 % interval, made from 1,000 draws of whole documents, here and everywhere."
    )
    return Table(caption, ("what happens", "in 100", "times", "what it costs"), lines, prose=True)


def _scores(report: Report) -> Iterator[Block]:
    columns = [*(trial.scores for trial in report.trials), *report.earlier]
    lines = [Line(measure, [Cell.of(s.figures[measure]) for s in columns], sub=_sub(measure)) for measure in MEASURES]
    lines += [
        Line(f"expected calibration error, {what}", [Cell(f"{s.calibration[i]:.3f}") for s in columns])
        for i, what in enumerate(("spans", "links"))
    ]
    yield Prose(
        "Precision: of what it marked, how much is right. Recall: of what there is, how much it found. F1 is between"
        " the two, all three in per cent. Exact words means the same first and last character. A link is right if it"
        " leads to the attribution that states the claim, or rightly to nobody. The calibration error,"
        " from 0 to 1, is explained below; less is better."
    )
    yield Table("Scores, with 95 % intervals", ("measure", *map(_trial_name, columns)), lines)
    if any(all(f.low is None for f in s.figures.values()) for s in report.earlier):
        yield Prose(
            "Figures without an interval come from the model's card, which does not hold one; casualty-train fit"
            " writes it."
        )


def _trial_name(scores: Scores) -> str:
    return scores.name if scores.documents is None else f"{scores.name} ({scores.documents:,} documents)"


def _sub(measure: str) -> str:
    return measure.rpartition(": ")[2] if measure.endswith(("precision", "recall")) else ""


def _genres(report: Report) -> list[str]:
    return [name for name, _ in by_size(report.corpus.get("genre", {}))]


def _unsure(rows: Sequence[Row]) -> list[str]:
    """Qualifiers of which the trial holds too few, or none."""
    sure = {row.name for row in rows if not row.small}
    return [name for name in QUALIFIERS if name not in sure]
