"""Answers Qt's own texts (file dialogs, context menus) from our one table of words.

Never by calling Python. Qt asks in whichever thread it likes, also while that thread loads a
library: then it would wait for the interpreter while the thread that has the interpreter waits to
load another one, and the window would stand still for ever.
"""

from __future__ import annotations

import struct

from PySide6.QtCore import QTranslator

from app.domain.words import Words
from app.errors import BugError

#: Of Qt's compiled translations (``qtranslator.cpp``): how they begin, the tags of their sections,
#: and those within a message.
_MAGIC = bytes.fromhex("3cb86418caef9c95cd211cbf60a1bddd")
_HASHES, _MESSAGES = 0x42, 0x69
_END, _TRANSLATION, _SOURCE = 1, 3, 6


class WordsTranslator(QTranslator):
    """Knows a Qt source text by ``qt.<source text>``; an unknown one stays as Qt wrote it.

    Args:
        words: in the language of the window.
    """

    def __init__(self, words: Words) -> None:
        super().__init__()
        # Qt reads it where it is.
        self._compiled = compiled(words.below("qt."))
        if not self.load(self._compiled):
            raise BugError("translations_unreadable")


def compiled(texts: dict[str, str]) -> bytes:
    """Return source texts and translations as Qt reads them, for whatever class asks.

    Qt's own compiler binds each text to one class, of which we would have to know all.
    """
    hashes, messages = [], b""
    for source, text in texts.items():
        name = source.encode()
        hashes.append((_hash_of(name), len(messages)))
        translation = text.encode("utf-16-be")
        messages += struct.pack(">BI", _TRANSLATION, len(translation)) + translation
        messages += struct.pack(">BI", _SOURCE, len(name)) + name + bytes([_END])
    table = b"".join(struct.pack(">II", *one) for one in sorted(hashes))
    sections = ((_HASHES, table), (_MESSAGES, messages))
    return _MAGIC + b"".join(struct.pack(">BI", tag, len(one)) + one for tag, one in sections)


def _hash_of(name: bytes) -> int:
    """Return the hash of System V's object files, as Qt takes it."""
    found = 0
    for byte in name:
        found = (found << 4) + byte
        high = found & 0xF000_0000
        found = (found ^ high >> 24) & ~high & 0xFFFF_FFFF
    return found or 1
