"""Sentences: a table of cases with ``|`` where one ends, and properties of any text."""

from __future__ import annotations

import sys
import textwrap

import pytest
from casualty_claims.data.sentences import split_sentences
from hypothesis import given
from hypothesis import strategies as st

ABBREVIATIONS = [
    "Lt. Col. Amira Haddad said four died.| Maj. Gen. Osei denied it.",
    "Lieut. Col Brandt and Lieut Col Ruiz counted nine dead.| Neither gave names.",
    "Sgt. Paola Quintero and Pte. Ian Moss were hurt.| Cpl. Dean Frost died.",
    "Capt. Ivo Lenz met Brig. Gen. Sato and Adm. Pryce.| Nobody spoke.",
    "Dr. Nkemelu, Mr. Hall, Mrs. Ito and Ms. Duarte treated 14 people.| Prof. Lund helped.",
    "Sen. Abel Cruz and Rep. Dana Wirth wrote to Gov. Pell.| The Rev. Amos Tull and Fr. Benedek prayed.",
    "The LT. COL. SPOKE TO GEN. MORALES.| THE GENERAL LEFT.",
    "Former ex-Gen. Tamba and then-Sen. Oakes were absent.",
    "Rescuers from St. Petersburg reached Ft. Harlow near Mt. Ossa.| They found six bodies.",
    "Highway No. 7 and wards Nos. 3 and 4 were shut.| No one was hurt.",
    'Was anyone alive?| "No." |He wept.',
    "On Aug. 10 the toll was 12.| By Sept. 8 it had doubled.",
    "The raid came on Jan. 3, the burial on Dec. 21.",
    "He has been held since last Oct. The family has not seen him.".replace("Oct. ", "Oct. |"),
    "A U.S. convoy met U.N. monitors and U.S.-led forces.| U.K. Marines followed.",
    "The wounded were flown to the U.S.| The army said nothing more.",
    "Relatives live in the U.K.| He will bury his son there.",
    "She fled to the U.S.| Officials in Kadisha confirmed it.",
    "Rebels Free U.S. Officials After Raid",
    "Two U.S. Marines and a U.N. Secretariat clerk died.",
    "The blast struck at 10 a.m. Monday and the second at 9 p.m. EST.| Both were car bombs.",
    "It struck at 10 a.m.| The second came later.",
    "It struck at 4 p.m.| Rebels fled.",
    "The raid (at 8 p.m. EST). Last week another failed.".replace(". L", ". |L"),
    "At 7 a.m. Kadisha time the shelling resumed.",
    "Harlan Mining Inc. said two men died.| Orbit Corp. and Tern Ltd. closed their pits.",
    "The mine belongs to Harlan Mining Co.| It was shut in May.",
    "The mayor, Tobias Reed Jr., and Karl Sr. Weber were missing.",
    "About vs. around: approx. 30 hurt, est. 1,200 displaced.",
    "Some groups, e.g. Unit Nine, i.e. The old guard, lost men.",
    "Shells, mortars, rockets, etc. fell on the town.| Six died.",
    "J. R. Okafor and Maria T. Silva survived.| Plan B. The convoy turned.".replace("B. ", "B. |"),
    "The post is 12 km. from Adwa.| Soldiers hold it.",
    "TRENTON, N.J. (AP) - Two men drowned.| A third swam ashore.",
    "SAN MARCO, Calif. -- Fire killed three.| Nine fled.",
]

FIGURES = [
    "The 11th brigade lost 3.5 million rounds and $1.2 billion.| Losses rose 0.5 percent.",
    "Dated 21.05.2017 the note named 45 dead.| 30 others were hurt.",
    "In the attack 12 were killed.| 40 more are missing.",
    "1. Police found two bodies.\n|2. Medics treated five.",
    "The toll rose to 40.| By noon it was 44.",
    "See example.org. |Then write to desk@example.org or www.example.com/news.html?id=3.Today for more.",
]

QUOTATIONS = [
    '"We counted 12 bodies.| Three were children," the doctor said.',
    '"All of them are dead." the doctor said.',
    '"Are they alive?" he asked.| Nobody knew.',
    '"Are they alive?" Colonel Brandt asked.| Nobody knew.',
    '"We found 12."| He added that more were buried.',
    "“We found 12.”| He added that more were buried.",
    "“Nobody came.| Nobody called.| We dug with our hands,” said Lidia Rask.",
    "‘It was dark.’| Then the roof fell.",
    '"We left at dawn."| "They came at noon."',
    "He said the war was over!| She laughed (quietly.)| Then all went home.",
    'The crowd shouted "Justice!" and threw stones.',
    '"The men were dead. "| The second house was empty.',
    'The men were dead. |" The second house was empty," he said.',
    '"I ran," she told the station .|"And I hid in the barn."',
    '"They shot him."|The brother wept.',
]

DOTS = [
    "The street was ... a ruin, she said.",
    "The street was . . . a ruin, she said.",
    "The street was … a ruin, he said.",
    "They waited for days...| The boat never came.",
    "They waited for days…| Nobody came.",
    "They waited for days. . .| Then it rained.",
    "The ministry ... Sunday's blast ... Kadisha province, the note read.",
    "[Moreno] said the dead were his men. |[passage omitted] |He left.".replace("omitted] |", "omitted] "),
    "Who did this?!| Nobody answered!!| Silence.",
    "Yahoo! Wednesday carried the list.| It had 30 names.",
    "Four were killed Monday. killed and wounded were taken away.",
    "Fighters left Adwa. |al-Nahar reported nine dead.",
    "死者は三人。|負傷者は九人。",
]

GLUED = [
    "Nine were taken to hospital.|The army denied it.",
    "He died in 2014.|In May his son was hurt.",
    "Five were hurt in Kadisha.|They were flown out.",
    "The U.S.A and the word e.g.x and host Tele.Com stay whole.",
    "Lt.Col. Brandt and Dr.Sato met at St.Anne hospital.",
    "Shares of Tern Ltd. (TRN.DE: Quote) and Orbit (ORb.TO: Quote) fell.",
    "He serves .Mac users.",
    "Is anyone alive?|He did not know.",
]

LINES = [
    "Bomb Kills Nine in Kadisha Market\n|KADISHA (Reuters) - A bomb killed nine people on Monday, police said.",
    "Bomb kills nine in market\n|A bomb hidden in a cart killed nine people and hurt many more in the old market of "
    "Kadisha on Monday, police said.",
    "Ferry toll rises (AP)\n|AP - Divers found six more bodies.| Ten are missing.",
    "KABUL, Aug. 10 (Xinhua) -- Four policemen died.| Two were hurt.",
    "KADISHA (AFP) - [Text] Three men were shot. |One lived.",
    "Two dead in raid\n\n|Officials said little\n\n|It was late",
    "Nine people died when a wall fell, said the mayor.\n|A tenth is missing.\n|Subhead here\n|The wall was old and "
    "had been shored up with timber the year before, according to two engineers who saw it.",
    "The rebels killed nine men near the river and then crossed into Adwa with two\n"
    "Kadisha clerics as hostages, and the governor of the whole northern province said so on the radio.",
    "**PHOTO CAPTION***\n|Relatives carry a coffin through Adwa on Monday.\n|(AP)",
    "Key points:\n|* Nine people were killed\n|* Forty were hurt\n|* The bridge is closed",
    "A long account of the day was read out by the spokesman, and it named many of the dead one by one.\n"
    "|MoreImage\n|Tags Kadisha market bomb\n|Read Also",
    "The report named the officer as Lt.\nCol. Brandt of the northern command and gave no other names whatever to us.",
    "He spoke of the governor,\nKarl Weber, and of nobody else.",
    # Hard-wrapped: the line break is only a blank where the line is full.
    "   Presumed rebels attacked the village of Santa Rosalia before dawn\n"
    "and killed 14 people, a spokesman for the departmental governor told\n"
    "Radio Andina today.| Lt.\nCol. Moya said that the attackers came from the\n"
    "Rio Verde side and that two soldiers died.\n\n"
    "   |The bodies were taken to Puerto Nuevo.| General Carlos Vega Lara of\n"
    "Military Region Four\nsaid that no prisoners were taken.",
    "VILLAGE ATTACKED\n"
    "|Presumed rebels attacked the village of Santa Rosalia before dawn\n"
    "and killed 14 people, a spokesman for the departmental governor told\n"
    "Radio Andina today.| He said that the attackers came from the nearby\n"
    "Rio Verde side.\n"
    "|Troops were sent.",
    "PRESUMED REBELS ATTACKED THE VILLAGE OF SANTA ROSALIA BEFORE DAWN\n"
    "AND KILLED 14 PEOPLE, A SPOKESMAN FOR THE DEPARTMENTAL GOVERNOR TOLD\n"
    "RADIO ANDINA TODAY.| HE SAID THAT THE ATTACKERS CAME FROM THE NEARBY\n"
    "RIO VERDE SIDE.",
    "Police found\r\nnine bodies.\r\n\r\n|Two were boys.\r\n|The rest were men.",
]

UNUSUAL = [
    "\ufeffNine died.| \U0001f622\U0001f622 Ten lived.| \U0001d7d9 was hurt.",
    "קבוצה אחת נהרגה.| שלושה נפצעו.",
    "قتل تسعة أشخاص.| وجرح آخرون؟| لا أحد يعلم.",
    "Nine died.\u00a0| Ten lived.\u2028|Two fled.",
    "…",
    ".. B",
    '."',
    "A",
]

CASELESS = [
    "two men died, police said.| a third is missing.| he was 12.",
    "the raid failed, gen. osei told mr. hall.| lt. col. brandt denied it.",
    "u.s. troops met u.n. monitors near st. anne at 10 a.m. monday.| they left at noon.",
    '"are they alive?" he asked.| nobody knew.',
    '"we counted 12 bodies.| three were children," the doctor said.',
    "bomb kills nine in kadisha market\n|kadisha (reuters) - a bomb killed nine people on monday, police said.",
    "the report named the officer as lt.\ncol. brandt of the northern command and gave no other names whatever to us.",
    "the list is on example.org.| see www.example.com/news.html?id=3.today for more.",
]
"""Small letters throughout, and, as they are read alike, capitals throughout."""

CASES = ABBREVIATIONS + FIGURES + QUOTATIONS + DOTS + GLUED + LINES + UNUSUAL
CASES += CASELESS + [case.upper() for case in CASELESS]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize("case", CASES)
def test_splits_at_the_marks_and_nowhere_else(case: str) -> None:
    assert sentences(case.replace("|", "")) == [part.strip() for part in case.split("|")]


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t\r\n \u2029"])
def test_blank_text_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == []


PIECES = st.sampled_from(
    ["Nine died", "U.S", "Lt", "He said", "killed", "12", "3.5", "al-Nahar", "\U0001f622", "e\u0301", "נהרג", "A"]
) | st.sampled_from(
    [
        ".",
        ". ",
        "...",
        " . . . ",
        "? ",
        "!",
        '"',
        "“",
        "”",
        "'",
        "(",
        ") ",
        "[",
        "] ",
        ", ",
        " - ",
        "* ",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\u2028",
        "\u00a0",
        "   ",
        "\x00",
        "\ud800",
    ]
)
NEWSLIKE = st.lists(PIECES, max_size=60).map("".join)
TEXTS = st.text(max_size=200) | NEWSLIKE


@given(TEXTS)
def test_sentences_hold_every_character_once_and_no_blank_at_their_edges(text: str) -> None:
    position = 0
    for start, end in split_sentences(text):
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(TEXTS, NEWSLIKE)
def test_a_paragraph_set_apart_changes_nothing_before_it(text: str, paragraph: str) -> None:
    before = split_sentences(text)
    assert split_sentences(f"{text}\n\n{paragraph}")[: len(before)] == before


@given(TEXTS, st.text(alphabet=" \t\n", max_size=5))
def test_a_sentence_moves_with_the_text_around_it(text: str, blanks: str) -> None:
    shift = len(blanks) + 2
    assert split_sentences(f"{blanks}\n\n{text}") == [(a + shift, b + shift) for a, b in split_sentences(text)]


def steps(text: str) -> int:
    """Python lines executed while splitting; what the patterns do is bounded by their form."""
    count = 0

    def trace(frame: object, event: str, _: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        split_sentences(text)
    finally:
        sys.settrace(previous)
    return count


@pytest.mark.parametrize(
    "unit", ["word ", "Nine died. ", '."', "A. ", "a\nB\n", ".\n", "\n", ".", 'ab."Ab ', ". . .x ", "Nine died\n\n"]
)
def test_work_grows_no_faster_than_the_text(unit: str) -> None:
    assert steps(unit * 2000) <= 4.2 * steps(unit * 500) + 100


@pytest.mark.parametrize(
    "text",
    [".", "\n", "\r", "x", " ", '"', "(", "A.", '."', ". ", "?\u00a0", "\n ", "-", ". - ", '? "A '],
    ids=repr,
)
def test_a_megabyte_without_sense_is_split(text: str) -> None:
    """A quadratic pattern would not come back from this in any patience."""
    long = text * (1_000_000 // len(text))
    assert "".join("".join(s.split()) for s in sentences(long)) == "".join(long.split())


def test_a_sentence_of_five_thousand_words_stays_whole() -> None:
    text = "Killed were " + ", ".join(f"Name {i}" for i in range(2500)) + "."
    assert sentences(text + " Two lived.") == [text, "Two lived."]


REPORT = [
    "Officials in the northern province said on Monday that at least 14 people had died when a ferry sank.",
    "Lt. Col. Brandt told Radio Andina that divers had found six more bodies near St. Anne by 10 a.m. Sunday.",
    '"We heard a crash and then nothing at all," said Karl Weber, who had been asleep below deck.',
    "He lost two sons.",
    "The U.S. Coast Guard sent a boat, but Harlan Shipping Inc. said that it would not wait for the tide.",
    "Nine people were still missing on Aug. 10, according to the mayor of Puerto Nuevo, Tobias Reed.",
]


@given(st.lists(st.sampled_from(REPORT), min_size=3, max_size=12), st.integers(60, 90), st.sampled_from(["", "   "]))
def test_wrapping_a_paragraph_by_hand_moves_no_boundary(report: list[str], width: int, indent: str) -> None:
    text = " ".join(report)
    wrapped = textwrap.fill(text, width, initial_indent=indent, break_on_hyphens=False)
    assert [" ".join(s.split()) for s in sentences(wrapped)] == report
