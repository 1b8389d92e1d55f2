"""Owns billing codes and payment notices at the office; the office never holds money either."""
