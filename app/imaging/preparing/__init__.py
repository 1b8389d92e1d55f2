"""Turns a capture into pages: finds the paper, straightens it, evens out its light."""
