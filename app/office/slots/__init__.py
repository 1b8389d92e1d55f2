"""Owns interview slots: when the office can see people, who has which place, and how it is told."""
