"""Owns the two networks that come with RapidOCR, and running them.

Only the files are used: the package's own code, which fetches missing models from the internet,
sets up loggers and writes into its folder, is never imported.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.imaging.ocr.installed import RECOGNISER
from app.imaging.ocr.installed import models_folder as models_folder
from app.imaging.pixels import Pixels

_DETECTOR = "PP-OCRv6_det_small.onnx"
#: More threads than this would take the machine from the person in front of it.
_MOST_THREADS = 2
_MULTIPLE = 32
#: The height of a line for the recogniser.
LINE_PX = 48


class Detector:
    """Makes a map of how likely each point of a picture belongs to writing.

    Args:
        folder: where the models lie.
    """

    def __init__(self, folder: Path) -> None:
        self._session = _Session(folder / _DETECTOR)

    def map_of(self, pixels: Pixels) -> NDArray[np.float32]:
        """Return the map, of the same size; sides must be multiples of 32."""
        if pixels.shape[0] % _MULTIPLE or pixels.shape[1] % _MULTIPLE:
            raise ValueError("sides must be multiples of 32")
        found: NDArray[np.float32] = self._session.run(_as_input([pixels]))[0, 0]
        return found


class Recogniser:
    """Reads pictures of single lines.

    Args:
        folder: where the models lie.
    """

    def __init__(self, folder: Path) -> None:
        self._session = _Session(folder / RECOGNISER)
        #: Class 0 is "nothing here"; the model's own list follows, and the space comes last.
        letters = ["", *self._session.metadata["character"].splitlines(), " "]
        latin = [_latin(letter) if number else "" for number, letter in enumerate(letters)]
        self._kept = np.array([n for n, letter in enumerate(latin) if not n or letter])
        self._letters = [latin[n] for n in self._kept]

    def read(self, strips: list[Pixels]) -> list[tuple[str, float]]:
        """Return text and certainty of strips, all of ``LINE_PX`` in height and of one width."""
        chances = self._session.run(_as_input(strips))[:, :, self._kept]
        best, sure = chances.argmax(axis=2), chances.max(axis=2)
        return [self._joined(best[n], sure[n]) for n in range(len(strips))]

    def _joined(self, best: NDArray[np.int64], sure: NDArray[np.float32]) -> tuple[str, float]:
        """Return the letters where the best guess changes, and is not "nothing here"."""
        begins = np.ones(len(best), dtype=bool)
        begins[1:] = best[1:] != best[:-1]
        at = np.flatnonzero(begins & (best > 0))
        if not len(at):
            return "", 0.0
        return "".join(self._letters[best[n]] for n in at).strip(), float(sure[at].mean())


class _Session:
    """One network in memory."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(_MOST_THREADS, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Pictures come in all sizes: an arena would keep the most that was ever needed.
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(file), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.metadata = self._session.get_modelmeta().custom_metadata_map

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._session.run(None, {self._input: batch})[0]


def _as_input(pictures: list[Pixels]) -> NDArray[np.float32]:
    """Return pictures as the networks take them: BGR planes from -1 to 1."""
    planes = np.stack(pictures)[:, :, :, ::-1].transpose(0, 3, 1, 2)
    return np.ascontiguousarray(planes, dtype=np.float32) / np.float32(127.5) - np.float32(1)


def _latin(letter: str) -> str:
    """Return the letter as it is written on papers here; nothing for one that is never on them."""
    plain = unicodedata.normalize("NFKC", letter)
    if len(plain) != 1:
        return ""
    is_known = " " <= plain <= "~" or unicodedata.name(plain, "").startswith("LATIN ")
    return plain if is_known else ""
