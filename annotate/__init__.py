"""Labelling sessions: from sentences to Label Studio and back to gold.

A sentence is a ``tasks.Task``; what a person or a model says of it is a ``regions.Reading``, which ``regions`` turns
into what Label Studio draws; ``page`` is what annotators see. Around these, ``choosing`` (what to label), ``studio``
(the server), ``judging`` (agreement and gold) and ``exchange`` (other tools' formats); ``commands`` is the thin layer
of ``casualty-annotate`` over them.
"""
