"""Judges a prepared page while the person still stands there; never changes a page."""
