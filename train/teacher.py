"""A teacher: a pretrained encoder, fine-tuned to mark claims and attributions word by word.

    sentences -> windows of word pieces -> encoder -> tag probabilities of every token

It knows more of the language than a corpus can teach, and costs more than the toolkit's own model may: it is
used at training time only, to label articles that nobody has labelled (``taught``). Any checkpoint that
transformers can load with a fast tokenizer will do, by folder or by name. Needs the extra ``teacher``.

Sentences are read in the company of their neighbours: a window holds as many whole sentences of one text as fit,
so that context costs nothing.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from ..data.documents import LABELS, Article, Document
from ..data.sentences import split_sentences
from ..models.scorer import batches
from ..models.stretches import positions_of
from ..models.token_model import TAGS, tags_of
from ..models.tokens import TokenBatch, tokenise
from .opinions import Opinion, documents_of, opinion_of_tags
from .windows import SHAPES, Window, bucketed, windows_of

Floats = NDArray[np.float32]

FORMAT = 1


class Teacher:
    """An encoder with a head for the tags of ``TAGS``.

    Parameters
    ----------
    checkpoint : folder or name of a pretrained encoder.
    epochs, learning_rate, batch_size : of the fine-tuning; the batch is counted in windows. The head, which starts
        from nothing, learns ten times as fast.
    seed : the same seed gives the same teacher on the same machine with the same number of threads.
    threads : processor threads.
    """

    def __init__(
        self,
        checkpoint: str | Path,
        epochs: int = 6,
        learning_rate: float = 2e-4,
        batch_size: int = 8,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.checkpoint = str(checkpoint)
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.seed = seed
        self.threads = threads

    def fit(self, documents: Sequence[Document], say: Callable[[str], None] = lambda _: None) -> Teacher:
        """Learn from documents, all of whose text was labelled."""
        self.tokenizer = _tokenizer(self.checkpoint)
        texts = [document.text for document in documents]
        batch = token_batch(texts)
        spans = [document.spans for document in documents]
        tags = tags_of([(f, t, i) for i, name in enumerate(LABELS) for f, t in positions_of(batch, spans, name)],
                       len(batch))  # fmt: skip
        windows = list(windows_of(batch, texts, self.tokenizer))
        with _torch(self.threads, self.seed):
            self.network = Network(_body(self.checkpoint))
            self._train(windows, tags, say)
        return self

    def _train(self, windows: list[Window], tags: NDArray[np.int64], say: Callable[[str], None]) -> None:
        network = self.network.train()
        old, new = network.parameters_by_age()
        rates = [self.learning_rate, 10 * self.learning_rate]
        groups = [{"params": group, "lr": rate} for group, rate in zip((old, new), rates, strict=True)]
        optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
        steps = self.epochs * math.ceil(len(windows) / self.batch_size)
        warm = max(steps // 10, 1)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / warm, max(steps - step, 0) / max(steps - warm, 1))
        )
        order = random.Random(self.seed)
        for epoch in range(self.epochs):
            total = 0.0
            for chosen in bucketed(windows, self.batch_size, order):
                with _half():
                    scores = network(*self._tensors(chosen)).float()
                wanted = torch.from_numpy(tags[[p for w in chosen for p in w.positions]])
                loss = nn.functional.cross_entropy(scores, wanted)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                total += float(loss.detach()) * len(chosen)
            say(f"teacher: epoch {epoch + 1} of {self.epochs}, loss {total / len(windows):.4f}")

    def predict(self, articles: Sequence[Article | Document]) -> list[Document]:
        """The articles (or those of the documents) with spans and confidence; no records, no links."""
        plain = [item.article if isinstance(item, Document) else item for item in articles]
        return [document for part in batches(plain) for document in self._predict(part)]

    def _predict(self, articles: list[Article]) -> list[Document]:
        return documents_of(articles, self.opinion([article.text for article in articles]))

    def opinion(self, texts: Sequence[str]) -> Opinion:
        """Every span it thinks possible, with its probability among all well-formed taggings."""
        batch = token_batch(texts)
        return opinion_of_tags(batch, self.probabilities(batch, texts))

    def probabilities(self, batch: TokenBatch, texts: Sequence[str]) -> Floats:
        """Tag probabilities of every position of a batch, shape (positions, tags); padding is certainly outside."""
        out = np.zeros((len(batch), len(TAGS)), np.float32)
        out[:, 0] = 1
        windows = sorted(windows_of(batch, texts, self.tokenizer), key=lambda window: len(window.pieces))
        self.network.eval()
        with _torch(self.threads, self.seed), torch.inference_mode(), _half():
            for begin in range(0, len(windows), 32):
                chosen = windows[begin : begin + 32]
                scores = self.network(*self._tensors(chosen)).float()
                out[[p for window in chosen for p in window.positions]] = scores.softmax(dim=1).numpy()
        return out

    def _tensors(self, windows: Sequence[Window]) -> tuple[torch.Tensor, ...]:
        """Piece ids, shapes, attention mask (windows, pieces), and the (window, piece) of every token."""
        width = max(len(window.pieces) for window in windows)
        pieces = np.full((len(windows), width), self.tokenizer.pad_token_id or 0)
        shapes, mask = np.zeros_like(pieces), np.zeros_like(pieces)
        for row, window in enumerate(windows):
            n = len(window.pieces)
            pieces[row, :n], shapes[row, :n], mask[row, :n] = window.pieces, window.shapes, 1
        rows = np.repeat(np.arange(len(windows)), [len(window.places) for window in windows])
        columns = np.array([place for window in windows for place in window.places], np.int64)
        return tuple(map(torch.from_numpy, (pieces, shapes, mask, rows, columns)))

    def size(self) -> int:
        """Bytes of its weights."""
        return sum(weights.numel() * weights.element_size() for weights in self.network.state_dict().values())

    def save(self, folder: str | Path) -> None:
        """Write weights (safetensors), the encoder's configuration and the tokenizer to a folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.network.body.config.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        save_file({k: v.contiguous() for k, v in self.network.state_dict().items()}, folder / "teacher.safetensors")
        card = {"format": FORMAT, "tags": TAGS, "settings": self.settings}
        (folder / "teacher.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path, threads: int = 1) -> Teacher:
        """Read what ``save`` wrote. Raises ``ValueError`` if the folder holds no teacher of these tags."""
        folder = Path(folder)
        try:
            card = json.loads((folder / "teacher.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ValueError(f"{folder} holds no teacher; name a folder that a teacher was saved to") from None
        if card.get("format") != FORMAT or tuple(card.get("tags", ())) != TAGS:
            raise ValueError(f"{folder} holds a teacher of other tags or another format; train it again")
        teacher = cls(**card["settings"], threads=threads)
        teacher.tokenizer = _tokenizer(str(folder))
        config = AutoConfig.from_pretrained(folder)
        teacher.network = Network(AutoModel.from_config(config))
        teacher.network.load_state_dict(load_file(folder / "teacher.safetensors"))
        return teacher

    @property
    def settings(self) -> dict[str, Any]:
        """What it was made with."""
        names = ("checkpoint", "epochs", "learning_rate", "batch_size", "seed")
        return {name: getattr(self, name) for name in names}


class Network(nn.Module):  # type: ignore[misc]  # torch's types are not read
    """The encoder, what it is told of capitals, and the head."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        width = body.config.hidden_size
        self.body = body
        # Most small encoders read lower case only; how a piece was written is added to what they read.
        self.shape = nn.Embedding(SHAPES, width)
        nn.init.zeros_(self.shape.weight)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(width, len(TAGS))

    def forward(
        self, pieces: torch.Tensor, shapes: torch.Tensor, mask: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
    ) -> torch.Tensor:
        """Scores of the tags of every token, shape (tokens, tags)."""
        embedded = self.body.get_input_embeddings()(pieces) + self.shape(shapes)
        hidden = self.body(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        scores: torch.Tensor = self.head(self.drop(hidden[rows, columns]))
        return scores

    def parameters_by_age(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Parameters of the pretrained encoder, and those that start from nothing."""
        return list(self.body.parameters()), [*self.shape.parameters(), *self.head.parameters()]


def token_batch(texts: Sequence[str]) -> TokenBatch:
    """Texts as tokens in sentences; all tokens are of one type, since only their places matter here."""
    return tokenise(texts, [split_sentences(text) for text in texts], lambda words: [1] * len(words))


def check_checkpoint(checkpoint: str | Path) -> None:
    """Raises ``ValueError`` if ``checkpoint`` cannot be loaded; it says so before any work is done."""
    _tokenizer(str(checkpoint))
    _body(str(checkpoint))


def _body(checkpoint: str) -> Any:
    try:
        return AutoModel.from_pretrained(checkpoint, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise _unknown(checkpoint, error) from error


def _unknown(checkpoint: str, error: Exception) -> ValueError:
    why = str(error).strip().partition("\n")[0]
    return ValueError(
        f"no encoder can be loaded from {checkpoint} ({why}); give a folder with config.json, weights and tokenizer, "
        "or a name that can be downloaded"
    )


def _tokenizer(checkpoint: str) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    except (OSError, ValueError) as error:
        raise _unknown(checkpoint, error) from error
    if not tokenizer.is_fast:
        raise ValueError(f"{checkpoint} has no fast tokenizer, so that its pieces have no places; choose another one")
    return tokenizer


def _half() -> torch.autocast:
    """Products in half precision (bfloat16) where the processor has instructions for it: twice as fast."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported())


@contextmanager
def _torch(threads: int, seed: int) -> Iterator[None]:
    """So many threads and this seed, for as long as it lasts."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before)
