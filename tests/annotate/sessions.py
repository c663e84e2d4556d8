"""Made-up labelling sessions: articles about an invented coast, and annotators who read them in their own way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from casualty_claims.data.documents import HARMS, Article, Document, Span
from casualty_claims.data.notation import bounds, parse
from casualty_claims.data.sentences import split_sentences
from hypothesis import strategies as st

NAMES = ("amara", "ben", "chidi", "dina")

_LINK = re.compile(r"@a\d+(?=\|)")  # the attribution may stand in another sentence

TEXTS = (
    "Police said six miners died. The road to Belmar stayed shut. Nurses told Oshe Radio that 4 were hurt.",
    "At least 30 people were killed in Tarnova, Colonel Dara Obin said. He added that two are missing.",
    "No villagers were wounded. A trader was shot dead near the mill. The ministry reported 12 dead.",
)


def read(name: str, *sentences: str, id: str = "a", **meta: object) -> Document:
    """What ``name`` says of the sentences of one article, in the inline notation; blanks are put between them."""
    whole, spans = parse(" ".join(sentences))
    position, labelled = 0, []
    for sentence in sentences:
        text, _ = parse(_LINK.sub("", sentence))
        labelled.append([position, position + len(text)])
        position += len(text) + 1
    return Document(Article(id, whole), spans, {"annotator": name, "labelled": labelled, **meta})


def without(document: Document, *numbers: int) -> Document:
    """The document as if the annotator had skipped these of its labelled sentences."""
    skipped = [document.meta["labelled"][n] for n in numbers]
    labelled = [pair for pair in document.meta["labelled"] if pair not in skipped]
    kept: dict[int, Span] = {
        i: s for i, s in enumerate(document.spans) if any(a <= s.start and s.end <= b for a, b in labelled)
    }
    places = {old: new for new, old in enumerate(kept)}
    spans = tuple(
        replace(s, attributed_to=None if s.attributed_to is None else places.get(s.attributed_to))
        for s in kept.values()
    )
    return Document(document.article, spans, {**document.meta, "labelled": labelled, "skipped": skipped})


@st.composite
def readings(draw: st.DrawFn, text: str, sentence: tuple[int, int]) -> tuple[Span, ...]:
    """Spans of one sentence that do not overlap, begin and end with words, and break no rule. Links among them."""
    low, high = sentence
    words = []
    position = low
    for word in text[low:high].split(" "):
        words.append((position, position + len(word.rstrip(".,"))))
        position += len(word) + 1
    edges = draw(st.lists(st.integers(0, len(words) - 1), unique=True, max_size=4).map(sorted))
    spans: list[Span] = []
    for first, last in zip(edges[::2], edges[1::2], strict=False):
        start, end = words[first][0], words[last][1]
        if draw(st.booleans()):
            harm, count = draw(st.sampled_from(HARMS[:2])), draw(st.integers(1, 3))
            spans.append(Span(start, end, "CASUALTY_CLAIM", harm, bounds("exact", count)))
        else:
            spans.append(Span(start, end, "ATTRIBUTION"))
    attributions = [i for i, s in enumerate(spans) if not s.is_claim]
    targets = st.sampled_from([None, *attributions])
    return tuple(replace(s, attributed_to=draw(targets)) if s.is_claim else s for s in spans)


@st.composite
def sessions(
    draw: st.DrawFn, names: Sequence[str] = NAMES[:3], texts: Sequence[str] = TEXTS, alike: bool = False
) -> list[Document]:
    """Pulled documents. Each annotator labels some sentences; ``alike``: all say the same of those they label.

    Half of the time a reading is taken from a small pool, so that annotators agree in part.
    """
    documents = []
    for number, text in enumerate(texts):
        sentences = split_sentences(text)
        pools = [draw(st.lists(readings(text, s), min_size=1, max_size=1 if alike else 2)) for s in sentences]
        for name in names:
            labelled, spans = [], []
            for sentence, pool in zip(sentences, pools, strict=True):
                if not draw(st.integers(0, 3)):
                    continue
                labelled.append(list(sentence))
                own = draw(st.sampled_from(pool))
                spans += [
                    s if s.attributed_to is None else replace(s, attributed_to=s.attributed_to + len(spans))
                    for s in own
                ]
            meta = {"annotator": name, "labelled": labelled, "skipped": [], "control": labelled[:1]}
            if labelled:
                documents.append(Document(Article(f"article-{number}", text), tuple(spans), meta))
    return documents
