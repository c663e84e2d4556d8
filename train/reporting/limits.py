"""What a model of this kind is not for: few words, each with what to do instead."""

from __future__ import annotations

from collections.abc import Sequence

LIMITS: tuple[tuple[str, str], ...] = (
    (
        "Counting the dead without reading",
        "A row is what somebody says, not a death. The same people are reported again and again, by several sources and"
        " with other figures; rows added up count them twice.",
    ),
    (
        "Deciding what is true",
        "The source is who says it, not whether it is so. A figure that is denied, disputed or taken back later is a"
        " row like any other. No source in a row means that the article says it in its own voice.",
    ),
    (
        "Following a toll over time",
        "It does not know that today's 30 replace yesterday's 20. Put the rows in order by date of publication, and"
        " read what was revised.",
    ),
    (
        "Figures that stand in another sentence",
        "“They were shot dead” is a plural without a figure, though a reader may know from before that they were two."
        " Such a claim is vague, or missed.",
    ),
    (
        "Decisions about a person",
        "A name in a row may be wrong, or belong to somebody else. Never tell relatives, name a victim or accuse"
        " anybody because of a row.",
    ),
)


def limits(genres: Sequence[str], unsure: Sequence[str]) -> list[tuple[str, str]]:
    """``LIMITS``, and what this corpus and these figures leave untried: ``genres`` seen, ``unsure`` kinds of claim."""
    tried = f" Its corpus holds: {'; '.join(genres)}." if genres else ""
    found = [
        *LIMITS,
        (
            "Other languages and other kinds of text",
            f"It reads English news.{tried} Social media, court and hospital records, history books, fiction and"
            " translations by machine are untried: label a hundred sentences of yours and judge it on them first.",
        ),
    ]
    if unsure:
        found.append(
            (
                "Rare kinds of claim, unread",
                f"The articles that it was judged on hold too few of these to tell how well it reads them:"
                f" {_list([name.replace('_', ' ') for name in unsure])}.",
            )
        )
    return found


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
