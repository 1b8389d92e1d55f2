"""Owns automatic verification: findings with their evidence for an officer; never a decision."""
