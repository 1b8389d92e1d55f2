"""Owns notices by mail and SMS to those who agreed: queued with the change, sent from an outbox."""
