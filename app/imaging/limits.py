"""How much of anything the kiosk looks at; screens and worker say the same numbers."""

MOST_FILE_BYTES = 25 * 1024 * 1024
#: A4 at 600 dpi in colour is 35 million.
MOST_PIXELS = 50_000_000
#: No paper is a hundred times longer than wide; a JPEG ends at 65,500.
MOST_SIDE_PX = 30_000
#: More than this is halved before anything is done with it: A4 at 600 dpi becomes 300, a phone's 48
#: million pixels become 12.
WORKING_PIXELS = 26_000_000
#: A PDF's pages are drawn as they would be scanned; a larger sheet than A3 is drawn coarser.
DRAWN_DPI = 300
MOST_DRAWN_PIXELS = 17_500_000
MOST_PAGES = 50
#: A document travels as one record of at most 32 MiB (``app.protocol.record``).
MOST_DOCUMENT_BYTES = 25 * 1024 * 1024
#: No screen shows more.
MOST_PREVIEW_PX = 4000
#: A camera's live picture; what is kept is taken as a photo of its own.
MOST_FRAME_PIXELS = 9_000_000
#: The longest any one request may take before its worker is killed: 50 pages of a slow PDF.
DEADLINE_S = 60.0
#: Nobody waits for what is encoded and read; on a busy machine a sheet of A4 may take a minute.
LATER_DEADLINE_S = 240.0
#: A frame that takes longer is of no use to anybody; the first one waits for a worker that starts,
#: which takes a slow machine some ten seconds.
FRAME_DEADLINE_S = 25.0
#: Address space of a worker: twice what reading a sheet of A4 was measured to take (1.3 GB, most of
#: it libraries and models; resident it took 0.53 GB, and 0.43 GB where a person waits).
MOST_WORKER_BYTES = 3 * 1024 * 1024 * 1024
