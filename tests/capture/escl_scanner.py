"""A network scanner on the loopback: eSCL as sane-airscan speaks it, with its troubles."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlparse

from PIL import Image

_NAMES = (
    'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" '
    'xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'
)
_INPUT = """
<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>
<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>{high}</scan:MaxHeight>
<scan:MaxScanRegions>1</scan:MaxScanRegions>
<scan:SettingProfiles><scan:SettingProfile>
<scan:ColorModes><scan:ColorMode>Grayscale8</scan:ColorMode>
<scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat></scan:DocumentFormats>
<scan:SupportedResolutions><scan:DiscreteResolutions>
{resolutions}
</scan:DiscreteResolutions></scan:SupportedResolutions>
</scan:SettingProfile></scan:SettingProfiles>
"""
_RESOLUTION = (
    "<scan:DiscreteResolution><scan:XResolution>{0}</scan:XResolution>"
    "<scan:YResolution>{0}</scan:YResolution></scan:DiscreteResolution>"
)


class EsclScanner:
    """The device.

    Attributes:
        sheets: how many lie in the feeder.
        state: of the device, as eSCL says it.
        feeder_state: of the feeder; when empty it follows from the sheets.
        jobs_asked: how many times a scan was asked for.
        refusal: an HTTP status that every scan is answered with, 0 for none.
        breaks_off: pages are sent by halves.
        held: while it is not set, a page does not come.
    """

    def __init__(self) -> None:
        self.sheets = 0
        self.state = "Idle"
        self.feeder_state = ""
        self.jobs_asked = 0
        self.refusal = 0
        self.breaks_off = False
        self.held = threading.Event()
        self.held.set()
        self.is_from_feeder = False
        self.is_page_due = False
        self.url = ""

    def capabilities(self) -> str:
        resolutions = "".join(_RESOLUTION.format(dpi) for dpi in (75, 150, 300, 600))
        glass = _INPUT.format(high=3508, resolutions=resolutions)
        feeder = _INPUT.format(high=4200, resolutions=resolutions)
        return (
            f"<scan:ScannerCapabilities {_NAMES}><pwg:Version>2.6</pwg:Version>"
            "<pwg:MakeAndModel>Contoh Jaringan 1</pwg:MakeAndModel>"
            f"<scan:Platen><scan:PlatenInputCaps>{glass}</scan:PlatenInputCaps></scan:Platen>"
            f"<scan:Adf><scan:AdfSimplexInputCaps>{feeder}</scan:AdfSimplexInputCaps></scan:Adf>"
            "</scan:ScannerCapabilities>"
        )

    def status(self) -> str:
        feeder = self.feeder_state or ("ScannerAdfLoaded" if self.sheets else "ScannerAdfEmpty")
        return (
            f"<scan:ScannerStatus {_NAMES}><pwg:Version>2.6</pwg:Version>"
            f"<pwg:State>{self.state}</pwg:State><scan:AdfState>{feeder}</scan:AdfState>"
            "</scan:ScannerStatus>"
        )

    def begin(self, settings: str) -> int:
        """Answer a wish for a scan; return the HTTP status."""
        self.jobs_asked += 1
        self.is_from_feeder = "Feeder" in settings
        self.is_page_due = not self.is_from_feeder
        troubled = {"ScannerAdfJam", "ScannerAdfDoorOpen"}
        if self.refusal:
            return self.refusal
        if self.is_from_feeder and (not self.sheets or self.feeder_state in troubled):
            return 409
        return 201

    def next_page(self) -> bytes | None:
        self.held.wait(20)
        if self.is_from_feeder:
            self.sheets, due = max(0, self.sheets - 1), self.sheets > 0
        else:
            self.is_page_due, due = False, self.is_page_due
        if not due:
            return None
        written = io.BytesIO()
        page = Image.new("RGB", (638, 877), "white")
        page.paste((20, 40, 160), (60, 60, 300, 200))
        page.save(written, "JPEG", quality=90, dpi=(75, 75))
        return written.getvalue()


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scanner: ClassVar[EsclScanner]

    def do_GET(self) -> None:
        path = urlparse(self.path).path
        if path.endswith("/ScannerCapabilities"):
            self._answer(200, self.scanner.capabilities().encode(), "text/xml")
        elif path.endswith("/ScannerStatus"):
            self._answer(200, self.scanner.status().encode(), "text/xml")
        elif path.endswith("/NextDocument"):
            page = self.scanner.next_page()
            if page is None:
                self._answer(404)
            elif self.scanner.breaks_off:
                self._answer(200, page[: len(page) // 2], "image/jpeg", len(page))
                self.close_connection = True
            else:
                self._answer(200, page, "image/jpeg")
        else:
            self._answer(404)

    def do_POST(self) -> None:
        settings = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        status = self.scanner.begin(settings)
        where = f"{self.scanner.url}/ScanJobs/1" if status == 201 else ""
        self._answer(status, location=where)

    def do_DELETE(self) -> None:
        self._answer(200)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(
        self,
        status: int,
        body: bytes = b"",
        kind: str = "text/plain",
        length: int | None = None,
        location: str = "",
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A driver that hangs up in the middle is no news."""


@contextmanager
def network_scanner() -> Iterator[EsclScanner]:
    """Run the device on a free port of the loopback."""
    scanner = EsclScanner()
    requests = type("Requests", (_Requests,), {"scanner": scanner})
    server = _Server(("127.0.0.1", 0), requests)
    scanner.url = f"http://127.0.0.1:{server.server_address[1]}/eSCL"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield scanner
    finally:
        scanner.held.set()
        server.shutdown()
        server.server_close()
        serving.join()


def airscan_folder(folder: Path, url: str) -> dict[str, str]:
    """Write a configuration in which SANE knows this network scanner and nothing else."""
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("airscan\n")
    (folder / "airscan.conf").write_text(
        f'[devices]\n"Contoh Jaringan" = {url}, eSCL\n[options]\ndiscovery = disable\n'
    )
    return {"SANE_CONFIG_DIR": str(folder)}
