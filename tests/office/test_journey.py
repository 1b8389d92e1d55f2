"""One application from the wire to the officer and back, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.events import Receipt, Returned, ReturnedItem, StateChanged
from app.errors import UserError
from app.office import review
from app.office.context import Office
from app.office.officers import add_officer
from app.office.review import Officer
from app.office.tables import ApplicationRow, AuditRow, EventRow
from app.protocol.record import write_pack
from tests.office.house import enrolled, noise, serve

ANI = Officer("ani", "Ani Petugas", ("adjudicator",))


def test_an_application_arrives_is_returned_comes_again_and_is_accepted(office: Office) -> None:
    add_officer(office, "ani", "Ani Petugas", "sandi panjang sekali")
    contents = {"ktp": noise(200_000, 1), "kk": noise(90_000, 2), "akta": noise(5, 3)}
    with serve(office) as running:
        village = enrolled(office, running.url)
        first = village.submit(contents)
        sent = village.patch(
            village.create(running.url, len(first.pack)),
            0,
            first.pack,
            Accept="application/vnd.loket.pack",
            Loket_Cursor="0",
        )
        assert sent.status_code == 200
        assert sent.headers["Loket-Office"] == "tarempa"
        (receipt,) = village.read(sent.content)
        assert isinstance(receipt.body, Receipt)
        assert receipt.body.manifest_digest == first.record.digest
        assert receipt.body.document_digests == tuple(blob.digest for blob in first.blobs)

        application_id = first.manifest.application_id
        review.start_review(office, ANI, application_id)
        opened = review.open_document(office, ANI, application_id, 1, "kk")
        assert opened.content == contents["kk"]
        item = ReturnedItem("document", "kk", "Buram")
        review.return_for_correction(office, ANI, application_id, 1, (item,), "Tolong diperbaiki")
        in_review, returned = village.pull(running.url, after=1)
        assert in_review.body == StateChanged("in_review")
        assert returned.body == Returned((item,), "Tolong diperbaiki")

        second = village.submit(
            {**contents, "kk": noise(80_000, 4)},
            blobs={"ktp": first.blobs[0], "akta": first.blobs[2]},
            application_id=application_id,
            reference=first.manifest.reference,
            revision=2,
        )
        # Only what changed travels again.
        assert (
            village.send(running.url, write_pack((second.record, second.blobs[1]))).status_code
            == 204
        )
        (again,) = village.pull(running.url, after=3)
        assert isinstance(again.body, Receipt)
        with pytest.raises(UserError) as refused:
            review.accept(office, ANI, application_id, 1)
        assert refused.value.code == "revision_changed"
        review.accept(office, ANI, application_id, 2)
        assert village.pull(running.url, after=4)[0].body == StateChanged("accepted")

    states = [line.to_state for line in review.history(office, application_id)]
    assert states == ["received", "in_review", "returned", "received", "accepted"]
    assert review.open_submission(office, ANI, application_id).revision == 2
    with office.database.read() as session:
        row = session.get_one(ApplicationRow, application_id)
        assert (row.state, row.revision, row.applicant_name) == ("accepted", 2, "SITI CONTOH")
        numbers = session.scalars(select(EventRow.number).order_by(EventRow.number)).all()
        assert list(numbers) == [1, 2, 3, 4, 5]
        seen = session.scalars(
            select(AuditRow.what).where(AuditRow.application_id == application_id)
        ).all()
        assert {"open_document", "open_submission", "return", "accept"} <= set(seen)
