from typing import BinaryIO

from pi_heif import options as options
from PIL.Image import Image

class HeifFile:
    @property
    def size(self) -> tuple[int, int]: ...
    def to_pillow(self) -> Image: ...

def open_heif(fp: BinaryIO) -> HeifFile: ...
