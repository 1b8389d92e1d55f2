"""The link against servers that are slow, silent, false or somebody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import RemoteError, UserError
from app.protocol.record import RecordHeader, RecordKind
from app.sync import link_errors
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.link_address import check_office_url
from app.sync.link_memory import RoadMemory
from app.sync.link_sockets import Patience, Watch
from app.sync.link_system import TcpState
from app.sync.link_trust import tls_context
from app.sync.packing import PackBody
from app.sync.stopping import Stopped
from tests.office.house import noise
from tests.sync.hostile import Asked, HostileServer, answer, make_certificate, server_tls
from tests.sync.island import RoadClock

#: Shorter than any transfer below takes as a whole.
SHORT = Patience(unheard_s=1.0, idle_s=1.0, fruitless_s=1.0, blind_s=1.0, connect_s=(0.2,))
BODY_BYTES = 120_000


class Noise:
    """A body of noise."""

    def __init__(self, length: int) -> None:
        self._rest = noise(length)
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(4096):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        block, self._rest = self._rest[:size], self._rest[size:]
        return block


def make_link(url: str, **named: object) -> Link:
    patience = named.pop("patience", SHORT)
    stop = named.pop("stop", threading.Event())
    return Link(
        url, RoadClock(), stop, office_id="tarempa", token="secret", patience=patience, **named  # type: ignore[arg-type]
    )  # fmt: skip


def patched(asked: Asked) -> bytes:
    return answer(204, {"Upload-Offset": asked.headers.get("Content-Length", "0")})


class TestSlowAndHealthy:
    """The traps of requests and urllib3 on slow links: progress, however slow, is never cut."""

    def test_a_body_that_takes_longer_than_every_limit_arrives_whole(self) -> None:
        # Trap 1 (a time-out over the whole send) and trap 3 (the answer's clock starts when the
        # last byte is handed to the system): 120 KB at 40 KB/s against limits of one second.
        with HostileServer(patched, read_pace=(4000, 0.1)) as server:
            link = make_link(server.url)
            began_at = time.monotonic()
            said = link.send("/v1/packs/1", 0, Noise(BODY_BYTES), 0)
            assert time.monotonic() - began_at > 2.0
            assert said.offset_bytes == BODY_BYTES
            assert server.asked[0].body == noise(BODY_BYTES)
            assert server.asked[0].headers["Content-Length"] == str(BODY_BYTES)
            link.close()

    def test_the_connect_limit_does_not_govern_sending_on_a_reused_connection(self) -> None:
        # Trap 2: 0.2 s to connect; each pause of the reader is longer than that.
        with HostileServer(patched, read_pace=(20_000, 0.4)) as server:
            link = make_link(server.url)
            link.send("/v1/packs/1", 0, Noise(1000), 0)
            link.send("/v1/packs/1", 0, Noise(BODY_BYTES), 0)
            assert server.connections == 1
            assert server.body_bytes == BODY_BYTES
            link.close()

    def test_progress_is_what_the_other_side_has_acknowledged(self) -> None:
        told: list[int] = []
        with HostileServer(patched, read_pace=(4000, 0.02)) as server:
            link = make_link(server.url)
            link.send("/v1/packs/1", 0, Noise(BODY_BYTES), 0, told.append)
            assert told == sorted(told)
            assert told[-1] == BODY_BYTES
            assert len(told) > 5
            link.close()


def test_acknowledgements_are_believed_until_two_in_a_row_were_hollow() -> None:
    """A machine of the office that crashes once in a while is no modem that answers for it."""
    memory = RoadMemory()
    has_less = answer(409, {"Upload-Offset": "7"})

    def is_believed_after(*answers: bytes) -> bool:
        given = iter(answers)
        with HostileServer(lambda asked: next(given)) as server:
            for _ in answers:
                link = make_link(server.url, memory=memory)
                with suppress(link_errors.OfficeRefusal):
                    link.send("/v1/packs/1", 9, Noise(1), None, is_guess=True)
                link.close()
        return memory.is_acked_by_office

    as_thought = answer(204, {"Upload-Offset": "10"})
    assert is_believed_after(has_less, as_thought, has_less, as_thought, has_less)
    assert not is_believed_after(has_less)


class TestDead:
    """Lack of progress is noticed, by what the system knows of the connection."""

    def test_a_peer_that_reads_no_more_is_given_up(self) -> None:
        with HostileServer(patched, read_pace=(0, 0.0)) as server:
            link = make_link(server.url)
            began_at = time.monotonic()
            with pytest.raises(RemoteError) as caught:
                link.send("/v1/packs/1", 0, Noise(3_000_000), 0)
            assert caught.value.code == "link_stalled"
            assert time.monotonic() - began_at < 6
            link.close()

    def test_an_office_that_never_answers_is_given_up(self) -> None:
        with HostileServer(lambda asked: b"") as server:
            link = make_link(server.url)
            with pytest.raises(RemoteError) as caught:
                link.pull(0)
            assert caught.value.code == "link_stalled"
            link.close()

    def test_stopping_ends_a_wait_at_once(self) -> None:
        stop = threading.Event()
        with HostileServer(lambda asked: b"") as server:
            link = make_link(server.url, stop=stop, patience=Patience())
            threading.Timer(0.2, stop.set).start()
            began_at = time.monotonic()
            with pytest.raises(Stopped):
                link.pull(0)
            assert time.monotonic() - began_at < 2
            link.close()

    def test_nobody_there_is_the_office_away(self) -> None:
        link = make_link("http://127.0.0.1:9")
        with pytest.raises(RemoteError) as caught:
            link.pull(0)
        assert (caught.value.code, caught.value.is_retryable) == ("office_away", True)

    @pytest.mark.parametrize(
        ("unheard_s", "outstanding", "is_stalled"),
        [(3.9, 5000, False), (4.1, 5000, True), (4.1, 0, False), (9.1, 0, True)],
    )
    def test_silence_counts_only_against_what_was_asked(
        self, unheard_s: float, outstanding: int, is_stalled: bool
    ) -> None:
        now = [100.0]
        watch = Watch(lambda: now[0], threading.Event())
        now[0] = 200.0
        state = TcpState(1.0, unheard_s, outstanding, 10, 10)
        watch._counted = (10, 10)
        watch._moved_at = now[0]
        assert watch.is_stalled(state) is is_stalled

    def test_any_acknowledgement_counts_though_the_cumulative_one_stands_still(self) -> None:
        # Trap 4: a hole lost twice; later bytes are acknowledged selectively every half second.
        now = [0.0]
        watch = Watch(lambda: now[0], threading.Event())
        for _ in range(18):
            now[0] += 0.5
            assert not watch.is_stalled(TcpState(1.0, 0.4, 20_000, 777, 10))

    def test_idle_time_before_a_request_does_not_count_against_it(self) -> None:
        now = [0.0]
        watch = Watch(lambda: now[0], threading.Event())
        now[0] = 50.0
        watch.begin()
        assert not watch.is_stalled(TcpState(0.2, 50.0, 300, 1, 1))

    def test_a_long_retransmission_time_out_gets_its_time(self) -> None:
        now = [0.0]
        watch = Watch(lambda: now[0], threading.Event())
        now[0] = 9.0
        watch._counted, watch._moved_at = (1, 1), 9.0
        assert not watch.is_stalled(TcpState(8.0, 9.0, 300, 1, 1))
        assert watch.is_stalled(TcpState(6.0, 9.0, 300, 1, 1))


class TestSomebodyElse:
    """An answer counts only with the office's name on it."""

    def code_of(self, said: bytes) -> RemoteError:
        with HostileServer(lambda asked: said) as server:
            link = make_link(server.url)
            with pytest.raises(RemoteError) as caught:
                link.pull(0)
            link.close()
        return caught.value

    def test_a_login_page_with_200_is_a_captive_portal(self) -> None:
        page = b"<html>Welcome to the cafe</html>"
        assert self.code_of(answer(200, {"Loket-Office": ""}, page)).code == "captive_portal"

    def test_a_redirect_is_a_captive_portal_and_is_not_followed(self) -> None:
        asked: list[str] = []
        with HostileServer(lambda one: answer(200)) as elsewhere:
            away = answer(302, {"Loket-Office": "", "Location": f"{elsewhere.url}/login"})

            def script(one: Asked) -> bytes:
                asked.append(one.path)
                return away

            with HostileServer(script) as server:
                link = make_link(server.url)
                with pytest.raises(RemoteError) as caught:
                    link.pull(0)
                link.close()
            assert caught.value.code == "captive_portal"
            assert elsewhere.asked == []

    def test_another_office_is_told_apart(self) -> None:
        assert self.code_of(answer(200, {"Loket-Office": "lingga"})).code == "wrong_office"

    def test_a_proxy_before_a_dead_office_is_the_office_away(self) -> None:
        error = self.code_of(answer(502, {"Loket-Office": "", "Retry-After": "7"}))
        assert error.code == "office_away"
        assert isinstance(error, link_errors.AskedToWait)
        assert error.retry_after_s == 7

    def test_a_refused_token_is_not_worth_another_try(self) -> None:
        error = self.code_of(answer(401, body=b'{"code":"token_refused"}'))
        assert (error.code, error.is_retryable) == ("token_refused", False)

    def test_an_endless_answer_is_cut_off(self) -> None:
        error = self.code_of(answer(200, body=bytes(7 * 1024 * 1024)))
        assert (error.code, error.params["what"]) == ("office_lied", "size")

    def test_garbage_is_no_answer(self) -> None:
        assert self.code_of(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").code == "office_away"

    def test_a_hostile_code_never_reaches_a_log(self) -> None:
        error = self.code_of(answer(400, body=b'{"code":"<script>NIK 9999</script>"}'))
        assert str(error) == "office_refused (reason=http_400)"

    def test_an_early_refusal_ends_the_sending(self) -> None:
        with HostileServer(lambda one: answer(200)) as server:
            link = make_link(server.url, patience=Patience())
            link.pull(0)
            server.answers_early = True
            server.script = lambda one: answer(507, body=b'{"code":"office_full"}')
            began_at = time.monotonic()
            with pytest.raises(RemoteError) as caught:
                link.send("/v1/packs/1", 0, Noise(8_000_000), 0)
            assert caught.value.code == "office_full"
            assert time.monotonic() - began_at < 3
            link.close()

    def test_proxies_and_passwords_of_the_environment_are_ignored(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login nobody password nothing\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        with HostileServer(lambda one: answer(200)) as server:
            link = make_link(server.url)
            link.pull(0)
            assert server.asked[0].headers["Authorization"] == "Bearer secret"
            link.close()

    def test_a_named_proxy_is_used(self) -> None:
        with HostileServer(lambda one: answer(200)) as proxy:
            road = Road(proxy_url=proxy.url, may_be_plain=True)
            link = make_link("http://office.invalid", road=road)
            link.pull(0)
            assert proxy.asked[0].path == "http://office.invalid/v1/events?after=0"
            link.close()


class TestCertificates:
    """TLS is verified against the road's own trust."""

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> tuple[Path, Path, str]:
        return make_certificate(tmp_path / "own")

    def is_heard(self, certificate: tuple[Path, Path, str], road: Road) -> bool:
        """Ask an office with this certificate for news; raises what came of it instead."""
        tls = server_tls(certificate[0], certificate[1])
        with HostileServer(lambda one: answer(200), tls=tls) as server:
            link = make_link(server.url, road=road)
            try:
                return bool(link.pull(0))
            finally:
                link.close()

    def test_an_offices_own_authority_is_trusted_when_named(
        self, certificate: tuple[Path, Path, str]
    ) -> None:
        assert self.is_heard(certificate, Road(ca_file=str(certificate[0])))

    def test_an_unknown_certificate_is_refused(self, certificate: tuple[Path, Path, str]) -> None:
        with pytest.raises(RemoteError) as caught:
            self.is_heard(certificate, Road())
        assert caught.value.code == "wrong_certificate"

    def test_anothers_certificate_is_refused(
        self, certificate: tuple[Path, Path, str], tmp_path: Path
    ) -> None:
        other = make_certificate(tmp_path / "other")
        with pytest.raises(RemoteError) as caught:
            self.is_heard(certificate, Road(ca_file=str(other[0])))
        assert caught.value.code == "wrong_certificate"

    def test_certificates_are_read_once_and_anew_when_they_changed(
        self, certificate: tuple[Path, Path, str], tmp_path: Path
    ) -> None:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(make_certificate(tmp_path / "other")[0].read_bytes())
        road = Road(ca_file=str(trusted))
        with pytest.raises(RemoteError, match="wrong_certificate"):
            self.is_heard(certificate, road)
        context = tls_context(str(trusted), is_proven_otherwise=False)
        assert tls_context(str(trusted), is_proven_otherwise=False) is context
        trusted.write_bytes(certificate[0].read_bytes() * 2)
        assert self.is_heard(certificate, road)

    def test_a_certificate_of_another_name_is_refused(self, tmp_path: Path) -> None:
        other = make_certificate(tmp_path / "named", "office.example")
        with pytest.raises(RemoteError) as caught:
            self.is_heard(other, Road(ca_file=str(other[0])))
        assert caught.value.code == "wrong_certificate"

    def test_an_expired_certificate_is_refused(self, tmp_path: Path) -> None:
        old = make_certificate(tmp_path / "old", days_ago=60)
        with pytest.raises(RemoteError) as caught:
            self.is_heard(old, Road(ca_file=str(old[0])))
        assert caught.value.code == "wrong_certificate"

    @pytest.mark.parametrize(("days_off", "code"), [(45, "clock_wrong"), (0, "wrong_certificate")])
    def test_a_certificate_of_another_time_is_the_clocks_fault_if_the_office_says_so(
        self, tmp_path: Path, days_off: int, code: str
    ) -> None:
        """This machine's clock is ahead, or the certificate has really expired."""
        old = make_certificate(tmp_path / "old", days_ago=60)
        said = (RoadClock().now() - timedelta(days=days_off)).isoformat()
        asked: list[Asked] = []

        def script(one: Asked) -> bytes:
            asked.append(one)
            return answer(200, {"Loket-Time": said})

        with HostileServer(script, tls=server_tls(old[0], old[1])) as server:
            link = make_link(server.url, road=Road(ca_file=str(old[0])))
            with pytest.raises(RemoteError) as caught:
                link.pull(0)
            link.close()
        assert caught.value.code == code
        # Whoever has no proof is told nothing.
        assert [one.path for one in asked] == ["/v1/health"]
        assert "Authorization" not in asked[0].headers

    def test_a_pinned_certificate_is_enough(self, certificate: tuple[Path, Path, str]) -> None:
        assert self.is_heard(certificate, Road(pinned_certificate=certificate[2]))

    def test_any_other_than_the_pinned_one_is_refused(
        self, certificate: tuple[Path, Path, str], tmp_path: Path
    ) -> None:
        other = make_certificate(tmp_path / "other")
        with pytest.raises(RemoteError) as caught:
            self.is_heard(certificate, Road(pinned_certificate=other[2]))
        assert caught.value.code == "wrong_certificate"

    def test_a_slow_body_arrives_through_tls(self, certificate: tuple[Path, Path, str]) -> None:
        tls = server_tls(certificate[0], certificate[1])
        with HostileServer(patched, tls=tls, read_pace=(4000, 0.05)) as server:
            link = make_link(server.url, road=Road(ca_file=str(certificate[0])))
            link.send("/v1/packs/1", 0, Noise(BODY_BYTES), 0)
            link.send("/v1/packs/1", 0, Noise(BODY_BYTES), 0)
            assert server.asked[1].body == noise(BODY_BYTES)
            assert server.connections == 1
            link.close()

    def test_a_hand_shake_without_an_answer_is_not_a_wrong_certificate(self) -> None:
        with HostileServer(lambda one: answer(200)) as plain:
            link = make_link(plain.url.replace("http:", "https:"))
            with pytest.raises(RemoteError) as caught:
                link.pull(0)
            assert caught.value.code == "link_stalled"
            link.close()


class TestAddresses:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("https://loket.example", "https://loket.example/"),
            (" https://loket.example:8443/kantor/ ", "https://loket.example:8443/kantor/"),
            ("http://127.0.0.1:8443", "http://127.0.0.1:8443/"),
            ("http://[::1]:80", "http://[::1]:80/"),
        ],
    )
    def test_an_address_is_kept_in_one_form(self, typed: str, kept: str) -> None:
        assert check_office_url(typed) == kept

    @pytest.mark.parametrize(
        "typed", ["", "loket.example", "ftp://x", "https://", "https://a:b@c", "https://x:99999"]
    )
    def test_nonsense_is_refused(self, typed: str) -> None:
        with pytest.raises(UserError) as caught:
            check_office_url(typed)
        assert caught.value.code == "office_url_malformed"

    def test_plain_http_to_another_machine_is_refused(self) -> None:
        with pytest.raises(UserError) as caught:
            check_office_url("http://192.168.1.5")
        assert caught.value.code == "office_url_unsafe"

    def test_an_office_under_a_path_is_asked_there(self) -> None:
        with HostileServer(lambda one: answer(200)) as server:
            link = make_link(f"{server.url}/kantor")
            link.pull(3)
            assert server.asked[0].path == "/kantor/v1/events?after=3"
            link.close()

    @pytest.mark.parametrize("location", ["/v1/packs/01ab-2", "http://10.0.0.9/v1/packs/01ab-2"])
    def test_an_upload_of_an_office_under_a_path_is_asked_for_there(self, location: str) -> None:
        told = {"Upload-Offset": "7", "Location": location}
        with HostileServer(lambda one: answer(201, told)) as server:
            link = make_link(f"{server.url}/kantor")
            assert link.offset(link.create(10)) == 7
            assert server.asked[1].path == "/kantor/v1/packs/01ab-2"
            link.close()

    @pytest.mark.parametrize("location", ["/v1/packs/", "/v1/packs/../events", "/v1/packs/a?b=c"])
    def test_an_upload_with_a_strange_name_is_not_believed(self, location: str) -> None:
        with HostileServer(lambda one: answer(201, {"Location": location})) as server:
            link = make_link(server.url)
            with pytest.raises(RemoteError) as caught:
                link.create(10)
            assert caught.value.code == "office_lied"
            link.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("999999999999", 3600),
        ("Sat, 21 Nov 2026 02:01:00 GMT", 60),
        ("Sat, 21 Nov 2020 02:01:00 GMT", 0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header: str, seconds: int | None) -> None:
    now = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert link_errors._retry_after_s(header, now) == seconds


def test_a_body_never_raises_an_error_that_http_takes_for_a_cut(tmp_path: Path) -> None:
    from app.errors import LocalFault

    header = RecordHeader(RecordKind.BLOB, "00" * 32, 10)
    body = PackBody((header,), lambda digest: tmp_path / "gone")
    with pytest.raises(LocalFault) as caught:
        body.read(100)
    assert caught.value.code == "blob_missing"
