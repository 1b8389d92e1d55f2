"""The travelling form of pages: text without loss, everything else as small as it stays legible."""
