"""The kiosk's own store: encrypted SQLite, documents' bytes as sealed files, the outbox.

The only owner of SQLAlchemy on the kiosk. Nothing here talks to a network or a screen.
"""
