"""Owns the interfaces to other agencies: civil registry and the ministry's own system."""
