"""How much of anything the kiosk looks at; screens and worker say the same numbers."""

MOST_FILE_BYTES = 25 * 1024 * 1024
#: A4 at 600 dpi in colour is 35 million.
MOST_PIXELS = 50_000_000
MOST_PAGES = 50
#: A document travels as one record of at most 32 MiB (``app.protocol.record``).
MOST_DOCUMENT_BYTES = 25 * 1024 * 1024
#: No screen shows more.
MOST_PREVIEW_PX = 4000
#: The longest any one request may take before its worker is killed: 50 pages of a slow PDF.
DEADLINE_S = 60.0
#: Address space of the worker: three times a picture of 50 million pixels in four bytes, and room.
MOST_WORKER_BYTES = 2 * 1024 * 1024 * 1024
