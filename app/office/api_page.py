"""The page that shows the OpenAPI description; never loads anything from elsewhere.

The framework's own page fetches its parts from a content network, which an office may not reach.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#16202b;background:#fff}"
    "code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f2f5f7;padding:1rem;"
    "overflow:auto}b{display:inline-block;min-width:5rem}summary{cursor:pointer;padding:.4rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#10161c;color:#e6ebef}pre{background:#1b242c}}"
)


def mount_api_page(app: FastAPI) -> None:
    """Add ``/docs`` and its style sheet."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_page(app.openapi()))

    @app.get("/docs.css", include_in_schema=False)
    async def style() -> HTMLResponse:
        return HTMLResponse(_STYLE, media_type="text/css")


def _page(described: dict[str, Any]) -> str:
    verbs = "".join(
        _verb(path, name, verb)
        for path, verbs in described["paths"].items()
        for name, verb in verbs.items()
    )
    schemas = "".join(
        f"<details><summary><code>{escape(name)}</code></summary>{_json(schema)}</details>"
        for name, schema in described["components"]["schemas"].items()
    )
    title = escape(described["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="/docs.css">'
        f'</head><body><h1>{title}</h1><p><a href="/openapi.json">openapi.json</a></p>'
        f"{verbs}<hr>{schemas}</body></html>"
    )


def _verb(path: str, name: str, verb: dict[str, Any]) -> str:
    spoken = escape(verb.get("description") or verb.get("summary", ""))
    shown = {key: verb[key] for key in ("parameters", "requestBody", "responses") if key in verb}
    return (
        f"<details><summary><b>{escape(name.upper())}</b> <code>{escape(path)}</code> {spoken}"
        f"</summary>{_json(shown)}</details>"
    )


def _json(tree: object) -> str:
    return f"<pre>{escape(json.dumps(tree, indent=1, ensure_ascii=False))}</pre>"
