from __future__ import annotations

import random

import pytest
from casualty_claims.data.decoding import DecodingError, decode, detect
from hypothesis import given
from hypothesis import strategies as st

TEXTS = {
    "curly": "A spokesman said “no one” was hurt – the ministry’s count stands at nine.",
    "names": "Doctors of the group Médecins du Fleuve and José Muñoz counted nine dead and four hurt.",
    "french": "Neuf personnes ont été tuées et vingt autres blessées à Évreux, a annoncé le ministère.",
    "german": "Neun Menschen wurden getötet und zwölf verletzt, erklärte die Behörde für Straßenbau.",
    "polish": "Dziewięć osób zginęło, a dwanaście zostało rannych w wybuchu, poinformowało ministerstwo.",
    "turkish": "Patlamada dokuz kişi öldü, on iki kişi yaralandı, İçişleri Bakanlığı açıkladı. "
    "Kurtarma ekipleri çalışmalarını sürdürüyor, soruşturma başlatıldı.",
    "russian": "В результате взрыва погибли девять человек, двенадцать ранены, сообщило министерство.",
    "greek": "Εννέα άνθρωποι σκοτώθηκαν και δώδεκα τραυματίστηκαν από την έκρηξη στο λιμάνι.",
    "arabic": "قتل تسعة أشخاص وأصيب اثنا عشر آخرون في انفجار سيارة، بحسب ما أعلنت وزارة الداخلية.",
    "hebrew": "תשעה בני אדם נהרגו ושנים עשר נפצעו בפיצוץ, כך מסר משרד הפנים.",
    "chinese": "内政部表示，周一的爆炸造成九人死亡，十二人受伤。救援人员仍在废墟中搜寻幸存者。",
    "japanese": "内務省によると、月曜日の爆発で九人が死亡し、十二人が負傷した。",
    "korean": "내무부는 월요일 폭발로 아홉 명이 숨지고 열두 명이 다쳤다고 밝혔다.",
}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("curly", "cp1252"),
        ("names", "cp1252"),
        ("names", "latin-1"),
        ("french", "cp1252"),
        ("german", "latin-1"),
        ("polish", "cp1250"),
        ("polish", "iso8859-2"),
        ("turkish", "cp1254"),
        ("russian", "cp1251"),
        ("russian", "koi8-r"),
        ("greek", "cp1253"),
        ("arabic", "cp1256"),
        ("hebrew", "cp1255"),
        ("chinese", "gb18030"),
        ("japanese", "shift_jis"),
        ("japanese", "euc_jp"),
        ("korean", "euc_kr"),
    ],
)
@pytest.mark.parametrize("times", [1, 2000])
def test_older_encodings_are_recognised(name: str, encoding: str, times: int) -> None:
    text = (TEXTS[name] + "\r\n") * times
    assert decode(text.encode(encoding)) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_utf8_comes_back_with_and_without_a_mark(text: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode()) == text
    if not text.startswith("\ufeff"):
        assert decode(text.encode()) == text


# A NUL after the mark of UTF-16 would make it that of UTF-32.
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.sampled_from(["utf-16", "utf-32"])
)
def test_wide_encodings_come_back_by_their_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
    big_endian = b"\xfe\xff" + text.encode("utf-16-be")
    assert decode(big_endian) == text


@given(st.binary())
def test_any_bytes_decode_or_are_refused(raw: bytes) -> None:
    try:
        text = decode(raw)
    except DecodingError as error:
        assert str(error)
    else:
        text.encode("utf-8")  # no half characters


def test_noise_is_refused() -> None:
    rng = random.Random(4)
    for size in (300, 3000):
        noise = bytes(rng.randrange(1, 256) for _ in range(size))
        with pytest.raises(DecodingError):
            decode(noise)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "PNG"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\x7fELF\x02\x01", "program"),
        (b"MZ\x90\x00\x03", "NUL"),
        (b"Nine people\x00 died", "offset 11"),
        ("Nine people died".encode("utf-16-le"), "NUL"),
        ("Nine died in Évreux, four in Orléans, none in Béziers".encode() + b"\xc3", "damaged at byte"),
        (b"\xff\xfe" + "Nine died".encode("utf-16-le")[:-1], "utf-16"),
    ],
)
def test_what_is_no_text_is_refused_with_its_reason(raw: bytes, word: str) -> None:
    with pytest.raises(DecodingError, match=word):
        decode(raw)


def test_a_declared_encoding_is_believed_only_where_it_is_a_known_one_and_fits() -> None:
    short = "čs. hlásí 9".encode("iso8859-2")
    assert decode(short, declared="iso-8859-2") == "čs. hlásí 9"
    assert decode("naïve".encode(), declared="koi8-r") == "naïve"
    for odd in ("zip", "punycode", "unicode_escape", "no-such", "\0"):
        assert decode(b"Jos\xe9 and Ana", declared=odd) == "José and Ana"


def test_a_beginning_may_end_within_a_character() -> None:
    assert detect("né".encode()[:-1], whole=False) == "utf-8-sig"
    assert detect("né".encode()[:-1], whole=True) != "utf-8-sig"


def test_a_few_bad_bytes_do_not_turn_utf8_into_something_older() -> None:
    assert detect("Évreux and Orléans\n".encode() * 50 + b"caf\xe9\n") == "utf-8-sig"
    assert detect(TEXTS["french"].encode("cp1252") * 50 + "café\n".encode()) == "cp1252"
