"""Makes clients. The library is imported here, when a store is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import aioboto3
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.loaders import Loader

from newel_blobs_s3.settings import Settings


@cache
def _loader() -> Any:
    """The descriptions of services, read once: they are megabytes of JSON."""
    return Loader()


@asynccontextmanager
async def client_of(settings: Settings, *, public: bool = False) -> AsyncIterator[Any]:
    """A client; ``public``: one that makes addresses for browsers."""
    config = settings.config
    botocore = AioSession()
    botocore.register_component("data_loader", _loader())
    session = aioboto3.Session(
        botocore_session=botocore,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key.reveal() or None,
        aws_session_token=settings.session_token.reveal() or None,
        region_name=settings.region,
    )
    endpoint = settings.public_endpoint if public else settings.endpoint
    options = AioConfig(
        signature_version="s3v4",
        connect_timeout=config.connect_seconds,
        read_timeout=config.read_seconds,
        max_pool_connections=config.connections,
        retries={"total_max_attempts": config.attempts, "mode": "standard"},
        request_checksum_calculation=config.checksums,
        response_checksum_validation=config.checksums,
        s3={
            "addressing_style": settings.addressing,
            # TLS guards the payload as well; without it the signature covers a hash of it.
            "payload_signing_enabled": (endpoint or "").startswith("http:"),
        },
        user_agent_extra="newel",
    )
    region = settings.region or session.region_name or "us-east-1"
    async with session.client("s3", endpoint_url=endpoint, region_name=region, config=options) as client:
        yield client
