"""Owns the ways out of the office to other machines: how each stands, and how to ask by HTTP."""
