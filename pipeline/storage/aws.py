"""One bucket of S3, or of whatever speaks like it, and how it is asked: with patience, and with errors that tell.

Credentials, region and endpoint come from where every tool of AWS finds them (AWS_ENDPOINT_URL for other servers).
"""

import functools
from collections.abc import Mapping
from typing import Any

from manifests.errors import Stop
from pipeline.storage import again

PASSING = {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "IncompleteBody", "BadDigest"}
"""What may go well the next time: a busy server, and an upload that was cut short or damaged on its way."""


class Aws:
    """A bucket, and the prefix below which we work."""

    def __init__(self, url: str, connections: int) -> None:
        try:
            import botocore.config
            import botocore.exceptions
        except ModuleNotFoundError:
            raise Stop("S3 needs the package botocore.", "pip install 'corpus-build[s3]'") from None
        self._errors = botocore.exceptions
        self.bucket, _, prefix = url.partition("://")[2].strip("/").partition("/")
        if not self.bucket:
            raise Stop(f"{url} names no bucket.", "Write it as s3://BUCKET/PREFIX.")
        self.prefix = f"{prefix}/" if prefix else ""
        self.name = f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        session = _session()
        config = botocore.config.Config(
            retries={"total_max_attempts": 1},  # we ask again ourselves, and when the server says
            max_pool_connections=connections,
            connect_timeout=20,
            read_timeout=120,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        try:
            self.client = session.create_client(
                "s3", region_name=session.get_config_variable("region") or "us-east-1", config=config
            )
        except (self._errors.BotoCoreError, ValueError) as error:
            raise Stop(f"S3 cannot be asked: {error}.", "Mend the settings of AWS in the environment.") from None

    @property
    def broken(self) -> Any:
        """Errors of a connection that ends while a body is read."""
        return self._errors.HTTPClientError

    def ask(self, what: str, **told: Any) -> Any:
        """The answer, asked for until it comes."""
        return again.until(lambda: self.once(what, told))

    def once(self, what: str, told: Mapping[str, Any], refused: Mapping[str, Any] | None = None) -> Any:
        """The answer, or Busy where it may come later; ``refused`` gives answers for codes that are no mistake."""
        try:
            return getattr(self.client, what)(Bucket=self.bucket, **told)
        except self._errors.ClientError as error:
            answer = error.response.get("ResponseMetadata", {})
            status, code = int(answer.get("HTTPStatusCode", 0)), error.response.get("Error", {}).get("Code", "")
            if code in (refused or {}):
                return (refused or {})[code]
            if again.passing(status) or code in PASSING:
                raise again.Busy(f"{what}: {status} {code}", again.retry_after(answer.get("HTTPHeaders", {}))) from None
            if what == "abort_multipart_upload" and code == "NoSuchUpload":
                return {}  # it was done, and the answer lost
            raise Stop(
                f"S3 refuses {what} at {self.name}: {status} {code}.",
                "Check the bucket, and that these credentials may list, read, write and delete there.",
                1,
            ) from None
        except self._errors.NoCredentialsError:
            raise Stop("There are no credentials for S3.", "Set AWS_ACCESS_KEY_ID and so on, or a profile.") from None
        except self._errors.HTTPClientError as error:
            raise again.Busy(f"{what}: {type(error).__name__}") from None

    def pages(self, what: str, key: str, **told: Any) -> list[dict[str, Any]]:
        """All entries of a listing; each of its pages is asked for until it comes."""
        tokens = {
            "list_objects_v2": {"ContinuationToken": "NextContinuationToken"},
            "list_multipart_uploads": {"KeyMarker": "NextKeyMarker", "UploadIdMarker": "NextUploadIdMarker"},
            "list_parts": {"PartNumberMarker": "NextPartNumberMarker"},
        }[what]
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask(what, **told)
            found += page.get(key, [])
            if not page.get("IsTruncated"):
                return found
            told |= {ask: page[tell] for ask, tell in tokens.items() if page.get(tell)}

    def close(self) -> None:
        """Hang up."""
        self.client.close()


def _session() -> Any:
    """Credentials as the environment has them now."""
    import botocore.session

    session = botocore.session.get_session()
    session.register_component("data_loader", _descriptions())
    return session


@functools.cache
def _descriptions() -> Any:
    """One for all clients: to read the description of S3 takes longer than what is asked of it."""
    import botocore.loaders

    return botocore.loaders.create_loader()
