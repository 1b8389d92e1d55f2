"""The office's address as a person types it; never opens a connection."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from app.errors import UserError


def check_office_url(untrusted: str, *, may_be_plain: bool = False) -> str:
    """Return an office's address in the form that paths are joined to.

    Raises:
        UserError: ``office_url_malformed``, or ``office_url_unsafe`` for http to another machine.
    """
    parts = urlsplit(untrusted.strip())
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UserError("office_url_malformed") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise UserError("office_url_malformed")
    if parts.scheme == "http" and not may_be_plain and not _is_this_machine(host):
        raise UserError("office_url_unsafe")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
