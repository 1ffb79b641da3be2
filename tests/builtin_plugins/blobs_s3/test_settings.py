"""From configuration and environment to a client: who wins, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from newel import Secret
from newel.errors import BootError
from newel_blobs_s3.config import BlobsS3Config, Provider
from newel_blobs_s3.profiles import PROFILES
from newel_blobs_s3.settings import Settings, settings_of

PAGE = Path(__file__).parents[3] / "docs" / "operate" / "storage.md"


def of(url: str = "s3://bucket/site", environment: dict[str, str] | None = None, **section: Any) -> Settings:
    return settings_of(url, BlobsS3Config(**section), environment or {})


@pytest.mark.parametrize(
    ("endpoint", "provider", "region"),
    [
        ("", "aws", None),
        ("https://s3.eu-central-1.amazonaws.com", "aws", "eu-central-1"),
        ("https://abc123.r2.cloudflarestorage.com", "r2", "auto"),
        ("https://abc123.eu.r2.cloudflarestorage.com", "r2", "auto"),
        ("https://s3.eu-central-003.backblazeb2.com", "b2", "eu-central-003"),
        ("https://fra1.digitaloceanspaces.com/", "spaces", "fra1"),
        ("https://s3.wasabisys.com", "wasabi", "us-east-1"),
        ("https://s3.eu-west-2.wasabisys.com", "wasabi", "eu-west-2"),
        ("https://fsn1.your-objectstorage.com", "hetzner", "fsn1"),
        ("http://127.0.0.1:9000", "other", "us-east-1"),
        ("https://r2.cloudflarestorage.com.evil.example", "other", "us-east-1"),
    ],
)
def test_the_endpoint_tells_the_provider_and_the_region(endpoint: str, provider: str, region: str | None) -> None:
    settings = of(endpoint=endpoint)
    assert (settings.provider, settings.region) == (provider, region)
    assert settings.endpoint == (endpoint.rstrip("/") or None)


@pytest.mark.parametrize("provider", PROFILES)
def test_each_provider_has_what_it_needs(provider: Provider) -> None:
    profile = PROFILES[provider]
    if profile.endpoint:
        settings = of(provider=provider, region="eu-1")
        if provider != "aws":
            assert settings.endpoint == profile.endpoint.format(region="eu-1")
    else:
        with pytest.raises(BootError, match=r"blobs_s3.endpoint: .* needs one, such as http"):
            of(provider=provider)
        settings = of(provider=provider, endpoint=profile.example.replace("ACCOUNT", "abc"))
    assert settings.addressing == profile.addressing
    assert settings.extra == {}
    for sse in ("AES256", "aws:kms"):
        if sse in profile.sse:
            assert of(provider=provider, endpoint="https://s3.example", sse=sse).extra == {"ServerSideEncryption": sse}
        else:
            with pytest.raises(BootError, match=r"blobs_s3.sse: "):
                of(provider=provider, endpoint="https://s3.example", sse=sse)
    if profile.acl:
        assert of(provider=provider, endpoint="https://s3.example", acl="private").extra == {"ACL": "private"}
    else:
        with pytest.raises(BootError, match=r"blobs_s3.acl: .* has no ACLs"):
            of(provider=provider, endpoint="https://s3.example", acl="private")


def test_every_provider_is_in_the_table_of_the_documentation() -> None:
    assert {*get_args(Provider)} == {"", *PROFILES}
    text = PAGE.read_text("utf-8")
    for name, profile in PROFILES.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert profile.title in row
        assert f"| {profile.addressing} |" in row
        assert profile.mind in row


def test_the_section_comes_before_the_variables() -> None:
    environment = {
        "S3_ENDPOINT": "https://s3.example", "S3_REGION": "there", "S3_BUCKET": "theirs", "S3_PREFIX": "/below/",
        "S3_ACCESS_KEY_ID": "id", "S3_SECRET_ACCESS_KEY": "secret", "S3_FORCE_PATH_STYLE": "false",
        "S3_PUBLIC_URL": "https://files.example/", "S3_ACL": "public-read", "S3_SSE": "AES256",
        "S3_SESSION_TOKEN": "token",
    }  # fmt: skip
    settings = of("s3://", environment)
    assert (settings.bucket, settings.prefix, settings.name) == ("theirs", "below/", "s3://theirs/below")
    assert (settings.endpoint, settings.region, settings.addressing) == ("https://s3.example", "there", "virtual")
    assert settings.public_endpoint == "https://files.example"
    assert (settings.access_key_id, settings.secret_access_key, settings.session_token) == (
        "id", Secret("secret"), Secret("token"),
    )  # fmt: skip
    assert settings.extra == {"ACL": "public-read", "ServerSideEncryption": "AES256"}
    settings = of(
        "s3://ours/x/y", environment, endpoint="http://127.0.0.1:9000", region="here", access_key_id="mine",
        secret_access_key=Secret("other"), addressing="path", sse="aws:kms", sse_kms_key_id="key", acl="private",
    )  # fmt: skip
    assert settings.name == "s3://ours/x/y"
    assert (settings.endpoint, settings.region, settings.addressing) == ("http://127.0.0.1:9000", "here", "path")
    assert (settings.access_key_id, settings.secret_access_key) == ("mine", Secret("other"))
    assert settings.session_token == Secret(""), "another key's token"
    assert settings.extra == {"ACL": "private", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key"}


def test_the_region_of_aws_is_for_aws() -> None:
    environment = {"AWS_REGION": "eu-west-1"}
    assert of(environment=environment).region == "eu-west-1"
    assert of(environment={"AWS_DEFAULT_REGION": "eu-west-3"}).region == "eu-west-3"
    assert of(environment=environment, endpoint="http://127.0.0.1:9000").region == "us-east-1"
    assert of(environment=environment, region="ap-east-1").region == "ap-east-1"


def test_no_credentials_means_the_chain_of_aws() -> None:
    settings = of(environment={"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"})
    assert settings.access_key_id is None
    assert settings.secret_access_key == Secret("")


def test_secrets_are_not_shown() -> None:
    settings = of(access_key_id="id", secret_access_key=Secret("hush"), session_token=Secret("hush"))
    assert "hush" not in repr(settings)
    assert "hush" not in repr(settings.config)


@pytest.mark.parametrize(
    ("url", "section", "said"),
    [
        ("s3://", {}, "names no bucket"),
        ("s3://A", {}, "names no bucket"),
        ("s3://key:secret@bucket/x", {}, "takes neither options nor credentials"),
        ("s3://bucket/x?acl=1", {}, "takes neither options nor credentials"),
        ("s3://bucket/a//b", {}, "a prefix has letters"),
        ("s3://bucket/../b", {}, "a prefix has letters"),
        ("s3://bucket/%00", {}, "a prefix has letters"),
        ("s3://bucket/" + "a" * 601, {}, "a prefix has letters"),
        ("s3://[x", {}, "this is no URL"),
        ("s3://bucket", {"endpoint": "s3.example"}, "blobs_s3.endpoint: write https://host"),
        ("s3://bucket", {"endpoint": "https://s3.example:99999"}, "blobs_s3.endpoint: write https://host"),
        ("s3://bucket", {"public_endpoint": "ftp://x"}, "blobs_s3.public_endpoint: write https://host"),
        ("s3://bucket", {"provider": "spaces"}, "blobs_s3.region: DigitalOcean Spaces needs one"),
        ("s3://bucket", {"access_key_id": "x"}, "one of the two is missing"),
        ("s3://bucket", {"secret_access_key": Secret("hush")}, "one of the two is missing"),
        ("s3://bucket", {"sse_kms_key_id": "x"}, "with sse = "),
    ],
)
def test_what_cannot_be_is_refused(url: str, section: dict[str, Any], said: str) -> None:
    with pytest.raises(BootError) as caught:
        of(url, **section)
    assert said in caught.value.detail
    assert "hush" not in caught.value.detail
    assert "secret@" not in caught.value.detail
    assert "\n" not in caught.value.detail


def test_a_variable_that_is_no_truth_is_refused() -> None:
    with pytest.raises(BootError, match="S3_FORCE_PATH_STYLE: write true or false"):
        of(environment={"S3_FORCE_PATH_STYLE": "perhaps"})
