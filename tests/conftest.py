"""Fixtures that several rooms share: made-up annotated reports and a small model trained on them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.notation import parse
from casualty_claims.models.linker import Linker
from casualty_claims.models.model import Model
from casualty_claims.models.tagger import SpanTagger
from threadpoolctl import threadpool_limits

_WHO = ("Police", "Hospital officials", "The interior ministry", "Colonel Dara Obin", "A spokesman", "Witnesses", "He")
_SAID = ("said", "reported", "announced", "confirmed")
_PEOPLE = ("people", "soldiers", "civilians", "policemen", "villagers", "miners")
_WHERE = ("in Tarnova", "near the Oshe river", "at a market in Belmar", "on the coast road")
_PLAIN = (
    "The road to Belmar stayed shut.",
    "Shops opened late and the school remained closed.",
    "A convoy of 14 lorries crossed the bridge at noon.",
    "Talks between the two sides go on in the capital.",
    "The committee met for 3 hours and adjourned.",
)


def _sentence(r: random.Random, name: str) -> str:
    who, said, where = r.choice(_WHO), r.choice(_SAID), r.choice(_WHERE)
    n, m = r.randint(2, 99), r.randint(2, 99)
    some, others = r.sample(_PEOPLE, 2)
    inner = who if who.startswith("Colonel") else who[0].lower() + who[1:]
    return r.choice(
        (
            f"[[{name}|{who} {said}]] [[k>={n}@{name}|at least {n} {some} were killed]] {where}.",
            f"[[{name}|{who} {said}]] that [[k={n}@{name}|{n} {some} died]] and [[i={m}@{name}|{m} were wounded]].",
            f"[[k={n}@{name}|{n} {some} were killed]] {where}, [[{name}|{inner} {said}]].",
            f"[[i~{n}@{name}|About {n} {some} were injured]], [[{name}|according to {inner}]].",
            f"“[[m={n}@{name}|{n} {some} are missing]],” [[{name}|said {inner}]].",
            f"The blast [[k={n}|killed {n} {some}]] and [[i={m}|wounded {m} {others}]] {where}.",
            f"[[k0@{name}|No {some} were killed]], [[{name}|{inner} {said}]] on Tuesday.",
            f"[[{name}|{who} {said}]] the bridge was shut. [[k={n}@{name}|{n} {some} died]] there.",
            r.choice(_PLAIN),
        )
    )


def _document(number: int) -> Document:
    r = random.Random(number)
    sentences = [_sentence(r, f"a{i}") for i in range(1, r.randint(4, 7))]
    text, spans = parse(" ".join(sentences) + ("\n\n" if number % 2 else " ") + r.choice(_PLAIN))
    return Document(Article(f"report-{number}", text), spans)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """On problems as small as those of the tests, threads cost several times what they save."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    """Forty short reports with gold spans and links."""
    return [_document(number) for number in range(40)]


@pytest.fixture(scope="session")
def fresh_documents() -> list[Document]:
    """Reports of the same kind that no fixture is trained on."""
    return [_document(number) for number in range(100, 112)]


@pytest.fixture(scope="session")
def tagger(documents: list[Document]) -> SpanTagger:
    return SpanTagger(trees=15, folds=2).fit([d.text for d in documents], [d.spans for d in documents])


@pytest.fixture(scope="session")
def linker(documents: list[Document]) -> Linker:
    return Linker(trees=15).fit(documents)


@pytest.fixture(scope="session")
def model(tagger: SpanTagger, linker: Linker) -> Model:
    return Model(tagger, linker, {"name": "small", "made_of": "forty reports", "scores": {"f1": 0.5}})
