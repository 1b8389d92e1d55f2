"""Processes killed at every step they take: what is left, and whether it can go on from there."""
