"""Indonesia's regions, province to village: looked up by code, found by what people type.

Codes are Kemendagri's with dots (``21.05.01.1001``). The table is handed in as text; reading
files is not done here, and the index for searching is made at the first search only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

import msgspec

#: The kiosk's own province comes first among equal finds.
HOME_PROVINCE = "21"
#: So many letters tell which spelling somebody is about to type.
_BEGUN_LETTERS = 3
_DROPPED = {ord(mark): None for mark in " .'’`\"-–/()*,&"}


class Aliases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people write and say places otherwise than the table does."""

    #: Pairs of a spelling and the one that replaces it, on both sides of the comparison.
    spellings: tuple[tuple[str, str], ...] = ()
    #: Short or old forms of single words; an empty one is left out.
    short_words: dict[str, str] = {}
    #: Everyday names to the code of the village meant.
    places: dict[str, str] = {}


class Region(msgspec.Struct, frozen=True):
    """One place, with the names above it, nearest first."""

    code: str
    name: str
    above: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the name with the places it lies in."""
        return ", ".join((self.name, *self.above))


class Regions:
    """The whole table.

    Args:
        text: lines in the order of their codes, as ``resources/regions/make.py`` writes them.
        aliases: other spellings and names.
    """

    def __init__(self, text: str, aliases: Aliases | None = None) -> None:
        self._aliases = aliases or Aliases()
        #: Code without dots to the name and (districts only) the villages, still joined by tabs.
        self._rows: dict[str, tuple[str, str]] = {}
        for line in text.splitlines():
            code, _, rest = line.partition("\t")
            name, _, villages = rest.partition("\t")
            self._rows[code] = (name, villages)

    def find(self, code: str) -> Region | None:
        """Return the place with this code at any level, or None."""
        bare = code.replace(".", "")
        if code != _dotted(bare):
            return None
        name = self._village_name(bare) if len(bare) == 10 else self._rows.get(bare, ("", ""))[0]
        if not name:
            return None
        above = [self._rows[bare[:cut]][0] for cut in (6, 4, 2) if cut < len(bare)]
        return Region(code, name, tuple(above))

    def label(self, code: str) -> str:
        """Return the place's name with those above it; the code itself when it is unknown."""
        found = self.find(code)
        return found.label if found else code

    def is_village(self, code: str) -> bool:
        """Tell whether the code is a village (desa or kelurahan) of the table."""
        bare = code.replace(".", "")
        return len(bare) == 10 and code == _dotted(bare) and bool(self._village_name(bare))

    def provinces(self) -> tuple[Region, ...]:
        """Return all provinces."""
        return tuple(Region(code, row[0]) for code, row in self._rows.items() if len(code) == 2)

    def below(self, code: str) -> tuple[Region, ...]:
        """Return the places directly inside a province, regency or district."""
        bare = code.replace(".", "")
        if len(bare) == 6:
            villages = self._rows.get(bare, ("", ""))[1]
            codes = [bare + part[:4] for part in villages.split("\t") if part]
        else:
            longer = len(bare) + 2
            codes = [one for one in self._rows if len(one) == longer and one.startswith(bare)]
        found = (self.find(_dotted(one)) for one in codes)
        return tuple(region for region in found if region)

    def knows_province(self, two: str) -> bool:
        """Tell whether a province has these two digits."""
        return len(two) == 2 and two in self._rows

    def knows_nik_prefix(self, six: str) -> bool:
        """Tell whether a district of today has these six digits; older NIKs may carry others."""
        return len(six) == 6 and six in self._rows

    def search(self, text: str, limit: int) -> tuple[Region, ...]:
        """Return villages by what a person typed, best first, the home province before others.

        Every word must be found in the village's name or in the names above it.
        """
        raw = _words(text)
        wanted = [self._aliases.short_words.get(word, word) for word in raw]
        wanted = [word for word in wanted if word]
        if not wanted:
            return ()
        found: dict[str, None] = {}
        if place := self._aliases.places.get(" ".join(raw)):
            found[place.replace(".", "")] = None
        found.update(dict.fromkeys(_home_first(self._matches(raw, wanted))))
        regions = (self.find(_dotted(code)) for code in islice(found, limit))
        return tuple(region for region in regions if region)

    def _matches(self, raw: list[str], wanted: list[str]) -> Iterator[str]:
        whole = ("".join(wanted), "".join(raw))
        keys = dict.fromkeys([self._key(one) for one in whole])
        keys.update(dict.fromkeys([self._begun(one) for one in whole]))
        for start, end in ((":", "\n"), (":", ""), ("", "")):
            for key in keys:
                yield from self._with(start + key + end)
        yield from self._on_path([self._key(word) for word in wanted])
        yield from self._on_path([self._begun(word) for word in wanted])

    def _with(self, part: str) -> Iterator[str]:
        """Yield the codes of villages whose line in the index holds the part, after the code."""
        index, position = self._index, -1
        while (position := index.find(part, position + 1)) >= 0:
            line = index.rfind("\n", 0, position + 1) + 1
            if position >= line + 10:
                yield index[line : line + 10]

    def _on_path(self, words: list[str]) -> Iterator[str]:
        """Yield villages by a word of the names above them, other words in their own name."""
        for district, path in self._paths.items():
            rest = [word for word in words if word not in path]
            if len(rest) == len(words):
                continue
            for village in self._rows[district][1].split("\t"):
                key = self._key(village[4:]) if rest else ""
                if all(word in key for word in rest):
                    yield district + village[:4]

    @cached_property
    def _paths(self) -> dict[str, str]:
        """District code to the key of its own name and those above it."""
        rows = self._rows
        return {
            code: self._key(f"{name} {rows[code[:4]][0]} {rows[code[:2]][0]}")
            for code, (name, villages) in rows.items()
            if villages
        }

    @cached_property
    def _index(self) -> str:
        """All villages as lines of code, colon and key; 83,762 of them in about 0.1 s."""
        lines = ["\n"]
        for district, (_, villages) in self._rows.items():
            if villages:
                lines += [f"{district}{one[:4]}:{one[4:]}\n" for one in villages.split("\t")]
        return self._key("".join(lines))

    def _key(self, text: str) -> str:
        """Return the text as it is compared: small letters, no spaces or marks, one spelling."""
        key = text.lower().translate(_DROPPED)
        for spelling, usual in self._aliases.spellings:
            key = key.replace(spelling.replace(" ", ""), usual.replace(" ", ""))
        return key

    def _begun(self, typed: str) -> str:
        """Return the key of a word whose other spelling is not typed to its end yet."""
        for spelling, usual in self._aliases.spellings:
            if len(typed) >= _BEGUN_LETTERS and spelling.startswith(typed):
                return usual[: len(typed)]
        return self._key(typed)

    def _village_name(self, bare: str) -> str:
        villages = "\t" + self._rows.get(bare[:6], ("", ""))[1]
        start = villages.find("\t" + bare[6:])
        return villages[start + 5 :].partition("\t")[0] if start >= 0 else ""


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("'", "").replace("’", ""))


def _home_first(codes: Iterator[str]) -> Iterator[str]:
    others = []
    for code in codes:
        if code.startswith(HOME_PROVINCE):
            yield code
        else:
            others.append(code)
    yield from others


def _dotted(bare: str) -> str:
    cuts = (bare[:2], bare[2:4], bare[4:6], bare[6:])
    return ".".join(cut for cut in cuts if cut)
