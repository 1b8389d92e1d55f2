"""Where pages come from: scanners, a watched folder; every device is spoken to here.

Never looks at a picture: bytes leave this room as they came, for the imaging worker to judge.
"""
