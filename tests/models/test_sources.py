"""Attributions: source and cue, and the kind of source."""

from __future__ import annotations

import pytest
from casualty_claims.models.sources import SOURCE_TYPES, source_type, split_attribution
from hypothesis import given
from hypothesis import strategies as st


# source in angle brackets, cue in square ones
@pytest.mark.parametrize(
    "marked",
    [
        "<NATO troops> [said]",
        "[According to] <the Fisheries Ministry>",
        "[said] <Ibrahim Toure, an aide to the emir in Kano>",
        "<Al-Tikriti> [was quoted by DPA as saying]",
        "<Maj Ann Webb, operations officer of the brigade>, [said]",
        "<hospital sources> [told Interfax]",
        "<A spokeswoman> [disputed the count, saying]",
        "<UNICEF> [said in a statement]",
        "[adding]",
        "[told reporters]",
        "[said]",
        "[citing] <the coroner's office>",
        "<a statement from the junta> [said]",
        "<A toll issued by the navy> [said]",
        "<police reports> [say]",
        "<hospital records> [show]",
        "<The Homs Media Bureau a rights collective> [said]",
        "<doctors> [believe]",
        "<the United States> [claims]",
        "<The United Nations> [estimates]",
        "<Radio Gao> [has reported]",
        "[confirmed by] <hospital officials>",
        "<He> [later added]",
        "<the rebels> [denied it, stating]",
        "<A woman who telephoned a radio station> [claimed responsibility]",
        "<The driver, identified only as T.K.>, [told police]",
        "<The nurse, who had spoken to the families>, [confirmed]",
        "<Two surgeons> [have not confirmed]",
        "<the Harbour Watch> [puts]",
        "<a baker\nfrom Ghent> [said]",
        "[quoting] <a source at the morgue>",
        "[said] <the army> in a statement",
        "<officials> Tuesday [said]",
        "<the junta> on Monday [claimed]",
        "<a study released on Tuesday> [puts]",
        "<informed sources> [said]",
        "[said] <the Observatory> adding",
    ],
)
def test_split(marked: str) -> None:
    text = "".join(c for c in marked if c not in "<>[]")
    source = marked[marked.index("<") + 1 : marked.index(">")] if "<" in marked else None
    cue = marked[marked.index("[") + 1 : marked.index("]")] if "[" in marked else None
    found = split_attribution(text)
    assert (found.source and text[slice(*found.source)]) == source
    assert (found.cue and text[slice(*found.cue)]) == cue


def test_no_cue_leaves_the_source() -> None:
    found = split_attribution("the mayor of Gao")
    assert found.source == (0, 16)
    assert found.cue is None


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("he", "pronoun"), ("They", "pronoun"),
        ("the Interior Ministry", "official"), ("a government spokesman", "official"), ("officials", "official"),
        ("the Health Ministry", "official"), ("the governor of Sikasso", "official"), ("Baghdad", "official"),
        ("a U.S. military spokesman", "military"), ("Col. Ann Webb", "military"), ("the army", "military"),
        ("police", "police"), ("the prosecutor's office", "police"), ("Fire Chief Rick Olsen", "police"),
        ("medical sources", "medical"), ("a doctor at the Gao hospital", "medical"), ("hospital officials", "medical"),
        ("witnesses", "witness"), ("residents of the town", "witness"), ("her sister", "witness"),
        ("Xinhua", "media"), ("state television", "media"), ("the Press Trust of India", "media"), ("The Sun", "media"),
        ("the Harbour Observatory for Human Rights", "monitor"), ("activists", "monitor"), ("aid groups", "monitor"),
        ("WHO", "international"), ("DOCTORS WHO TREATED THE MAN", "medical"), ("China's envoy", "official"),
        ("a town councilor", "official"), ("Councillor Jean Daventry", "official"),
        ("the United Nations", "international"), ("a Red Cross official", "international"),
        ("the rebels", "armed_group"), ("a Taliban spokesman", "armed_group"), ("Boko Haram", "armed_group"),
        ("analysts", "expert"), ("seismologists", "expert"),
        ("the statement", "document"), ("the figures", "document"),
        ("Amina Diallo", "person"), ("Piet Vos, a retired gardener", "person"),
        ("Ibrahim Toure, a doctor at the clinic", "medical"),
        ("the civil defence", "police"), ("the Belmar Air Force rescue team", "military"),
        ("sources", None), ("The source", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_kinds(source: str | None, kind: str | None) -> None:
    assert source_type(source) == kind


def test_the_word_sun_is_no_newspaper() -> None:
    assert source_type("those in the sun") != "media"


WORDS = ["said", ",", "police", "who", "told", "AFP", "as", "quoted", "by", "WHO", "the", "-"]


@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(WORDS)).map(" ".join),
    )
)
def test_any_text_is_split_into_parts_that_do_not_overlap(text: str) -> None:
    found = split_attribution(text)
    parts = sorted(part for part in (found.source, found.cue) if part is not None)
    assert all(0 <= start < end <= len(text) for start, end in parts)
    assert len(parts) < 2 or parts[0][1] <= parts[1][0]
    assert source_type(text) in {*SOURCE_TYPES, None}
