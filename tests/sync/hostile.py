"""Servers as bad networks and bad offices are: scripted, slow, silent, with false certificates."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """Return an HTTP answer that bears an office's name unless told otherwise."""
    told = {"Loket-Office": "tarempa", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body


@dataclass
class HostileServer:
    """Answers each request with what ``script`` returns; b"" is silence.

    Attributes:
        script: request to answer.
        tls: wraps each connection.
        read_pace: bytes and seconds: how slowly a body is read; None reads at once.
        answers_early: gives the answer before reading the body.
        takes_greetings: with the first packet, where the system allows it.
        listener: where it listens, while it serves.
    """

    script: Callable[[Asked], bytes]
    tls: ssl.SSLContext | None = None
    read_pace: tuple[int, float] | None = None
    answers_early: bool = False
    takes_greetings: bool = True
    asked: list[Asked] = field(default_factory=list)
    body_bytes: int = 0
    connections: int = 0

    def __enter__(self) -> HostileServer:
        self._closing = threading.Event()
        self.listener = socket.socket()
        # Small, so that a slow reader is felt by the sender and not hidden by the system.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if hasattr(socket, "TCP_FASTOPEN"):
            self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
            if self.takes_greetings:
                self.listener.setsockopt(socket.IPPROTO_TCP, 34, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(16)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join(10)
        self.listener.close()

    @property
    def url(self) -> str:
        """Address for a link."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def _accept(self) -> None:
        while not self._closing.is_set():
            if select.select([self.listener], [], [], 0.05)[0]:
                plain, _ = self.listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(plain,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, plain: socket.socket) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(10)
        with contextlib.suppress(OSError), plain:
            sock = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
            with sock:
                while self._one(sock):
                    pass

    def _one(self, sock: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            if self._closing.is_set():
                return False
            is_buffered = isinstance(sock, ssl.SSLSocket) and sock.pending()
            if not is_buffered and not select.select([sock], [], [], 0.05)[0]:
                continue
            block = sock.recv(1)
            if not block:
                return False
            head += block
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        asked = Asked(method, path, headers)
        length = int(headers.get("Content-Length", 0))
        if self.answers_early:
            self.asked.append(asked)
            sock.sendall(self.script(asked))
            self._closing.wait(10)
            return False
        asked.body = self._body(sock, length)
        if len(asked.body) < length:
            return False
        self.asked.append(asked)
        said = self.script(asked)
        if not said:
            self._closing.wait(30)
            return False
        sock.sendall(said)
        return True

    def _body(self, sock: socket.socket, length: int) -> bytes:
        body = b""
        step, pause_s = self.read_pace or (65536, 0.0)
        while len(body) < length and not self._closing.is_set():
            if step == 0:
                self._closing.wait(0.05)
                continue
            block = sock.recv(min(step, length - len(body)))
            if not block:
                break
            body += block
            self.body_bytes = len(body)
            if pause_s:
                self._closing.wait(pause_s)
        return body


def make_certificate(
    folder: Path, name: str = "127.0.0.1", *, days_ago: int = 1, days_valid: int = 30
) -> tuple[Path, Path, str]:
    """Return certificate file, key file and the SHA-256 of a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days_ago)  # noqa: TID251
    alternative: x509.GeneralName
    try:
        alternative = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days_valid))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    certificate_file, key_file = folder / "office.pem", folder / "office.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file, certificate.fingerprint(hashes.SHA256()).hex()


def server_tls(certificate_file: Path, key_file: Path) -> ssl.SSLContext:
    """Return a server's TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return context


def passing_on(
    address: tuple[str, int], change: Callable[[Asked, int, dict[str, str], bytes], bytes]
) -> Callable[[Asked], bytes]:
    """Return a script that asks the real office and lets ``change`` make the answer of its own."""

    def script(asked: Asked) -> bytes:
        connection = http.client.HTTPConnection(*address, timeout=20)
        connection.request(asked.method, asked.path, asked.body or None, asked.headers)
        response = connection.getresponse()
        body = response.read()
        told = {
            name: value
            for name, value in response.getheaders()
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date")
        }
        status = response.status
        connection.close()
        return change(asked, status, told, body)

    return script
