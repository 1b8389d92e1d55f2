"""The office server: intake, events, and the officers' actions; SQLite or PostgreSQL.

Never imports what runs on a kiosk (storage, services, sync, screens): the two sides share only what
travels.
"""
