"""Owns one command per published figure (`dev.py bench NAME`); each ends with one line of JSON.

It never holds a figure of its own: what is published is what a run here printed.
"""
