from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
import textwrap
import unicodedata
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from casualty_claims.data.outputs import CLAIMS_SCHEMA, OutputError, open_lines, open_table
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = pa.schema([("name", pa.string()), ("count", pa.int64()), ("share", pa.float64())])
ENDINGS = [".parquet", ".csv", ".jsonl"]
FRAMES = [
    pd.DataFrame({"name": ['ä\r\n, "b"', None], "count": [1, None], "share": [0.25, None]}),
    pd.DataFrame({"share": [], "name": [], "count": []}),
    pd.DataFrame({"count": pd.array([None, 2**60 + 1], dtype="Int64"), "name": ["💥", ""], "share": [1, 0]}),
]
ROWS = [
    ('ä\r\n, "b"', 1, 0.25),
    (None, None, None),
    ("💥", None, 1.0),
    ("", 2**60 + 1, 0.0),
]


def written(folder: Path, ending: str, frames: list[pd.DataFrame]) -> Path:
    path = folder / f"out{ending}"
    with open_table(path, SCHEMA, force=True) as table:
        for frame in frames:
            table.write(frame)
    return path


def csv_cells(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, strict=True))


def test_every_format_holds_the_same_rows(tmp_path: Path) -> None:
    table = pq.read_table(written(tmp_path, ".parquet", FRAMES))
    assert table.schema.equals(SCHEMA)
    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS
    lines = written(tmp_path, ".jsonl", FRAMES).read_bytes().decode().split("\n")
    assert [tuple(json.loads(line).values()) for line in lines[:-1]] == ROWS
    assert "ä" in lines[0] and lines[-1] == ""
    header, *cells = csv_cells(written(tmp_path, ".csv", FRAMES))
    assert header == SCHEMA.names
    assert cells == [["" if cell is None else str(cell) for cell in row] for row in ROWS]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_without_rows_is_still_a_table(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"claims{ending.upper()}"
    with open_table(path, CLAIMS_SCHEMA):
        pass
    if ending == ".parquet":
        assert pq.read_schema(path).equals(CLAIMS_SCHEMA)
    else:
        assert path.read_text() == ("" if ending == ".jsonl" else ",".join(CLAIMS_SCHEMA.names) + "\n")


def test_many_small_frames_make_few_row_groups(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["a"] * 500, "count": range(500), "share": 0.5})
    path = written(tmp_path, ".parquet", [frame] * 100)
    metadata = pq.read_metadata(path)
    assert metadata.num_rows == 50_000 and metadata.num_row_groups == 2


RISKY = st.lists(
    st.sampled_from([*"=+-@\t\r\n '\"＝＋－＠\ufeff\u200b\u00ad\u00a0", "1", "a"])
    | st.characters(exclude_categories=["Cs"]),
    max_size=6,
).map("".join)


@given(cells=st.lists(RISKY, min_size=1, max_size=8))
def test_no_cell_of_text_is_a_formula(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    frame = pd.DataFrame({"name": pd.Series(cells, dtype=object), "count": -7, "share": -0.5})
    _, *rows = csv_cells(written(tmp_path_factory.mktemp("csv"), ".csv", [frame]))
    assert [row[1:] for row in rows] == [["-7", "-0.5"]] * len(cells)
    for cell, (name, *_) in zip(cells, rows, strict=True):
        assert name in (cell, f"'{cell}")
        visible = [c for c in name if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf")]
        assert not name.startswith(("\t", "\r"))
        assert not visible or visible[0] not in "=+-@＝＋－＠"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("  -2+3", "'  -2+3"),
        ("+44 dead", "'+44 dead"),
        ("\tx", "'\tx"),
        ("12 - 14 dead", "12 - 14 dead"),
        ("'quoted", "'quoted"),
        ("", ""),
    ],
)
def test_formulas_are_defused_and_nothing_else(tmp_path: Path, cell: str, expected: str) -> None:
    frame = pd.DataFrame({"name": [cell], "count": [1], "share": [1.0]})
    assert csv_cells(written(tmp_path, ".csv", [frame]))[1][0] == expected


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"name": ["a"], "count": [1]}),
        pd.DataFrame({"name": ["a"], "count": [1], "share": [1.0], "more": [1]}),
        pd.DataFrame({"name": ["a"], "count": [1.5], "share": [1.0]}),
        pd.DataFrame({"name": [1], "count": [1], "share": [1.0]}),
    ],
)
@pytest.mark.parametrize("ending", ENDINGS)
def test_frames_that_do_not_fit_are_refused(tmp_path: Path, frame: pd.DataFrame, ending: str) -> None:
    with pytest.raises(OutputError, match="column"):
        written(tmp_path, ending, [frame])
    assert list(tmp_path.iterdir()) == []


def test_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"text": "ä\u2028\n", "n": None}, {"half": "\\\ud83d"}, {}]
    with open_lines(path) as lines:
        for row in rows:
            lines.write(row)
    raw = path.read_bytes().decode("utf-8")
    assert [json.loads(line) for line in raw.split("\n")[:-1]] == rows
    assert "ä" in raw
    for odd in ({"n": float("nan")}, {"n": object()}):
        with pytest.raises(OutputError, match="not JSON"), open_lines(tmp_path / "b.jsonl") as lines:
            lines.write(odd)
    assert list(tmp_path.iterdir()) == [path]


# --- whole or not at all


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_exists_is_kept_unless_forced(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("precious")
    for opened in (open_table(path, SCHEMA), open_lines(path)):
        with pytest.raises(OutputError, match=r"exists; pass --force to replace it"), opened:
            pytest.fail("work was begun")
    assert path.read_text() == "precious"
    written(tmp_path, ending, FRAMES)
    with open_table(path, SCHEMA, force=True) as table:
        table.write(FRAMES[0])
        assert path.read_text() == "precious"
    assert b"precious" not in path.read_bytes()


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("existing", [True, False])
def test_an_interruption_leaves_nothing_behind(
    tmp_path: Path, error: type[BaseException], ending: str, existing: bool
) -> None:
    path = tmp_path / f"a{ending}"
    if existing:
        path.write_text("precious")
    with pytest.raises(error), open_table(path, SCHEMA, force=True) as table:
        table.write(FRAMES[0])
        raise error
    assert [p.read_text() for p in tmp_path.iterdir()] == ["precious"] * existing


FULL_DISK = """
    import os, resource, sys
    import pandas, pyarrow
    from casualty_claims.data.outputs import OutputError, open_lines, open_table
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    schema = pyarrow.schema([("name", pyarrow.string())])
    try:
        if sys.argv[1].endswith(".lines"):
            with open_lines(sys.argv[1], force=True) as lines:
                for _ in range(3000):
                    lines.write({"name": os.urandom(50).hex()})
        else:
            with open_table(sys.argv[1], schema, force=True) as table:
                for _ in range(30):
                    table.write(pandas.DataFrame({"name": [os.urandom(50).hex() for _ in range(1500)]}))
    except OutputError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file size here")
@pytest.mark.parametrize("ending", [*ENDINGS, ".lines"])
@pytest.mark.parametrize("limit", [0, 100_000])  # nothing fits; the end does not
@pytest.mark.parametrize("existing", [True, False])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, ending: str, limit: int, existing: bool) -> None:
    path = tmp_path / f"a{ending}"
    if existing:
        path.write_text("precious")
    command = [sys.executable, "-X", "dev", "-c", textwrap.dedent(FULL_DISK), str(path), str(limit)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "was not written, nothing was changed" in run.stdout and path.name in run.stdout
    assert "Exception ignored" not in run.stderr and "Traceback" not in run.stderr
    assert [p.read_text() for p in tmp_path.iterdir()] == ["precious"] * existing


def test_what_another_run_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(OutputError, match="exists"), open_table(path, SCHEMA) as table:
        table.write(FRAMES[0])
        path.write_text("precious")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["precious"]


def test_targets_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, words in {
        "a.xlsx": r"\.parquet, \.csv or \.jsonl",
        "a": r"\.parquet, \.csv or \.jsonl",
        "none/a.csv": "no folder",
        "file/a.csv": "no folder",
        "folder.csv": "not a regular file",
        "pipe.csv": "not a regular file",
        "loop.csv": "was not written",
        "x" * 300 + ".csv": "was not written",
    }.items():
        with pytest.raises(OutputError, match=words), open_table(tmp_path / name, SCHEMA, force=True):
            pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.csv", "loop.csv", "pipe.csv"]


def test_rights_and_links_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "real.csv"
    with open_table(target, SCHEMA):
        pass
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    target.chmod(0o600)
    (tmp_path / "link.csv").symlink_to(target)
    with open_table(tmp_path / "link.csv", SCHEMA, force=True) as table:
        table.write(FRAMES[0])
    assert (tmp_path / "link.csv").is_symlink()
    assert len(csv_cells(target)) == 3
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
