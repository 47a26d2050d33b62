"""Meaning: pauses, consents and tasks as pure folds over statements, records, people and a `now`, one noun a file."""
