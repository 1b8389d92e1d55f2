"""Understands what was read off papers: KTP, passport, family card, birth deed; sees no picture."""
