"""What becomes of a claim: what someone who counts would have in hand, and what each mistake costs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...data.documents import Document
from ...data.matching import overlap_pairs, record_values, source_of, sources_agree
from .figures import Figure, figures
from .trials import Trial


@dataclass(frozen=True, slots=True)
class Kind:
    """One way a claim can end; ``sign`` stands for it in the picture, beside its colour."""

    name: str
    sign: str
    words: str
    cost: str


RIGHT = Kind("right", "", "found, all of it right", "Nothing: words, figure and speaker are those a reader would give.")
EDGES = Kind(
    "edges",
    "~",
    "found with other edges; figure and speaker right",
    "Little: the row counts the same. Whoever quotes the words should look at where they start and end.",
)
SPEAKER = Kind(
    "speaker",
    "s",
    "right figure, wrong speaker",
    "A figure stands under a wrong name: totals over all sources hold, the lowest and highest by source do not.",
)
FIGURE = Kind(
    "figure",
    "#",
    "found, but figure, bound or harm wrong",
    "The dearest mistake, for the row looks complete: a wrong number is counted unless someone opens the evidence.",
)
MISSED = Kind(
    "missed",
    "×",
    "missed",
    "The figure is lost. A lower bound stays a lower bound; a list of claims is not complete.",
)
KINDS = (RIGHT, EDGES, SPEAKER, FIGURE, MISSED)

INVENTED_COST = "A row about nobody. Seen at once by whoever reads the words beside it; counted by whoever does not."


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Shares of gold claims by kind, and of what was marked: the share that is no claim at all.

    ``found``, ``exact``, ``figure`` and ``speaker`` are shares of gold claims: found at all, with exactly the same
    words, with the right record, with the right speaker.
    """

    claims: int
    marked: int
    shares: dict[str, Figure]
    times: dict[str, int]
    found: Figure
    exact: Figure
    figure: Figure
    speaker: Figure
    invented: Figure
    invented_times: int


def outcomes(trial: Trial) -> Outcomes:
    """Every gold claim of a trial by what became of it. Found means overlapping; see ``data.matching``."""
    rows, times, total = [], Counter[str](), [0, 0]
    for wanted, found in zip(trial.gold, trial.predicted, strict=True):
        mine, exact, invented = _of(wanted, found)
        claims, marked = len(wanted.claims), len(found.claims)
        times += mine
        total[0] += claims
        total[1] += marked
        kinds = [(mine[kind.name], claims) for kind in KINDS]
        found_at_all = claims - mine["missed"]
        more = [
            (found_at_all, claims),
            (exact, claims),
            (found_at_all - mine["figure"] - mine["both"], claims),
            (found_at_all - mine["speaker"] - mine["both"], claims),
            (invented, marked),
        ]
        # A wrong figure under a wrong name is a wrong figure: each claim is of one kind.
        kinds[KINDS.index(FIGURE)] = (mine["figure"] + mine["both"], claims)
        rows.append([*kinds, *more])
    shown = figures(rows)
    by_kind = {kind.name: times[kind.name] for kind in KINDS}
    by_kind["figure"] += times["both"]
    at_all, exact_words, figure, speaker, invented_share = shown[len(KINDS) :]
    return Outcomes(
        claims=total[0],
        marked=total[1],
        shares=dict(zip(by_kind, shown, strict=False)),
        times=by_kind,
        found=at_all,
        exact=exact_words,
        figure=figure,
        speaker=speaker,
        invented=invented_share,
        invented_times=sum(row[-1][0] for row in rows),
    )


def _of(wanted: Document, found: Document) -> tuple[Counter[str], int, int]:
    """Kinds of the gold claims of a document, how many have the same words, and how many marks are no claim."""
    gold, marked = [s for _, s in wanted.claims], [s for _, s in found.claims]
    pairs = overlap_pairs(gold, marked)
    kinds: Counter[str] = Counter(missed=len(gold) - len(pairs))
    exact = 0
    for i, j in pairs:
        same = (gold[i].start, gold[i].end) == (marked[j].start, marked[j].end)
        figure = record_values(gold[i]) == record_values(marked[j])
        speaker = sources_agree(source_of(wanted, gold[i]), source_of(found, marked[j]))
        exact += same
        match figure, speaker:
            case True, True:
                kinds["right" if same else "edges"] += 1
            case True, False:
                kinds["speaker"] += 1
            case False, True:
                kinds["figure"] += 1
            case _:
                kinds["both"] += 1
    return kinds, exact, len(marked) - len(pairs)


def of_hundred(shares: Sequence[float]) -> list[int]:
    """Whole numbers that sum to 100, as near to the shares as can be (largest remainders, Hamilton's method)."""
    parts = [100 * share for share in shares]
    whole = [int(part) for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: (whole[i] - parts[i], i))
    for i in by_remainder[: round(sum(parts)) - sum(whole)]:
        whole[i] += 1
    return whole
