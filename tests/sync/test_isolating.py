"""A record that the office calls torn is found; no other submission is set aside for it."""

from __future__ import annotations

import pytest

from app.sync.beside import at_once
from app.sync.choosing import Choosing
from app.sync.engine import Engine
from tests.office.house import Served, noise
from tests.sync.hostile import Asked, HostileServer, answer, passing_on
from tests.sync.island import Frozen, Island


def refusing(served: Served, *digests: str) -> HostileServer:
    """Put a server before the office that calls each pack torn in which one of these records is."""
    poisons = [bytes.fromhex(digest) for digest in digests]

    def change(asked: Asked, status: int, told: dict[str, str], body: bytes) -> bytes:
        return answer(status, {"Loket-Office": "", **told}, body)

    honest = passing_on(served.address, change)

    def script(asked: Asked) -> bytes:
        if asked.method in ("POST", "PATCH") and any(poison in asked.body for poison in poisons):
            return answer(422, body=b'{"code":"pack_torn"}')
        return honest(asked)

    return HostileServer(script)


def assert_only_the_bad_are_set_aside(
    island: Island, all_frozen: list[Frozen], *bad: Frozen
) -> None:
    for frozen in all_frozen:
        if frozen in bad:
            assert island.outbox()[frozen.id].last_error == "pack_torn"
            assert island.outbox()[frozen.id].is_set_aside
        else:
            assert island.is_received(frozen)


def test_packs_of_several_left_open_by_others_are_not_taken_for_one_submissions(
    island: Island, served: Served
) -> None:
    all_frozen = []
    for at in range(6):
        island.clock.pass_time(1)
        pages = {f"page-{n}": noise(20_000 + n, 10 * at + n) for n in (1, 2)}
        all_frozen.append(island.freeze(pages))
    bad = all_frozen[0], all_frozen[4]
    # As three connections leave them when the line goes away.
    choosing = Choosing(island.store, island.clock, island.announcer)
    assert choosing.next(lambda _: 60_000, is_forced=True) is not None
    for _ in range(2):
        assert choosing.beside(lambda _: 80_000, is_forced=True) is not None
    with refusing(served, *(frozen.blobs[0].digest for frozen in bad)) as server:
        island.url = server.url
        assert island.cycle().error is None
    assert_only_the_bad_are_set_aside(island, all_frozen, *bad)


def test_nothing_goes_ahead_while_one_submission_goes_after_the_other(
    island: Island, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.ahead._LOOK_FOR_URGENT_S", 0.0)
    all_frozen = []
    for at in range(4):
        island.clock.pass_time(1)
        all_frozen.append(island.freeze({"ktp": noise(200_000, at)}))
    # A form of its own is called torn: with the others' forms it would be taken for the first's.
    bad = all_frozen[2]
    with refusing(served, bad.manifest.digest) as server:
        island.url = server.url
        island.engine = Engine(
            island.store, island.clock, island.dice, island.announcer, island.open_link,
            beside=at_once,
        )  # fmt: skip
        assert island.cycle().error is None
    assert_only_the_bad_are_set_aside(island, all_frozen, bad)
