"""Harms: what a claim's own words say, and what it takes over from the words around it."""

from __future__ import annotations

import pytest
from casualty_claims.data.documents import HARMS
from casualty_claims.data.notation import parse
from casualty_claims.models.harms import harm_of_words, harms
from hypothesis import given
from hypothesis import strategies as st

OWN_WORDS = """
killed      three sappers died | a baker was shot dead | shot and killed a monk | 14 deaths | bodies of two divers
killed      a nurse was fatally wounded | an usher died of his wounds | the fire claimed 14 lives | lost 19 recruits
killed      gunned down two clerks | mowed down a family | mowing down shoppers | was blown up | blew himself up
killed      nine men were burned alive | toll at 64 | four drowned | beheaded a hostage | martyred | six fatalities
killed      17 fatal casualties | found the missing boy's body | shooting of 14 inmates | had their throats cut
injured     two were hurt | 83 wounded | stabbed one | she suffered leg wounds | a cook was taken to hospital
injured     shot a trader in the leg | a boy is fighting for his life | 11 were taken to hospital
injured     a girl was hit | attacked a clerk | burned a child | broke his collarbone | lost an eye
injured     six others were treated for smoke inhalation | no one was injured
missing     his niece is still missing | 12 unaccounted for | two missing, feared dead | a driver disappeared
missing     five are missing and presumed dead | three were lost at sea | whose bodies have not been found
casualties  no casualties | killed and wounded thousands | killed or wounded people | 30 dead and injured
casualties  killing or injuring dozens | 90 killed or missing | heavy casualties | heavy losses | dead or wounded
killed      two boys burned alive | burned six clerks alive | were burnt beyond recognition | cut his cousin's throat
killed      four made the supreme sacrifice | one of the injured expired | 12 gunmen were destroyed | loss of nine men
killed      three losses | losses at six dead | nine had passed away | loss of life
injured     a girl with a fractured skull | lost his sight | broke a wrist | cost her an eye | sends 11 to hospital
injured     six were critical | 30 people suffering from suffocation | two were scorched | remained in the hospital
missing     four cannot be traced | a cook could not be found | nine divers are lost | six are out of contact
casualties  kill, wound close to 20 | without loss | losses were heavy
none        three medics | a civilian | 40 others | Omar Haddad | a suicide bomber | on death row
"""


@pytest.mark.parametrize(
    ("words", "harm"),
    [
        (words.strip(), harm)
        for line in OWN_WORDS.strip().splitlines()
        for harm, _, rest in [line.partition(" ")]
        for words in rest.split("|")
    ],
)
def test_own_words(words: str, harm: str) -> None:
    for style in (words, words.upper(), words.replace(" ", "\n")):
        assert harm_of_words(style) == (None if harm == "none" else harm)


def test_wounds_that_killed_later_are_a_death() -> None:
    assert harm_of_words("a ranger was wounded and later died") == "killed"


# one sentence; the harm of each claim by its letter, whatever stands in the words themselves
SENTENCES = [
    "[[k=2|Two raiders]] and [[k=3|three cadets were killed]].",
    "The siege has [[k>=90|killed at least 90 bandits]], [[k=3|three medics]] and [[kv2|uncounted farmers]].",
    "The blast left [[k=6|six porters]] and [[k=1|a guide dead]].",
    "A mine [[k=2|killed two miners]] and [[i=3|wounded three guards]] and [[i=1|a cook]].",
    "[[k=5|Five scouts]] and [[k=2|two rangers were killed]] and [[i=4|four boys were hurt]].",
    "A shell [[i=20|wounded 20 pupils]], including [[i=3|three girls]] and [[i=1|an aide]], and [[k=1|killed a nun]].",
    "[[k=10|Ten people]], [[k=2|two of them nurses, have died]].",
    "A raid [[k=7|killed seven men]], [[k=2|two of them]] brothers.",
    "The dead were named as [[k=1|Ana Ruiz]] and [[k=1|Piet Vos]].",
    "Among the injured were [[i=1|a Dutch nurse]] and [[i=2|two Thai cooks]].",
    "[[k=12|Twelve divers died]]; still missing are [[m=3|three]].",
    "[[i=1|Danish envoy]] among [[i=9|9 injured]] in hotel blast",
    "[[c~30|Some 30 sailors were killed or wounded]], among them [[c=2|two officers]].",
    "He [[k=1|shot his wife dead]] before [[k=1|killing himself]].",
    "Guards [[i=1|shot a clerk]] in the thigh and [[k=1|shot a nun]] in the head.",
    "[[i=3|Three boys were shot]] but survived; [[i=1|one was hurt]] and [[k=1|a cook was crushed]] by a wall.",
    "A slide [[k=1|crushed my mother]] and [[k=1|my son]], and [[m=2|two are missing]].",
    "[[i=2|Two were wounded]]. I have buried [[k=1|my brother]] and [[k=7|seven burned]] to death.",
    "[[k=2|Two have died]], [[k=1|one]] at a farm and [[k=1|another]] at the mill; [[m=0|no one is missing]].",
    "Police found [[k=4|four bodies]] and [[i=2|two wounded boys]].",
]


@pytest.mark.parametrize("notation", SENTENCES)
def test_claims_of_one_sentence(notation: str) -> None:
    text, spans = parse(notation)
    found = harms(text, [(s.start, s.end) for s in spans], (0, len(text)))
    assert found == [s.harm for s in spans]


@pytest.mark.parametrize("notation", SENTENCES)
def test_the_order_in_which_claims_are_given_does_not_matter(notation: str) -> None:
    text, spans = parse(notation)
    found = harms(text, [(s.start, s.end) for s in reversed(spans)], (0, len(text)))
    assert found == [s.harm for s in reversed(spans)]


def test_last_resorts() -> None:
    text = "Four more. They came from Gao."
    assert harms(text, [(0, 4)], (0, 10), previous="injured") == ["injured"]
    assert harms(text, [(0, 4)], (0, 10)) == ["killed"]
    assert harms(text, [], (0, 10)) == []


def test_words_of_other_sentences_are_not_used() -> None:
    text = "Scores were wounded. Six nuns were there."
    assert harms(text, [(21, 29)], (21, len(text)), previous="missing") == ["missing"]


def test_compounds_that_only_look_like_a_harm() -> None:
    text = "On death row, a suicide bomber and two nuns were hurt."
    claim = (text.index("two"), text.index(" were"))
    assert harms(text, [claim], (0, len(text))) == ["injured"]


@given(st.text(max_size=120), st.data())
def test_any_text_gets_a_harm(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    claims = list(zip(cuts[::2], cuts[1::2], strict=False))
    found = harms(text, claims, (0, len(text)))
    assert len(found) == len(claims)
    assert set(found) <= set(HARMS)
    assert harm_of_words(text) in {*HARMS, None}
