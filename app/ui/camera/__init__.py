"""Photographs papers: cameras, their live picture, what to do with the paper, the picture taken.

Only these modules import QtMultimedia, and only when a camera is looked for or opened: the first
screen never waits for it.
"""
