"""spaCy's DocBin, written by spaCy itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from casualty_claims.data.docbin import read_docbin
from casualty_claims.data.standoff import FormatError, Loss

TEXT = "Officials in Tarnova said\n\n💥 six people died.  Two are missing."


def test_entities_and_span_groups(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy", reason="spaCy comes with the extra docbin")
    nlp = spacy.blank("en")
    one, two = nlp(TEXT), nlp("No one was hurt.")
    claim = one.char_span(29, 44, "CASUALTY_CLAIM")
    one.set_ents([one.char_span(13, 20, "LOC"), claim])
    one.spans["sc"] = [one.char_span(0, 25, "ATTRIBUTION"), claim, one.char_span(29, 39, "CASUALTY_CLAIM")]
    one.spans["empty"] = [spacy.tokens.Span(one, 3, 3, "X")]
    one.cats["news"] = 1.0
    spacy.tokens.DocBin(docs=[one, two], store_user_data=True).to_disk(tmp_path / "dev.spacy")
    told: list[Loss] = []
    documents = list(read_docbin(tmp_path / "dev.spacy", told.append))
    assert [(d.id, d.text) for d in documents] == [("dev#1", TEXT), ("dev#2", "No one was hurt.")]
    assert [(TEXT[m.start : m.end], m.label) for m in documents[0].marks] == [
        ("Officials in Tarnova said", "ATTRIBUTION"),
        ("Tarnova", "LOC"),
        ("six people", "CASUALTY_CLAIM"),
        ("six people died", "CASUALTY_CLAIM"),
    ]
    kinds = sorted(loss.kind for loss in told)
    assert kinds[0] == "categories of whole texts left out"
    assert kinds[1:] in ([], ["spans left out: they are empty or have no label"])  # spaCy may drop the empty one


@pytest.mark.parametrize("content", [b"", b"not a DocBin", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("spacy", reason="spaCy comes with the extra docbin")
    (tmp_path / "x.spacy").write_bytes(content)
    with pytest.raises(FormatError, match="no DocBin"):
        list(read_docbin(tmp_path / "x.spacy", pytest.fail))


def test_without_spacy_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    with pytest.raises(FormatError, match=r"casualty-claims\[docbin\]"):
        list(read_docbin(tmp_path / "x.spacy", pytest.fail))


def test_a_missing_file(tmp_path: Path) -> None:
    pytest.importorskip("spacy", reason="spaCy comes with the extra docbin")
    with pytest.raises(FormatError, match="no such file"):
        list(read_docbin(tmp_path / "x.spacy", pytest.fail))
