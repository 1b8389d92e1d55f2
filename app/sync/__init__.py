"""The headless sync engine: pack, send, pull, verify, on one thread; the one client of the network.

Never touches a screen; whoever wants to know listens to its news and its status.
"""
