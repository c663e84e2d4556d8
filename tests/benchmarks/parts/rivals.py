"""Other ways to find spans, trained just enough to do all of their work: what they find is not compared here."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from casualty_claims.data.documents import Document
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.context import Context
from casualty_claims.models.tokens import TokenBatch
from casualty_claims.models.window import OFFSETS
from casualty_claims.train.taggers import CrfTagger


class WindowCrf(CrfTagger):
    """python-crfsuite on what the spelling of a token and of its neighbours says: the least that a tagger reads."""

    def _features(self, batch: TokenBatch, context: Context) -> Iterator[tuple[int, int, list[list[str]]]]:
        reach = max(OFFSETS)
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True):
            names = [self.vocabulary.features(t) for t in batch.types[first - reach : last + reach + 1].tolist()]
            rows = range(last - first + 1)
            yield first, last, [[f"{o}:{name}" for o in OFFSETS for name in names[i + reach + o]] for i in rows]


def trained(crf: CrfTagger, documents: Sequence[Document]) -> CrfTagger:
    """A conditional random field after a few rounds of learning."""
    crf.iterations = 20
    crf.fit(documents)
    return crf


def tagging_alone(crf: CrfTagger, texts: Sequence[str]) -> Callable[[], object]:
    """The library's own part: from features that are ready to tags."""
    ready = [features for _, _, features in crf._features(*crf.read(texts))]
    return lambda: [crf.model.tag(features) for features in ready]


def spacy_ner(documents: Sequence[Document], steps: int) -> Any:
    """spaCy's named entity recogniser, trained from blank for so many batches of 32 sentences."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    examples = [
        Example.from_dict(nlp.make_doc(words), {"entities": spans}) for words, spans in _entities(nlp, documents)
    ]
    optimizer = nlp.initialize(lambda: examples)
    draw = random.Random(0)
    for _ in range(steps):
        nlp.update(draw.sample(examples, min(32, len(examples))), sgd=optimizer, drop=0.1)
    return nlp


def _entities(nlp: Any, documents: Sequence[Document]) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
    """Sentence by sentence: the words, and the spans that fit spaCy's tokens."""
    for document in documents:
        for low, high in split_sentences(document.text):
            doc = nlp.make_doc(document.text[low:high])
            mine = ((s.start - low, s.end - low, s.label) for s in document.spans if low <= s.start < s.end <= high)
            yield doc.text, [(start, end, label) for start, end, label in mine if doc.char_span(start, end)]
