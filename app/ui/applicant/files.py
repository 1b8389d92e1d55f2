"""Reads the files a person chooses, and asks for them in our own look; judges nothing in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from app.errors import LocalFault, UserError
from app.imaging.limits import MOST_FILE_BYTES
from app.ui.screen import Screen

#: What scanners and phones make; the imaging worker looks at the bytes, not at the name.
KINDS = "*.jpg *.jpeg *.png *.tif *.tiff *.heic *.heif *.pdf"


def read_file(path: Path) -> bytes:
    """Return what stands in a file; runs in a free thread.

    Raises:
        UserError: ``file_too_large``.
        LocalFault: ``file_unreadable``, for example when the stick was pulled out.
    """
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise UserError("file_too_large", most_mb=MOST_FILE_BYTES >> 20)
        return path.read_bytes()
    except OSError as error:
        raise LocalFault("file_unreadable") from error


def write_file(path: Path, content: bytes) -> None:
    """Write a slip where the person chose.

    Raises:
        LocalFault: ``file_not_written``.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise LocalFault("file_not_written") from error


def choose_files(
    screen: Screen, chosen: Callable[[list[Path]], object], *, is_several: bool
) -> QFileDialog:
    """Open the dialog that picks pictures or PDFs; ``chosen`` runs only when something was."""
    dialog = _dialog(screen, "applicant.files.choose")
    dialog.setNameFilter(f"{screen.words('applicant.files.kinds')} ({KINDS})")
    mode = QFileDialog.FileMode.ExistingFiles if is_several else QFileDialog.FileMode.ExistingFile
    dialog.setFileMode(mode)
    dialog.filesSelected.connect(lambda names: chosen([Path(name) for name in names]))
    return _open(screen, dialog)


def choose_folder(screen: Screen, chosen: Callable[[Path], object]) -> QFileDialog:
    """Open the dialog that picks a folder."""
    dialog = _dialog(screen, "operator.sources.folder_choose")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.filesSelected.connect(lambda names: chosen(Path(names[0])))
    return _open(screen, dialog)


def choose_place(screen: Screen, name: str, chosen: Callable[[Path], object]) -> QFileDialog:
    """Open the dialog that picks where a PDF is saved, such as a stick."""
    dialog = _dialog(screen, "applicant.files.save")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter("PDF (*.pdf)")
    dialog.setDefaultSuffix("pdf")
    dialog.selectFile(name)
    dialog.filesSelected.connect(lambda names: chosen(Path(names[0])))
    return _open(screen, dialog)


def _dialog(screen: Screen, title: str) -> QFileDialog:
    dialog = QFileDialog(screen, screen.words(title), str(Path.home()))
    # Ours looks the same everywhere, speaks our language and follows the text size.
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    # Qt remembers where the last person looked; the next one has no business there.
    dialog.setHistory([])
    for label, key in (
        (QFileDialog.DialogLabel.LookIn, "folder"),
        (QFileDialog.DialogLabel.FileName, "name"),
        (QFileDialog.DialogLabel.FileType, "type"),
    ):
        dialog.setLabelText(label, screen.words(f"applicant.files.{key}"))
    dialog.setViewMode(QFileDialog.ViewMode.List)
    dialog.resize(1000, 640)
    return dialog


def _open(screen: Screen, dialog: QFileDialog) -> QFileDialog:
    dialog.open()
    # Looking for a file is a sign of life too, although it happens in another window.
    screen.window_.idle.watch(dialog.windowHandle())
    return dialog
