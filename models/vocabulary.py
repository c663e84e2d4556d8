"""What is known of a token by its spelling alone, worked out once for each token type.

Everything a model asks about a token on its own (its word, shape, suffix, the word lists it stands in) is a
function of its type, so it is computed when a type is first met and looked up afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

PAD = ""
"""The token of type 0: no text holds it."""

CLASSES: tuple[str, ...] = (
    "pad",
    "other",
    "lower",
    "capital",
    "number",
    "year",
    "comma",
    "stop",
    "dash",
    "quote",
    "bracket",
    "colon",
    "article",
    "function",
    "be",
    "cue",
    "cue_noun",
    "noncue",
    "killed",
    "injured",
    "missing",
    "casualty",
    "harm_other",
    "vague",
    "qualifier",
    "negation",
    "people",
    "demonym",
    "kinship",
    "source",
    "outlet",
    "title",
    "pronoun",
    "possessive",
    "time",
    "place",
    "unit",
    "custody",
    "thing",
    "others",
)
"""One coarse class a token, so that a stretch of text has a pattern: "at least NUMBER PEOPLE were KILLED"."""

_ID = {name: i for i, name in enumerate(CLASSES)}

_FUNCTION = frozenset(
    "of in on at by to for from with as that which who whom whose when while after before since during near and or but "
    "if then than into onto over under against between among amid including also not it's its".split()
)
_BE = frozenset("is are was were be been being has have had having will would could may might did does do".split())
_POSSESSIVE = frozenset("his her their its my our your".split())

# In order of precedence: a word of several lists takes the class that says most about spans.
_BY_LEXICON: tuple[tuple[str, str], ...] = (
    ("pronouns", "pronoun"),
    ("killed", "killed"),
    ("injured", "injured"),
    ("missing", "missing"),
    ("casualty", "casualty"),
    ("number_words", "number"),
    ("quantifiers", "vague"),
    ("cues", "cue"),
    ("noncues", "noncue"),
    ("qualifiers", "qualifier"),
    ("negation", "negation"),
    ("outlets", "outlet"),
    ("sources", "source"),
    ("people", "people"),
    ("kinship", "kinship"),
    ("demonyms", "demonym"),
    ("titles", "title"),
    ("harm_other", "harm_other"),
    ("cue_nouns", "cue_noun"),
    ("time_words", "time"),
    ("places_common", "place"),
    ("money_units", "unit"),
    ("verbs_custody", "custody"),
    ("vehicles_weapons", "thing"),
    ("animals", "thing"),
)

MEMBERSHIPS: tuple[str, ...] = (*dict.fromkeys(name for name, _ in _BY_LEXICON), "sport_business")

_PUNCTUATION = {
    ",": "comma",
    ".": "stop",
    "!": "stop",
    "?": "stop",
    "…": "stop",
    "-": "dash",
    "–": "dash",
    "—": "dash",
    '"': "quote",
    "“": "quote",
    "”": "quote",
    "'": "quote",
    "‘": "quote",
    "’": "quote",
    "(": "bracket",
    ")": "bracket",
    "[": "bracket",
    "]": "bracket",
    ":": "colon",
    ";": "colon",
}

_STRAIGHT = {"“": '"', "”": '"', "‘": "'", "’": "'"}
"""Quotation marks that a house sets in its own way are one word: what a mark opens or closes, the sentence says."""

_YEAR = re.compile(r"(?:1[89]|20)\d\d\Z")


Lexicons = Mapping[str, frozenset[str]]
"""Word lists by name. A model keeps those it was trained with: other lists would be other features."""


def token_class(token: str, lexicons: Lexicons) -> str:
    """The coarse class of a token, one of ``CLASSES``."""
    if token == PAD:
        return "pad"
    if token in _PUNCTUATION:
        return _PUNCTUATION[token]
    if token[0].isdigit():
        return "year" if _YEAR.match(token) else "number"
    word = token.lower()
    if word in ("a", "an", "the"):
        return "article"
    if word in ("others", "other", "another", "further"):
        return "others"
    if word in _POSSESSIVE:
        return "possessive"
    if word in _BE:
        return "be"
    for name, cls in _BY_LEXICON:
        if word in lexicons[name]:
            return cls
    if word in _FUNCTION:
        return "function"
    if not token[0].isalpha():
        return "other"
    return "capital" if token[0].isupper() else "lower"


def shape(token: str) -> str:
    """Capitals, small letters and digits, with runs cut short: "McGill" Xx, "10,000" d5, "US" XX."""
    if token[0].isdigit():
        digits = sum(c.isdigit() for c in token)
        return f"d{min(digits, 6)}" + ("," if "," in token else "") + ("." if "." in token else "")
    if len(token) > 1 and token.isupper():
        return "XX"
    if token[0].isupper():
        return "X" if len(token) == 1 else "Xx"
    return "x" if token[0].isalpha() else "p"


def type_features(token: str, lexicons: Lexicons) -> tuple[str, ...]:
    """All that a token's spelling says, as feature names (``w=`` word, ``s=`` suffix, ``c=`` class ...)."""
    if token == PAD:
        return ("pad",)
    word = token.lower()
    found = [f"c={token_class(token, lexicons)}", f"h={shape(token)}"]
    if token[0].isalpha():
        found += [f"w={word}", f"s3={word[-3:]}", f"s2={word[-2:]}", f"p4={word[:4]}"]
        found += [f"in={name}" for name in MEMBERSHIPS if word in lexicons[name]]
    elif not token[0].isdigit():
        found.append(f"w={_STRAIGHT.get(token, token)}")
    return tuple(found)


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8"), digest_size=8).digest(), "little")


class Vocabulary:
    """Token strings to small integers, bounded: a long run over many articles must not grow without end.

    ``hashes`` (uint64, of the lower-cased token; digits alike by length, quotation marks straight) and ``classes``
    (indices into ``CLASSES``) have one entry a type. Type 0 is padding.
    """

    def __init__(self, lexicons: Lexicons, limit: int = 200_000) -> None:
        self.lexicons = lexicons
        self.limit = limit
        self.clear()

    def clear(self) -> None:
        """Forget all types. Whoever keeps tables by type asks ``generation`` whether they still hold."""
        self._ids: dict[str, int] = {}
        self.tokens: list[str] = []
        self._hashes: list[int] = []
        self._classes: list[int] = []
        self.generation = getattr(self, "generation", -1) + 1
        self._add(PAD)

    def _add(self, token: str) -> int:
        number = len(self.tokens)
        self._ids[token] = number
        self.tokens.append(token)
        word = _STRAIGHT.get(token, token).lower()
        self._hashes.append(_hash(shape(token) if token[:1].isdigit() else word))
        self._classes.append(_ID[token_class(token, self.lexicons)])
        return number

    def __len__(self) -> int:
        return len(self.tokens)

    def ids(self, tokens: list[str]) -> list[int]:
        """Types of tokens; new ones are added."""
        known = self._ids
        try:
            return [known[token] for token in tokens]
        except KeyError:
            return [known[token] if token in known else self._add(token) for token in tokens]

    def features(self, number: int) -> tuple[str, ...]:
        """``type_features`` of a type."""
        return type_features(self.tokens[number], self.lexicons)

    @property
    def full(self) -> bool:
        return len(self.tokens) > self.limit

    @property
    def hashes(self) -> NDArray[np.uint64]:
        return np.array(self._hashes, np.uint64)

    @property
    def classes(self) -> NDArray[np.int64]:
        return np.array(self._classes, np.int64)
