"""Objects below a prefix of a bucket: read by ranges through pyarrow, written by requests that are checked.

An object is sent in one request, or in parts that are completed or aborted, with the MD5 of what is sent: the server
refuses what came shorter or otherwise. Nothing is ever there in part, so nothing is renamed.
"""

import base64
import contextlib
import functools
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from manifests.errors import Stop
from pipeline.storage import again, lease, scratch
from pipeline.storage.aws import Aws
from pipeline.storage.grown import Grown
from pipeline.storage.lease import Lease, Seen

WHOLE = 256 << 20
"""Bytes that are sent in one request; what is larger goes in parts."""
PART = 64 << 20
MOST_PARTS = 9_000
"""S3 takes 10,000."""
SENT = 8
"""Objects sent at a time."""
SETTLE = 3.0
"""Seconds until a write to a server without conditions is looked at: others that wrote meanwhile show."""
Answer = TypeVar("Answer")


class S3:
    """A build in a bucket."""

    hands = 32
    how: ClassVar[dict[str, Any]] = {"pre_buffer": True}

    def __init__(self, url: str) -> None:
        self._aws = Aws(url, self.hands + SENT)
        self.name = self._aws.name
        self._scratch: Path | None = None
        self._grown = Grown(self.get, self.put)
        self._door = threading.Lock()

    def _key(self, name: str) -> str:
        return self._aws.prefix + name

    def path(self, name: str) -> Path:
        """Nothing lies here."""
        raise Stop(
            f"This needs a build in a folder of this machine, and {self.name} is none.",
            f"Fetch it first: aws s3 sync {self.name} FOLDER (without work/), then ask for FOLDER.",
        )

    def at_hand(self, name: str) -> Path:
        """A copy on this machine."""
        told = self._aws.ask("head_object", Key=self._key(name))

        def fetch(draft: Path) -> None:
            data = self.get(name)
            if data is None:
                raise FileNotFoundError(f"{self.name}/{name}")
            draft.write_bytes(data)

        return scratch.copy(f"{self.name}/{name} {told['ETag']}", fetch)

    def source(self, name: str) -> Any:
        """An open object, which pyarrow reads by ranges, many at a time."""
        return self._system.open_input_file(f"{self._aws.bucket}/{self._key(name)}")

    @functools.cached_property
    def _system(self) -> Any:
        return reading(self._aws)

    def patient(self, read: Callable[[], Answer]) -> Answer:
        """Read; the client of pyarrow asks again too, this is for outages that last longer."""
        return patient(read)

    def draft(self, name: str) -> Path:
        """A file in the scratch of this machine."""
        with self._door:
            if self._scratch is None:
                self._scratch = scratch.folder() / hashlib.sha256(self.name.encode()).hexdigest()[:12]
        draft = self._scratch / name
        draft.parent.mkdir(parents=True, exist_ok=True)
        return draft

    def publish(self, names: Iterable[str]) -> None:
        """Send the drafts of these names, some at a time; each is removed here when it lies there."""
        asked = list(names)
        if len(asked) == 1:
            self._send(*asked)
            return
        with ThreadPoolExecutor(SENT) as pool:
            list(pool.map(self._send, asked))

    def _send(self, name: str) -> None:
        draft = self.draft(name)
        size = draft.stat().st_size
        if size > WHOLE:
            self._parts(self._key(name), draft, max(PART, -(-size // MOST_PARTS)))
        else:
            with draft.open("rb") as stream:
                told = {"Key": self._key(name), "ContentMD5": _md5(stream)}

            def ask() -> Any:
                with draft.open("rb") as stream:
                    return self._aws.once("put_object", {**told, "Body": stream, "ContentLength": size})

            again.until(ask)
        draft.unlink()

    def _parts(self, key: str, draft: Path, part: int) -> None:
        upload = {"Key": key, "UploadId": self._aws.ask("create_multipart_upload", Key=key)["UploadId"]}
        sent: list[dict[str, Any]] = []
        try:
            with draft.open("rb") as stream:
                while piece := stream.read(part):
                    told = {**upload, "PartNumber": len(sent) + 1, "ContentMD5": _base64(piece)}
                    tag = self._aws.ask("upload_part", **told, Body=piece)["ETag"]
                    sent.append({"PartNumber": len(sent) + 1, "ETag": tag})
            self._complete(upload, sent, draft.stat().st_size)
        except BaseException:
            with contextlib.suppress(Stop):  # what is left is aborted by the next run
                self._aws.ask("abort_multipart_upload", **upload)
            raise

    def _complete(self, upload: dict[str, str], sent: list[dict[str, Any]], size: int) -> None:
        """Let the object appear; where the upload is gone, an answer was lost, and the object tells."""

        def ask() -> Any:
            told = {**upload, "MultipartUpload": {"Parts": sent}}
            return self._aws.once("complete_multipart_upload", told, {"NoSuchUpload": {}})

        again.until(ask)
        there = self._head(upload["Key"])
        if there is None or there["ContentLength"] != size:
            raise Stop(f"{self.name}: {upload['Key']} did not arrive whole.", "Run the same command again.", 1)

    def drop(self, name: str) -> None:
        """Remove the draft here."""
        self.draft(name).unlink(missing_ok=True)

    def put(self, name: str, data: bytes) -> None:
        """Send a small object."""
        self._aws.ask("put_object", Key=self._key(name), Body=data, ContentMD5=_base64(data))

    def get(self, name: str) -> bytes | None:
        """All bytes of an object."""
        found = self._get(self._key(name))
        return None if found is None else found[0]

    def _get(self, key: str) -> tuple[bytes, dict[str, Any]] | None:
        def ask() -> tuple[bytes, dict[str, Any]] | None:
            told = self._aws.once("get_object", {"Key": key}, {"NoSuchKey": None, "404": None})
            if told is None:
                return None
            with contextlib.closing(told["Body"]) as body:
                try:
                    data: bytes = body.read()
                except self._aws.broken as error:
                    raise again.Busy(f"get_object: {type(error).__name__}") from None
            if len(data) != told["ContentLength"]:
                raise again.Busy(f"get_object: {len(data)} bytes of {told['ContentLength']}")
            return data, told

        return again.until(ask)

    def _head(self, key: str) -> Any:
        return again.until(
            lambda: self._aws.once("head_object", {"Key": key}, {"404": None, "NoSuchKey": None, "NotFound": None})
        )

    def size(self, name: str) -> int | None:
        """Bytes of an object."""
        told = self._head(self._key(name))
        return None if told is None else int(told["ContentLength"])

    def remove(self, name: str) -> None:
        """Take an object away, or all below what has no ending."""
        if Path(name).suffix:
            self._aws.ask("delete_object", Key=self._key(name))
        else:
            self._delete(list(self.files(name)))

    def _delete(self, names: list[str]) -> None:
        for start in range(0, len(names), 1000):
            keys = [{"Key": self._key(name)} for name in names[start : start + 1000]]

            def ask(keys: list[dict[str, str]] = keys) -> None:
                told = self._aws.once("delete_objects", {"Delete": {"Objects": keys, "Quiet": True}})
                if errors := told.get("Errors"):
                    raise again.Busy(f"delete_objects: {errors[0].get('Code')}")

            again.until(ask)

    def files(self, folder: str) -> Iterator[str]:
        """Names below a folder, a thousand with each request."""
        prefix = self._key(f"{folder}/")
        for one in self._aws.pages("list_objects_v2", "Contents", Prefix=prefix):
            yield one["Key"].removeprefix(self._aws.prefix)

    def sweep(self, folder: str, wanted: Callable[[str], bool]) -> int:
        """Remove objects that are not wanted, a thousand with each request."""
        unwanted = [name for name in self.files(folder) if not wanted(name)]
        self._delete(unwanted)
        return len(unwanted)

    def clean(self) -> int:
        """Abort what was begun in parts and not ended."""
        begun = self._aws.pages("list_multipart_uploads", "Uploads", Prefix=self._aws.prefix)
        for one in begun:
            self._aws.ask("abort_multipart_upload", Key=one["Key"], UploadId=one["UploadId"])
        return len(begun)

    def append(self, name: str, lines: str) -> None:
        """Add lines, which are sent together."""
        self._grown.add(name, lines)

    def flush(self) -> None:
        """Send the lines."""
        self._grown.flush()

    @contextlib.contextmanager
    def lock(self, name: str, say: Callable[[str], None]) -> Iterator[Lease]:
        """Hold the prefix by an object that is written anew every few seconds."""
        cell = _Cell(self._aws, self._key(name), self._get)
        with lease.held(cell, self.name, say, self._grown.flush_now_and_then) as found:
            yield found


class _Cell:
    """An object that is only replaced if it is what was seen; where the server does not look, we do."""

    def __init__(self, aws: Aws, key: str, get: Callable[[str], tuple[bytes, dict[str, Any]] | None]) -> None:
        self._aws, self._key, self._get = aws, key, get
        self._looks: bool | None = None
        """Whether the server heeds conditions; not known before it was tried."""
        self._last: str | None = None

    def see(self) -> Seen | None:
        found = self._get(self._key)
        if found is None:
            return None
        data, told = found
        return Seen(data, told["ETag"], _age(told))

    def swap(self, data: bytes, before: str | None) -> str | None:
        mark = self._put(data, before)
        if mark is not None and self._looks is None:
            # There is an object now, so that one who wants none to be there must be refused.
            self._looks = self._put(data, None, sure=True) is None
        if mark is None or self._looks:
            return mark
        if before is None or before != self._last:
            time.sleep(SETTLE)  # it was not ours
        seen = self.see()
        self._last = seen.mark if seen is not None and seen.data == data else None
        return self._last

    def _put(self, data: bytes, before: str | None, sure: bool = False) -> str | None:
        """Write if nothing else was written; None where it was. ``sure`` is of a try that is to be refused."""
        if not self._looks and not sure and self._looks is not None:
            seen = self.see()
            if (seen and seen.mark) != before:
                return None
        condition = {"IfNoneMatch": "*"} if before is None else {"IfMatch": before}
        refused = dict.fromkeys(("PreconditionFailed", "412", "ConditionalRequestConflict"))
        if before is not None:
            refused |= {"NoSuchKey": None, "404": None}
        unknown = {"NotImplemented": False, "501": False}

        def ask() -> Any:
            told = {"Key": self._key, "Body": data, "ContentMD5": _base64(data)}
            answer = self._aws.once("put_object", told | condition, refused | unknown)
            return self._aws.once("put_object", told) if answer is False else answer

        told = again.until(ask)
        if told is not None:
            return str(told["ETag"])
        seen = None if sure else self.see()  # it may have been done, and the answer lost
        return seen.mark if seen is not None and seen.data == data else None


def _age(told: dict[str, Any]) -> float | None:
    """Seconds since an object was written, by the server's clock."""
    try:
        now = parsedate_to_datetime(told["ResponseMetadata"]["HTTPHeaders"]["date"])
        return float((now - told["LastModified"]).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None


def reading(aws: Aws) -> Any:
    """What pyarrow reads objects with, from the same server in the same region."""
    from pyarrow import fs

    endpoint = str(aws.client.meta.endpoint_url)
    how: dict[str, Any] = {"region": aws.client.meta.region_name}
    if "amazonaws.com" not in endpoint:
        how |= {"endpoint_override": endpoint}
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        how |= {"tls_ca_file_path": bundle}
    return fs.S3FileSystem(
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=10), connect_timeout=10, request_timeout=60, **how
    )


def patient(read: Callable[[], Answer]) -> Answer:
    """Read, and again after a pause where the store did not answer; a file that is not there is told at once."""

    def ask() -> Answer:
        try:
            return read()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise again.Busy(str(error)[:500]) from error

    return again.until(ask, tries=4)


def _md5(stream: Any) -> str:
    return base64.b64encode(hashlib.file_digest(stream, _plain_md5).digest()).decode()


def _plain_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def _base64(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
