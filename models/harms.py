"""What happened to the people of a claim: killed, injured, missing, or casualties where the words leave it open.

Most claims hold their own harm word. The others share one ("three troops" beside "killed 300 militiamen"):
they take it over from the claim they are coordinated with, else from the nearest harm word of the sentence
(annotation scheme, section 2.1, rule 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..data.lexicons import lexicon
from .quantities import flatten, read_quantity

# in the lists, but a harm only where no other word says what happened ("toll of the injured")
_FAINT = frozenset(
    """life lives toll tolls remains bury buries buried burying mangled charred lost lose loses losing loss claim
    claimed claims claiming fell fallen falls choked sniped machine-gunned machinegunned starve carnage bloodshed
    skull skulls destroy destroyed destroys destroying""".split()
)
_NO_HARM = {"gas", "gases", "gore", "expiring", "cripple", "blind", "bloody", "critically", "disable"}
_NO_HARM |= {"suffocation", "asphyxiation"}  # a cause: 12 cases of it are no deaths
_WORDS = {
    "killed": lexicon("killed") - _FAINT - _NO_HARM,
    "injured": lexicon("injured") - _NO_HARM,
    "missing": {"missing", "disappeared", "vanished", "untraced", "unaccounted", "unaccounted-for", "mia"},
    "casualties": lexicon("casualty"),
}
_HARM_OF = {word: harm for harm, words in reversed(_WORDS.items()) for word in words}
# Without a word of death these hurt at most. Not "shot" and "crushed": see _EITHER.
_WEAK = frozenset(
    """hit hits struck stab stabs stabbed stabbing attacked beat beaten beating hacked hacking slash slashed slashing
    knifed bitten mauled trampled poisoned gassed sickened infected mutilated battered clubbed bombed cut cuts
    gashed harm harmed suffered suffering frostbite sight scratched tortured raped scorched singed critical overcome
    suffocation asphyxiation""".split()
)
_LIMBS = (
    r"(?:legs?|arms?|hands?|fingers?|foot|feet|toes?|limbs?|ankles?|wrists?|elbows?|knees?|thighs?|shoulders?|calf"
    r"|calves|shins?|hips?|buttocks?|groin|stomach)\b"
)
_HURTS = rf"(?:{_LIMBS}|(?:eyes?|ribs?|jaw|nose|back|collarbone|skull|bones?|pelvis|teeth|(?:eye)?sight|hearing)\b)"
# verbs that kill or hurt: where the words around say nothing, the dead are more frequent
_EITHER = re.compile(r"\b(?:shot|shoot(?:s|ing)?|crush(?:ed|es|ing)?)\b")
_PHRASES = {  # a harm in several words
    "killed": (
        r"(?:gun(?:n(?:ed|ing|s))?|m[oe]w(?:ed|ing|n|s)|cut(?:ting)?) (?:\w+ ){0,4}down",
        r"(?:blew|blown?|blowing) (?:\w+ )?up|(?:blew|blown?|torn?|tore) (?:\w+ ){0,3}?(?:apart|to (?:pieces|bits))",
        r"wip(?:ed?|es|ing) (?:\w+ )?out|(?:buried|burn(?:ed|t|ing)) (?:[\w'-]+ ){0,4}alive|found dead",
        r"mass graves?|not survive|shooting of",
        r"(?:burn(?:ed|t)|charred) (?:beyond|to (?:ashes|cinders))|passed (?:away|on)|(?:ha[sd]|have) passed$",
        r"(?:supreme|ultimate) (?:sacrifice|price)|shahadat|expired|(?:gave|given|giving) up the ghost|laid to rest",
        r"rendered (?:ineffective|harmless)|sent to hell|breathed (?:his|her|their) last",
        r"(?:slit|slits|cut|cuts|slitting|cutting) (?:[\w'-]+ ){0,3}throats?|throats? (?:\w+ )?(?:slit|cut)",
        r"shot (?:him|her)self|(?:gun|weapon|rifle|pistol) on (?:him|her)self",
    ),
    "missing": (
        r"(?:lost|disappeared) at sea",
        r"(?:not|never|cannot|can't|unable to) (?:yet )?(?:been |be )?(?:found|find|locate|located|traced?|reached"
        r"|contacted|recovered|returned|seen|appeared)|out of contact|(?:are|is|still|remain\w*) lost\b",
        r"whereabouts|fate (?:\w+ ){0,4}unknown|(?:still|feared|believed) (?:trapped|buried)",
        r"not accounted for|yet to be found|no trace",
    ),
    "injured": (
        r"(?:tak(?:en?|es|ing)|rush(?:ed|es)|brought|flown|airlifted|admitted|sen[dt]s?|carried|puts?|land(?:s|ed)"
        r"|ferried|evacuated|moved) (?:[\w'-]+ ){0,4}?hospitals?\b|in (?:the |an? )?hospitals?\b",
        r"treated|fighting for (?:his|her|their) li(?:fe|ves)|life support|intensive care|survived with",
        r"(?:critical|serious|stable) condition|stitches|breathing difficult|frostbit",
        r"(?:broke|broken|breaking|cracked|fractured|shattered|crushed|lost|losing|loses|cost) (?:[\w'-]+ ){0,3}"
        + _HURTS,
        rf"shot (?:[\w'-]+ ){{0,4}}(?:in|through) (?:the|an?|his|her|their|both) (?:\w+ )?{_LIMBS}",
        r"(?:are|is|was|were|remain\w*) (?:still )?(?:critical|on ventilator)",
    ),
    "casualties": (r"out of action|losses|no (?:\w+ )?victims|without (?:\w+ )?loss\b(?! of li)",),
}
_PHRASE_OF = [(harm, re.compile(rf"\b(?:{'|'.join(words)})")) for harm, words in _PHRASES.items()]
_UNHARMING = re.compile(  # compounds that only look like a harm
    r"suicide[ -](?:bomb\w*|attack\w*|car|truck|vest|mission|squad|raid)s?"
    r"|death[ -](?:row|penalty|sentence|squad|threat|camp)s?|dead (?:sea|end|heat|line)|body (?:armou?r|bag|guard)s?"
    r"|murder (?:suspect|charge|trial|weapon|case)s?|killing (?:spree|field)s?|dying (?:wish|words)"
)
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_BETWEEN = r", |(?: ?,)?(?: ?/ ?| (?:and|or)(?:/or)? )(?:\w+ )?"
_LATER = re.compile(r"\b(?:later|then|subsequently|eventually|of)\b")
_FEARED = re.compile(r"\b(?:feared|presumed|believed|likely|probably|assumed|thought)\b")
_BODIES = re.compile(r"\b(?:body|bodies|corpses?)\b")
_NOT = re.compile(r"\b(?:not|never|yet)\b")
_RECOVERED = re.compile(r"\b(?:found|recovered|retrieved|discovered|pulled|dug)\b")

# what stands right behind a claim and tells whether its people lived
_KILLED_AFTER = re.compile(r"\s+(?:alive|dead|to (?:death|ashes|cinders)|beyond recognition)\b")
_BURIED_AFTER = re.compile(
    r"\s+(?:(?:was|were|are|is|be|been|being|had|has|have|will) )+(?:\w+ly )?(?:buried|cremated|laid to rest)\b"
)
_BURIED_BEFORE = re.compile(r"\b(?:bur(?:ied|y|ies|ying)|mourn(?:ed|s|ing)?)\s+(?:the )?$")
_INJURED_AFTER = re.compile(
    rf",?\s+(?:(?:once|twice|\w+ times) )?(?:in|through) (?:the|an?|one|both|his|her|their) (?:\w+ )?{_LIMBS}"
    r"|,?\s+(?:but|and) (?:\w+ ){0,2}(?:surviv\w+|lived|escaped|crawled|recover\w*|wounded|injured"
    r"|hurt|surgery|hospital)"
)
_BARE = re.compile(r"\d+|[a-z]+", re.IGNORECASE)  # a count without its people: of those just named

_PART = re.compile(r"\b(?:of|among) (?:them|whom|those|the)\b")
_INCLUDING = re.compile(r"\bincluding\b|\bamong (?:them|whom)\b")
_AND = re.compile(r"\s*(?:,|,?\s*and)\s*(?:an?|the)?\s*", re.IGNORECASE)
_CLAUSE = frozenset(
    """was were is are had has have said says who which that when while after before because told according reported
    added""".split()
)


def harm_of_words(text: str) -> str | None:
    """The harm that a claim's own words state, one of ``HARMS``; None if they state none."""
    flat = _UNHARMING.sub(_blank, flatten(text))
    words = _TOKEN.findall(flat)
    found = {harm for harm in map(_HARM_OF.get, words) if harm} | {harm for harm, p in _PHRASE_OF if p.search(flat)}
    if "losses" in words and (quantity := read_quantity(text)) and quantity.count:
        return "killed"  # "losses at 20": with a figure they are the dead
    if "missing" in found:
        return _missing(flat, found)
    if {"killed", "injured"} <= found:
        return "casualties" if _coordinated(flat, "killed", "injured") else "killed"
    if "casualties" in found and ("fatal" in words or "casualt" not in flat):
        found -= {"casualties"} if len(found) > 1 else set()
    for harm in ("casualties", "killed", "injured"):
        if harm in found:
            return harm
    if not _FAINT.isdisjoint(words):
        return "killed"
    return None if _WEAK.isdisjoint(words) else "injured"


def harms(
    text: str, claims: Sequence[tuple[int, int]], sentence: tuple[int, int], previous: str | None = None
) -> list[str]:
    """The harm of each claim of one sentence, in the order given.

    ``claims`` and ``sentence`` are offsets into ``text``; ``previous`` is the harm of the claim before the
    sentence, the last resort before "killed", the most frequent harm.
    """
    own = [_beside(text, claim, sentence, harm_of_words(text[slice(*claim)])) for claim in claims]
    resolved: list[str] = ["killed"] * len(claims)
    order = sorted(range(len(claims)), key=lambda index: claims[index])
    last, is_part = previous, False
    outside = list(_outside(text, claims, sentence)) if None in own else []
    for place, index in enumerate(order):
        before = order[place - 1] if place else None
        harm = own[index]
        if before is not None:
            gap = text[claims[before][1] : claims[index][0]]
            is_part = _is_part(gap, text[slice(*claims[index])]) or (is_part and _AND.fullmatch(gap) is not None)
            if is_part or (_BARE.fullmatch(text, *claims[index]) and _adjoins(gap)):
                harm = harm or resolved[before]
        if harm is None and _EITHER.search(text[slice(*claims[index])].lower()):
            harm = own[index] = "killed"
        harm = harm or _shared(text, claims, own, order, place) or _nearest(outside, claims[index]) or last
        resolved[index] = last = harm or "killed"
    return resolved


def _beside(text: str, claim: tuple[int, int], sentence: tuple[int, int], own: str | None) -> str | None:
    """The harm of a claim's own words, unless the words right beside it tell more ("shot | in the leg")."""
    start, end = claim
    if own not in {None, "injured"}:
        return own
    after = flatten(text[end : max(end, min(end + 60, sentence[1]))])
    if _KILLED_AFTER.match(after):
        return "killed"
    if own is None and _EITHER.search(flatten(text[start:end])):
        return "injured" if _INJURED_AFTER.match(after) else None
    if own is None and (_BURIED_AFTER.match(after) or _BURIED_BEFORE.search(flatten(text[max(0, start - 20) : start]))):
        return "killed"
    return own


def _blank(match: re.Match[str]) -> str:
    return "_" * len(match.group())


def _missing(flat: str, found: set[str]) -> str:
    bodies = _BODIES.search(flat) is not None
    if (bodies or "found dead" in flat) and _RECOVERED.search(flat) and not _NOT.search(flat):
        return "killed"
    feared = _FEARED.search(flat) is not None
    if not feared and any(_coordinated(flat, harm, "missing") for harm in found & {"killed", "injured"}):
        return "casualties"
    if "killed" in found and not feared and not bodies:
        return "killed"
    return "missing"


def _coordinated(flat: str, one: str, other: str) -> bool:
    """Whether a word of one harm stands beside a word of the other: "killed and wounded", "dead or missing"."""
    tokens = [(m.start(), m.end(), _HARM_OF.get(m.group())) for m in _TOKEN.finditer(flat)]
    marked = [token for token in tokens if token[2] in {one, other}]
    for (_, end, left), (start, _, right) in pairwise(marked):
        between = flat[end:start]
        if left != right and re.fullmatch(_BETWEEN, between) and not _LATER.search(between):
            return True
    return False


def _is_part(gap: str, claim: str) -> bool:
    """Whether a claim counts a part of the one before it ("..., including five children", "three of them")."""
    if len(gap) > 60 or "." in gap or ";" in gap:
        return False
    return _INCLUDING.search(gap.lower()) is not None or _PART.search(claim.lower()) is not None


def _shared(
    text: str, claims: Sequence[tuple[int, int]], own: Sequence[str | None], order: Sequence[int], place: int
) -> str | None:
    """The harm of the nearest coordinated claims, if they have one.

    A verb before its people reaches to the right ("killed 300 militiamen, three troops"), one after its
    people to the left ("forty fighters and three police were killed").
    """
    sides: list[tuple[bool, str]] = []  # whether the harm reaches this far, and which it is
    for step in (-1, 1):
        at = place
        while 0 <= at + step < len(order):
            left, right = sorted((claims[order[at]], claims[order[at + step]]))
            if not _adjoins(text[left[1] : right[0]]):
                break
            at += step
            if harm := own[order[at]]:
                start, end = claims[order[at]]
                whole = step > 0 and re.search(r"\bamong (?:the |at least )?$", text[left[1] : right[0]].lower())
                sides.append((bool(whole) or _harm_first(text[start:end]) == (step < 0), harm))
                break
    return next((harm for reaches, harm in sides if reaches), sides[0][1] if sides else None)


def _adjoins(gap: str) -> bool:
    flat = flatten(gap)
    words = _TOKEN.findall(flat)
    return (
        len(gap) <= 80
        and not any(word in _CLAUSE or word in _HARM_OF for word in words)
        and re.search(r"[.;!?](?:\s|$)", flat) is None
        and (not words or re.search(r",|\b(?:and|or|as well as|plus|with|including|but|among)\b", flat) is not None)
    )


def _harm_first(claim: str) -> bool:
    words = _TOKEN.findall(flatten(claim)[:40])
    first = words[0] if words else ""
    return first in _HARM_OF or first in _WEAK or first in _FAINT or _EITHER.match(first) is not None


def _outside(text: str, claims: Sequence[tuple[int, int]], sentence: tuple[int, int]) -> Iterator[tuple[int, int, str]]:
    """Harm words of the sentence that belong to none of the claims, with their offsets."""
    start, end = sentence
    flat = _UNHARMING.sub(_blank, flatten(text[start:end]))
    for token in _TOKEN.finditer(flat):
        harm = _HARM_OF.get(token.group())
        first, last = start + token.start(), start + token.end()
        if harm and not any(first < e and s < last for s, e in claims):
            yield first, last, harm


def _nearest(outside: Sequence[tuple[int, int, str]], claim: tuple[int, int]) -> str | None:
    start, end = claim
    return min(outside, key=lambda word: max(start - word[1], word[0] - end), default=(0, 0, None))[2]
