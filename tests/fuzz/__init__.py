"""Hostile bytes, made at random and kept where they taught something: `python -m tests.fuzz --help`."""
