"""Makes the box for any question of the catalogue; knows the kinds, not the answers."""

from __future__ import annotations

from app.domain.catalogue import Field
from app.ui.screen import Screen
from app.ui.widgets.answer_box import AnswerBox, DigitsBox, LineBox, NoteBox
from app.ui.widgets.choice_box import choice_box, yes_no_box
from app.ui.widgets.date_box import DateBox
from app.ui.widgets.region_box import RegionBox

#: Digits of a NIK and of a KK number.
_LONG_NUMBER = 16


def make_box(screen: Screen, field: Field) -> AnswerBox:
    """Return the box for one question, explained; the screen still has to add it."""
    box = _bare_box(screen, field)
    words = screen.words
    box.explain(
        words.label(field.help) if field.help else "",
        words.label(field.example) if field.example else "",
        is_required=field.is_required,
    )
    return box


def _bare_box(screen: Screen, field: Field) -> AnswerBox:
    theme, words, label = screen.theme, screen.words, screen.words.label(field.label)
    match field.kind:
        case "nik" | "kk":
            return DigitsBox(theme, words, field.id, label, most=_LONG_NUMBER, group=4)
        case "date":
            return DateBox(theme, words, field.id, label)
        case "yes_no":
            return yes_no_box(theme, words, field.id, label)
        case "choice":
            choices = [
                (one.code, words.label(one.label), words.label(one.help) if one.help else "")
                for one in field.choices
            ]
            return choice_box(theme, words, field.id, label, choices)
        case "region":
            return RegionBox(
                theme,
                words,
                field.id,
                label,
                lambda work, done: screen.ask_free(lambda desk: work(desk.kiosk.regions()), done),
            )
        case "note":
            return NoteBox(theme, words, field.id, label)
        case "phone":
            return LineBox(theme, words, field.id, label, keypad="digits", most=24, column=360)
        case "passport_number":
            return LineBox(theme, words, field.id, label, most=24, column=360)
        case _:
            return LineBox(theme, words, field.id, label, most=field.max_length)
