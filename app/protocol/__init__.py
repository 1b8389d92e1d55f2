"""What travels: records, packs, manifests, events; pure functions of bytes and keys, versioned.

Shared by the store (sealed at rest), the sync engine and the office. Nothing here reads a file, a
socket or a clock.
"""
