"""Owns what office and applicant write to each other, and how the passport is to be fetched."""
