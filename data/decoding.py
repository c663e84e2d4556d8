"""From bytes to text: UTF-8 first, then a byte order mark, then an older encoding recognised by its look.

Nothing is repaired on the way. Text either decodes as a whole or is refused with a reason, since a
replaced character would shift the evidence or change it. Line endings stay as they are.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from .rejects import Unreadable

_SIGNATURES = {
    b"%PDF-": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an older Office document (.doc, .xls)",
    b"PK\x03\x04": "a ZIP archive (.docx, .xlsx, .odt and .epub are ZIP archives too)",
    b"\x1f\x8b": "gzip data",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\xfd7zXZ\x00": "xz data",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"\x89PNG\r\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF89a": "a GIF image",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "an SQLite database",
}
_WIDE_MARKS = {  # UTF-32 first: its little-endian mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
WIDE = frozenset(_WIDE_MARKS.values())

_CENTRAL_EUROPE = ("Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Croatian", "Slovene")
# Windows-1252 shares most of its letters with its neighbours, so one of them is chosen only for its own languages.
_BY_LANGUAGE = dict.fromkeys(_CENTRAL_EUROPE, ("cp1250", "iso8859_2")) | {
    "Turkish": ("cp1254",),
    "Lithuanian": ("cp1257",),
    "Latvian": ("cp1257",),
}
_LATIN = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257")
_OTHER_SCRIPTS = (
    *("cp1251", "koi8_u", "iso8859_5", "cp866"),
    *("cp1253", "iso8859_7", "cp1255", "iso8859_8", "cp1256", "iso8859_6", "cp874"),
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
)
_ALIASES = {"iso8859-1": "cp1252", "iso8859-9": "cp1254", "koi8-r": "koi8_u", "gb2312": "gb18030", "gbk": "gb18030"}

_PUNCTUATION = b"\x85\x91\x92\x93\x94\x95\x96\x97\xa0\xab\xbb"  # dashes and quotes, the same in every windows-125x
_HIGH_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_HIGH = re.compile(rb"[\x80-\xff]")
_ASCII = bytes(range(128))
_CONTROLS = bytes({*range(32)} - set(b"\t\n\v\f\r\x1b"))
_SAMPLE = 1 << 16


class DecodingError(Unreadable):
    """Bytes that are no text, or text that is damaged; the message says which."""


def decode(raw: bytes, declared: str | None = None) -> str:
    """The text of a whole file, without its byte order mark and otherwise untouched.

    ``declared`` is an encoding the content itself names (a page's ``charset``); it is believed only where
    UTF-8 fails. Raises ``DecodingError``.
    """
    _refuse_binary(raw)
    if b"\0" in raw and _wide_encoding(raw) is None:
        raise DecodingError(f"it holds a NUL byte at offset {raw.index(0)}, so it is not text")
    encoding = detect(raw, declared=declared)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding == "utf-8-sig" else encoding
        raise DecodingError(f"it is {name}, but damaged at byte {error.start}: {error.reason}") from None


def detect(raw: bytes, *, whole: bool = True, declared: str | None = None) -> str:
    """The encoding of ``raw``, as Python names it; with ``whole=False``, ``raw`` is only a beginning.

    Text that is mostly valid UTF-8 is damaged UTF-8, not something older: other encodings hardly ever form
    valid sequences by chance. Raises ``DecodingError`` where nothing fits.
    """
    _refuse_binary(raw)
    if wide := _wide_encoding(raw):
        return wide
    if raw.count(0) * 5 > len(raw):
        raise DecodingError("it is full of NUL bytes, so it is not text, or it is UTF-16 without its mark")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw, final=whole)
    except UnicodeDecodeError:
        if not _is_damaged_utf8(raw):
            return _fitting(declared, raw) or _legacy_encoding(raw)
    return "utf-8-sig"


def _refuse_binary(raw: bytes) -> None:
    for signature, name in _SIGNATURES.items():
        if raw.startswith(signature):
            raise DecodingError(f"it is {name}, not text")


def _wide_encoding(raw: bytes) -> str | None:
    return next((name for mark, name in _WIDE_MARKS.items() if raw.startswith(mark)), None)


def _is_damaged_utf8(raw: bytes) -> bool:
    """Whether there are more characters of several bytes than bytes that fit nowhere."""
    kept = raw.decode("utf-8", "ignore")
    return len(kept) - len(kept.encode("ascii", "ignore")) > len(raw) - len(kept.encode())


def _fitting(declared: str | None, raw: bytes) -> str | None:
    """A declared encoding if it is one we know and the bytes fit it."""
    try:
        name = codecs.lookup(declared or "").name
        name = _ALIASES.get(name, name.replace("-", "_"))
        if name not in _LATIN and name not in _OTHER_SCRIPTS:
            return None
        raw.decode(name)
    except (LookupError, ValueError):
        return None
    return name


def _legacy_encoding(raw: bytes) -> str:
    """The older encoding of ``raw``, which is not UTF-8.

    Words in Latin script mix ASCII letters with a few others; words in other scripts do not. Knowing that,
    each recogniser chooses among few, and does so well even on a short text.
    """
    if len(raw) - len(raw.translate(None, _CONTROLS)) > len(raw) / 20:
        raise DecodingError("it is full of control characters, so it is not text")
    if not raw.translate(None, _ASCII + _PUNCTUATION):
        return "cp1252"
    sample = _sample(raw)
    words = b"".join(_HIGH_WORD.findall(sample))
    latin = len(words.translate(None, _ASCII)) < len(words) / 2
    encoding = _latin_encoding(sample) if latin else _other_encoding(sample)
    if encoding is None:
        raise DecodingError("it is neither UTF-8 nor any older encoding known here; save it as UTF-8")
    return encoding


def _latin_encoding(sample: bytes) -> str | None:
    """Windows-1252, unless there is much that is not ASCII and it looks like a language of another encoding.

    A foreign name or two in an English report are no such evidence.
    """
    candidates: tuple[str, ...] = ("cp1252",)
    if len(sample.translate(None, _ASCII + _PUNCTUATION)) > len(sample) / 20:
        guesses = from_bytes(sample, cp_isolation=list(_LATIN))
        best = max(guesses, key=lambda guess: guess.coherence, default=None)
        if best is not None and best.coherence > 0.5:
            candidates = _BY_LANGUAGE.get(best.language, candidates)
    fitting = [encoding for encoding in candidates if _fitting(encoding, sample)]
    return max(fitting, key=lambda encoding: sum(map(str.isalpha, sample.decode(encoding))), default=None)


def _other_encoding(sample: bytes) -> str | None:
    """The first guess that does not shout: read as another alphabet, small letters often turn into capitals."""
    guesses = list(from_bytes(sample, cp_isolation=list(_OTHER_SCRIPTS)))
    calm = (guess for guess in guesses if sum(map(str.isupper, str(guess))) <= len(str(guess)) / 2)
    best = next(calm, guesses[0] if guesses else None)
    return best.encoding if best else None


def _sample(raw: bytes) -> bytes:
    """Whole words around the first byte that is not ASCII, of its own line if that is short."""
    high = _HIGH.search(raw)
    middle = high.start() if high else 0
    start = max(raw.rfind(b"\n", 0, middle) + 1, middle - _SAMPLE)
    end = re.compile(rb"\s|\Z").search(raw, min(middle + _SAMPLE, len(raw)))
    return raw[start : end.start() if end else None]
