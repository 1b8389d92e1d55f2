"""Figures for those who lead the office: counted, never told of one person."""
