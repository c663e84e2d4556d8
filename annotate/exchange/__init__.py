"""Labelled text from other tools, and for them: ``convert`` knows the formats, ``studio_json`` Label Studio's own."""
