"""How a claim's boundaries follow the scheme: what is shared, what is inside, what stays out (rules 1.1 to 1.10)."""

from __future__ import annotations

from .conditions import Test, after, before, either, every, no, one_of, qualifier, words
from .harms import harmless_words
from .marks import CLAIM, Mark, in_headline
from .quantities import SPELT, named

_PEOPLE = (
    r"(?:people|persons|m[ae]n|wom[ae]n|children|boys|girls|soldiers|troops|police|civilians|others|guards|crew"
    r"|\w+(?:ers|ors|ists|ians|ees|men|women|ants|ents|als))"
)
_AND = r",? (?:and|but|plus|as well as|or) (?:the |an? )?|, (?:the )?"
_WHO = r" (?:who|whom|whose|which|that)\b"
_HARMED = one_of("killed wounded injured dead died missing hurt drowned slain")
_OF_THEM = r"\bof (?:them|whom|those|these)\b"
_NUMBER = rf"(?:\d[\d,.]*|{SPELT}|dozens?|scores|hundreds|several|many|more)"
_WITHIN = (
    r"\w (?:in|near|since|from|during|inside|outside|across|on|along|at|aboard)\b "
    r"(?!least|most|once|about|around|over|more|nearly|under|half|all|some|between|the (?:very )?least|fewer|less|up|as"
    rf"|an? (?:dozen|hundred|thousand|million|score|half|total)|{SPELT}|\d)\w"
)
_PART = r"⟦(?:(?!\bof (?:them|whom)|\bwere |\bwas |\bha(?:s|ve|d) )[^⟦⟧])*⟧"  # a claim without a verb
_FINITE = one_of("was were is are been be has have had died dies die drown(?:ed|s)? perished")
_KILLS = one_of("kills? wounds? injures? claims")
_NO_TOLL = no(words(r"\b(?:figure|toll|number)"))
_NO_PART = no(words(r"\b(?:of|among) (?:them|whom|those|these|the)\b"))


def _states_harm(mark: Mark) -> bool:
    return not harmless_words(mark)


def _same_harm(mark: Mark) -> bool:
    """The claim before it has the same harm."""
    earlier = [span for span in mark.document.spans[: mark.place] if span.is_claim]
    return bool(earlier) and earlier[-1].harm == mark.span.harm


def _repeated(mark: Mark) -> bool:
    """The same harm and figure, two or more, stood in an earlier sentence: in news, nearly always the same people."""
    here = mark.span
    return bool(here.quantity and (here.quantity.count or 0) > 1) and any(
        other.is_claim and other.end <= mark.sentence[0] and (other.harm, other.quantity) == (here.harm, here.quantity)
        for other in mark.document.spans[: mark.place]
    )


def _exact_after_qualified(mark: Mark) -> bool:
    """Exact, and joined to a claim that is not: "at least three soldiers and three police"."""
    earlier = [span for span in mark.document.spans[: mark.place] if span.is_claim and span.start >= mark.sentence[0]]
    other = earlier[-1].quantity if earlier else None
    if mark.qualifier != "exact" or other is None or other.qualifier in ("exact", "none", "share"):
        return False
    return before(f"{CLAIM},? (?:and|while|but) ")(mark)


RULES: dict[str, Test] = {
    "1 shared harm word: marked alone, after it": every(
        harmless_words, _NO_TOLL, _NO_PART, before(f"{CLAIM}(?:{_AND})")
    ),
    "1 shared harm word: marked alone, before it": every(harmless_words, _NO_TOLL, after(f"(?:{_AND}){CLAIM}")),
    "1 list of three quantities or more": before(f"{_PART}, {_PART}(?:,|,? and) (?:the |an? )?"),
    "1 quantity and harm word without people (219 wounded)": words(
        rf"^(?:[\w,'-]+ ){{0,3}}{_NUMBER}(?: (?:others?|more))? {_HARMED}$"
    ),
    "2 of-phrase that says who": words(
        rf"\b(?:{_PEOPLE}|members?|residents|employees|supporters) of (?!(?:them|those|whom|the dead|the victims)\b)"
    ),
    "2 relative clause or participle outside": after(
        rf"{_WHO}| (?:aboard|on board|loyal|trying|travelling|traveling|returning|waiting|working|sleeping|riding"
        r"|belonging|suspected|accused|wanted|guarding|taking|held|manning|fleeing|heading|standing|queuing|attending"
        r"|playing)\b"
    ),
    "2 relative clause or participle inside": words(
        rf"(?<!those){_WHO} .*{_HARMED}",
        rf"\b{_PEOPLE} (?:\w+ing|aboard|on board|loyal|accused|suspected|held)\b .*{_HARMED}",
    ),
    "2 place or time outside, directly after": after(
        r" (?:in|at|near|on|outside|inside|across|along|around|north|south|east|west|off)\b"
    ),
    "2 place or time inside": words(_WITHIN),
    "2 cause outside, directly after": after(r" (?:when|after|by|as|while|because|from|during|following)\b"),
    "4 harm word before the quantity": words(
        r"^(?:\w+ )?(?:kill\w*|wound\w*|injur\w*|hurt\w*|murder\w*|slay\w*|slew|claim\w*|los[est]\w*|shot|execut\w*"
        r"|behead\w*|drown\w*|deaths?|tolls?|bod(?:y|ies)|massacr\w*|burn\w*|leav\w*|number of)\b.*\w"
    ),
    "4 harm word after the quantity": words(
        r"\w (?:[\w-]+ )*(?:killed|wounded|injured|dead|died|die|dies|missing|hurt|drowned|slain|perished|bodies|deaths"
        r"|fatalities|casualties|murdered|executed)$"
    ),
    "4 toll (raised the toll to 70)": words(
        r"\b(?:toll|number|figure|count|tally|total)s?\b.*"
        r"\b(?:to|at|of|is|was|stands|stood|reached|hit|passe[ds]|topp?e?[ds]|exceed\w*|near\w*)\b.*\w"
    ),
    "5 counted part after including": every(
        no(words(r"\bincluding\b")), before(r"\b(?:including|among them|among whom were|among these) (?:the |an? )?")
    ),
    "5 counted part after including, later in a list": every(
        before(rf"\bincluding (?:the |an? )?{_PART}(?:{_AND})"), _same_harm
    ),
    "5 counted part: N of them": every(
        no(qualifier("share")), words(rf"{_OF_THEM}(?! (?:{_HARMED}|who\b))", r"\bamong them\b")
    ),
    "5 uncounted part inside": words(rf"\bincluding (?!an? |the |\d|at |{SPELT})"),
    "5 uncounted part outside, unmarked": after(rf",? (?:including|among them) (?!⟦|at least|an? |the |\d|{SPELT})"),
    "7 same people counted again": _repeated,
    "8 the before the quantity, outside": every(before(r"\b(?:the|these|those) "), words(rf"^(?:{SPELT}|\d|dozen)")),
    "9 the qualifier belongs to the nearest only": _exact_after_qualified,
    "10 N of the dead, among the dead": words(
        rf"\b(?:of|among) (?:the|those) (?:\w+ )?(?:{_HARMED}|victims|casualties|deaths|bodies|fatalities)"
    ),
    "10 N of them with a harm or state of their own": every(
        words(_OF_THEM),
        either(
            after(r",? (?:seriously|critically|badly|gravely|fatally|in (?:critical|serious))"),
            words(rf"{_OF_THEM}.* (?:{_HARMED}|hacked|shot)"),
        ),
    ),
    "10 share of a claim (most of them women)": every(
        qualifier("share"), either(words(one_of("them whom those these")), before(f"{CLAIM}, "))
    ),
    "10 names after a toll": every(named, harmless_words, no(words(r"\b(?:an?|the|his|her)\b|'s "))),
    "headline without a verb": every(in_headline, _states_harm, no(words(_FINITE, _KILLS))),
    "headline with a verb": every(in_headline, words(_FINITE, _KILLS)),
    "attacker counted (killed himself)": words(one_of("himself herself themselves")),
}
"""The rules about boundaries, by their number in the scheme, where a rule says several things, one row for each."""
