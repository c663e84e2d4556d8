"""What the toolkit reads, keeps and writes: articles, sentences, documents, the corpus, word lists, tables.

This room imports nothing of the others.
"""

from .checks import Problem, check_corpus
from .columns import Columns
from .corpus import CorpusError, corpus_hash, read_corpus, write_corpus
from .documents import (
    ATTRIBUTION,
    CLAIM,
    HARMS,
    LABELS,
    QUALIFIERS,
    Article,
    Document,
    DocumentError,
    Quantity,
    Span,
)
from .labelled import labelled_part, labelled_ranges
from .lexicons import LEXICONS, lexicon
from .outputs import CLAIMS_SCHEMA, OutputError, open_lines, open_table
from .readers import read_articles
from .rejects import Reject
from .sentences import split_sentences

__all__ = [
    "ATTRIBUTION",
    "CLAIM",
    "CLAIMS_SCHEMA",
    "HARMS",
    "LABELS",
    "LEXICONS",
    "QUALIFIERS",
    "Article",
    "Columns",
    "CorpusError",
    "Document",
    "DocumentError",
    "OutputError",
    "Problem",
    "Quantity",
    "Reject",
    "Span",
    "check_corpus",
    "corpus_hash",
    "labelled_part",
    "labelled_ranges",
    "lexicon",
    "open_lines",
    "open_table",
    "read_articles",
    "read_corpus",
    "split_sentences",
    "write_corpus",
]
