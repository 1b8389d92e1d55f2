"""The name of a transaction's handle, for rooms above that pass one on without knowing SQL."""

from sqlalchemy.orm import Session

__all__ = ["Session"]
