"""Owns the screens of an application's later life, from the first state to the hand-over."""
