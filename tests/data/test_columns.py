from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pandas as pd
import pytest
from casualty_claims.data.columns import ColumnError, Columns, clean, locate, make_article


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("text",), {"text": "text"}),
        (("Body", "Headline", "URL"), {"text": "Body", "title": "Headline", "id": "URL"}),
        (("content", "text"), {"text": "text"}),
        (("url", "id", "maintext"), {"text": "maintext", "id": "id"}),
        (("Full Text", "publishedAt", "Outlet"), {"text": "Full Text", "published": "publishedAt", "source": "Outlet"}),
        (("article_text", "pub-date", "site"), {"text": "article_text", "published": "pub-date", "source": "site"}),
        (("TEXT", "text"), {"text": "TEXT"}),
    ],
)
def test_usual_names_are_found(names: tuple[str, ...], found: dict[str, str]) -> None:
    assert locate(Columns(), names) == found


def test_names_of_the_user_come_first() -> None:
    names = ("id", "text", "Lead", "key", "KEY")
    found = locate(Columns(text="lead", id="KEY"), names)
    assert found == {"text": "Lead", "id": "KEY"}


def test_a_missing_column_is_told_with_those_there_are() -> None:
    with pytest.raises(ColumnError, match=r"'when', 'what'.*--text-column"):
        locate(Columns(), ("when", "what"))
    with pytest.raises(ColumnError, match=r"'lead'.*--text-column"):
        locate(Columns(text="lead"), ("text",))
    with pytest.raises(ColumnError, match=r"'key'.*--id-column"):
        locate(Columns(id="key"), ("text",))
    assert locate(Columns(id="key"), ("text",), strict=False) == {"text": "text"}
    with pytest.raises(ColumnError) as many:
        locate(Columns(), tuple(f"c{i}" * 100 for i in range(1000)))
    assert len(str(many.value)) < 2000


@pytest.mark.parametrize(
    ("cell", "string"),
    [
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (2**60, str(2**60)),
        (Decimal("7.00"), "7"),
        (float("nan"), None),
        (float("inf"), "inf"),
        (pd.NaT, None),
        (None, None),
        ("", None),
        ("  a1 ", "a1"),
        (b"a1", "a1"),
        ("12 August 2004, noon", "12 August 2004, noon"),
        (date(2004, 8, 12), "2004-08-12"),
        (datetime(2004, 8, 12), "2004-08-12"),
        (datetime(2004, 8, 12, 9, 30, tzinfo=timezone(timedelta(hours=3))), "2004-08-12T09:30:00+03:00"),
        (pd.Timestamp("2004-08-12"), "2004-08-12"),
        ({"id": None, "name": "The Harbour Post"}, "The Harbour Post"),
        ({"id": 3}, None),
        (["a"], None),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_cells_become_clean_strings(cell: object, string: str | None) -> None:
    assert clean(cell) == string


def test_the_text_is_taken_as_it_is() -> None:
    article = make_article({"text": " \r\nTwo died.\n ", "id": 3.0}, "x.csv#1")
    assert (article.text, article.id) == (" \r\nTwo died.\n ", "3")
    assert make_article({"text": "é".encode(), "id": float("nan")}, "x.csv#1").id == "x.csv#1"
