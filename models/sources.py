"""Who says it: an attribution's words split into source and cue, and the kind of source.

The cue is the reporting verb with what belongs to it: auxiliaries, the addressee ("told reporters"), a second
verb on the same content ("disputed the figures, saying"), "in a statement". What stands before it, or after
it where the cue comes first ("said the mayor", "according to police"), is the source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..data.lexicons import lexicon
from .quantities import flatten

Offsets = tuple[int, int]

SOURCE_TYPES = (
    "pronoun",  # he, she, they: who is meant stands elsewhere in the text
    "media",  # agencies, newspapers, broadcasters, websites, journalists
    "official",  # governments, ministries, officials, companies, spokesmen without another house
    "international",  # the United Nations and its agencies, Red Cross, WHO, EU, NATO
    "monitor",  # rights and monitoring groups, aid organisations, activists
    "medical",  # hospitals, doctors, medics, morgues
    "armed_group",  # insurgents, militias, parties to a conflict that are no state
    "police",  # police, prosecutors, coroners, courts, security, fire and rescue services
    "military",  # armed forces and their officers
    "witness",  # witnesses, residents, survivors, relatives
    "expert",  # analysts, scientists, academics, lawyers
    "document",  # a statement, a report, figures, with nobody named behind them
    "person",  # a name alone
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Source and cue as half-open offsets within the words of an attribution; None where there is none."""

    source: Offsets | None
    cue: Offsets | None


_TOKEN = re.compile(r"[^\W_]+(?:['.&-][^\W_]+)*")
_LEADING = re.compile(  # cues that stand before their source
    r"\s*(?:(?:and|but|also|as|reportedly) )?(?P<cue>acc?ording to|in the (?:words|opinion) of|citing|quoting"
    r"|(?:(?:as|was|were|is|are|been|be|also|later) )*(?:\w+ed|seen|known|shown|told|put|given|said) by)\b"
)
_SAY = frozenset(
    """said says say told tells tell adds added stated announced announces wrote writes tweeted insisted explained
    replied recalled declared testified""".split()
)
_TELL = {"told", "tells", "tell", "telling", "informed", "assured"}
_VERBS = lexicon("cues") | {"came", "gave", "gives", "giving", "named", "acording"}
# verbs that are nouns or names as often: the cue only at the end, or where no other verb is
_HOMOGRAPHS = frozenset(
    """report reports state states claim claims estimate estimates count counts record records note notes show shows
    document documents post posts list lists air press issue release point text read number tally toll account
    radio broadcast detail details brief wire cable voice view counter correct find figure figures""".split()
)
_AUXILIARIES = frozenset(
    """has have had was were is are be been did does do not also can could would cannot will may might then never
    still further later now however meanwhile just first earlier didn't couldn't wouldn't too itself""".split()
)
_NO_SOURCE = re.compile(r"\W*(?:in|on|to|that|by|it|this|responsibility|the (?:report|figure|toll|claim)s?)\b")
_TRAILING = re.compile(  # a day, or a second cue, behind the source
    r",? (?:(?:on )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|yesterday)|,? ?(?:adding|noting))$"
)
_CLAUSED = re.compile(r"\b(?:who|which|that|read|(?!united\b)\w+ed)\b")  # "a study released on Monday": its own day
_IN_STATEMENT = re.compile(r"\s+in (?:an? |the )?(?:\w+ )?(?:statement|report|interview|communique|tweet|letter)$")


def split_attribution(text: str) -> Attribution:
    """Where, in the words of an attribution, its source and its cue stand."""
    flat = flatten(text)
    if leading := _LEADING.match(flat):
        return Attribution(_named(text, leading.end(), len(text)), leading.span("cue"))
    tokens = list(_TOKEN.finditer(flat))
    at = _verb([token.group() for token in tokens])
    if at is None:
        return Attribution(_stripped(text, 0, len(text)), None)
    first = at
    while first > 0 and (tokens[first - 1].group() in _AUXILIARIES or tokens[first - 1].group().endswith("ly")):
        first -= 1
    start, end = tokens[first].start(), tokens[at].end()
    if (source := _named(text, 0, start)) is not None:
        return Attribution(source, _stripped(text, start, len(text)))
    after = flat[end:]
    if tokens[at].group() in _TELL or _NO_SOURCE.match(after):
        return Attribution(None, _stripped(text, start, len(text)))
    return Attribution(_named(text, end, end + len(_IN_STATEMENT.sub("", after))), (start, end))


def _verb(words: list[str]) -> int | None:
    """The place of the reporting verb among the words, all in lower case.

    It is the first word, or a passive "quoted ... as", or a finite "said" or "told"; else the last word, else
    the last finite verb ("disputed the figures, saying"): before it relative clauses and participles belong to
    the source ("a toll issued by the army", "a man who telephoned a radio station claimed responsibility").
    """
    verbs = [place for place, word in enumerate(words) if word in _VERBS]
    if len(words) > 1 and words[1].startswith(("source", "official")):  # "informed sources", "named officials"
        verbs = [place for place in verbs if place]
    if not verbs:
        return None
    certain = [place for place in verbs if words[place] not in _HOMOGRAPHS]
    finite = [place for place in certain if not words[place].endswith("ing")]
    if verbs[0] == 0 and (len(words) == 1 or certain[:1] == [0]):
        return 0
    if quoted := [place for place in finite if words[place] == "quoted" and "as" in words[place:]]:
        return quoted[0]
    if said := [place for place in finite if words[place] in _SAY]:
        return said[-1]
    last = verbs[-1]
    if last == len(words) - 1 and not words[last].endswith("ing"):
        return last
    return (finite or certain or verbs)[-1]


def _named(text: str, start: int, end: int) -> Offsets | None:
    """The offsets of a source without what trails behind it ("officials Tuesday", "the army, adding")."""
    part = _stripped(text, start, end)
    trailing = _TRAILING.search(flat := flatten(text[slice(*part)])) if part else None
    if part is None or trailing is None or _CLAUSED.search(flat, 0, trailing.start()):
        return part
    return _stripped(text, part[0], part[0] + trailing.start()) or part


def _stripped(text: str, start: int, end: int) -> Offsets | None:
    """The offsets without blanks and punctuation at the edges; None if nothing is left."""
    while start < end and (text[start].isspace() or text[start] in ",;:-\u2013\u2014"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:-\u2013\u2014"):
        end -= 1
    return (start, end) if start < end else None


_PRONOUNS = {"i", "he", "she", "it", "they", "we", "you", "who", "him", "her", "them", "this", "which"}
_KINDS: list[tuple[str, str]] = [  # the first that fits decides: a house comes before the office held in it
    (
        "official",
        r"minist(?:ry|ries|ers?)|governments?|cabinet|white house|kremlin|state department",
    ),
    (
        "media",
        r"news ?agency|news|newspapers?|dail(?:y|ies)|television|tv|radio|broadcasters?|media|magazine|channel|"
        r"journalists?|reporters?|correspondents?|photographers?|editors?|websites?|newscasts?|(?:the|local) press",
    ),
    (
        "international",
        r"u\.?n|united nations|unicef|unhcr|unrwa|unama|unami|unifil|ocha|undp|wfp|iaea|osce|nato|e\.?u|"
        r"red (?:cross|crescent)|icrc|african union|european union|world (?:health|food|bank)[\w ]*|interpol",
    ),
    (
        "monitor",
        r"observatory|monitors?|monitoring|activists?|amnesty|human rights|rights|watchdogs?|hrw|msf|oxfam|ngos?|"
        r"charity|charities|aid (?:groups?|agenc\w+|workers?)|campaigners?|without borders|collective|"
        r"coordination committees?|body count|airwars|human rights watch",
    ),
    (
        "medical",
        r"hospitals?|doctors?|medics?|medical|nurses?|surgeons?|paramedics?|ambulances?|clinics?|morgues?|health|"
        r"mortuary|physicians?",
    ),
    (
        "armed_group",
        r"rebels?|insurgents?|gueril\w+|guerril\w+|militants?|militias?|militiam[ae]n|separatists?|fighters?|"
        r"taleban|taliban|hamas|hezbollah|hizbollah|hizbullah|fatah|plo|ira|eta|farc|eln|fmln|isis|isil|daesh|"
        r"islamic (?:state|jihad)|al[- ]?qa[ei]da|al[- ]?shab\w+|brigades|boko haram|ltte|tigers|pkk|ypg|unita|"
        r"mujahid\w*|mujahed\w*|peshmerga|jihadis?t?s?|resistance|polisario|houthis?|sandinistas?|contras?|"
        r"(?:liberation|independence|revolutionary|democratic) (?:army|front|forces?|movement|tigers)",
    ),
    ("military", r"air force|marine corps"),  # also their rescue teams and police
    (
        "police",
        r"police\w*|det|insp|undersheriff|prosecutors?|coroners?|pathologists?|sheriffs?|detectives?|inspector|constable|superintendent|"
        r"investigators?|courts?|judges?|magistrates?|fire ?(?:chief|department|service|brigade|officers?)|fbi|"
        r"civil defen[cs]e|white helmets|"
        r"firefighters?|firem[ae]n|rescuers?|rescue|gendarmer?\w*|coast ?guards?|security|emergency|customs|jury",
    ),
    (
        "military",
        r"army|military|navy|naval|air force|(?<!democratic )forces|troops?|soldiers?|pentagon|centcom|marines?|"
        r"generals?|gen|colonel|lieut(?:enant)?|lt|col|maj|brig|brigadier|capt|sgt|sergeant|cpl|corporal|major|"
        r"captain|admiral|commanders?|general staff|coalition|peacekeepers?|battalion|brigade|division|regiment|"
        r"command|defen[cs]e forces?|idf|isaf",
    ),
    (
        "witness",
        r"(?:eye)?witness(?:es)?|residents?|villagers?|survivors?|neighbou?rs?|relatives?|famil(?:y|ies)|locals|"
        r"passers?-?by|bystanders?|refugees?|shopkeepers?|drivers?|passengers?|elders?|wom[ae]n|m[ae]n|farmers?|"
        r"employees?|workers?|staff|teenagers?|boys?|girls?|students?|pupils?|teachers?|guests?|people|mothers?|"
        r"fathers?|parents|wife|husband|widow|brothers?|sisters?|sons?|daughters?|uncle|aunt|cousin",
    ),
    (
        "expert",
        r"analysts?|experts?|scientists?|researchers?|professor|historians?|academics?|lawyers?|economists?|"
        r"seismologists?|geologists?|meteorologists?|university|institute|survey|usgs|attorneys?|epidemiologists?",
    ),
    (
        "official",
        r"officials?|spokes(?:m[ae]n|wom[ae]n|persons?|people)|authorit(?:y|ies)|governor|mayor|president|premier|"
        r"administration|department|agency|embassy|council|office|commission|committee|parliament|king|queen|"
        r"diplomats?|ambassador|senator|congressm[ae]n|director|secretary|chief|head|aides?|bureau|directorate|"
        r"commissioners?|councill?ors?|board|union|managers?|chairm[ae]n|representatives?|delegates?|officers?|"
        r"compan(?:y|ies)|airlines?|operators?|railway|bishop|archbishop|church|vatican|centre|center|service",
    ),
    (
        "armed_group",
        r"groups?|organi[sz]ation|faction|front|party|movement",
    ),
    (
        "document",
        r"statements?|reports?|figures?|documents?|videos?|records?|tall(?:y|ies)|communiques?|letters?|surveys?|"
        r"study|studies|footage|counts?|posts?|claims?|indictment|estimates?|data|statistics|tapes?|leaflets?",
    ),
]
_TYPES = [(kind, re.compile(rf"\b(?:{words})\b")) for kind, words in _KINDS]
_COMMON = frozenset("""united independent associated standard universal liberation site daily intercept ana""".split())
_OUTLETS = lexicon("outlets") - lexicon("titles") - lexicon("places_common") - lexicon("people") - _COMMON
_NAMELESS = lexicon("people") | lexicon("sources") | lexicon("pronouns") | lexicon("function_words")
_NAMELESS |= {"the", "a", "an"}
_APPOSITION = re.compile(r",|\b(?:who|which|whose)\b")


def source_type(source: str | None) -> str | None:
    """The kind of a source, one of ``SOURCE_TYPES``; None if its words do not tell ("sources").

    What stands before a comma or a relative clause counts before what explains it.
    """
    source = (source or "").strip()
    flat = flatten(source)
    if flat in _PRONOUNS and source != "WHO":
        return "pronoun"
    shouts = source.isupper() and " " in source  # "DOCTORS WHO TREATED HIM": there the capitals say nothing
    if not shouts and re.search(r"\bWHO\b", source):
        return "international"
    cut = _APPOSITION.search(flat)
    for part in (flat[: cut.start()] if cut else flat, flat):
        # an outlet such as the Sun is told from the word by its capital
        if any(word.group() in _OUTLETS and source[word.start()].isupper() for word in _TOKEN.finditer(part)):
            return "media"
        for kind, words in _TYPES:
            if words.search(part):
                return kind
    names = [word for word in _TOKEN.findall(source) if word[0].isupper() and flatten(word) not in _NAMELESS]
    if names and flatten(names[-1]).removesuffix("'s") in lexicon("places_common"):
        return "official"  # "Baghdad denied"
    return "person" if names else None
