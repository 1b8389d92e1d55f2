"""Takes apart the two lines at the foot of a passport page (ICAO 9303, TD3), and mends slips.

A mend is made only where the check digits prove it: they are never made true by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from app.domain.dates import real_date

LENGTH = 44
_FILLER = "<"
_WEIGHTS = (7, 3, 1)
_DIGIT_OF = {
    "O": "0", "Q": "0", "D": "0", "U": "0", "C": "0", "I": "1", "L": "1", "Z": "2", "A": "4",
    "S": "5", "G": "6", "T": "7", "B": "8",
}  # fmt: skip
_LETTER_OF = {"0": "O", "1": "I", "2": "Z", "4": "A", "5": "S", "6": "G", "7": "T", "8": "B"}
#: In numbers both may stand: each is tried for the other where the check digits fail.
_TWINS = {"O": "0", "0": "O", "I": "1", "1": "I"}
#: What engines make of the angle brackets that fill the lines.
_FILLERS = str.maketrans({"«": "<<", "‹": "<", "〈": "<", "《": "<<", "(": "<", "{": "<", "[": "<"})
#: Where digits stand on the second line, and where letters do.
_DIGITS_AT = (9, *range(13, 20), *range(21, 28), 42, 43)
_LETTERS_AT = (10, 11, 12, 20)


class Mrz(msgspec.Struct, frozen=True):
    """What both lines say; names are empty when only the second line was readable."""

    line1: str
    line2: str
    issuer: str
    surname: str
    given_names: str
    number: str
    nationality: str
    birth_date: date
    sex: str
    expiry_date: date
    #: Whether all check digits of the second line hold.
    is_vouched: bool


def check_digit(text: str) -> str:
    """Return the check digit of a part of the line."""
    total = sum(
        (0 if letter == _FILLER else int(letter, 36)) * _WEIGHTS[n % 3]
        for n, letter in enumerate(text)
    )
    return str(total % 10)


def looks_like_mrz(text: str) -> bool:
    """Tell whether a line is one of the two, or a good part of one."""
    line = _plain(text)
    return len(line) >= 28 and (line.count(_FILLER) >= 3 or _is_numbers(line))


def read_mrz(texts: list[str]) -> Mrz | None:
    """Return what the lines say, or None when no second line is among them.

    Args:
        texts: the lines of the page from the top down, others may be among them.
    """
    lines = [_plain(text) for text in texts]
    for number in range(len(lines) - 1, -1, -1):
        if not _is_numbers(lines[number]):
            continue
        above = next((line for line in reversed(lines[:number]) if _is_names(line)), "")
        first = _first_line(above)
        if second := _mended(_of_issuer(lines[number], first[2:5])):
            return _taken_apart(first, second)
    return None


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9<]", "", text.translate(_FILLERS).upper())


def _is_numbers(line: str) -> bool:
    """Tell whether most of what must be digits on the second line is."""
    if not 40 <= len(line) <= 48:
        return False
    figures = line[13:20] + line[21:28]
    return (
        sum(letter.isdigit() or letter in _DIGIT_OF for letter in figures) >= 10
        and sum(letter.isdigit() for letter in line) >= 10
    )


def _is_names(line: str) -> bool:
    return 25 <= len(line) <= 50 and line.count(_FILLER) >= 3 and line[:1] in "PIRFB"


def _of_issuer(line: str, issuer: str) -> str:
    """Return the line with the issuer's code where its own differs in one letter.

    No check digit is over the nationality, which is the issuer's but for very few passports.
    """
    own = "".join(_LETTER_OF.get(letter, letter) for letter in line[10:13])
    slips = sum(one != other for one, other in zip(own, issuer, strict=False))
    return f"{line[:10]}{issuer}{line[13:]}" if issuer and slips == 1 else line


def _mended(line: str) -> str | None:
    """Return the second line as it was printed; the best there is when nothing proves it."""
    first: str | None = None
    for fitted in _fitted(line):
        typed = _typed(fitted)
        if _dates(typed) is None:
            continue
        first = first or typed
        if mended := _proven(typed):
            return mended
    return first


def _proven(line: str) -> str:
    """Return the line that its check digits prove, mended in one place at most.

    Where several mends would do, none is proof: a check digit is true by chance once in ten.
    Indonesia's numbers have one form, and are mended to it and no further.
    """
    if line[10:13] == "IDN":
        line = _indonesian(line)
        return line if holds(line) else ""
    if holds(line):
        return line
    true = [one for one in _exchanged(line) if holds(one)]
    return true[0] if len(true) == 1 else ""


def holds(line: str) -> bool:
    """Tell whether all check digits of a second line are true."""
    personal = line[28:42]
    return (
        check_digit(line[0:9]) == line[9]
        and check_digit(line[13:19]) == line[19]
        and check_digit(line[21:27]) == line[27]
        and (check_digit(personal) == line[42] or not (personal + line[42]).strip(_FILLER))
        and check_digit(line[0:10] + line[13:20] + line[21:43]) == line[43]
    )


def _fitted(line: str) -> Iterator[str]:
    """Yield the line at its right length: fillers are dropped and doubled more than letters."""
    if len(line) == LENGTH:
        yield line
        return
    lacking = LENGTH - len(line)
    runs = sorted(re.finditer(r"<+", line), key=lambda run: run.start() - run.end())
    for run in runs:
        length = run.end() - run.start() + lacking
        if length > 0:
            yield line[: run.start()] + _FILLER * length + line[run.end() :]
    if lacking < 0:
        yield line[:LENGTH]
        yield line[-LENGTH:]


def _typed(line: str) -> str:
    """Return the line with digits where digits stand and letters where letters do."""
    letters = list(line)
    for at in _DIGITS_AT:
        letters[at] = _DIGIT_OF.get(letters[at], letters[at])
    for at in _LETTERS_AT:
        letters[at] = _LETTER_OF.get(letters[at], letters[at])
    return "".join(letters)


def _indonesian(line: str) -> str:
    """Return the line with a number as Indonesia gives them: a letter, then digits."""
    digits = "".join(_DIGIT_OF.get(letter, letter) for letter in line[1:9])
    return _LETTER_OF.get(line[0], line[0]) + digits + line[9:]


def _exchanged(line: str) -> Iterator[str]:
    for at in (*range(9), *range(28, 42)):
        if line[at] in _TWINS:
            yield line[:at] + _TWINS[line[at]] + line[at + 1 :]


def _first_line(line: str) -> str:
    """Return the first line at its right length, with letters in the place of digits."""
    if not line:
        return ""
    letters = "".join(_LETTER_OF.get(letter, letter) for letter in line)
    names = re.match(r"(P.[A-Z<]{3})([A-Z<]+?)(<<[A-Z<]*?)?(?:<<[A-Z<]*)?$", letters)
    if not names:
        return letters[:LENGTH].ljust(LENGTH, _FILLER)
    given = re.sub(r"(?<=[A-Z])<+$", "", names[3] or "")
    return (names[1] + names[2] + given)[:LENGTH].ljust(LENGTH, _FILLER)


def _taken_apart(line1: str, line2: str) -> Mrz | None:
    dates = _dates(line2)
    if dates is None:
        return None
    surname, _, given = line1[5:].partition("<<")
    return Mrz(
        line1=line1,
        line2=line2,
        issuer=line1[2:5].strip(_FILLER),
        surname=_words(surname),
        given_names=_words(given),
        number=line2[:9].strip(_FILLER),
        nationality=line2[10:13].strip(_FILLER),
        birth_date=dates[0],
        sex={"M": "male", "F": "female"}.get(line2[20], ""),
        expiry_date=dates[1],
        is_vouched=holds(line2),
    )


def _dates(line: str) -> tuple[date, date] | None:
    """Return the birth and expiry dates; the years' centuries by what can be."""
    expiry = _date(line[21:27], 2000)
    if expiry is None:
        return None
    born = _date(line[13:19], 2000)
    if born is None or born >= expiry:
        born = _date(line[13:19], 1900)
    return (born, expiry) if born else None


def _date(six: str, century: int) -> date | None:
    if not re.fullmatch(r"[0-9]{6}", six):
        return None
    return real_date(century + int(six[:2]), int(six[2:4]), int(six[4:6]))


def _words(part: str) -> str:
    return " ".join(part.replace(_FILLER, " ").split())
