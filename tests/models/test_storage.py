"""A saved model comes back as it was; anything else is refused in one sentence and runs nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from casualty_claims.data.documents import Document, Span
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.state import ARRAYS, MAX_DEPTH, MAX_TREES
from casualty_claims.models.storage import CARD, FILES, FORMAT, STATE, ModelError, load_model, save_model
from numpy.typing import NDArray
from sklearn.base import clone

TEXTS = [
    "Police said at least 12 soldiers were killed near Tarnova and 4 were wounded.",
    "“7 people are missing,” said a spokesman.\n\nShops opened late.",
]


@pytest.fixture(scope="session")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model that tests copy and never change."""
    return save_model(model, tmp_path_factory.mktemp("saved") / "small")


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy of the saved model to do harm to."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def refused(folder: Path, *words: str) -> str:
    """The folder is refused in one sentence with these words, which says what to do."""
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    message = str(caught.value)
    assert type(caught.value) is ModelError
    assert str(folder) in message
    for word in words:
        assert word in message, message
    assert re.search(r"get the model again|train (?:one|the model again)|install the version|name another", message)
    assert "\n" not in message and len(message) < 500 + len(str(folder))
    return message


def card_of(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / CARD).read_bytes())
    return card


def put_card(folder: Path, card: Any) -> None:
    (folder / CARD).write_text(json.dumps(card))


def put(folder: Path, name: str, data: bytes) -> None:
    """Replace a file and make the card agree, as someone with bad intent would."""
    (folder / name).write_bytes(data)
    card = card_of(folder)
    card["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    put_card(folder, card)


def put_array(folder: Path, name: str, array: NDArray[Any]) -> None:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    put(folder, f"{name}.npy", stream.getvalue())


def array_of(folder: Path, name: str) -> NDArray[Any]:
    array: NDArray[Any] = np.load(folder / f"{name}.npy", allow_pickle=False)
    return array


def put_state(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    state = json.loads((folder / STATE).read_bytes())
    change(state)
    put(folder, STATE, json.dumps(state).encode())


def npy(header: str | bytes, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    head = header.encode("latin1") if isinstance(header, str) else header
    size = len(head).to_bytes(2 if version == b"\x01\x00" else 4, "little")
    return b"\x93NUMPY" + version + size + head + body


def header(shape: str, descr: str = "'<f4'") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"


class Payload:
    """Unpickled, it leaves a marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


def bare(span: Span) -> Span:
    """A span as the tagger found it: no record, no link."""
    return Span(span.start, span.end, span.label, confidence=span.confidence)


# --- what comes back -------------------------------------------------------------------------------------------


def test_a_tagger_of_other_labels_is_not_saved(model: Model, tmp_path: Path) -> None:
    other = clone(model.tagger).set_params(labels=("SOURCE", "CUE", "CONTENT"))
    with pytest.raises(ModelError, match="SOURCE, CUE, CONTENT"):
        save_model(Model(other, model.linker, {}), tmp_path / "other")
    assert not list(tmp_path.iterdir())


def test_a_model_comes_back_as_it_was(model: Model, saved: Path, fresh_documents: list[Document]) -> None:
    loaded = load_model(saved)
    texts = [d.text for d in fresh_documents] + TEXTS
    found = loaded.tagger.predict(texts)
    assert found.tolist() == model.tagger.predict(texts).tolist()
    assert sum(map(len, found)) > 50
    documents = list(Scorer(loaded).score_many(d.article for d in fresh_documents))
    documents = [replace(d, spans=tuple(map(bare, d.spans))) for d in documents]
    assert loaded.linker.predict(documents) == model.linker.predict(documents)
    assert {k: v for k, v in loaded.card.items() if k in model.card} == dict(model.card)
    assert "files" not in loaded.card and loaded.name == "small"
    assert loaded.tagger.lexicons_ == model.tagger.lexicons_
    assert load_model(str(saved)).card == loaded.card


def test_all_learned_numbers_are_kept_to_the_last_bit(model: Model, saved: Path) -> None:
    first, second = model.tagger.token_model_, load_model(saved).tagger.token_model_
    assert second.share == first.share
    ours, theirs = first.window, second.window
    assert theirs.features == ours.features
    for one, other in (
        *zip(first.network, second.network, strict=True),
        (ours.window, theirs.window),
        (ours.key_weights, theirs.key_weights),
        (ours.bias, theirs.bias),
        (ours.keys.keys, theirs.keys.keys),
    ):
        assert one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def test_saved_again_it_is_the_same_to_the_byte(model: Model, saved: Path, tmp_path: Path) -> None:
    for source, name in ((model, "again"), (load_model(saved), "from_disk")):
        other = save_model(source, tmp_path / "deep" / name)
        assert {p.name: p.read_bytes() for p in other.iterdir()} == {p.name: p.read_bytes() for p in saved.iterdir()}


def test_the_folder_holds_what_the_card_says_and_nothing_that_runs(saved: Path) -> None:
    card = card_of(saved)
    assert card["format"] == FORMAT
    assert {p.name for p in saved.iterdir()} == {CARD, *FILES} == {CARD, *card["files"]}
    for path in saved.iterdir():
        assert b"casualty_claims" not in path.read_bytes() and b"sklearn" not in path.read_bytes()
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).dtype.kind in "iuf"


def test_a_link_to_a_whole_folder_is_followed(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(saved)
    assert load_model(tmp_path / "latest").name == "small"


# --- damage ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(FILES))
def test_damage_to_a_file(folder: Path, name: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    for place in (0, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        refused(folder, name, "SHA-256")
    for cut in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        refused(folder, name, str(len(whole)))
    path.write_bytes(whole + b"\0")
    refused(folder, name, "more bytes")
    path.unlink()
    refused(folder, name, "missing")
    path.mkdir()
    refused(folder, name, "missing")
    path.rmdir()
    os.mkfifo(path)  # to open it would be to wait forever
    refused(folder, name, "missing")


def test_a_file_larger_than_memory_is_not_read(folder: Path) -> None:
    os.truncate(folder / "token_window.npy", 2**36)
    refused(folder, "token_window.npy", "more bytes")
    os.truncate(folder / CARD, 2**36)
    refused(folder, CARD, "larger")


@pytest.mark.parametrize("name", [CARD, STATE, "token_bias.npy"])
@pytest.mark.parametrize("outside", [True, False])
def test_a_linked_file_is_refused(folder: Path, tmp_path: Path, name: str, outside: bool) -> None:
    """Even one with the right content: a stranger's folder must not make us read files elsewhere."""
    target = (tmp_path if outside else folder) / "elsewhere"
    (folder / name).rename(target)
    (folder / name).symlink_to(target)
    refused(folder, name, "link")
    target.unlink()
    refused(folder, name, "link")


def test_no_folder(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "no model folder")
    (tmp_path / "file").touch()
    refused(tmp_path / "file", "no model folder")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", CARD, "missing")


# --- the card --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '"card"',
        "\ufeff{}",
        "[" * 100_000,
        '{"a":' * 100_000,
        "{}" + " " * 9,
        '{"name": "\\ud800"}',
    ],
)
def test_a_card_that_is_none(folder: Path, text: str) -> None:
    (folder / CARD).write_text(text)
    refused(folder, CARD)


@pytest.mark.parametrize("data", [b"\xff\xfe{}", b"\x80\x04N.", b"\0" * 50])
def test_a_card_that_is_no_text(folder: Path, data: bytes) -> None:
    (folder / CARD).write_bytes(data)
    refused(folder, CARD, "JSON")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_are_none_in_the_card(folder: Path, number: str) -> None:
    text = (folder / CARD).read_text()
    assert text.count("0.5") == 1
    (folder / CARD).write_text(text.replace("0.5", number))
    refused(folder, CARD)


@pytest.mark.parametrize("version", [FORMAT + 1, FORMAT - 1, str(FORMAT), None, [FORMAT], "x" * 10_000, {}])
def test_another_format(folder: Path, version: object) -> None:
    put_card(folder, card_of(folder) | {"format": version})
    refused(folder, CARD, "format", str(FORMAT))


@pytest.mark.parametrize("listed", [None, [], {}, "state.json", sorted(FILES), 7])
def test_a_card_that_lists_no_files(folder: Path, listed: object) -> None:
    put_card(folder, card_of(folder) | {"files": listed})
    refused(folder, CARD)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_card_that_leaves_a_file_out(folder: Path, name: str) -> None:
    card = card_of(folder)
    del card["files"][name]
    put_card(folder, card)
    refused(folder, CARD, name)
    (folder / name).unlink()
    refused(folder, CARD, name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../evil.npy",
            "../evil",
            "/etc/passwd",
            "..",
            ".",
            "",
            "sub/token_bias.npy",
            "token_bias.npy/",
            "C:evil.npy",
        ),
        *("token_bias.npy\0", "model.pkl", "model.joblib", "extra.npy", "State.json", "card.json", "x" * 10_000),
    ],
)
def test_a_card_that_lists_other_files(folder: Path, tmp_path: Path, name: str) -> None:
    data = (folder / "token_bias.npy").read_bytes()
    (tmp_path / "evil.npy").write_bytes(data)
    (folder / "extra.npy").write_bytes(data)
    card = card_of(folder)
    card["files"][name] = card["files"]["token_bias.npy"]
    put_card(folder, card)
    refused(folder, CARD, "no file of a model")
    del card["files"]["token_bias.npy"]  # in its place
    put_card(folder, card)
    refused(folder, CARD)


@pytest.mark.parametrize(
    "entry",
    [
        *(None, [], "", 7, {}, {"bytes": 5}, {"sha256": "0"}, {"bytes": "5", "sha256": "0"}, {"bytes": 5, "sha256": 0}),
        *({"bytes": 5.0, "sha256": "0"}, {"bytes": 5, "sha256": "0", "path": "/etc/passwd"}),
        *({"bytes": size, "sha256": "0"} for size in (0, -1, 10**15, 2**40, 10**400)),
    ],
)
@pytest.mark.parametrize("name", [STATE, "token_window.npy"])
def test_entries_without_a_sound_size_and_hash(folder: Path, name: str, entry: object) -> None:
    card = card_of(folder)
    card["files"][name] = entry
    put_card(folder, card)
    refused(folder, CARD, name)


def test_sizes_that_are_large_together(folder: Path) -> None:
    card = card_of(folder)
    for name in FILES - {STATE}:
        card["files"][name]["bytes"] = 100 * 2**20
    put_card(folder, card)
    refused(folder, CARD, "in all")


@pytest.mark.parametrize("name", [7, None, ["small"], {}])
def test_a_name_that_is_none(folder: Path, name: object) -> None:
    put_card(folder, card_of(folder) | {"name": name})
    refused(folder, CARD, "name")


def test_what_else_the_card_says_is_kept(folder: Path) -> None:
    put_card(folder, card_of(folder) | {"note": "naïve 💥", "scores": {"f1": [0.25, None]}})
    card = load_model(folder).card
    assert (card["note"], card["scores"]) == ("naïve 💥", {"f1": [0.25, None]})


# --- code in the arrays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["token_bias", "span0_forest_left", "token_keys"])
def test_a_pickle_in_an_array_is_refused_unopened(folder: Path, tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    objects = np.array([Payload(marker)] * 3, object)
    put_array(folder, name, objects)
    refused(folder, f"{name}.npy", "numbers only")
    assert not marker.exists()
    np.load(folder / f"{name}.npy", allow_pickle=True)
    assert marker.exists(), "the payload works, so it is we who did not open it"


def test_other_pickles_are_refused_unopened(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    payload = pickle.dumps(Payload(marker))
    body = payload.ljust(4 * 9, b"\0")
    for data in (
        payload,
        npy(header("(9,)", "'|O'"), body),
        npy(header("(9,)", "[('x', '|O')]"), body),
        npy(header("(9,)", "[('x', '<f4'), ('y', '|O')]"), body),
        npy(header("()", "'|O'"), payload),
    ):
        put(folder, "token_bias.npy", data)
        refused(folder, "token_bias.npy")
    put(folder, STATE, payload)
    refused(folder, STATE, "JSON")
    assert not marker.exists()


def test_pickles_beside_the_model_are_never_opened(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    for name in ("model.pkl", "model.joblib", "state.pkl", "token_bias.npy.pkl"):
        joblib.dump(Payload(marker), folder / name)
    load_model(folder).tagger.predict(TEXTS)
    assert not marker.exists()


@pytest.mark.parametrize(
    "head",
    [
        "__import__('pathlib').Path({marker!r}).touch()\n",
        "{{'descr': __import__('pathlib').Path({marker!r}).touch(), 'fortran_order': False, 'shape': (9,), }}\n",
        "{{'descr': '<f4', 'fortran_order': False, 'shape': __import__('pathlib').Path({marker!r}).touch(), }}\n",
        "(lambda: 0)()\n",
    ],
)
def test_a_header_is_no_program(folder: Path, tmp_path: Path, head: str) -> None:
    marker = tmp_path / "marker"
    put(folder, "token_bias.npy", npy(head.format(marker=str(marker)), bytes(36)))
    refused(folder, "token_bias.npy", "not an array")
    assert not marker.exists()


# --- arrays that are none --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    [
        *("(10**12,)", "(1000000000000,)", "(-9,)", "(-3, -3)", "(-1, -9)", "(9, -1)", "(4294967296, 4294967296)"),
        *("(18446744073709551616, 9)", "(18446744073709551625,)", "(0, 10000000000000000000000000)", "(9.0,)", "9"),
        *("'9'", "None", "(None,)", "((9,),)", "()", "(8,)", "(10,)", "(3, 3, 2)", "(0,)", "(" + "1, " * 70 + "9)"),
        "(" + "9" * 5000 + ",)",
    ],
)
def test_a_shape_that_is_not_what_the_file_holds(folder: Path, shape: str) -> None:
    put(folder, "token_bias.npy", npy(header(shape), bytes(36)))
    refused(folder, "token_bias.npy")
    put(folder, "token_bias.npy", npy(header(shape)))
    refused(folder, "token_bias.npy")


@pytest.mark.parametrize(
    "descr",
    [
        *("'|V4'", "'|S4'", "'<U1'", "'<c8'", "'|b1'", "'<M8[s]'", "'<m8[s]'", "'|O'", "('<f4', (1000000000,))"),
        *(
            "[('a', '<f4')]",
            "[('a', '<f4', (1000000000,))]",
            "[('', '|V1000000000')]",
            "'nonsense'",
            "None",
            "'|S0'",
            "[]",
        ),
        *("'<f4,<f4'", "{'names': ['a'], 'formats': ['<f4']}", "'|V2147483647'"),
    ],
)
def test_a_type_that_is_no_number(folder: Path, descr: str) -> None:
    for shape, size in (("(9,)", 36), ("(9,)", 0), ("(0,)", 0)):
        put(folder, "token_bias.npy", npy(header(shape, descr), bytes(size)))
        refused(folder, "token_bias.npy")


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\x93", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x01\x00\xff\xff", b"PK\x03\x04" + bytes(60)),
        *(b"\x93NUMPY\x01\x00\x05\x00(((((", npy("(" * 9000), npy("-" * 9000 + "1"), npy("{" * 3000), npy("'" * 3)),
        *(npy("{'descr': '<f4'}\n", bytes(36)), npy("[]\n"), npy("\n\n"), npy(b"\xff\xfe\x00"), npy("{[]: 1}\n")),
        *(npy(header("(9,)") + " " * 60_000, bytes(36)), npy(header("(9L,)").rstrip() + "(\n", bytes(36))),
        *(npy(header("(9,)"), bytes(36), v) for v in (b"\x02\x00", b"\x03\x00", b"\x09\x00", b"\x00\x00")),
    ],
)
def test_a_file_that_is_no_array(folder: Path, data: bytes) -> None:
    put(folder, "token_bias.npy", data or b"\0")
    refused(folder, "token_bias.npy")


# --- arrays that are no model ----------------------------------------------------------------------------------


def wrong_versions(name: str, array: NDArray[Any]) -> list[NDArray[Any]]:
    other = "<f8" if array.dtype.kind == "f" else "<i8"
    wrong = [
        array.astype(other),
        array.astype(array.dtype.newbyteorder(">")),
        array.astype("<i2"),
        array[..., None],
        array.reshape(-1)[:0],
        np.concatenate((array, array)),
    ]
    if array.ndim > 1:
        wrong += [array.swapaxes(0, 1), array.reshape(-1), array[..., :-1]]
    if not name.endswith("_roots"):
        wrong.append(array[:-1])  # a forest of fewer trees is a forest
    odd: list[float] = [np.nan, np.inf, -np.inf, 3e38] if array.dtype.kind == "f" else [-1, 2**31 - 1]
    if array.dtype == np.uint64:
        wrong += [array[::-1], np.sort(np.concatenate((array[:1], array[:-1])))]
        odd = []
    for value in odd:
        for place in (0, -1):
            changed = array.copy()
            changed.reshape(-1)[place] = value
            wrong.append(changed)
    return wrong


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_another_type_shape_or_content(folder: Path, name: str) -> None:
    for wrong in wrong_versions(name, array_of(folder, name)):
        put_array(folder, name, wrong)
        refused(folder, name.rsplit("_", 1)[0], ".npy")


def test_arrays_in_fortran_order_are_the_same_arrays(folder: Path, model: Model) -> None:
    put_array(folder, "token_window", np.asfortranarray(array_of(folder, "token_window")))
    assert load_model(folder).tagger.predict(TEXTS).tolist() == model.tagger.predict(TEXTS).tolist()


@pytest.mark.parametrize("forest", ["span0_forest", "span1_forest", "link_forest"])
def test_trees_that_go_round_in_circles_end(folder: Path, fresh_documents: list[Document], forest: str) -> None:
    """A walk has as many steps as the trees are deep, whatever the nodes say."""
    nodes = array_of(folder, f"{forest}_left").size
    for part in ("left", "right"):
        put_array(folder, f"{forest}_{part}", ((np.arange(nodes) + 1) % nodes).astype(np.int32))
    loaded = load_model(folder)
    loaded.tagger.predict(TEXTS)
    assert len(loaded.linker.predict(fresh_documents)) == len(fresh_documents)


def test_more_trees_than_any_model_has(folder: Path) -> None:
    put_array(folder, "link_forest_roots", np.zeros(MAX_TREES + 1, np.int32))
    refused(folder, "link_forest_roots.npy", str(MAX_TREES))


# --- the state -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *(
            (("spans", 0, "forest", "depth"), depth)
            for depth in (10**6, 10**400, MAX_DEPTH + 1, 0, -1, 4.0, "4", None, True)
        ),
        *((("linker", "platt"), value) for value in (None, [], [[1.0, 0.0]], [[1.0], [1.0]], [[1, 0], [1, "0"]], 7)),
        *((("linker", "platt", 0, 0), value) for value in (1e9, None, "1", [1.0], True)),
        *((("gate", "least"), value) for value in (1e9, None, "0", True)),
        *((("gate",), value) for value in (None, [], {}, {"least": 0.0})),
        *((("second_looks",), value) for value in (None, [], [None, None], "ab", {"0": 1, "1": 2})),
        *((("second_looks", 1, "slope"), value) for value in (None, "1", 1e300, True)),
        *((("threshold",), value) for value in (0, 1, -0.5, 1.5, None, "0.5", False, {}, 10**400, [[[[[[[[[]]]]]]]]])),
        *((("spans", 1, "bias"), value) for value in (None, "0", 1e300, -(10**30), [0.0], True)),
        *((("spans", 1, "mix"), value) for value in (None, [1.0], [1.0, 1e7])),
        *((("linker", "forest", "prior"), value) for value in (None, 1e7, "x" * 10_000)),
        *(
            (("labels",), value)
            for value in (["ATTRIBUTION", "CASUALTY_CLAIM"], [], None, 7, "CA", {"CASUALTY_CLAIM": 1})
        ),
        *((("tags",), value) for value in (["O"], None, ["O"] * 100_000)),
        *((("offsets",), value) for value in ([0], None, list(range(-3, 4)))),
        *((("features",), value) for value in ([], None, "abc", {"a": 1}, [7], [None], [["w=a"]])),
        *((("lexicons",), value) for value in (None, [], {}, {"killed": ["died"]}, 7)),
        *((("lexicons", "killed"), value) for value in (None, "died", [7], {"died": 1}, [["died"]])),
        *((("spans",), value) for value in (None, [], {}, {"0": 1, "1": 2}, [None, None], "ab", [[], []])),
        *((("spans", 0, "forest"), value) for value in (None, [], 4, {"depth": 4})),
        *((("linker",), value) for value in (None, [], {}, {"platt": [[1.0, 0.0], [1.0, 0.0]]})),
    ],
)
def test_a_state_that_no_model_has(folder: Path, path: tuple[str | int, ...], value: object) -> None:
    def change(state: Any) -> None:
        for step in path[:-1]:
            state = state[step]
        state[path[-1]] = value

    put_state(folder, change)
    refused(folder, ".npy" if path == ("features",) and value == [] else STATE)


@pytest.mark.parametrize(
    "key",
    [*("labels", "tags", "offsets", "features", "lexicons"), *("gate", "spans", "second_looks", "threshold", "linker")],
)
def test_a_state_that_lacks_something(folder: Path, key: str) -> None:
    put_state(folder, lambda state: state.pop(key))
    refused(folder, STATE, key)


def test_word_lists_must_be_those_of_this_version(folder: Path) -> None:
    put_state(folder, lambda state: state["lexicons"].pop("killed"))
    refused(folder, STATE, "lexicons")
    put_state(folder, lambda state: state["lexicons"].update(killed=["died"], extra=[]))
    refused(folder, STATE, "lexicons")


@pytest.mark.parametrize(
    "text", ["[]", "null", "7", "{}", '"state"', "[" * 10**6, '{"a":' * 10**5, "[" * 400 + "]" * 400]
)
def test_a_state_that_is_none(folder: Path, text: str) -> None:
    put(folder, STATE, text.encode())
    refused(folder, STATE)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "9" * 5000, "[" * 900 + "]" * 900]
)
def test_numbers_that_are_none_in_the_state(folder: Path, number: str) -> None:
    text, times = re.subn(r'"threshold": [\d.]+', f'"threshold": {number}', (folder / STATE).read_text())
    assert times == 1
    put(folder, STATE, text.encode())
    refused(folder, STATE)


@pytest.mark.parametrize("seed", range(40))
def test_random_changes_are_refused_or_leave_a_model_that_works(folder: Path, seed: int) -> None:
    r = random.Random(seed)
    name = r.choice(sorted({CARD, *FILES}))
    data = bytearray((folder / name).read_bytes())
    for _ in range(r.choice((1, 1, 2, 9))):
        place = r.randrange(min(len(data), r.choice((130, len(data)))))
        data[place] = r.choice((0, 255, r.randrange(256), data[place] ^ (1 << r.randrange(8)), *b"0123-[]{}(),'\""))
    if name == CARD:
        (folder / CARD).write_bytes(data)
    else:
        put(folder, name, bytes(data))
    try:
        loaded = load_model(folder)
    except ModelError as error:
        assert "\n" not in str(error)
        return
    with np.errstate(all="raise", under="ignore"):
        for spans in loaded.tagger.predict(TEXTS):
            assert all(0 < span.confidence <= 1 for span in spans)


# --- saving ----------------------------------------------------------------------------------------------------


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_existing_model_is_replaced_only_by_force(model: Model, folder: Path) -> None:
    before = contents(folder)
    other = replace(model, card={"name": "other"})
    with pytest.raises(ModelError, match="--force"):
        save_model(other, folder)
    assert contents(folder) == before
    assert save_model(other, folder, force=True) == folder
    assert load_model(folder).card == {"name": "other"}
    assert names(folder.parent) == [folder.name], "nothing is left lying about"


@pytest.mark.parametrize("other_version", [True, False])
def test_a_model_of_another_version_is_replaced_by_force_even_damaged(
    model: Model, folder: Path, other_version: bool
) -> None:
    card = card_of(folder)
    if other_version:
        (folder / "token_bias.npy").rename(folder / "once.npy")
        card["files"] = {"once.npy" if name == "token_bias.npy" else name: e for name, e in card["files"].items()}
        put_card(folder, card | {"format": FORMAT + 1})
    (folder / "token_keys.npy").write_bytes(b"damaged")
    refused(folder)
    save_model(model, folder, force=True)
    assert load_model(folder).name == "small"


def test_an_empty_folder_is_filled(model: Model, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert load_model(save_model(model, tmp_path / "empty")).name == "small"


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("stray", ["notes.txt", ".hidden", "sub/notes.txt", "extra.npy"])
@pytest.mark.parametrize("with_model", [True, False])
def test_what_is_no_model_is_never_deleted(
    model: Model, folder: Path, tmp_path: Path, stray: str, with_model: bool, force: bool
) -> None:
    target = folder if with_model else tmp_path / "mine"
    (target / stray).parent.mkdir(parents=True, exist_ok=True)
    (target / stray).write_text("dear to me")
    before = names(target)
    with pytest.raises(ModelError, match="left alone"):
        save_model(model, target, force=force)
    assert names(target) == before and (target / stray).read_text() == "dear to me"


@pytest.mark.parametrize("card", ["", "[]", "{}", "null", '{"files": 7}', '{"files": ["notes.txt"', "[" * 100_000])
def test_a_card_of_another_kind_makes_no_model(model: Model, tmp_path: Path, card: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / CARD).write_text(card)
    (tmp_path / "mine" / "notes.txt").write_text("dear to me")
    with pytest.raises(ModelError, match="left alone"):
        save_model(model, tmp_path / "mine", force=True)
    assert names(tmp_path / "mine") == [CARD, "notes.txt"]


def test_files_and_links_are_left_alone(model: Model, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("dear to me")
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = contents(folder)
    for name in ("file", "link", "dangling"):
        with pytest.raises(ModelError, match="left alone"):
            save_model(model, tmp_path / name, force=True)
    assert (tmp_path / "file").read_text() == "dear to me"
    assert (tmp_path / "link").is_symlink() and contents(folder) == before


@pytest.mark.parametrize("call", range(1, len(FILES) + 4))
def test_a_failure_in_mid_saving_leaves_the_old_model(
    model: Model, folder: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """Each in turn of all writes and the two renamings fails."""
    before = contents(folder)
    calls = 0

    def failing(original: Callable[..., Any]) -> Callable[..., Any]:
        def attempt(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call:
                raise OSError(28, "No space left on device")
            return original(*args, **options)

        return attempt

    with monkeypatch.context() as patch:
        for method in ("write_bytes", "rename"):
            patch.setattr(Path, method, failing(getattr(Path, method)))
        with pytest.raises(OSError, match="No space"):
            save_model(replace(model, card={"name": "other"}), folder, force=True)
    assert contents(folder) == before
    assert names(folder.parent) == [folder.name]
    assert load_model(folder).name == "small"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, np.float32(0.5), "\ud800"])
def test_a_card_that_json_cannot_hold_is_not_saved(model: Model, folder: Path, value: object) -> None:
    before = contents(folder)
    with pytest.raises(ModelError, match="JSON cannot hold"):
        save_model(replace(model, card={"name": "other", "score": value}), folder, force=True)
    assert contents(folder) == before
