"""Quantities: every row of the scheme's table, numbers in all spellings, and what must not be counted."""

from __future__ import annotations

import pytest
from casualty_claims.data.documents import Quantity
from casualty_claims.data.notation import bounds, parse
from casualty_claims.models.quantities import find_quantity, is_plural, read_quantity
from hypothesis import example, given
from hypothesis import strategies as st
from num2words import num2words

# quantity in the project's notation, then words that state it
TABLE = """
>=26        At least 26 people have been killed
=83         83 wounded
>=90        killed at least 90 bandits
=3          three medics | three cadets were killed | three 17 year old boys were killed | Car bomb kills 3
=3          three of his brothers | killed three in 48 hours | 3 of the 12 crew | only three died
=3          three dead and | all three died | her 3 children
v2          uncounted farmers | a couple of soldiers | they were killed | killed people | killing civilians
v2          kills civilians | casualties | bodies of miners | many others wounded | a handful of people
v2          a number of soldiers were hurt | a large number of people died | policemen killed | killing soldiers
v2          others were injured | killing passengers | crew members were hurt | US soldiers | US forces killed
v2          Israelis killed | bodies found | a family was killed | a group of villagers was killed
v2          women and children died | an unknown number of people | an unspecified number of casualties
v2          more people died | some people were hurt | some of the passengers died | Egyptians drowned
v2          four times as many died | all on board were killed | all of them died | everyone on board died
v2          all the passengers died | troops killed | gunmen killed | a large number of casualties
v2          countless civilians | children died
=50         Fifty raiders
v2000       wounded and killed thousands | thousands died | several thousand
=58         toll of sailors drowned since June 2011 to 58
=64         death toll at 64
=14         deaths of 14 raiders
=117        117 Killed
0           no Danish casualties | nobody was hurt | none of the crew was injured | no one was injured
0           no-one was hurt | without casualties | did not kill anyone | nobody was killed | zero casualties
0           not a single person was hurt | No deaths or injuries | neither man was hurt | killed none | 0 killed
0           suffered no losses
<?          far fewer were hurt
>=19        lost at least 19 recruits
=1          shot himself dead | shot dead Mullah Karim | shot and killed a baker | his niece is still missing
=1          a soldier was killed | an Iraqi | one Marine died | Japanese man killed | killed his wife
=1          wounding him | killed her | 18 year-old girl was killed | a 23-year-old man died
=1          Two-year-old girl killed | the 11th victim died | killed a sniper with an AK-47
=1          killing a passenger of Flight 800 | One Dead | Kill Angolan | body of a miner
=1          one of the leaders was killed | killed a policeman | police officer killed | US soldier killed
=1          her husband died | three-month-old baby | killed Lt. Col. James Harrow | death of President Amadi
=1          Omar Haddad, 34, was killed | Marcus Webb (22) died | the gunman was shot dead | suicide bomber died
=1          the most wanted militant was killed | a most wanted man was killed | a man aged 24 was killed
=1          a man of 24 was killed | his wife and | an American killed | Israeli killed | Chinese miner dies
=1          bishop murdered | priest's body found | killing driver | third soldier dies
=1          Maj. Gen. Karim Nasser was assassinated | twelve-year-old Hana was killed
=1          an 80-year-old woman | her five-year-old daughter | killing bus driver | killed the bus's driver
=1          soldier's wife killed | killed 4th soldier | a second soldier died | child dies | a child
=1          infant killed | 1 killed
=6          six policemen | half a dozen | a further six were hurt | the lives of six firefighters
=6          half-dozen killed | a half-dozen people | the remaining six died
=15         15 dead bodies | another 15 soldiers | raising the death toll from 12 to 15 | 15 passengers and crew
=2415       number of deaths has climbed to 2,415
=10         ten people
=2          two of them nurses, have died | two men identified as Piet and Jan were killed | two more died
=2          both pilots died | both men | the couple died | a pair of hikers | two 18-year-olds died
=2          twin sisters died | two of the wounded | two of her sons were killed | their two children
=2          two men, aged 24 and 31, were killed | 2 die | the policeman's two sons | Two pilots die
=31         31 people, including nuns and pupils, were killed
30-40       between 30 and 40 miners
3-5         three to five bodies | killing 3-5 soldiers | 3\u20135 dead
=12         a dozen people died | 12-member crew died | dozen killed | Dozen killed | a convoy of 12 soldiers
=24         two dozen rebels
~12         a dozen or so were hurt
=2500000    2.5 million dead
v200000     hundreds of thousands perished
v20000      tens of thousands have died | tens of thousands of Tutsis
v20         tens of people
v24         dozens hurt | a few dozen people
=32         thirty-two | thirty two sailors drowned
=105        one hundred and five pilgrims
=10000      10 000 people
=1234       1,234 people
=12000      12,000 dead
=1200       1.200 dead
~500        an estimated 500 people died
>12         more than a dozen
>1000       over 1,000 dead | toll has passed 1,000 | exceeded 1,000 deaths
>400        landslide toll tops 400
~610        nearly 610 people
<=12        up to 12 workers
<=60        as many as 60 dead
<=3         no more than 3 people died
>=20        no fewer than 20 killed | not less than 20 killed
>=1         at least one
>=30        30 or more died | 30+ dead | 30-plus dead
>30         more than 30 people
~30         30 or so were hurt | 30-odd people
~50         some 50 rebels
<10         less than ten casualties | fewer than 10
2-3         either two or three bodies
%           most of the casualties | half of them were women | 80 per cent of the casualties
%           a third of the dead | the majority of the dead | more than half of the dead
%           12 percent of the wounded | two-thirds of the dead were women | most were women
%           most remain missing | most of those killed | two thirds of them | a quarter of the victims
%           half the crew died | nearly all were killed
=318        a total of 318 people
~19000      a total of nearly 19,000 people
=71         all 71 people
=52         killing of 52 inmates
=45         killed since 2003: 45 | toll from the two bombings to 45 | Death toll: 45
=45         toll of 45 people killed in 3 attacks
=5          a family of five died | 5 US GIs Killed | 5 dead in 2 days | exactly five dead | 5 Iraqi police
=5          leaving 5 dead
=11         the entire crew of 11 drowned
v?          heavy casualties | a heavy toll
=21         lives of 21 people
v40         scores of others were hurt | scores dead
=7          SEVEN DEAD
>=21        AT LEAST TWENTY-ONE KILLED
v200        several hundred people died | hundreds of people were killed
1-2         one or two people were hurt
50-60       50 to 60 people were killed | 50-60 people
12-15       from 12 to 15 killed | at least 12 to 15 dead
>=45        death toll rose to at least 45
=30         death toll of 30
>=12        at least a dozen | at least another 12 people | no less than 12 | 12 people at least
>=12        as few as 12 people
~24         nearly two dozen | some two dozen men
>100        well over 100 dead | just over 100 dead
<50         just under 50 people
200-300     two or three hundred people
2000-3000   2 to 3 thousand dead
=100        a hundred people | hundred dead | hundred of people died
=1000       a thousand dead
~1000       about a thousand dead
=500000     half a million people died
=2000000    two million
=1000000    one million people
=4          killing the four-man crew
<=5         at most five people | not more than 5 dead
<=10        a maximum of 10 | ten or fewer
>=10        a minimum of 10 dead
<20         under 20 dead
~400        close to 400 dead
~90         almost 90
~70         roughly 70 people
~200        around two hundred
~1500       approximately 1,500
>60         upwards of 60
>200        in excess of 200 deaths
=26         Twenty-six Ossetians
=100000     costs 100,000 lives
10000-15000 10-15,000 people died
=234506     two hundred and thirty-four thousand, five hundred and six
=1204       one thousand, two hundred and four people
=1400       fourteen hundred men
<12         fewer than a dozen
=17         killing 17
=20         a score of men
=60         three score
=200000     2 lakh people died
=8          eight (8) people died
~3000       estimated 3,000 deaths | estimated at 3,000 dead
>1000000    more than 1 million dead
<=24        up to two dozen
>=3         three or more dead
<100        less than a hundred dead
=300        Toll hits 300
>3000       Death toll climbs past 3,000
=1001       toll now stands at 1,001
=2          a mother and child | his wife and daughter were shot dead | Driver and Nurse Killed | killed her parents
=1          a farmer and activist died | poet and singer Lena Moor was shot | their 8-year-old son | they shot my uncle
=1          they have killed a child | a boy with two broken legs | she lost three fingers | father of two shot dead
=43         number of dead has gone up to 43 | toll rose up to 43 | death toll climbing to 43
>=43        toll has gone up to at least 43
<=43        shot up to 43 people | anything up to 43 guards
>600        deaths exceed 600 | deaths top 600 | deaths pass 600 | toll tops 600 | toll surpasses 600 | >600 dead
=10         killed the top 10 commanders
<=5         Five at most died | five at the outside | five miners at most were hurt
=5          five porters and at least three police were hurt
~30         30-odd guards | thirty odd dead | 30 or so guards died | 30 people, give or take | in the region of 30
~30         just short of 30 guards | close on 30 dead | thirty-some guards | an estimated 30 | ~30 dead
>30         better than 30 dead
10-20       anywhere from 10 to 20 guards | somewhere between 10 and 20 | Belmar dead at 10 to 20
5-6         five or even six people died
%           Nine in ten of those killed were recruits | Two in three were women | three in four guards shot
%           one in every ten of the dead | nine out of ten of the dead | as many as half of the dead
%           every second victim was a child
=3          killed three in 48 hours | killed three in 10 attacks | three out of seven miners | killed 3 in 4 villages
<=100       as many as 100 may have died
=1          a third was flown to Belmar with burns | a third had died | wounding another | I was wounded
=1          Little Ana, six, broke both arms | Piet, nine, needed 32 stitches | their only son | their minder
=1          a baker escorting the group was hurt | a crane operator were among the dead
=1          those killed were the headman of Gao | fatalities were a 7-year-old pupil
=2          a couple in their sixties died | a couple | my parents | his grandparents were hurt | I lost two brothers
v2          a couple more died
=50         half a hundred men
=2500       two and a half thousand people died
=1500000    one and a half million
v?          Losses at Belmar were heavy | Casualties were light | its casualties are negligible | crushing losses
v?          casualties on both sides were reported to be very heavy | inflicted major losses on them | toll keeps rising
0           nil casualties
"""
CASES = [
    (words, mark)
    for line in TABLE.strip().splitlines()
    for mark, _, rest in [line.partition(" ")]
    for words in rest.strip().split(" | ")
]
QUALIFIERS = {
    "exact": ["", "exactly", "a total of", "another", "all", "the"],
    "at_least": ["at least", "no fewer than", "not less than", "a minimum of", "at the very least"],
    "more_than": ["more than", "over", "upwards of", "in excess of", "exceeding", "well over"],
    "about": ["about", "around", "some", "nearly", "almost", "approximately", "close to", "an estimated", "roughly"],
    "at_most": ["up to", "as many as", "at most", "no more than", "a maximum of"],
    "fewer_than": ["fewer than", "less than", "under"],
}


def meant(mark: str) -> Quantity | None:
    return parse(f"[[k{mark}|words]]")[1][0].quantity


@pytest.mark.parametrize(("words", "mark"), CASES)
def test_table(words: str, mark: str) -> None:
    for style in (words, words.upper(), words.replace(" ", "\n"), f" {words}, "):
        assert read_quantity(style) == meant(mark), style


@pytest.mark.parametrize("words", ["", " ", "killed", "was killed", "of the", "...", "and wounded"])
def test_words_that_count_nobody(words: str) -> None:
    assert read_quantity(words) is None


def spellings(n: int) -> list[str]:
    words = num2words(n)
    plain = words.replace(",", "")
    return [words, plain, plain.replace("-", " "), words.title(), str(n), f"{n:,}", f"{n:,}".replace(",", "\u00a0")]


@given(st.integers(1, 9_999_999), st.sampled_from(range(7)))
@example(1_002_003, 0)
@example(102_000, 0)
@example(1900, 4)
def test_any_number_in_any_spelling(n: int, spelling: int) -> None:
    assert read_quantity(f"{spellings(n)[spelling]} people were killed") == bounds("exact", n)


@given(st.integers(1, 9_999_999), st.sampled_from(range(7)), st.sampled_from(sorted(QUALIFIERS)), st.data())
def test_any_number_after_any_qualifier(n: int, spelling: int, qualifier: str, data: st.DataObject) -> None:
    before = data.draw(st.sampled_from(QUALIFIERS[qualifier]))
    words = f"{before} {spellings(n)[spelling]} people were killed".strip()
    assert read_quantity(words) == bounds(qualifier, n)
    assert read_quantity(f"killed {words}") == bounds(qualifier, n)


RANGES = st.sampled_from(["{} to {}", "between {} and {}", "{} or {}"])


@given(st.integers(1, 99_999), st.integers(1, 99_999), RANGES)
def test_ranges_in_digits(low: int, more: int, pattern: str) -> None:
    high = low + more
    assert read_quantity(f"{pattern.format(low, high)} miners died") == Quantity("between", None, low, high)


@given(st.integers(1, 49), st.integers(1, 49), RANGES)  # "two to three thousand" is another range, see the table
def test_ranges_in_words(low: int, more: int, pattern: str) -> None:
    words = pattern.format(num2words(low), num2words(low + more))
    assert read_quantity(f"{words} miners died") == Quantity("between", None, low, low + more)


@given(st.integers(1, 99_999), st.sampled_from(["ordinal", "ordinal_num"]))
@example(100, "ordinal")
@example(1001, "ordinal_num")
@example(121, "ordinal")
def test_ordinals_are_never_counted(n: int, kind: str) -> None:
    ordinal = num2words(n, to=kind)
    assert read_quantity(f"the {ordinal} victim died") == bounds("exact", 1)
    assert read_quantity(f"killed the {ordinal} hostage") == bounds("exact", 1)


@given(st.integers(1, 119))
def test_ages_are_never_counted(age: int) -> None:
    for words in (
        f"a {age}-year-old woman",
        f"{age} year old man killed",
        f"killed Ana Ruiz, {age}",
        f"a girl aged {age}",
    ):
        assert read_quantity(words) == bounds("exact", 1)
    assert read_quantity(f"{num2words(age)}-year-old boy shot dead") == bounds("exact", 1)


@given(st.integers(1900, 2100), st.integers(1, 500))
def test_years_and_dates_are_never_counted(year: int, n: int) -> None:
    assert read_quantity(f"killed in {year}: {n} people") == bounds("exact", n)
    assert read_quantity(f"toll of pilgrims killed since 4 March {year} to {n}") == bounds("exact", n)
    assert read_quantity(f"killed {n} people on 12 May {year}") == bounds("exact", n)


@pytest.mark.parametrize(
    "words",
    [
        "killed a clerk with a 7.62mm rifle",
        "a guard of Unit 731 died",
        "a farmer hit by an M16 round",
        "killed a man at 9:30",
        "killing a boy 40 km away",
        "killed the driver of a $4,000 car",
        "killed a woman in 3 attacks",
        "a monk died after 12 days",
    ],
)
def test_numbers_that_are_no_people(words: str) -> None:
    assert read_quantity(words) == bounds("exact", 1)


@pytest.mark.parametrize(
    ("words", "counting"),
    [
        ("killed at least 90 bandits", "at least 90"),
        ("Up to two dozen rebels were hurt", "Up to two dozen"),
        ("a sapper was killed", "a"),
        ("shot dead Mullah Karim", ""),
        ("most of the casualties", "most"),
        ("toll rose to 1,001", "to 1,001"),
        ("between 3 and 5 men", "between 3 and 5"),
    ],
)
def test_where_the_counting_words_stand(words: str, counting: str) -> None:
    found = find_quantity(words)
    assert found is not None
    assert words[found[1] : found[2]] == counting


NEWS = st.sampled_from(
    [
        *("at", "least", "more", "than", "over", "some", "to", "and", "or", "of", "between", "a", "the", "no", "none"),
        *("most", "half", "dozen", "two", "three", "hundred", "thousand", "12", "1,000", "50", "%", "-", ",", "people"),
        *("killed", "toll", "since", "May", "2003", "was", "İstanbul", "½", "²", "\u0663", "9" * 20, "1.5", "million"),
        *("year-old", "both"),
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(NEWS, max_size=14).map(" ".join)))
@example("İ 12 killed")
@example("½ million")
@example("\u0663 killed")
def test_any_text_is_read_or_left_and_offsets_stay_inside(text: str) -> None:
    found = find_quantity(text)
    if found is not None:
        assert 0 <= found[1] <= found[2] <= len(text)
        quantity = found[0]
        if quantity.qualifier == "exact":
            assert quantity.count == quantity.low == quantity.high


@pytest.mark.parametrize("noun", ["villagers", "gunmen", "crew", "police", "they", "children", "babies", "iraqis"])
def test_plurals(noun: str) -> None:
    assert is_plural(noun)


@pytest.mark.parametrize("noun", ["villager", "gunman", "princess", "iraqi", "boss", "him", "she", "child", "bus"])
def test_singulars(noun: str) -> None:
    assert not is_plural(noun)
