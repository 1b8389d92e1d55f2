"""Tells whether the reading engine came with the program, and where its models lie.

Never loads any of it, so that the kiosk's own process may ask.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

RECOGNISER = "PP-OCRv6_rec_small.onnx"


def models_folder() -> Path | None:
    """Return the folder of the models; None where they are not installed."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        places = [str(Path(frozen) / "rapidocr")]
    else:
        spec = importlib.util.find_spec("rapidocr")
        places = list(spec.submodule_search_locations or ()) if spec else []
    folders = (Path(place) / "models" for place in places)
    return next((folder for folder in folders if (folder / RECOGNISER).is_file()), None)


@cache
def is_installed() -> bool:
    """Tell whether everything is there that reading needs; whether it loads is another question."""
    return importlib.util.find_spec("onnxruntime") is not None and models_folder() is not None
