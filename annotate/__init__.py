"""Labelling sessions: sentences to tasks, tasks to spans, agreement. Still empty: the next part of the toolkit."""
