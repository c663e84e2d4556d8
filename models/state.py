"""The learned state of a model as plain arrays and JSON values, and back, with everything checked."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as brief
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.documents import LABELS
from .candidates import NUMERIC_FEATURES
from .convolution import Weights, shapes
from .crosses import CODES, CrossTable
from .gate import Gate
from .keys import KeyTable
from .linker import Linker
from .model import Model
from .pairs import LINK_FEATURES
from .relations import SecondLook, relations_of
from .span_model import SpanModel
from .tagger import SpanTagger
from .token_model import SHARES, TAGS, TokenModel
from .trees import Forest
from .vocabulary import MEMBERSHIPS
from .window import OFFSETS, TypeFeatures, WindowModel

Arrays = dict[str, NDArray[Any]]

_FOREST = {
    "feature": "int32",
    "threshold": "float32",
    "left": "int32",
    "right": "int32",
    "value": "float32",
    "roots": "int32",
}
_NETWORK = {"embedding": "float16", "kernels": "float32", "shifts": "float32", "out": "float32", "bias": "float32"}
_FORESTS = (*(f"{kind}{i}_forest" for i in range(len(LABELS)) for kind in ("span", "look")), "link_forest")
ARRAYS: tuple[str, ...] = (
    *("gate_weights", "token_window", "token_keys", "token_key_weights"),
    *("token_crosses", "token_cross_weights", "token_bias"),
    *(f"network_{part}" for part in _NETWORK),
    *(f"span{i}_{part}" for i in range(len(LABELS)) for part in ("keys", "weights")),
    *(f"{forest}_{part}" for forest in _FORESTS for part in _FOREST),
)
"""The names of a model's arrays."""
_GATE = ("least", "recall", "spared")
_STATE = (
    "labels",
    "tags",
    "offsets",
    "features",
    "share",
    "lexicons",
    "gate",
    "spans",
    "second_looks",
    "threshold",
    "linker",
)

MAX_DEPTH, MAX_TREES = 16, 5_000
MAX_WEIGHT = 1e6
"""No weight is larger: sums of such weights stay finite."""


class StateError(ValueError):
    """State that no model can have; the message begins with the file that holds it."""


def state_of(model: Model) -> tuple[Arrays, dict[str, Any]]:
    """All that a model has learned: arrays by name (``ARRAYS``), and JSON values.

    Raises ``StateError`` for a tagger of other labels or settings than a saved model can have.
    """
    tagger, linker = model.tagger, model.linker
    if tuple(tagger.labels) != LABELS:
        raise StateError(f"the tagger finds {', '.join(tagger.labels)}; only one of {', '.join(LABELS)} is saved")
    kept = SpanTagger()
    for name in ("longest", "least", "relations"):
        if getattr(tagger, name) != getattr(kept, name):
            raise StateError(
                f"the tagger's {name} is {getattr(tagger, name)}; it is saved only with {getattr(kept, name)}"
            )
    token, network = tagger.token_model_.window, tagger.token_model_.network
    arrays: Arrays = {
        "gate_weights": tagger.gate_.weights,
        "token_window": token.window.astype(np.float16),
        "token_keys": token.keys.keys,
        "token_key_weights": token.key_weights.astype(np.float16),
        "token_crosses": token.crosses.codes,
        "token_cross_weights": token.cross_weights.astype(np.float16),
        "token_bias": token.bias,
        **{f"network_{part}": getattr(network, part).astype(dtype) for part, dtype in _NETWORK.items()},
    }
    spans = []
    for i, span in enumerate(tagger.span_models_):
        arrays[f"span{i}_keys"] = span.keys.keys
        arrays[f"span{i}_weights"] = span.weights
        arrays |= _forest_arrays(f"span{i}_forest", span.forest)
        spans.append(
            {"bias": span.bias, "mix": list(span.mix), "shift": span.shift, "forest": _forest_numbers(span.forest)}
        )
    looks = []
    for i, look in enumerate(tagger.second_looks_):
        arrays |= _forest_arrays(f"look{i}_forest", look.forest)
        looks.append({"slope": look.slope, "shift": look.shift, "forest": _forest_numbers(look.forest)})
    arrays |= _forest_arrays("link_forest", linker.forest_)
    state = {
        "labels": list(LABELS),
        "tags": list(TAGS),
        "offsets": list(OFFSETS),
        "features": list(token.features.names),
        "share": tagger.token_model_.share,
        "lexicons": {name: sorted(words) for name, words in tagger.lexicons_.items()},
        "gate": {name: getattr(tagger.gate_, name) for name in _GATE},
        "spans": spans,
        "second_looks": looks,
        "threshold": tagger.threshold,
        "linker": {"platt": [list(pair) for pair in linker.platt_], "forest": _forest_numbers(linker.forest_)},
    }
    return arrays, state


def model_of(arrays: Arrays, state: Any, card: Mapping[str, Any]) -> Model:
    """The inverse of ``state_of`` for arrays named ``ARRAYS``; raises ``StateError`` with what is wrong."""
    state = _fields(state, "contents", *_STATE)
    for name, ours in (("labels", LABELS), ("tags", TAGS), ("offsets", OFFSETS)):
        if state[name] != list(ours):
            raise StateError(f"state.json has the {name} {brief(state[name])}, and this version {brief(list(ours))}")
    names = _strings(state["features"], "features")
    lexicons = _fields(state["lexicons"], "lexicons", *MEMBERSHIPS)

    token = WindowModel()
    token.features = TypeFeatures(tuple(names))
    token.keys = _keys(arrays, "token_keys")
    token.crosses = _crosses(arrays, "token_crosses")
    token.window = _floats(arrays, "token_window", (len(OFFSETS), len(names), len(TAGS)), "float16")
    token.key_weights = _floats(arrays, "token_key_weights", (len(token.keys), len(TAGS)), "float16")
    token.cross_weights = _floats(arrays, "token_cross_weights", (len(token.crosses), len(TAGS)), "float16")
    token.bias = _floats(arrays, "token_bias", (len(TAGS),))

    tagger = SpanTagger(threshold=_number(state["threshold"], "threshold", 1e-6, 1 - 1e-6))
    tagger.token_model_ = TokenModel()
    tagger.token_model_.window = token
    sizes = shapes(len(names), len(TAGS))
    network = {part: _floats(arrays, f"network_{part}", sizes[part], dtype) for part, dtype in _NETWORK.items()}
    tagger.token_model_.network = Weights(**network)
    tagger.token_model_.share = _number(state["share"], "share", SHARES[0], SHARES[-1])
    gate = _fields(state["gate"], "gate", *_GATE)
    tagger.gate_ = Gate(_floats(arrays, "gate_weights", (len(names),)), **{n: _number(gate[n], n) for n in _GATE})
    tagger.lexicons_ = {name: frozenset(_strings(words, f"word list {name}")) for name, words in lexicons.items()}
    if not isinstance(state["spans"], list) or len(state["spans"]) != len(LABELS):
        raise StateError(f"state.json has not one span model for each of {', '.join(LABELS)}")
    tagger.span_models_ = [_span_model(arrays, i, entry) for i, entry in enumerate(state["spans"])]

    if not isinstance(state["second_looks"], list) or len(state["second_looks"]) != len(LABELS):
        raise StateError(f"state.json has not one second look for each of {', '.join(LABELS)}")
    tagger.second_looks_ = [_second_look(arrays, i, entry) for i, entry in enumerate(state["second_looks"])]

    link = _fields(state["linker"], "linker", "platt", "forest")
    if not isinstance(link["platt"], list) or len(link["platt"]) != 2:
        raise StateError("platt in state.json is not two pairs of numbers")
    linker = Linker()
    linker.platt_ = (_pair(link["platt"][0], "platt"), _pair(link["platt"][1], "platt"))
    linker.forest_ = _forest(arrays, "link_forest", link["forest"], LINK_FEATURES)
    return Model(tagger, linker, dict(card))


def _span_model(arrays: Arrays, i: int, entry: Any) -> SpanModel:
    entry = _fields(entry, f"span model {i}", "bias", "mix", "shift", "forest")
    keys = _keys(arrays, f"span{i}_keys")
    return SpanModel(
        keys=keys,
        weights=_floats(arrays, f"span{i}_weights", (len(keys), 1)),
        bias=_number(entry["bias"], "bias"),
        forest=_forest(arrays, f"span{i}_forest", entry["forest"], NUMERIC_FEATURES + 1),
        mix=_pair(entry["mix"], "mix"),
        shift=_number(entry["shift"], "shift"),
    )


def _second_look(arrays: Arrays, i: int, entry: Any) -> SecondLook:
    entry = _fields(entry, f"second look {i}", "slope", "shift", "forest")
    return SecondLook(
        forest=_forest(arrays, f"look{i}_forest", entry["forest"], NUMERIC_FEATURES + relations_of(len(LABELS))),
        slope=_number(entry["slope"], "slope"),
        shift=_number(entry["shift"], "shift"),
    )


def _forest_arrays(name: str, forest: Forest) -> Arrays:
    return {f"{name}_{part}": getattr(forest, part) for part in _FOREST}


def _forest_numbers(forest: Forest) -> dict[str, Any]:
    return {"prior": forest.prior, "depth": forest.depth}


def _forest(arrays: Arrays, name: str, numbers: Any, features: int) -> Forest:
    parts = {part: arrays[f"{name}_{part}"] for part in _FOREST}
    nodes = parts["feature"].size
    for part, dtype in _FOREST.items():
        array = parts[part]
        if array.dtype != dtype or array.ndim != 1 or not array.size:
            raise StateError(f"{name}_{part}.npy is {array.dtype} of shape {array.shape}, not a row of {dtype}")
        if part != "roots" and array.size != nodes:
            raise StateError(f"{name}_{part}.npy has {array.size} nodes where {name}_feature.npy has {nodes}")
    roots = parts["roots"]
    if roots.size > MAX_TREES or not (roots[1:] > roots[:-1]).all():
        raise StateError(f"{name}_roots.npy is not the ascending row of at most {MAX_TREES} roots that it should be")
    for part, limit in (("feature", features), ("left", nodes), ("right", nodes), ("roots", nodes)):
        if parts[part].min() < 0 or parts[part].max() >= limit:
            raise StateError(f"{name}_{part}.npy points outside the model")
    for part in ("threshold", "value"):
        _check_weights(parts[part], f"{name}_{part}")
    numbers = _fields(numbers, name, "prior", "depth")
    depth = numbers["depth"]
    if type(depth) is not int or not 0 < depth <= MAX_DEPTH:
        raise StateError(f"state.json gives {name} the depth {brief(depth)}; at most {MAX_DEPTH} is allowed")
    return Forest(**parts, prior=_number(numbers["prior"], "prior"), depth=depth)


def _keys(arrays: Arrays, name: str) -> KeyTable:
    keys = arrays[name]
    if keys.dtype != np.uint64 or keys.ndim != 1:
        raise StateError(f"{name}.npy is {keys.dtype} of shape {keys.shape}, not a row of uint64")
    if not (keys[1:] > keys[:-1]).all():
        raise StateError(f"{name}.npy is not in ascending order")
    return KeyTable(keys)


def _crosses(arrays: Arrays, name: str) -> CrossTable:
    codes = arrays[name]
    if codes.dtype != np.int32 or codes.ndim != 1:
        raise StateError(f"{name}.npy is {codes.dtype} of shape {codes.shape}, not a row of int32")
    if not (codes[1:] > codes[:-1]).all():
        raise StateError(f"{name}.npy is not in ascending order")
    if codes.size and not 0 <= codes[0] <= codes[-1] < CODES:
        raise StateError(f"{name}.npy points outside the crosses")
    return CrossTable(codes)


def _floats(arrays: Arrays, name: str, shape: tuple[int, ...], dtype: str = "float32") -> NDArray[np.float32]:
    array = arrays[name]
    if array.dtype != dtype or array.shape != shape:
        raise StateError(f"{name}.npy is {array.dtype} of shape {array.shape}, not {dtype} of shape {shape}")
    weights = array.astype(np.float32)
    _check_weights(weights, name)
    return weights


def _check_weights(array: NDArray[np.float32], name: str) -> None:
    # A NaN is not <= anything, so this finds it too.
    if not (np.abs(array) <= MAX_WEIGHT).all():
        raise StateError(f"{name}.npy holds a weight that is not a number, or beyond {MAX_WEIGHT:.0f}")


def _fields(value: Any, name: str, *fields: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StateError(f"state.json has no {name}")
    if odd := sorted(value.keys() ^ set(fields)):
        raise StateError(f"state.json {'has a needless' if odd[0] in value else 'lacks'} {brief(odd[0])} in {name}")
    return value


def _strings(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise StateError(f"state.json has {name} that are not a list of strings")
    return value


def _pair(value: Any, name: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise StateError(f"{name} in state.json is not two numbers")
    return _number(value[0], name), _number(value[1], name)


def _number(value: Any, name: str, low: float = -MAX_WEIGHT, high: float = MAX_WEIGHT) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise StateError(f"state.json gives {brief(value)} for {name}, which must be a number from {low:g} to {high:g}")
    return float(value)
