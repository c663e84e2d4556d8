"""The words for the harm in a claim, and claims without one (annotation scheme, rules 1.1 and 1.4)."""

from __future__ import annotations

from ...models.harms import harm_of_words
from .conditions import Test, before, every, no, one_of, words
from .marks import Mark, in_headline


def harm(*names: str) -> Test:
    """The record's harm is one of the names."""
    return lambda mark: mark.span.harm in names


def harmless_words(mark: Mark) -> bool:
    """The claim's own words state no harm: it stands outside."""
    return harm_of_words(mark.words) is None


def _killed(*patterns: str) -> Test:
    return every(harm("killed"), words(*patterns))


def _injured(*patterns: str) -> Test:
    return every(harm("injured"), words(*patterns))


_JOINED = r"\w*\W+(?:and|or|and/or) (?:\w+ )?"
_DEAD, _HURT = r"\b(?:kill|dead|death|slain|die)", r"(?:wound|injur|hurt|maim)\w*"

HARMS: dict[str, Test] = {
    "kill": _killed(r"\bkill"),
    "dead": _killed(r"\bdead\b(?! bod)"),
    "die": _killed(r"\bd(?:ie[ds]?|ying)\b"),
    "death, toll": _killed(r"\bdeaths?\b|\btoll"),
    "body, corpse": _killed(one_of("body bodies corpses? remains")),
    "shot dead, gunned down": _killed(
        r"\b(?:shot|shoots?|shooting) (?:[\w'-]+ ){0,3}dead\b|\bgun\w* (?:\w+ )?down\b|\bshot (?:and killed|to death)\b"
    ),
    "murder, execute, behead, hang, massacre": _killed(
        r"\b(?:murder|execut|behead|assassinat|massacr|lynch|slaughter|decapitat|hang(?:ed|s|ing)\b)"
    ),
    "drown": _killed(r"\bdrown"),
    "lose life, claim lives": _killed(r"\bli(?:fe|ves)\b"),
    "perish, slay, martyr, fatality": _killed(r"\b(?:perish|sl(?:ain|ew|ay)|martyr|fatal)"),
    "lost (lost 47 soldiers)": _killed(r"\b(?:los[est]\w*|losses)\b(?!.* li(?:fe|ves)\b)"),
    "crush, burn, stab, beat to death": _killed(
        r"\b(?:crush|burn|stab|hack|beat|trampl|suffocat|electrocut|chok|froze|starv|asphyxiat|buried|swept)"
    ),
    "blew himself up, suicide": _killed(one_of("blew blow\\w* himself herself themselves suicides?")),
    "wound": _injured(r"\bwound"),
    "injure, injury": _injured(r"\binjur"),
    "hurt": _injured(r"\bhurt\b"),
    "burns, broken bones, treated in hospital": _injured(
        r"\b(?:burn|broke|fractur|hospital|treat|maim|concuss|shrapnel|cuts?\b|poison|scald|shock)"
    ),
    "shot, stabbed, hit, beaten, and alive": _injured(one_of("shot stabb\\w+ hit struck beat\\w* bruis\\w+ slash\\w+")),
    "missing, the word": every(harm("missing"), words(r"\bmissing\b")),
    "unaccounted for, not found, fate unknown": every(harm("missing"), no(words(r"\bmissing\b"))),
    "feared, presumed (feared dead)": words(
        r"\b(?:feared|presumed|believed|thought)\b.*\b(?:dead|killed|drowned|died|lost|missing|trapped|buried)\b"
    ),
    "casualties, the word": every(harm("casualties"), words(r"\bcasualt")),
    "killed and wounded in one quantity": every(
        harm("casualties"), words(rf"{_DEAD}{_JOINED}{_HURT}", rf"\b{_HURT}{_JOINED}(?:kill|dead|died|slain)")
    ),
    "dead or missing in one quantity": every(
        harm("casualties"),
        words(one_of("missing unaccounted disappear\\w* vanish\\w*")),
        words(one_of("dead killed die\\w* drown\\w* deaths?")),
    ),
    "no harm word of its own": harmless_words,
    "headline's bare victims (3 GIs)": every(
        in_headline, harmless_words, no(words(r" \w+ \w+ \w+")), no(before(r"\w.*"))
    ),
}
"""How a claim says what happened to people."""
