"""From configuration and environment to what a client is made with, with plain words where that cannot work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from newel import Secret
from newel.errors import BootError
from newel_blobs_s3.config import BlobsS3Config
from newel_blobs_s3.profiles import PROFILES, Profile, provider_of

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?=.{0,600}\Z)(?:[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?")


@frozen(kw_only=True)
class Settings:
    """A bucket, and how to reach it."""

    bucket: str
    prefix: str
    """Empty, or ends with ``/``."""
    provider: str
    profile: Profile
    endpoint: str | None
    public_endpoint: str | None
    region: str | None
    """``None``: AWS's own settings say."""
    addressing: str
    access_key_id: str | None
    """``None``: the chain of AWS."""
    secret_access_key: Secret[str]
    session_token: Secret[str]
    extra: Mapping[str, str]
    """What is sent with each write: ACL, encryption."""
    config: BlobsS3Config = field(repr=False)

    @property
    def name(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def settings_of(url: str, config: BlobsS3Config, environment: Mapping[str, str]) -> Settings:
    """Raises ``BootError``."""

    def known(given: str, variable: str) -> str:
        return given or environment.get(variable, "")

    bucket, prefix = _place(url, environment)
    endpoint = known(config.endpoint, "S3_ENDPOINT").rstrip("/")
    provider, region = _provider(config, endpoint)
    profile = PROFILES[provider]
    region = known(config.region, "S3_REGION") or _of_aws(provider, environment) or region or profile.region
    if not endpoint and provider != "aws":
        if not profile.endpoint:
            raise BootError(f"blobs_s3.endpoint: {profile.title} needs one, such as {profile.example}.")
        if not region:
            raise BootError(f"blobs_s3.region: {profile.title} needs one; it is part of the endpoint.")
        endpoint = profile.endpoint.format(region=region)
    access, secret, token = _credentials(config, environment)
    return Settings(
        bucket=bucket,
        prefix=prefix,
        provider=provider,
        profile=profile,
        endpoint=endpoint or None,
        public_endpoint=_checked_url(known(config.public_endpoint, "S3_PUBLIC_URL"), "public_endpoint") or None,
        region=region or None,
        addressing=_addressing(config, profile, environment),
        access_key_id=access,
        secret_access_key=secret,
        session_token=token,
        extra=_extra(config, profile, environment),
        config=config,
    )


def _place(url: str, environment: Mapping[str, str]) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BootError("blobs.url: this is no URL. Write s3://bucket/prefix.") from None
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise BootError(
            "blobs.url: s3://bucket/prefix takes neither options nor credentials. They belong into [blobs_s3]."
        )
    bucket = parts.netloc or environment.get("S3_BUCKET", "")
    prefix = unquote(parts.path).strip("/") or environment.get("S3_PREFIX", "").strip("/")
    if _BUCKET.fullmatch(bucket) is None:
        raise BootError("blobs.url: it names no bucket. Write s3://bucket/prefix, or set S3_BUCKET.")
    if _PREFIX.fullmatch(prefix) is None:
        raise BootError("blobs.url: a prefix has letters, digits, '.', '_' and '-' in segments joined by '/'.")
    return bucket, f"{prefix}/" if prefix else ""


def _checked_url(url: str, key: str) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or parts.query or "@" in parts.netloc:
        raise BootError(f"blobs_s3.{key}: write https://host or http://host:port, without anything else.")
    return url.rstrip("/")


def _provider(config: BlobsS3Config, endpoint: str) -> tuple[str, str]:
    if not endpoint:
        return config.provider or "aws", ""
    found, region = provider_of(urlsplit(_checked_url(endpoint, "endpoint")).hostname or "")
    return config.provider or found, region


def _of_aws(provider: str, environment: Mapping[str, str]) -> str:
    """AWS's own variables say the region of AWS, not of another store."""
    if provider != "aws":
        return ""
    return environment.get("AWS_REGION", "") or environment.get("AWS_DEFAULT_REGION", "")


def _addressing(config: BlobsS3Config, profile: Profile, environment: Mapping[str, str]) -> str:
    if config.addressing != "auto":
        return config.addressing
    forced = environment.get("S3_FORCE_PATH_STYLE", "").lower()
    if forced not in ("", "0", "1", "false", "true", "no", "yes"):
        raise BootError("S3_FORCE_PATH_STYLE: write true or false.")
    if not forced:
        return profile.addressing
    return "path" if forced in ("1", "true", "yes") else "virtual"


def _credentials(config: BlobsS3Config, environment: Mapping[str, str]) -> tuple[str | None, Secret[str], Secret[str]]:
    access, secret = config.access_key_id, config.secret_access_key
    token = config.session_token
    where = "blobs_s3.access_key_id and blobs_s3.secret_access_key"
    if not access and not secret.reveal():
        access = environment.get("S3_ACCESS_KEY_ID", "")
        secret = Secret(environment.get("S3_SECRET_ACCESS_KEY", ""))
        token = token if token.reveal() else Secret(environment.get("S3_SESSION_TOKEN", ""))
        where = "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"
    if bool(access) != bool(secret.reveal()):
        raise BootError(f"{where}: one of the two is missing. Set both, or neither to use AWS's own chain.")
    return access or None, secret, token


def _extra(config: BlobsS3Config, profile: Profile, environment: Mapping[str, str]) -> dict[str, str]:
    acl = config.acl or environment.get("S3_ACL", "")
    sse = config.sse or environment.get("S3_SSE", "")
    if acl and not profile.acl:
        raise BootError(f"blobs_s3.acl: {profile.title} has no ACLs. Leave it empty.")
    if sse and sse not in profile.sse:
        offered = ", ".join(profile.sse) or "none"
        raise BootError(f"blobs_s3.sse: {profile.title} encrypts with: {offered}. Leave it empty, or choose of these.")
    if config.sse_kms_key_id and sse != "aws:kms":
        raise BootError('blobs_s3.sse_kms_key_id: a key is used with sse = "aws:kms" only.')
    sent = {"ACL": acl, "ServerSideEncryption": sse, "SSEKMSKeyId": config.sse_kms_key_id}
    return {name: value for name, value in sent.items() if value}
