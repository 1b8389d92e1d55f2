"""Loket Pulau: an offline-first immigration kiosk and the office that answers it."""

__version__ = "0.1.0"
