"""Makes the one stylesheet and palette from the tokens; no widget carries a stylesheet of its own.

What a rule applies to is told by the property ``role`` (see ``app.ui.widgets``).
"""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QPalette

from app.ui.theme.tokens import Theme

_RULES = Template("""
* { font-size: ${body}px; color: $ink; }
QWidget#window, QWidget#screen, QWidget#column { background: $ground; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QLabel { background: transparent; }
QLabel[role="display"] { font-size: ${display}px; font-weight: bold; color: $sea_deep; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: bold; color: $sea_deep; }
QLabel[role="title"] { font-size: ${title}px; font-weight: bold; }
QLabel[role="label"] { font-weight: bold; }
QLabel[role="hint"] { color: $ink_soft; }
QLabel[role="caption"] { font-size: ${caption}px; color: $ink_soft; }
QLabel[role="code"] { font-size: ${code}px; font-weight: bold; color: $sea_deep; }
QLabel[role="problem"] { color: $danger; font-weight: bold; }
QLabel[role="warning"] { color: $warn; font-weight: bold; }
QLabel[role="quiet"] { color: $good; font-size: ${caption}px; }
QLabel[role="brand"] { color: $on_sea; font-weight: bold; font-size: ${brand}px; }

QWidget#topbar { background: $sea; }
QWidget#footer { background: $paper; border-top: ${hair}px solid $line; }

QFrame[frame="card"] { background: $paper; border: ${hair}px solid $line; border-radius: 12px; }
QFrame[frame="sand"] { background: $sand; border: ${quiet}px solid $line; border-radius: 12px; }
QFrame[frame="sea"] { background: $sea_soft; border: ${quiet}px solid $sea; border-radius: 12px; }
QFrame[frame="problem"] { background: $danger_soft; border: 2px solid $danger;
  border-radius: 12px; }
QFrame[frame="warning"] { background: $warn_soft; border: 2px solid $warn; border-radius: 12px; }
QFrame[frame="good"] { background: $good_soft; border: 2px solid $good; border-radius: 12px; }
QFrame[frame="drop"] { background: $paper; border: 2px dashed $edge; border-radius: 12px; }
QFrame[frame="drop"][is_over="true"] { background: $sea_soft; border: 2px dashed $sea; }
QFrame[role="rule"] { background: $line; border: 0; max-height: ${hair}px; min-height: ${hair}px; }
QFrame[frame="sheet"] { background: $paper; border: 2px solid $sea; border-radius: 16px; }
QWidget#veil { background: rgba(7, 36, 50, 150); }
QWidget#keypad { background: $sand; border-top: ${hair}px solid $line; }

QPushButton { min-height: ${target}px; padding: 0 20px; border: 3px solid transparent;
  border-radius: 10px; background: $paper; color: $sea; font-weight: bold; }
QPushButton[role="primary"] { background: $sea; color: $on_sea; border-color: $sea;
  padding: 0 28px; min-width: 160px; }
QPushButton[role="primary"]:hover { background: $sea_deep; border-color: $sea_deep; }
QPushButton[role="primary"]:pressed { background: $sea_deep; }
QPushButton[role="primary"]:disabled { background: $ink_soft; border-color: $ink_soft;
  color: $paper; }
QPushButton[role="secondary"] { background: $paper; color: $sea; border: 3px solid $sea; }
QPushButton[role="secondary"]:hover { background: $sea_soft; }
QPushButton[role="secondary"]:disabled { color: $ink_soft; border-color: $line; }
QPushButton[role="danger"] { background: $paper; color: $danger; border: 3px solid $danger; }
QPushButton[role="danger"]:hover { background: $danger_soft; }
QPushButton[role="plain"] { background: transparent; color: $sea; padding: 0 12px; }
QPushButton[role="plain"]:hover { background: $sea_soft; }
QPushButton[role="plain"]:checked { background: $sea; color: $on_sea; }
QPushButton[role="plain"]:disabled { color: $ink_soft; }
QPushButton[role="link"] { background: transparent; color: $sea; text-decoration: underline;
  padding: 0 8px; text-align: left; }
QPushButton[role="link"]:hover { background: $sea_soft; }
QPushButton[role="top"] { background: transparent; color: $on_sea; padding: 0 12px;
  border-color: transparent; }
QPushButton[role="top"]:hover { background: $sea_deep; }
QPushButton[role="top"]:focus, QPushButton[role="top"]:checked { border-color: $on_sea; }
QPushButton[role="key"] { background: $paper; border: ${hair}px solid $edge; padding: 0;
  min-height: ${key}px; font-size: ${title}px; color: $ink; }
QPushButton[role="key"]:pressed { background: $sea_soft; }
QPushButton:focus { border-color: $accent; outline: 0; }

QLineEdit, QPlainTextEdit { background: $paper; color: $ink; border: 2px solid $edge;
  border-radius: 8px; padding: 0 12px; selection-background-color: $sea;
  selection-color: $on_sea; }
QLineEdit { min-height: ${field}px; }
QPlainTextEdit { padding: 8px; }
QLineEdit:focus, QPlainTextEdit:focus { border: 3px solid $accent; padding-left: 11px; }
QLineEdit[has_problem="true"], QPlainTextEdit[has_problem="true"] { border: 3px solid $danger;
  padding-left: 11px; }
QLineEdit[is_suggested="true"], QPlainTextEdit[is_suggested="true"] { background: $sea_soft;
  border: 2px dashed $sea; padding-left: 12px; }
QLineEdit[is_suggested="true"]:focus, QPlainTextEdit[is_suggested="true"]:focus {
  border: 3px solid $accent; padding-left: 11px; }
QLineEdit:disabled, QPlainTextEdit:disabled { color: $ink_soft; background: $sand; }

QComboBox { background: $paper; border: 2px solid $edge; border-radius: 8px; padding: 0 12px;
  min-height: ${field}px; }
QComboBox:focus { border: 3px solid $accent; }
QComboBox::drop-down { width: 40px; border: 0; }
QComboBox QAbstractItemView { background: $paper; border: 2px solid $edge; outline: 0;
  selection-background-color: $sea; selection-color: $on_sea; }

QListView, QTableView, QTreeView { background: $paper; border: 2px solid $edge; outline: 0;
  border-radius: 8px; gridline-color: $line; alternate-background-color: $ground; }
QListView:focus, QTableView:focus { border: 3px solid $accent; }
QListView::item { min-height: ${row}px; padding: 0 12px; border-bottom: 1px solid $line; }
QListView::item:selected, QTableView::item:selected { background: $sea; color: $on_sea; }
QListView::item:hover { background: $sea_soft; color: $ink; }
QTableView::item { padding: 0 12px; border-bottom: 1px solid $line; }
QHeaderView::section { background: $sand; color: $ink; padding: 8px 12px; border: 0;
  border-bottom: 2px solid $line; font-weight: bold; }

QScrollBar:vertical { background: transparent; width: 16px; margin: 2px; }
QScrollBar::handle:vertical { background: $edge; border-radius: 6px; min-height: 48px; }
QScrollBar:horizontal { background: transparent; height: 16px; margin: 2px; }
QScrollBar::handle:horizontal { background: $edge; border-radius: 6px; min-width: 48px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $sand; border: ${quiet}px solid $line; border-radius: 6px;
  min-height: 12px; max-height: 12px; }
QProgressBar::chunk { background: $accent; border-radius: 6px; }
QDialog { background: $ground; }
QDialog QPushButton { border-color: $sea; }
QToolButton { background: transparent; border: 3px solid transparent; border-radius: 8px;
  min-width: ${target}px; min-height: ${target}px; }
QToolButton:hover, QToolButton:checked { background: $sea_soft; }
QToolButton:focus { border-color: $accent; }
QHeaderView { background: $sand; }
QToolTip { background: $sea_deep; color: $on_sea; border: 0; padding: 8px; }
""")


def stylesheet(theme: Theme) -> str:
    """Return the stylesheet of the whole interface."""
    sizes = {
        "body": theme.text(18),
        "caption": theme.text(16),
        "title": theme.text(22),
        "heading": theme.text(32),
        "display": theme.text(44),
        "brand": theme.text(20),
        "code": theme.text(40),
        "target": theme.target(46),
        "field": theme.target(50),
        "row": theme.target(48),
        "key": theme.target(56),
        "hair": 2 if theme.name == "contrast" else 1,
        "quiet": 2 if theme.name == "contrast" else 0,
    }
    return _RULES.substitute(vars(theme.colours) | {key: str(size) for key, size in sizes.items()})


def palette(theme: Theme) -> QPalette:
    """Return the palette, for whatever Qt paints without asking the stylesheet."""
    colours = theme.colours
    made = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, colours.ground),
        (QPalette.ColorRole.WindowText, colours.ink),
        (QPalette.ColorRole.Base, colours.paper),
        (QPalette.ColorRole.AlternateBase, colours.sand),
        (QPalette.ColorRole.Text, colours.ink),
        (QPalette.ColorRole.Button, colours.paper),
        (QPalette.ColorRole.ButtonText, colours.ink),
        (QPalette.ColorRole.Highlight, colours.sea),
        (QPalette.ColorRole.HighlightedText, colours.on_sea),
        (QPalette.ColorRole.PlaceholderText, colours.ink_soft),
        (QPalette.ColorRole.Link, colours.sea),
        (QPalette.ColorRole.ToolTipBase, colours.sea_deep),
        (QPalette.ColorRole.ToolTipText, colours.on_sea),
    ):
        made.setColor(role, QColor(colour))
    return made
