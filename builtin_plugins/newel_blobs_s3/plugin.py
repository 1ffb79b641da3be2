"""Starts and stops the store."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel.contracts.blobs import Blobs, BlobsConfig
from newel.errors import BootError
from newel_blobs_s3.config import BlobsS3Config
from newel_blobs_s3.settings import settings_of

if TYPE_CHECKING:
    from newel.app import App


class BlobsS3Plugin:
    """Provides ``Blobs``."""

    def __init__(self, app: App, config: BlobsS3Config) -> None:
        self._app = app
        self._config = config

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        settings = settings_of(self._app.config(BlobsConfig).url.reveal(), self._config, os.environ)
        try:
            from newel_blobs_s3.opening import opened
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ("aioboto3", "aiobotocore", "boto3", "botocore"):
                raise
            raise BootError("S3 needs a client. Install it: pip install 'newel[s3]'") from None
        async with opened(settings, self._app.log) as store:
            self._app.provide(Blobs, store)
            yield
