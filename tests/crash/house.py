"""What a run starts from: an office and a kiosk enrolled with it, three filled applications."""

from __future__ import annotations

import importlib
from functools import cache, partial

import msgspec

from app.domain.ids import new_id
from app.imaging.pool import ImagingPool
from app.office import opening
from app.office.enrolling import new_enrolment_code
from app.office.officers import add_officer
from app.protocol.sealing import digest_of
from app.services import developing
from app.services.drafts import Draft
from app.services.kiosk import Kiosk
from app.services.picturing import unsealed
from app.storage import store as store_module
from app.storage.pages import add_pages, pages_of
from app.sync.enrolling import enrol, first_link
from tests.builders import filled_draft, keep_warnings
from tests.crash import kiosk_part, office_part
from tests.crash.judging import judge
from tests.crash.kiosk_part import Here, open_kiosk
from tests.crash.places import FACTS, Facts, Places
from tests.office.house import serve


def build(places: Places) -> None:
    """Make the first kiosk and office; has workers and threads, so only in a child."""
    office = office_part.opened(places.office)
    add_officer(office, "ani", "Ani", "not a real password")
    kiosk = open_kiosk(places.kiosk, ImagingPool(has_engine=False))
    with serve(office) as served:
        code = new_enrolment_code(office, "Kiosk Letung", "LET")
        enrol(
            kiosk.store, kiosk.clock, served.url, code, "Kiosk", open_link=first_link(kiosk.clock)
        )
    office.close()
    first = filled_draft(kiosk)
    for page in first.pages:
        developing.develop_page(kiosk, page.id)
    made = [first.application_id, *(_one_more(kiosk, first) for _ in range(2))]
    documents = {one: _documents(kiosk, one) for one in made}
    facts = Facts((made[0], made[1], made[2]), documents)
    (places.folder / FACTS).write_bytes(msgspec.json.encode(facts))
    kiosk.imaging.close()
    kiosk.store.close()


def _one_more(kiosk: Kiosk, like: Draft) -> str:
    """Fill another application with the same pages, in files of its own."""
    draft = filled_draft(kiosk, pages={})
    names = ("blob_digest", "original_digest", "encoded_digest")
    with kiosk.store.read() as session:
        pages = pages_of(session, like.application_id)
    copies = [
        msgspec.structs.replace(
            page,
            id=new_id(kiosk.clock.now(), kiosk.dice),
            application_id=draft.application_id,
            **{name: _sealed_anew(kiosk, getattr(page, name)) for name in names},
        )
        for page in pages
    ]
    with kiosk.store.write() as session:
        add_pages(session, copies, kiosk.clock.now())
    keep_warnings(kiosk, draft.application_id)
    return draft.application_id


def _sealed_anew(kiosk: Kiosk, digest: str) -> str:
    return kiosk.store.blobs.put(kiosk.store.seal_here(unsealed(kiosk, digest)))


def warm_up(places: Places) -> None:
    """Live through one run in this process, so that its children find everything loaded.

    They go on with its engines, which know every statement already: compiling them anew was half of
    what a life cost. For that every run lies where this one lay. Nothing is left open.
    """
    importlib.import_module("app.imaging.encoding.document")
    _keep_engines()
    vars(opening)["ImagingPool"] = partial(Here, has_engine=False)
    office = office_part.opened(places.office)
    with serve(office) as served:
        kiosk_part.live(places.kiosk, served.url)
        office_part.decide(places.office, *places.facts().applications)
        kiosk_part.live(places.kiosk, served.url)
    office.database.close()
    assert judge(places).is_well()


def _keep_engines() -> None:
    """Make each folder's engine once and for all; after a close it opens new connections."""
    for module, name in ((store_module, "make_engine"), (opening, "open_database")):
        vars(module)[name] = cache(vars(module)[name])


def _documents(kiosk: Kiosk, application_id: str) -> dict[str, str]:
    joins = Here(has_engine=False)
    with kiosk.store.read() as session:
        pages = pages_of(session, application_id)
    return {
        page.need: digest_of(
            joins.assemble(((unsealed(kiosk, page.encoded_digest), page.turns),)).content
        )
        for page in pages
    }
