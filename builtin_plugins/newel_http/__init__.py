"""The HTTP door: operations and routes as a JSON API, with its description and a page to read it."""

from __future__ import annotations

from newel.contracts.accounts import Accounts
from newel.contracts.database import Database
from newel.contracts.http import HttpServer
from newel.contracts.tracing import Tracing
from newel.manifest import Manifest
from newel_http.config import HttpConfig

manifest = Manifest(
    name="http",
    summary="Serves operations and routes over HTTP, with OpenAPI and a documentation page.",
    load="newel_http.plugin:HttpPlugin",
    config=HttpConfig,
    needs=(Accounts,),
    wants=(Database, Tracing),
    provides=(HttpServer,),
    commands={
        "probe": "Ask whether the running site is ready; for health checks of containers.",
        "cert": "Make and check certificates for TLS.",
    },
    bare={"probe": "newel_http.probing:probe", "cert": "newel_http.certs.commands:cert"},
)
