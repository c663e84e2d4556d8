"""What is worth labelling: sentences that the model is unsure of, unlike each other, and some that chance chose.

Sentences are clustered by their words, the unsure ones weighing more, and each cluster gives one: Zhdanov (2019),
"Diverse mini-batch Active Learning", arXiv:1901.05954. Their vectors are hashed tf-idf reduced by latent semantic
analysis, as scikit-learn's example of clustering text has them.

What a model chooses is no fair sample: a precision measured on it is too low, a share counted on it wrong. The control
part is drawn from all sentences alike and keeps such estimates honest.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

CONTROL = 0.2
"""Share of a selection that chance chooses."""

POOL = 10
"""Unsure sentences clustered for each one chosen: Zhdanov's beta."""

DIMENSIONS = 64
FEATURES = 1 << 16

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Selection:
    """Numbers of the sentences chosen, each ascending, none in both."""

    model: Ints
    control: Ints

    def __len__(self) -> int:
        return int(self.model.size + self.control.size)


def select(
    closeness: NDArray[np.float32],
    texts: Sequence[str],
    n: int,
    *,
    control: float = CONTROL,
    seed: int = 0,
    among: NDArray[np.bool_] | None = None,
) -> Selection:
    """``n`` of the sentences, or all if there are no more: first the control part by chance, then the model's.

    ``closeness``, shape (sentences,): how unsure the model is of each, 0 or more; see ``Judgment.closeness``.
    ``texts`` is asked for some 10 n sentences, one at a time: it may live on a disk. ``among``, shape (sentences,):
    what the model may choose from (``None``: all); fewer than ``n`` are chosen where that is too little.
    The same arguments give the same choice. Raises ``ValueError`` if they do not fit together.
    """
    count = len(texts)
    if len(closeness) != count or (among is not None and len(among) != count):
        raise ValueError(f"{count} sentences, but {len(closeness)} figures that say how unsure the model is")
    if n < 0 or not 0.0 <= control <= 1.0:
        raise ValueError(f"{n} sentences with a control share of {control}: a share lies between 0 and 1")
    if not np.all(np.isfinite(closeness)) or np.any(np.asarray(closeness) < 0):
        raise ValueError("how unsure the model is of a sentence must be a number of 0 or more")
    draw = np.random.default_rng(seed)
    wanted = min(n, count)
    by_chance = np.sort(draw.choice(count, round(control * wanted), replace=False)).astype(np.int64)
    free = np.ones(count, np.bool_) if among is None else np.array(among, np.bool_)
    free[by_chance] = False
    # Shuffled first: of equally unsure sentences, those of the first articles would all come before the rest.
    left = draw.permutation(np.flatnonzero(free))
    by_model = _diverse(np.asarray(closeness, np.float64), texts, left, wanted - by_chance.size, seed)
    return Selection(np.sort(by_model), by_chance)


def _diverse(closeness: NDArray[np.float64], texts: Sequence[str], left: Ints, n: int, seed: int) -> Ints:
    """``n`` of ``left`` (or all of it): the middle one of each cluster of the least sure."""
    if len(left) <= n or n < 1:
        return left[: max(n, 0)]
    pool: Ints = left[np.argsort(-closeness[left], kind="stable")[: POOL * n]]
    if len(pool) == n:
        return pool
    cluster, distance = _clusters([texts[i] for i in pool.tolist()], closeness[pool], n, seed)
    order = np.lexsort((distance, cluster))
    middle = order[np.unique(cluster[order], return_index=True)[1]]
    # Some clusters may be empty, where sentences are alike: those most unlike their middle take their places.
    rest = np.setdiff1d(np.arange(len(pool)), middle)
    rest = rest[np.argsort(-distance[rest], kind="stable")]
    chosen: Ints = pool[np.concatenate((middle, rest[: n - len(middle)]))]
    return chosen


def _clusters(
    texts: list[str], weights: NDArray[np.float64], n: int, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """For each text its cluster of ``n``, and how far it is from the middle of it."""
    counts = HashingVectorizer(n_features=FEATURES, alternate_sign=False, norm=None, dtype=np.float32).transform(texts)
    tfidf = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    reduced = TruncatedSVD(min(DIMENSIONS, len(texts) - 1), random_state=seed)
    means = KMeans(n, random_state=seed, n_init=1, max_iter=10)
    heaviest = weights.max()
    # With several threads, sums come in another order and the choice would not be the same again.
    with threadpool_limits(1), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # fewer different sentences than clusters
        vectors = normalize(reduced.fit_transform(tfidf))
        cluster = means.fit_predict(vectors, sample_weight=weights / heaviest + 1e-3 if heaviest > 0 else None)
    return cluster, np.linalg.norm(vectors - means.cluster_centers_[cluster], axis=1)
