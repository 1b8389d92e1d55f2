"""Every way of breaking the data is refused, naming the file, the service and the field."""

# One broken place a line reads better than nine lines each.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from app.domain.catalogue_reading import CatalogueFault, decode, encode, read_catalogue
from tests.builders import small_catalogue

LABEL = 'label = { id = "Contoh", en = "Example" }'
SOURCE = 'source = { text = "contoh", confidence = "low" }'
SOUND: Mapping[str, str] = {
    "catalogue.toml": 'version = "2026.11.1"',
    "shared.toml": f"""
[conditions]
grown = {{ none_of = [{{ field = "born", age_below = 17 }}] }}
[choices]
colours = [{{ code = "red", {LABEL} }}, {{ code = "blue", {LABEL} }}]
[checks]
late = {{ where = "born", code = "permit_expired", when = {{ field = "born", within_days = 0 }} }}
[steps]
come = {{ id = "Datang", en = "Come" }}
""",
    "documents.toml": f"""
[[document]]
id = "ktp"
{LABEL}
help = {{ id = "Bantuan", en = "Help" }}
[[document]]
id = "kk"
{LABEL}
help = {{ id = "Bantuan", en = "Help" }}
[sets]
both = ["ktp", "papers"]
[[need]]
id = "papers"
one_of = ["kk", "ktp"]
when = {{ field = "colour", equals = "red" }}
""",
    "fees.toml": f"""
[[fee]]
code = "F1"
{LABEL}
rupiah = 350_000
valid_from = 2019-05-03
valid_until = 2024-12-16
{SOURCE}
[[fee]]
code = "F1"
{LABEL}
rupiah = 650_000
valid_from = 2024-12-17
{SOURCE}
[[set.usual]]
code = "F1"
when = {{ field = "colour", equals = "red" }}
""",
    "clocks.toml": f"""
[[clock]]
id = "soon"
{LABEL}
working_days = 4
{SOURCE}
""",
    "offices.toml": f"""
[set.usual]
F1 = 2019-05-03
[[office]]
id = "near"
{LABEL}
address = "Tarempa"
use = "usual"
{SOURCE}
[[office]]
id = "far"
{LABEL}
address = "Batam"
{SOURCE}
""",
    "decision.toml": f"""
[[question]]
id = "start"
title = {{ id = "Apa?", en = "What?" }}
[[question.choices]]
{LABEL}
question = "more"
[[question]]
id = "more"
title = {{ id = "Yang mana?", en = "Which?" }}
[[question.choices]]
{LABEL}
service = "one"
""",
    "groups/people.toml": f"""
[[group]]
id = "who"
title = {{ id = "Siapa?", en = "Who?" }}
[[group.fields]]
id = "name"
kind = "name"
{LABEL}
[[group.fields]]
id = "born"
kind = "date"
{LABEL}
""",
    "services/one.toml": f"""
id = "one"
family = "passport"
{LABEL}
summary = {{ id = "Ringkas", en = "Short" }}
steps = ["come"]
clocks = ["soon"]
fees = ["usual"]
documents = ["ktp", {{ id = "papers", when = "grown" }}]
checks = ["late"]
{SOURCE}
[[groups]]
use = "who"
[[groups]]
id = "what"
title = {{ id = "Apa?", en = "What?" }}
[[groups.fields]]
id = "office"
kind = "choice"
choices = "offices"
{LABEL}
[[groups.fields]]
id = "colour"
kind = "choice"
choices = "colours"
{LABEL}
""",
}


def read(**changes: tuple[str, str]) -> object:
    return read_catalogue({name: text.encode() for name, text in changed(changes).items()})


def changed(changes: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    files = dict(SOUND)
    for name, (old, new) in changes.items():
        file = next(one for one in files if one.endswith(f"{name}.toml"))
        assert old in files[file], f"{old!r} does not stand in {file}"
        files[file] = files[file].replace(old, new, 1)
    return files


def test_the_sound_files_are_read() -> None:
    catalogue = read_catalogue({name: text.encode() for name, text in SOUND.items()})
    service = catalogue.service("one")
    assert [field.id for field in service.fields()] == ["name", "born", "office", "colour"]
    assert [choice.code for choice in service.fields()[2].choices] == ["near", "far"]
    assert service.documents[1].one_of == ("kk", "ktp")
    assert service.fees[0].code == "F1"
    assert catalogue.office("near").offers.keys() == {"F1"}
    assert catalogue.office("far").offers == {}


@pytest.mark.parametrize(
    ("name", "old", "new", "file", "service", "field", "reason"),
    [
        # Files that cannot be read.
        ("one", 'id = "one"', "id = ", "services/one.toml", "", "", "Invalid value"),
        ("catalogue", "version", "versoin", "catalogue.toml", "", "versoin", "unknown key"),
        ("catalogue", '"2026.11.1"', '""', "catalogue.toml", "", "version", "version"),
        # Unknown keys, missing languages, wrong types: each names where.
        ("one", "family", "familly", "services/one.toml", "one", "", "familly"),
        ("people", 'kind = "name"', 'kind = "nam"', "groups/people.toml", "one", "name", "nam"),
        (
            "people",
            f'kind = "date"\n{LABEL}',
            'kind = "date"\nlabel = { id = "Lahir" }',
            "groups/people.toml",
            "one",
            "born",
            "`en`",
        ),
        (
            "people",
            'title = { id = "Siapa?", en = "Who?" }',
            'title = { id = "Siapa?", en = "" }',
            "services/one.toml",
            "one",
            "who",
            "length",
        ),
        ("documents", 'help = { id = "Bantuan", en', 'help = { id = "Bantuan", ne', "documents.toml", "", "ktp", "ne"),
        ("fees", "rupiah = 350_000", "rupiah = 350.5", "fees.toml", "", "F1", "int"),
        ("fees", 'confidence = "low"', 'confidence = "sure"', "fees.toml", "", "F1", "sure"),
        ("decision", 'service = "one"', 'servise = "one"', "decision.toml", "", "more", "servise"),
        ("shared", "[steps]", "[stepps]", "shared.toml", "", "stepps", "unknown key"),
        # Ids that stand twice.
        ("documents", 'id = "kk"', 'id = "ktp"', "documents.toml", "", "ktp", "twice"),
        ("offices", 'id = "far"', 'id = "near"', "offices.toml", "", "near", "twice"),
        ("people", 'id = "born"', 'id = "name"', "services/one.toml", "one", "name", "twice"),
        ("one", 'id = "what"', 'id = "who"', "services/one.toml", "one", "who", "twice"),
        ("one", 'id = "papers"', 'id = "ktp"', "services/one.toml", "one", "ktp", "twice"),
        ("shared", 'code = "blue"', 'code = "red"', "services/one.toml", "one", "colour", "twice"),
        # Names of things that are not there.
        ("one", 'use = "who"', 'use = "whom"', "services/one.toml", "one", "", "unknown group"),
        ("one", 'use = "who"', 'use = "who"\nwithout = ["nam"]', "services/one.toml", "one", "nam", "does not have"),
        ("one", 'use = "who"', 'use = "who"\nchange = { nam = {} }', "services/one.toml", "one", "nam", "does not have"),
        ("one", '"colours"', '"colors"', "services/one.toml", "one", "colour", "colors"),
        ("one", '["come"]', '["go"]', "services/one.toml", "one", "go", "step"),
        ("one", '["late"]', '["early"]', "services/one.toml", "one", "early", "check"),
        ("one", '"grown"', '"groan"', "services/one.toml", "one", "groan", "condition"),
        ("one", '["soon"]', '["later"]', "services/one.toml", "one", "later", "clock"),
        ("one", '["usual"]', '["unusual"]', "services/one.toml", "one", "unusual", "set of fees"),
        ("one", '["usual"]', '[{ code = "F2" }]', "services/one.toml", "one", "F2", "not defined"),
        ("one", '["ktp",', '["sim",', "services/one.toml", "one", "sim", "not defined"),
        ("one", '["ktp",', '[{ set = "all" },', "services/one.toml", "one", "all", "not defined"),
        ("documents", '["kk", "ktp"]', "[]", "services/one.toml", "one", "papers", "no kind"),
        ("offices", "F1 =", "F2 =", "offices.toml", "", "near", "F2"),
        ("offices", 'use = "usual"', 'use = "rare"', "offices.toml", "", "near", "rare"),
        ("offices", 'use = "usual"', 'use = "usual"\nunconfirmed = ["F9"]', "offices.toml", "", "near", "F9"),
        # Conditions that name what is not there, or say nothing.
        ("shared", 'field = "born", age', 'field = "burn", age', "services/one.toml", "one", "papers", "unknown field burn"),
        ("fees", 'equals = "red"', 'equals = "pink"', "services/one.toml", "one", "F1", "pink"),
        ("fees", 'equals = "red"', "age_below = 17", "services/one.toml", "one", "F1", "as a date"),
        ("fees", 'equals = "red"', 'after_field = "x"', "services/one.toml", "one", "F1", "unknown field x"),
        ("fees", 'equals = "red"', 'equals = "red", one_of = ["blue"]', "services/one.toml", "one", "F1", "one test"),
        ("fees", ', equals = "red"', "", "services/one.toml", "one", "F1", "one test"),
        ("fees", 'equals = "red"', "equal = 1", "services/one.toml", "one", "F1", "equal"),
        ("shared", "within_days = 0", "within_days = 99999", "services/one.toml", "one", "born", "hundred years"),
        ("shared", '{ field = "born", age_below = 17 }', '"grown"', "shared.toml", "", "grown", "names itself"),
        ("shared", 'where = "born"', 'where = "burn"', "services/one.toml", "one", "burn", "unknown field"),
        ("shared", '"permit_expired"', '"oh_dear"', "services/one.toml", "one", "born", "oh_dear"),
        # Fees, clocks, services and fields that make no sense.
        ("fees", "2024-12-16", "2024-12-17", "fees.toml", "", "F1", "one day"),
        ("fees", "valid_from = 2019-05-03\nvalid_until = 2024-12-16", "valid_from = 2024-12-18", "fees.toml", "", "F1", "one day"),
        ("fees", "valid_from = 2019-05-03\nvalid_until = 2024-12-16", "valid_from = 2024-12-10\nvalid_until = 2024-12-17", "fees.toml", "", "F1", "one day"),
        ("fees", "valid_until = 2024-12-16\n", "", "fees.toml", "", "F1", "one day"),
        ("fees", "2024-12-16", "2018-01-01", "fees.toml", "", "F1", "impossible"),
        ("fees", "350_000", "-1", "fees.toml", "", "F1", "impossible"),
        ("clocks", "working_days = 4", "", "clocks.toml", "", "soon", "one length"),
        ("clocks", "working_days = 4", "days = 1\nhours = 2", "clocks.toml", "", "soon", "one length"),
        ("one", 'documents = ["ktp", { id = "papers", when = "grown" }]', "", "services/one.toml", "one", "", "no documents"),
        ("one", 'fees = ["usual"]', "", "services/one.toml", "one", "", "no fees"),
        ("one", 'choices = "colours"', "", "services/one.toml", "one", "colour", "choices belong"),
        ("people", 'kind = "name"', 'kind = "name"\nis_past = true', "services/one.toml", "one", "name", "dates"),
        ("people", 'kind = "name"', 'kind = "name"\npattern = "("', "services/one.toml", "one", "name", "regular"),
        # Trees that lead nowhere.
        ("decision", 'id = "start"', 'id = "begin"', "decision.toml", "", "start", "start"),
        ("decision", 'service = "one"', 'service = "two"', "decision.toml", "two", "more", "two"),
        ("decision", 'question = "more"', 'question = "less"', "decision.toml", "", "start", "less"),
        ("decision", 'service = "one"', "", "decision.toml", "", "more", "one question or one"),
        ("decision", 'service = "one"', 'service = "one"\nquestion = "more"', "decision.toml", "", "more", "one question or one"),
        ("decision", 'service = "one"', 'question = "start"', "decision.toml", "", "start", "circle"),
        ("decision", 'question = "more"', 'service = "one"', "decision.toml", "", "more", "no choice leads"),
    ],
)  # fmt: skip
def test_broken_data_are_refused_where_they_are_broken(
    name: str, old: str, new: str, file: str, service: str, field: str, reason: str
) -> None:
    with pytest.raises(CatalogueFault) as caught:
        read(**{name: (old, new)})
    params = caught.value.params
    assert (params["file"], params["service"], params["field"]) == (file, service, field)
    assert reason in str(params["reason"])


def test_the_order_in_which_tariffs_stand_does_not_hide_an_overlap() -> None:
    between = f'{SOURCE}\n[[fee]]\ncode = "F1"\n{LABEL}\nrupiah = 650_000\n'
    old = f"valid_from = 2019-05-03\nvalid_until = 2024-12-16\n{between}valid_from = 2024-12-17"
    new = f"valid_from = 2024-12-17\n{between}valid_from = 2019-05-03\nvalid_until = 2024-12-1"
    read(fees=(old, f"{new}6"))
    with pytest.raises(CatalogueFault, match="one day"):
        read(fees=(old, f"{new}7"))


@pytest.mark.parametrize("version", ["next", "2026.11.b", "2026.11.\u00b2", "1.2.3.4.5", "2026."])
def test_a_version_that_nobody_can_order_is_refused(version: str) -> None:
    """A kiosk takes the newest of its catalogues: it must be able to tell which that is."""
    catalogue = msgspec.structs.replace(small_catalogue(), version=version)
    with pytest.raises(CatalogueFault) as caught:
        decode(encode(catalogue))
    assert caught.value.params["field"] == "version"


def test_a_question_without_choices_is_a_dead_end() -> None:
    end = 'id = "end"\ntitle = { id = "?", en = "?" }\nchoices = []\n[[question]]\nid = "start"'
    with pytest.raises(CatalogueFault, match="leads nowhere"):
        read(decision=('id = "start"', end))


def test_a_service_that_no_choice_leads_to_is_refused() -> None:
    files = {**SOUND, "services/two.toml": SOUND["services/one.toml"].replace('"one"', '"two"', 1)}
    with pytest.raises(CatalogueFault) as caught:
        read_catalogue({name: text.encode() for name, text in files.items()})
    assert caught.value.params["service"] == "two"


def test_two_services_of_one_id_are_refused() -> None:
    files = {**SOUND, "services/two.toml": SOUND["services/one.toml"]}
    with pytest.raises(CatalogueFault, match="twice"):
        read_catalogue({name: text.encode() for name, text in files.items()})


@pytest.mark.parametrize("name", [name for name in SOUND if "/" not in name])
def test_a_missing_file_is_named(name: str) -> None:
    files = {one: text.encode() for one, text in SOUND.items() if one != name}
    with pytest.raises(CatalogueFault) as caught:
        read_catalogue(files)
    assert caught.value.params["file"] == name


def test_a_service_may_change_and_leave_out_parts_of_a_shared_group() -> None:
    catalogue = read_catalogue(
        {
            name: text.encode()
            for name, text in changed(
                {
                    "one": (
                        'use = "who"',
                        'use = "who"\ntitle = { id = "Anak?", en = "Child?" }\n'
                        'change = { born = { is_past = true } }\nwithout = ["name"]',
                    )
                }
            ).items()
        }
    )
    group = catalogue.service("one").groups[0]
    assert group.title.en == "Child?"
    assert [(field.id, field.is_past) for field in group.fields] == [("born", True)]


def test_a_set_of_documents_joins_its_condition_with_each_papers_own() -> None:
    files = changed(
        {
            "one": (
                '["ktp", { id = "papers", when = "grown" }]',
                '[{ set = "both", when = "grown" }]',
            )
        }
    )
    catalogue = read_catalogue({name: text.encode() for name, text in files.items()})
    ktp, papers = catalogue.service("one").documents
    assert ktp.when is not None
    assert ktp.when.fields() == {"born"}
    assert papers.when is not None
    assert papers.when.fields() == {"born", "colour"}


def test_a_choice_can_be_offered_as_far_as_offices_offer_its_fee() -> None:
    files = changed({"shared": ('{ code = "blue",', '{ code = "blue", offered_as = "F1",')})
    catalogue = read_catalogue({name: text.encode() for name, text in files.items()})
    when = catalogue.service("one").fields()[3].choices[1].when
    assert when is not None
    assert when.fields() == {"office"}
    with pytest.raises(CatalogueFault, match="no office offers"):
        read(shared=('{ code = "blue",', '{ code = "blue", offered_as = "F7",'))


def test_what_travels_is_the_same_catalogue_and_is_judged_again() -> None:
    catalogue = read_catalogue({name: text.encode() for name, text in SOUND.items()})
    assert decode(encode(catalogue)) == catalogue
    broken = msgspec.structs.replace(catalogue, document_types=())
    with pytest.raises(CatalogueFault) as caught:
        decode(encode(broken))
    assert caught.value.params["service"] == "one"
    for content in (b"", b"{}", b"[1]", encode(catalogue)[:-5], b'{"version": 1}'):
        with pytest.raises(CatalogueFault):
            decode(content)
