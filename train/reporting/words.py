"""How good a model is for someone who counts casualties, in plain words, made from its figures alone."""

from __future__ import annotations

from collections.abc import Iterator

from .figures import Figure
from .outcomes import Outcomes
from .trials import Trial

FEW_DOCUMENTS = 20


def headline(outcomes: Outcomes) -> str:
    """The first paragraph of the page."""
    if not outcomes.claims:
        return (
            "There is no casualty claim in these articles, so they cannot say how many it finds."
            f" It marked {outcomes.marked:,}, all of them wrongly."
            if outcomes.marked
            else "There is no casualty claim in these articles, and it marked none."
        )
    exact = _hundred(outcomes.exact.value)
    words = (
        f"Of 100 casualty claims that a careful reader would mark in these articles, it finds"
        f" {_hundred(outcomes.found.value)}{_interval(outcomes.found)}, {exact} of them with exactly the same words."
        f" For {_hundred(outcomes.figure.value)} it reads harm and figure right, for"
        f" {_hundred(outcomes.speaker.value)} it names the right speaker, and"
        f" {_hundred(outcomes.shares['right'].value)} are right in everything."
    )
    if outcomes.marked:
        words += f" Of 100 claims that it marks, {_hundred(outcomes.invented.value)} are none."
    return words


def advice(outcomes: Outcomes) -> str:
    """What follows for the reader, from the claims missed and the figures read wrongly."""
    missed, wrong = outcomes.shares["missed"].value, outcomes.shares["figure"].value
    if missed is None or wrong is None:
        return ""
    return (
        f"Of these claims, a list made with it alone lacks {_one_in(missed)} and has the wrong figure for"
        f" {_one_in(wrong)}."
        " Every row points at its words: open them before a figure is used."
    )


def _one_in(share: float) -> str:
    if not share:
        return "none"
    return "most" if share > 0.5 else f"about one in {round(1 / share):,}"


def cautions(trial: Trial, shared: int) -> Iterator[str]:
    """What makes these figures better or less sure than they look."""
    documents = len(trial.gold)
    if shared:
        yield (
            f"{shared:,} of the {documents:,} documents that it was judged on stand in the corpus given, too. If the"
            " model learned from them, these figures flatter it: judge it on others."
        )
    if documents < FEW_DOCUMENTS:
        few = "one document" if documents == 1 else f"{documents} documents"
        yield f"The figures rest on {few}: take them, and their intervals, as rough."


def spaced(name: str) -> str:
    """``at_least`` as it is said."""
    return name.replace("_", " ")


def upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _hundred(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f" (95 % interval: {_hundred(figure.low)} to {_hundred(figure.high)})"
