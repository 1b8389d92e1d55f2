"""A line that is paid by what it carries: the day's sum is kept to, also when the power goes."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC

from app.domain.sharing import Sharing, midnight
from app.storage import sending
from app.storage.tables import TransferRow
from app.sync.restraint import here
from tests.link import WeakLink
from tests.office.house import CHECKOUT, Served, noise, wait_for
from tests.sync.island import Island
from tests.sync.narrow import NarrowLink
from tests.sync.test_lanes import documents, equip, three
from tests.sync.test_restraint import agree

MOST_BYTES = 640_000
#: Slow enough for blocks to be small: what is on its way when the sum is reached still goes.
EACH_BYTES_PER_S = 300_000


def counted_today(island: Island) -> int:
    with island.store.read() as session:
        return sending.sent_on(session, midnight(here(island.clock.now())).astimezone(UTC))


def test_a_long_pack_ends_where_the_days_sum_does(island: Island, served: Served) -> None:
    agree(island, Sharing(most_document_bytes_per_day=MOST_BYTES))
    frozen = island.freeze({"ktp": noise(1_200_000)})
    with NarrowLink(served.address, EACH_BYTES_PER_S) as link:
        island.url = link.url
        assert island.cycle().held_reason == "daily_ceiling"
        assert link.all_up_bytes < 1.3 * MOST_BYTES
    island.url = ""
    island.clock.pass_time(86_400)
    assert island.cycle().held_reason == ""
    assert island.is_received(frozen)


def test_several_connections_end_where_the_days_sum_does(island: Island, served: Served) -> None:
    equip(island, three(), Sharing(most_document_bytes_per_day=MOST_BYTES))
    island.freeze(documents(16))
    with NarrowLink(served.address, EACH_BYTES_PER_S / 2) as link:
        island.url = link.url
        assert island.cycle().held_reason == "daily_ceiling"
        assert link.all_up_bytes < 1.3 * MOST_BYTES


_KIOSK = f"""
import sys
from pathlib import Path
from app.domain.sharing import Sharing
from tests.sync.island import Island
from tests.sync.test_restraint import agree
island = Island(Path(sys.argv[1]))
island.url = sys.argv[2]
agree(island, Sharing(most_document_bytes_per_day={MOST_BYTES}))
island.cycle()
"""


def test_what_went_out_before_the_power_went_counts_today(island: Island, served: Served) -> None:
    island.freeze({"ktp": noise(1_500_000)})
    with NarrowLink(served.address, EACH_BYTES_PER_S) as link:
        command = [sys.executable, "-c", _KIOSK, str(island.folder), link.url]
        with subprocess.Popen(command, cwd=CHECKOUT) as process:
            wait_for(lambda: link.all_up_bytes > 400_000)
            process.send_signal(signal.SIGKILL)
    assert counted_today(island) > 360_000


def test_what_is_counted_under_way_is_counted_once_and_is_one_stretch(
    island: Island, weak: WeakLink
) -> None:
    agree(island, Sharing(most_document_bytes_per_day=2_000_000))
    weak.all_up_bytes = 0
    frozen = island.freeze({"ktp": noise(1_500_000)})
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert 1_500_000 < counted_today(island) <= weak.all_up_bytes
    with island.store.read() as session:
        assert session.query(TransferRow).count() == 1
