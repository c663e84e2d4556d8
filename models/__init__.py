"""What a saved model is and does: tokens, the span tagger, the linker, records, storage, scoring in bulk.

    >>> from casualty_claims.models import Scorer
    >>> document = Scorer().score("Police said at least 30 people were killed.")

The way through: ``tokens`` and ``vocabulary`` (text to arrays), ``gate`` (which sentences are worth it), ``context``
(what the sentence says), ``token_model`` with its halves ``window`` and ``convolution``, ``candidates``, ``span_model``
and ``relations`` (which spans), ``tagger`` (all of these as one estimator), ``pairs`` and ``linker`` (who says so),
``quantities``, ``harms``, ``victims`` and ``sources`` (words to records), ``claims`` (the table), ``storage`` and
``state`` (folders), ``scorer`` and ``pool`` (in bulk).
"""

from .claims import claim_rows, with_records
from .harms import harm_of_words, harms
from .linker import Linker
from .model import Model
from .quantities import read_quantity
from .scorer import Scorer
from .sources import SOURCE_TYPES, source_type, split_attribution
from .storage import ModelError, load_model, save_model
from .tagger import SpanTagger
from .victims import victims_phrase

__all__ = [
    "SOURCE_TYPES",
    "Linker",
    "Model",
    "ModelError",
    "Scorer",
    "SpanTagger",
    "claim_rows",
    "harm_of_words",
    "harms",
    "load_model",
    "read_quantity",
    "save_model",
    "source_type",
    "split_attribution",
    "victims_phrase",
    "with_records",
]
