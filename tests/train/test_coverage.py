"""What a corpus is made of: detectors against sentences written to show a row, and near misses that must not."""

from __future__ import annotations

from pathlib import Path

import pytest
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.notation import parse
from casualty_claims.train.cli import main
from casualty_claims.train.coverage import coverage, markdown, rows, shown, thin

NOTATION = (
    "[[a1|The harbour master said]] [[k=2@a1|two divers drowned]] and [[i%|half of the crew were hurt]]. "
    "[[i~9@a2|Some nine cadets were burned]], [[a2|an aunt said]]. The wind fell at dusk. "
    "A cook, [[a3|witnesses said]], ran ashore. [[k=1@a2|Another died later]]. "
)


def document(name: str, notation: str = NOTATION, **meta: str) -> Document:
    text, spans = parse(notation)
    return Document(Article(name, text), spans, meta)


def rows_of(notation: str) -> set[str]:
    return {row for _, row, _ in shown(document("example", notation))}


SHOWN: list[tuple[str, list[str]]] = [
    # quantities and qualifiers
    ("[[k=30|30 men died]] and [[k=6|six boys drowned]].", ["digits (30)", "number word (six)", "die", "drown"]),
    ("[[k=24|Two dozen sailors were killed]].", ["a dozen, two dozen", "kill", "4 harm word after the quantity"]),
    ("The quake [[k>1200|killed more than 1,200 villagers]].",
     ["a thousand or more", "more than", "4 harm word before the quantity"]),
    ("A mine [[k=1|killed a shepherd]].", ["article (a soldier)"]),
    ("A mine [[i=1|wounded his son]].", ["one with a possessive (his son)", "wound"]),
    ("The blast [[i=1|injured him]].", ["pronoun (wounding him)", "injure, injury"]),
    ("[[k=1|The driver was shot dead]].",
     ["described with the (the driver was killed)", "shot dead, gunned down", "dead"]),
    ("Gunmen [[k=1|murdered Dara Obin]] in Belmar.",
     ["named person", "murder, execute, behead, hang, massacre", "2 place or time outside, directly after"]),
    ("[[k=2|Both pilots perished]].", ["both, all, every", "perish, slay, martyr, fatality"]),
    ("[[iv2|Several cooks were hurt]] and [[kv2|many people died]].",
     ["several, a few, a number of", "many, countless", "hurt"]),
    ("[[kv24|Dozens of miners]] and [[kv200|hundreds of pilgrims died]].",
     ["tens, dozens, scores", "hundreds, thousands"]),
    ("Shells [[kv2|killed policemen]] in Tarnova.", ["bare plural (killed people in Kut)"]),
    ("They suffered [[cv?|heavy casualties]].", ["heavy casualties, no number", "casualties, the word"]),
    ("[[k<?|Far fewer have died]].", ["comparison (far fewer, more than before)"]),
    ("[[i=12|A further 12 were hurt]].", ["further, another, more (12 more)"]),
    ("[[k=40|A total of 40 people died]].", ["a total of"]),
    ("[[i0|No guards were hurt]] and [[k0|nobody died]].", ["no, without", "nobody, no one, none"]),
    ("[[k9-11|Between 9 and 11 men]] died, [[k%|most of them cooks]].",
     ["between N and M", "most, the majority", "10 share of a claim (most of them women)"]),
    ("[[k%|Half of the dead]] and [[i%|60 per cent of the wounded]] were clerks.",
     ["half, a third, two-thirds", "per cent", "10 N of the dead, among the dead"]),
    ("[[k>=3|At least three nurses died]] and [[k>=9|no fewer than nine guards]].",
     ["at least", "no fewer than, a minimum of, N or more"]),
    ("[[k>80|Over 80 died]]; the [[k>90|toll exceeds 90]].",
     ["over", "upwards of, exceeding, topped", "4 toll (raised the toll to 70)", "death, toll"]),
    ("[[k~80|About 80 died]], [[k~9|some nine]], [[k~7|nearly seven]] and [[i~5|an estimated five were hurt]].",
     ["about, around", "some", "nearly, almost, close to", "approximately, estimated, roughly, or so"]),
    ("[[k<=8|Up to 8 died]], [[k<=9|as many as nine]], [[k<=4|no more than four]], [[k<7|fewer than seven]].",
     ["up to", "as many as", "at most, no more than, a maximum of", "fewer than, less than, under"]),
    ("[[k20-25|20 to 25 drowned]] and [[m2-3|two or three were missing]].", ["N to M, N-M", "N or M"]),
    # harms
    ("[[k=4|Four bodies]] were found and [[k=9|nine lives were lost]].", ["body, corpse", "lose life, claim lives"]),
    ("The brigade [[k=47|lost 47 men]]; [[k=2|two were burned to death]].",
     ["lost (lost 47 soldiers)", "crush, burn, stab, beat to death"]),
    ("A man [[k=1|blew himself up]].", ["blew himself up, suicide", "attacker counted (killed himself)"]),
    ("[[i=3|Three were treated for burns]] and [[i=1|shot a clerk]] in the leg.",
     ["burns, broken bones, treated in hospital", "shot, stabbed, hit, beaten, and alive"]),
    ("[[m=3|Three divers are missing]] and [[m=2|two are unaccounted for]].",
     ["missing, the word", "unaccounted for, not found, fate unknown"]),
    ("[[k=30|30 are feared dead]].", ["feared, presumed (feared dead)"]),
    ("Shells [[c=30|killed and wounded 30]]; [[c=60|60 are dead or missing]].",
     ["killed and wounded in one quantity", "dead or missing in one quantity"]),
    ("[[k=3|3 Guards]], [[k=5|5 Rebels Killed]] in Tarnova\nBELMAR - Shots were heard.",
     ["headline's bare victims (3 GIs)", "no harm word of its own", "headline without a verb"]),
    # rules
    ("It [[k=3|killed three cooks]], [[k=1|a nurse]] and [[k=2|two boys]].",
     ["1 shared harm word: marked alone, after it", "1 list of three quantities or more"]),
    ("[[k=40|Forty rebels]] and [[k=3|three police were killed]].", ["1 shared harm word: marked alone, before it"]),
    ("[[k=30|30 were killed]] and [[i=219|219 wounded]].", ["1 quantity and harm word without people (219 wounded)"]),
    ("[[k=2|Two members of the guild were killed]] when a wall fell.",
     ["2 of-phrase that says who", "2 cause outside, directly after"]),
    ("It [[k=2|killed two boys]] who were fishing.", ["2 relative clause or participle outside"]),
    ("[[k=2|Two boys who were fishing in a pond were killed]].",
     ["2 relative clause or participle inside", "2 place or time inside"]),
    ("[[k=9|Nine people]], including [[k=5|five girls]] and [[k=2|two boys]], were shot.",
     ["5 counted part after including", "5 counted part after including, later in a list"]),
    ("[[k=9|Nine people]], [[k=2|two of them children, have died]].",
     ["5 counted part: N of them", "10 N of them with a harm or state of their own"]),
    ("[[k=22|22 people, including women, were killed]].", ["5 uncounted part inside"]),
    ("It [[k=36|killed 36 people]] including children.", ["5 uncounted part outside, unmarked"]),
    ("[[k=8|Eight men died]]. The fire was out by noon. The [[k=8|eight men killed]] were cooks.",
     ["7 same people counted again", "8 the before the quantity, outside"]),
    ("[[k>=3|At least three guards]] and [[k=3|three police were killed]].",
     ["9 the qualifier belongs to the nearest only"]),
    ("[[a1|Police identified]] the dead as [[k=1@a1|Olan Teik]] and [[k=1@a1|Dara Obin]].",
     ["10 names after a toll", "identify, name the dead"]),
    ("Bomb [[k=4|Kills Four]] in Belmar\nBELMAR - Shots were heard.", ["headline with a verb"]),
    # cues and sources
    ("[[a1|Capt. Olan Teik told reporters]] that [[k=1@a1|a boy died]].",
     ["tell and whom (told reporters)", "person with title", "fronted", "fronted, with that"]),
    ("[[k=1@a1|A boy died]], [[a1|according to figures released by the ministry]].",
     ["according to", "trailing according to", "according to a document", "noun cue (a statement from, a report by)"]),
    ("[[a1|According to the Red Cross]], [[k=1@a1|a boy died]].",
     ["fronted according to", "UN, Red Cross, international body"]),
    ("[[a1|State radio reported]], [[a2|quoting doctors]], that [[k=1@a1|a boy died]].",
     ["report", "outlet", "citing, quoting, in the words of", "chain (radio reported, quoting officials)",
      "the first of a chain", "hospital, doctors, medics"]),
    ("[[a1|The ministry announced in a statement]] that [[k=1@a1|a boy died]].",
     ["announce, state, declare", "in a statement", "ministry, government, office, agency"]),
    ("[[a1|Rebels confirmed]] it.", ["confirm", "armed group", "carries no claim"]),
    ("[[a1|The army claimed]] a hit, [[a2|adding]] that [[k=1@a2|a scout died]].",
     ["claim", "military", "add, note, stress, insist", "cue alone, no source beside it",
      "second cue in the sentence (, adding)", "a cue without a source", "the nearer of two attributions before it"]),
    ("[[a1|He admitted]] [[k=1@a1|one death]].", ["acknowledge, admit, concede", "pronoun"]),
    ("[[a1|A police spokesman denied it, saying]] [[k0@a1|nobody died]].",
     ["deny, dispute, reject", "disputed the figures, saying", "police",
      "office holder without a name (a police spokesman)"]),
    ("[[a1|Analysts believe]] [[k=9@a1|nine died]].", ["estimate, believe, think", "experts"]),
    ("[[a1|Officials put]] the [[k=70@a1|death toll at 70]].", ["put a toll at", "officials, unnamed"]),
    ("[[a1|Olan Teik was quoted as saying]] [[k=9@a1|nine died]].", ["quoted as saying", "person, name alone"]),
    ("[[a1|A survivor wrote]] that [[k=9@a1|nine died]].",
     ["write, tweet, post", "witnesses, residents, relatives"]),
    ("[[a1|The paper has learned]] that [[k=9@a1|nine died]].", ["reveal, disclose, learn"]),
    ("[[a1|A report shows]] that [[k=9@a1|nine died]].",
     ["show, indicate, suggest (of a document)", "document (statement, report, figures)"]),
    ("[[a1|The Front claimed responsibility]].", ["claim responsibility"]),
    ("[[a1|An inquiry found]] faults.", ["explain, recall, warn, find"]),
    ("[[a1|Olan Teik, mayor of Belmar, said]] [[k=9@a1|nine died]].", ["person with apposition", "say"]),
    ("[[a1|Activists and police, who came late, said]] [[k=9@a1|nine died]].",
     ["several sources (police and medics)", "relative clause inside", "monitors, rights groups"]),
    ("The boat, [[a1|villagers said]], was old.", ["parenthetical, in the middle of a clause"]),
    ("[[k=9@a1|Nine died]], [[a1|police said]].",
     ["trailing, source before cue", "an attribution after it"]),
    ("\"We ran,\" [[a1|said Olan Teik]], who lost a shoe.",
     ["inverted (said X)", "after a quotation", "relative clause after it, outside"]),
    ("\"We ran,\" [[a1|she said]], \"and then it fell.\"", ["between two parts of a quotation"]),
    ("[[a1|The mayor said]]: \"It fell.\"", ["before a quotation"]),
    ("Bomb [[k=4@a1|Kills Four]]: [[a1|Police Say]]\nBELMAR - Shots were heard.",
     ["in a headline", "in a headline, after a colon or dash"]),
    ("[[a1|Police said]] Sunday that [[k=9@a1|nine died]].",
     ["date or place directly after it, outside", "an attribution before it"]),
    # links
    ("[[k=9|Nine died]]. [[k=2|Two drowned]], though [[a1|police said]] the sea was calm.",
     ["nobody, no attribution in the sentence", "nobody, though the sentence has an attribution"]),
    ("\"[[k=9@a1|Nine died]]. We ran. [[a1|He added]] nothing. [[i=2@a1|Two were hurt]].",
     ["an earlier sentence's attribution", "a later sentence's attribution"]),
    ("[[a1|Police said]] [[k=9@a1|nine died]], [[i=2@a1|two were hurt]] and [[m=1@a1|one was missing]].",
     ["one attribution, three claims or more"]),
    # what nobody marked
    ("Police arrested nine men and two hostages were freed unharmed.",
     ["arrest, capture", "kidnapping, hostages", "rescue, survival, release"]),
    ("Thousands of families fled as tanks were destroyed.",
     ["displacement, flight, evacuation", "vehicles, weapons, buildings destroyed",
      "troop numbers, crowds, passengers"]),
    ("The flood drowned forty sheep.", ["animals"]),
    ("They threatened to kill the cook. Miners often die here.",
     ["hypothetical, threatened or planned harm", "generic or habitual harm"]),
    ("The death toll rose. The victims were buried. His death was felt.",
     ["death toll, casualties without a figure", "the dead, the victims, without a quantity",
      "his death, her killing", "anniversary, funeral, mourning"]),
    ("The composer died of cancer at 91.", ["natural death, obituary"]),
    ("The striker will miss Sunday's match with an injury.", ["sport"]),
    ("The senate killed the bill.", ["idiom, business"]),
    ("The crew fired a 130-mm gun.", ["weapons, calibres, what they can do"]),
    ("He was convicted of fraud.", ["charges, trials, sentences"]),
    ("She called for calm, blamed the rain and described the scene.",
     ["speech that states no fact (call for, vow, urge)", "accusation, blame, condemnation", "called it, described"]),
    ("[[k=9|Nine men]] reportedly [[k=1|died]].", ["reported by nobody (reportedly, were believed)"]),
    ("BELMAR, Oct 3 (AP) - The 41-year-old ship, worth $3 million, sailed 40 miles at 9:30 a.m.",
     ["dateline, agency credit", "ages", "money", "distances, sizes, speeds, weights", "days, years, times"]),
    ("An outbreak of fever closed the port.", ["illness without death"]),
]  # fmt: skip

NOT_SHOWN: list[tuple[str, list[str]]] = [
    ("[[k=1|The driver was killed]].", ["article (a soldier)", "named person", "digits (30)"]),
    ("Bomb [[k=1|Kills Belmar Man]]\nBELMAR - Shots were heard.", ["named person"]),
    ("[[k=12|A dozen men died]].", ["article (a soldier)"]),
    ("[[k>=9|At least nine died]].", ["2 place or time inside"]),
    ("[[k>9|More than nine men died]].", ["further, another, more (12 more)"]),
    ("[[k=22|22 people]], including [[k=2|two boys]], died.", ["5 uncounted part outside, unmarked"]),
    ("[[k=9|Nine men died]]. [[k=4|Four men died]].", ["7 same people counted again"]),
    ("The [[k=1|death of a boy]].", ["8 the before the quantity, outside"]),
    ("[[k=4|Four guards]] and [[k=3|three police were killed]].", ["9 the qualifier belongs to the nearest only"]),
    ("[[k=9|Nine men]], [[k=2|two of them cooks]], were shot.", ["1 shared harm word: marked alone, after it"]),
    ("[[k=9@a1|Nine died]], [[a1|police said]], [[a2|adding]] that it rained.", ["the first of a chain"]),
    ("[[a1|According to WHO]], [[k=9@a1|nine died]].", ["relative clause inside"]),
    ("[[a1|The official agency said]] so.", ["office holder without a name (a police spokesman)"]),
    ("[[k=9@a1|Nine died]], [[a1|police said]].", ["inverted (said X)", "fronted", "carries no claim"]),
    ("The sea wall was repaired. [[k=2|Two men]] were [[k=1|arrested and died]].",
     ["arrest, capture", "the dead, the victims, without a quantity"]),
    ("He faces the death penalty.", ["the dead, the victims, without a quantity", "his death, her killing"]),
    ("[[k=1|A keeper died]] of his injuries.", ["his death, her killing"]),
    ("Police fired tear gas at the match.", ["sport"]),
    ("Mortars hit the market.", ["idiom, business"]),
    ("The flood of 19 May killed nobody there.", ["hypothetical, threatened or planned harm"]),
    ("[[k%|More than half of them]] were cooks.", ["comparison (far fewer, more than before)"]),
]  # fmt: skip


@pytest.mark.parametrize(("notation", "expected"), SHOWN)
def test_a_row_is_shown(notation: str, expected: list[str]) -> None:
    assert [row for row in expected if row not in rows_of(notation)] == []


@pytest.mark.parametrize(("notation", "unexpected"), NOT_SHOWN)
def test_a_near_miss_is_not(notation: str, unexpected: list[str]) -> None:
    assert [row for row in unexpected if row in rows_of(notation)] == []
    assert set(unexpected) <= set(rows())


def test_every_row_has_its_example() -> None:
    """A detector that never fires, and a row whose name changed, are both found here."""
    plain = {"killed", "injured", "missing", "casualties"} | {
        "exact", "at_least", "more_than", "about", "at_most", "fewer_than", "between", "vague", "none", "share",
    }  # fmt: skip
    listed = {row for _, expected in SHOWN for row in expected}
    assert listed | plain == set(rows())
    assert len(rows()) == len(set(rows()))


def test_the_counts_of_a_document() -> None:
    tables = coverage([document("ship", genre="wire", decade="1990s", event="storm")])
    assert tables["size"] == {
        "documents": 1, "sentences": 5, "sentences without a span": 1, "claims": 4, "attributions": 3,
    }  # fmt: skip
    assert tables["harm"] == {"killed": 2, "injured": 2, "missing": 0, "casualties": 0}
    assert {row: times for row, times in tables["qualifier"].items() if times} == {"exact": 2, "share": 1, "about": 1}
    assert {row: times for row, times in tables["claim rests on"].items() if times} == {
        "an attribution before it": 1,
        "an attribution after it": 1,
        "an earlier sentence's attribution": 1,
        "nobody, though the sentence has an attribution": 1,
    }
    assert tables["genre"] == {"wire": 1} and tables["decade"] == {"1990s": 1} and "region" not in tables


def test_documents_add_up_and_a_field_that_is_nowhere_has_no_table() -> None:
    one, three = coverage([document("a")]), coverage([document(name) for name in "abc"])
    assert three == {name: {key: 3 * times for key, times in counts.items()} for name, counts in one.items()}
    assert "genre" not in one


def test_a_row_is_counted_as_often_as_it_is_shown() -> None:
    text = document("ship")
    tables = coverage([text])
    for table in tables.keys() - {"size"}:
        for row, times in tables[table].items():
            assert times == sum((table, row) == (t, r) for t, r, _ in shown(text))


def test_thin_rows_are_told_the_rarest_first() -> None:
    tables = coverage([document("a")])
    few = thin(tables, least=2)
    assert [times for *_, times in few] == sorted(times for *_, times in few)
    assert ("qualifier", "share", 1) in few and ("harm", "missing", 0) in few
    assert all(row != "killed" for _, row, _ in few)


def test_check_prints_the_counts_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = [document("ship", genre="wire")]
    write_corpus(tmp_path / "c.jsonl", documents)
    assert main(["check", str(tmp_path / "c.jsonl"), "--counts"]) == 0
    said = capsys.readouterr()
    assert said.out.endswith(f"\n\n{markdown(coverage(documents))}\n")
    assert "| size | count |\n|---|---:|\n| sentences | 5 |\n| claims | 4 |\n" in said.out
    assert "thin, fewer than 25: " in said.err and "share (1)" in said.err


def test_check_shows_the_sentences_of_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_corpus(tmp_path / "c.jsonl", [document("ship")])
    assert main(["check", str(tmp_path / "c.jsonl"), "--show", "half, a third, two-thirds"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "ship: ⟨The harbour master said⟩ ⟦two divers drowned⟧ and ▶⟦half of the crew were hurt⟧."
    )
    assert main(["check", str(tmp_path / "c.jsonl"), "--show", "a third"]) == 2
    assert "did you mean half, a third, two-thirds?" in capsys.readouterr().err
