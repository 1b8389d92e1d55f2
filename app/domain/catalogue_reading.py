"""Makes a catalogue from its TOML files, or from the JSON that travels, and judges it whole.

Files name shared parts so that nothing stands twice; here they are put together. It opens no file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from app.domain.catalogue import (
    Catalogue,
    ClockRule,
    DecisionQuestion,
    DocumentNeed,
    DocumentType,
    Fee,
    FeeRule,
    Field,
    FieldGroup,
    Fill,
    Label,
    Office,
    Service,
    ServiceCheck,
)
from app.domain.catalogue_rules import CatalogueFault as CatalogueFault
from app.domain.catalogue_rules import judge

_Table = dict[str, Any]
_T = TypeVar("_T")
_SHARED = ("documents", "fees", "clocks", "offices", "decision", "shared", "reading")


def encode(catalogue: Catalogue) -> bytes:
    """Return the catalogue as the JSON that travels."""
    return msgspec.json.encode(catalogue)


def decode(content: bytes) -> Catalogue:
    """Return a catalogue that travelled, judged like a file.

    Raises:
        CatalogueFault: the content is not a sound catalogue.
    """
    try:
        catalogue = msgspec.json.decode(content, type=Catalogue)
    except (ValueError, RecursionError) as exc:
        raise CatalogueFault("catalogue", str(exc)) from exc
    judge(catalogue, {})
    return catalogue


def read_catalogue(files: Mapping[str, bytes]) -> Catalogue:
    """Return the catalogue made of TOML files.

    Args:
        files: name relative to the catalogue's folder, with ``/``, to content: ``catalogue.toml``,
            ``documents.toml``, ``fees.toml``, ``clocks.toml``, ``offices.toml``, ``decision.toml``,
            ``shared.toml``, ``groups/*.toml``, ``services/*.toml``; ``reading.toml`` where papers
            that are read fill in answers.

    Raises:
        CatalogueFault: names the file, the service and the field at fault.
    """
    reader = _Reader({name: _parse(name, content) for name, content in sorted(files.items())})
    catalogue = reader.catalogue()
    names = {name: f"{name}.toml" for name in _SHARED}
    judge(catalogue, names | {"services": "services/"} | reader.service_files)
    return catalogue


def _parse(file: str, content: bytes) -> _Table:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except ValueError as exc:
        raise CatalogueFault(file, str(exc)) from exc


def _convert(raw: object, kind: type[_T], file: str, service: str = "", field: str = "") -> _T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as exc:
        raise CatalogueFault(file, str(exc), service, field) from exc


class _Reader:
    """Puts shared parts where they are named.

    Args:
        tables: file name to its parsed content.
    """

    def __init__(self, tables: Mapping[str, _Table]) -> None:
        self._tables = tables
        self.service_files: dict[str, str] = {}
        shared = self._file("shared.toml", {"conditions", "choices", "checks", "steps"})
        self._conditions: _Table = shared.get("conditions", {})
        self._choices: _Table = shared.get("choices", {})
        self._checks: _Table = shared.get("checks", {})
        self._steps: _Table = shared.get("steps", {})
        self._offices = self._read_offices()
        documents = self._file("documents.toml", {"document", "need", "sets"})
        self._need_sets: _Table = documents.get("sets", {})
        self._needs = {str(need.get("id", "")): need for need in documents.get("need", [])}
        self._fee_sets: _Table = self._file("fees.toml", {"fee", "set"}).get("set", {})
        self._groups = self._shared_groups()

    def catalogue(self) -> Catalogue:
        """Return everything put together, not yet judged."""
        version = self._file("catalogue.toml", {"version"}).get("version", "")
        if not isinstance(version, str) or not version:
            raise CatalogueFault("catalogue.toml", "has no version", field="version")
        services = []
        for file, table in self._under("services/"):
            service = self._service(file, dict(table))
            if service.id in self.service_files:
                raise CatalogueFault(file, "this id stands twice", service.id)
            self.service_files[service.id] = file
            services.append(service)
        return Catalogue(
            version=version,
            services=tuple(services),
            document_types=self._list("documents.toml", "document", DocumentType),
            fees=self._list("fees.toml", "fee", Fee),
            clocks=self._list("clocks.toml", "clock", ClockRule),
            offices=self._offices,
            decision=self._list("decision.toml", "question", DecisionQuestion),
            fills=self._fills(),
        )

    def _fills(self) -> tuple[Fill, ...]:
        file = "reading.toml"
        if file not in self._tables:
            return ()
        rows = self._file(file, {"fill"}).get("fill", [])
        return tuple(_convert(row, Fill, file, field=str(row.get("type", ""))) for row in rows)

    def _file(self, file: str, keys: set[str]) -> _Table:
        if file not in self._tables:
            raise CatalogueFault(file, "this file is missing")
        table = self._tables[file]
        for key in table.keys() - keys:
            raise CatalogueFault(file, f"unknown key {key}", field=key)
        return table

    def _under(self, folder: str) -> Iterable[tuple[str, _Table]]:
        return [(name, table) for name, table in self._tables.items() if name.startswith(folder)]

    def _list(self, file: str, key: str, kind: type[_T]) -> tuple[_T, ...]:
        rows = self._file(file, {key, "need", "sets", "set"}).get(key, [])
        return tuple(
            _convert(row, kind, file, field=str(row.get("id", row.get("code", "")))) for row in rows
        )

    def _read_offices(self) -> tuple[Office, ...]:
        """Return the offices; ``use`` names a set of offers, to which an office adds its own."""
        file = "offices.toml"
        table = self._file(file, {"office", "set"})
        offices = []
        for row in table.get("office", []):
            raw, name = dict(row), str(row.get("id", ""))
            used = raw.pop("use", "")
            if used and used not in table.get("set", {}):
                raise CatalogueFault(file, f"the offers {used} are not defined", field=name)
            shared = table["set"][used] if used else {}
            raw["offers"] = shared | raw.get("offers", {})
            offices.append(_convert(raw, Office, file, field=name))
        return tuple(offices)

    def _shared_groups(self) -> dict[str, tuple[str, _Table]]:
        groups: dict[str, tuple[str, _Table]] = {}
        for file, _ in self._under("groups/"):
            for group in self._file(file, {"group"}).get("group", []):
                name = str(group.get("id", ""))
                if name in groups:
                    raise CatalogueFault(file, "this id stands twice", field=name)
                groups[name] = (file, group)
        return groups

    def _service(self, file: str, raw: _Table) -> Service:
        name = str(raw.get("id", ""))
        place = (file, name)
        raw["groups"] = tuple(self._group(part, place) for part in raw.get("groups", ()))
        raw["documents"] = tuple(
            need for part in raw.get("documents", ()) for need in self._need_rules(part, place)
        )
        raw["fees"] = tuple(
            rule for part in raw.get("fees", ()) for rule in self._fee_rules(part, place)
        )
        raw["steps"] = tuple(self._step(part, place) for part in raw.get("steps", ()))
        raw["checks"] = tuple(self._check(part, place) for part in raw.get("checks", ()))
        return _convert(raw, Service, file, name)

    def _group(self, part: _Table, place: tuple[str, str]) -> FieldGroup:
        """Return a group of the service's own, or a shared one with the service's changes.

        A shared one is named by ``use``; ``id``, ``title`` and ``when`` replace, ``without`` leaves
        fields out, ``change`` replaces parts of fields, ``fields`` adds fields at the end.
        """
        file, service = place
        raw = dict(part)
        used = raw.pop("use", "")
        changes, without = raw.pop("change", {}), raw.pop("without", [])
        fields = [(file, field) for field in raw.pop("fields", [])]
        if used:
            if used not in self._groups:
                raise CatalogueFault(file, f"uses the unknown group {used}", service)
            group_file, group = self._groups[used]
            shared = list(group.get("fields", []))
            for field_id in {*changes, *without} - {str(field.get("id")) for field in shared}:
                reason = f"changes a field that the group {used} does not have"
                raise CatalogueFault(file, reason, service, field_id)
            kept = [field for field in shared if field.get("id") not in without]
            fields = [
                (group_file, field | changes.get(str(field.get("id")), {})) for field in kept
            ] + fields
            raw = group | raw
        raw["fields"] = tuple(self._field(field, (where, service)) for where, field in fields)
        name = str(raw.get("id", used))
        return _convert(self._with_when(raw, place), FieldGroup, file, service, name)

    def _field(self, part: _Table, place: tuple[str, str]) -> Field:
        file, service = place
        raw, name = self._with_when(part, place), str(part.get("id", ""))
        choices = raw.get("choices", ())
        if choices == "offices":
            choices = [{"code": office.id, "label": office.label} for office in self._offices]
        elif isinstance(choices, str):
            if choices not in self._choices:
                raise CatalogueFault(file, f"the choices {choices} are not defined", service, name)
            choices = self._choices[choices]
        if choices:
            raw["choices"] = [self._choice(choice, place) for choice in choices]
        return _convert(raw, Field, file, service, name)

    def _choice(self, part: _Table, place: tuple[str, str]) -> _Table:
        """Return a choice; ``offered_as`` a fee: it holds where the office offers that fee."""
        raw = dict(part)
        if code := raw.pop("offered_as", ""):
            offered = [
                self._offer(office, code) for office in self._offices if code in office.offers
            ]
            if not offered:
                reason = f"no office offers the fee {code}"
                raise CatalogueFault(place[0], reason, place[1], str(raw.get("code", "")))
            raw["when"] = {"any_of": offered}
        return self._with_when(raw, place)

    @staticmethod
    def _offer(office: Office, code: str) -> _Table:
        parts: list[_Table] = [
            {"field": "office", "equals": office.id},
            {"field": "today", "on_or_after": office.offers[code]},
        ]
        if until := office.offered_until.get(code):
            parts.append({"field": "today", "before": until + timedelta(days=1)})
        return {"all_of": parts}

    def _need_rules(self, part: _Table | str, place: tuple[str, str]) -> list[DocumentNeed]:
        """Return one need, or all of a ``set``, each under its own condition and the set's."""
        if isinstance(part, str) or "set" not in part:
            return [self._need(part, place)]
        file, service = place
        name = str(part["set"])
        for key in part.keys() - {"set", "when"}:
            raise CatalogueFault(file, f"unknown key {key}", service, name)
        if name not in self._need_sets:
            raise CatalogueFault(file, "this set of documents is not defined", service, name)
        needs = []
        for one in self._need_sets[name]:
            need = dict(self._needs.get(one, {"id": one}))
            wheres = [row["when"] for row in (part, need) if "when" in row]
            if wheres:
                need["when"] = wheres[0] if len(wheres) == 1 else {"all_of": wheres}
            needs.append(self._need(need, place))
        return needs

    def _need(self, part: _Table | str, place: tuple[str, str]) -> DocumentNeed:
        """Return a need: one of ``documents.toml`` by its id, with changes, or a single type."""
        given = {"id": part} if isinstance(part, str) else part
        name = str(given.get("id", ""))
        raw = self._needs.get(name, {}) | given
        raw.setdefault("one_of", [name])
        return _convert(self._with_when(raw, place), DocumentNeed, *place, name)

    def _fee_rules(self, part: _Table | str, place: tuple[str, str]) -> list[FeeRule]:
        """Return the rules of a set of ``fees.toml``, or the one rule that stands here."""
        if isinstance(part, str):
            if part not in self._fee_sets:
                raise CatalogueFault(place[0], "this set of fees is not defined", place[1], part)
            rules: list[_Table] = self._fee_sets[part]
        else:
            rules = [part]
        return [
            _convert(self._with_when(rule, place), FeeRule, *place, str(rule.get("code", "")))
            for rule in rules
        ]

    def _check(self, part: _Table | str, place: tuple[str, str]) -> ServiceCheck:
        if isinstance(part, str):
            if part not in self._checks:
                raise CatalogueFault(place[0], "this check is not defined", place[1], part)
            check: _Table = self._checks[part]
        else:
            check = part
        raw = self._with_when(check, place)
        return _convert(raw, ServiceCheck, *place, str(raw.get("where")))

    def _step(self, part: _Table | str, place: tuple[str, str]) -> Label:
        if isinstance(part, str):
            if part not in self._steps:
                raise CatalogueFault(place[0], "this step is not defined", place[1], part)
            part = self._steps[part]
        return _convert(part, Label, *place, "steps")

    def _with_when(self, part: _Table, place: tuple[str, str]) -> _Table:
        return part | {"when": self._condition(part["when"], place)} if "when" in part else part

    def _condition(self, raw: Any, place: tuple[str, str], inside: tuple[str, ...] = ()) -> Any:  # noqa: ANN401
        """Return a condition with the names of ``shared.toml`` replaced by what they stand for."""
        if isinstance(raw, str):
            if raw not in self._conditions:
                raise CatalogueFault(place[0], "this condition is not defined", place[1], raw)
            if raw in inside:
                raise CatalogueFault("shared.toml", "this condition names itself", field=raw)
            return self._condition(self._conditions[raw], place, (*inside, raw))
        if not isinstance(raw, dict):
            return raw
        joined = {
            join: [self._condition(one, place, inside) for one in raw[join]]
            for join in ("all_of", "any_of", "none_of")
            if join in raw
        }
        return raw | joined
