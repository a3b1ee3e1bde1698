"""S3, and whatever speaks like it, as a place to publish to.

Credentials, region and endpoint come from where every tool of AWS finds them (AWS_ENDPOINT_URL for other servers).
Every part is sent with its MD5, so that the server refuses what was damaged on the way, and the ETag it tells of the
object is compared with the one that its bytes give here. Large files go in parts; a run that goes on for a killed one
sends only the parts that are missing, and what was begun and not ended is aborted.
"""

import base64
import contextlib
import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.release.publish.files import Item
from pipeline.release.publish.journal import Journal
from pipeline.release.publish.place import Found, Sent
from pipeline.storage import again
from pipeline.storage.aws import Aws

HANDS = 4
"""Files sent at a time."""
TYPES = {".parquet": "application/vnd.apache.parquet", ".json": "application/json", ".html": "text/html; charset=utf-8"}


class S3:
    """Objects below a prefix of a bucket."""

    def __init__(self, to: str) -> None:
        self._aws = Aws(to, HANDS)
        self.bucket, self.prefix = self._aws.bucket, self._aws.prefix
        self.name = self.loads = self._aws.name
        self._uploads: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def open(self, journal: Journal, dry: bool) -> None:
        """Find what runs of ours began and did not end."""
        if not dry:
            self._uploads = self._dangling(journal)

    def _dangling(self, journal: Journal) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for one in self._aws.pages("list_multipart_uploads", "Uploads", Prefix=self.prefix):
            name = one["Key"].removeprefix(self.prefix)
            if name in journal.begun:
                found[name].append(one["UploadId"])
        return found

    def there(self, names: Collection[str]) -> Mapping[str, Found]:
        """All objects below the prefix."""
        return {
            one["Key"].removeprefix(self.prefix): Found(one["Size"], one["ETag"].strip('"'))
            for one in self._aws.pages("list_objects_v2", "Contents", Prefix=self.prefix)
        }

    def same(self, item: Item, found: Found) -> bool:
        """By size and ETag; where the server encrypts, and calls objects by something else, by reading it back."""
        if found.size != item.size or found.mark == item.digests.etag:
            return found.size == item.size
        told = {"Key": self.prefix + item.name}
        if self._aws.ask("head_object", **told).get("Metadata", {}).get("sha256") != item.sha256:
            return False

        def read() -> str:
            hashing = hashlib.sha256()
            with contextlib.closing(self._aws.once("get_object", told)["Body"]) as body:
                try:
                    for piece in body.iter_chunks(1 << 20):
                        hashing.update(piece)
                except self._aws.broken as error:
                    raise again.Busy(f"get_object: {type(error).__name__}") from None
            return hashing.hexdigest()

        return again.until(read) == item.sha256

    def put(self, items: Sequence[Item], journal: Journal, sent: Sent) -> None:
        """Send files, some at a time."""

        def one(item: Item) -> None:
            journal.began(item.name)
            mark = self._parts(item) if len(item.digests.parts) > 1 else self._whole(item)
            journal.sent(item.name, item.sha256, mark)
            with self._lock:
                sent(item)

        with ThreadPoolExecutor(HANDS) as pool:
            try:
                for done in [pool.submit(one, item) for item in items]:
                    done.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _whole(self, item: Item) -> str:
        def ask() -> Any:
            told = {"Key": self.prefix + item.name, "ContentMD5": _base64(item.digests.md5), **_kept(item)}
            return self._aws.once("put_object", {**told, "Body": item.path.read_bytes()})

        return str(again.until(self._unless_there(item, ask))["ETag"]).strip('"')

    def _unless_there(self, item: Item, ask: Callable[[], Any]) -> Callable[[], Any]:
        """What asks, and from the second time on first looks whether only the answer was lost."""
        tried: list[bool] = []

        def careful() -> Any:
            if tried:
                found = self.head(item.name)
                if found and self.same(item, found):
                    return {"ETag": found.mark}
            tried.append(True)
            return ask()

        return careful

    def head(self, name: str) -> Found | None:
        """One object, or None where there is none."""
        objects = self._aws.pages("list_objects_v2", "Contents", Prefix=self.prefix + name, MaxKeys=1)
        for one in objects[:1]:
            if one["Key"] == self.prefix + name:
                return Found(one["Size"], one["ETag"].strip('"'))
        return None

    def _parts(self, item: Item) -> str:
        key = {"Key": self.prefix + item.name}
        upload, have = self._begun(item)
        if not upload:
            upload = self._aws.ask("create_multipart_upload", **key, **_kept(item))["UploadId"]
        told = {**key, "UploadId": upload}
        with item.path.open("rb") as stream:
            for number, md5 in enumerate(item.digests.parts, 1):
                if number in have:
                    continue
                stream.seek((number - 1) * item.part)
                part = {**told, "PartNumber": number, "ContentMD5": _base64(md5), "Body": stream.read(item.part)}
                self._part(part, md5)
        parts = [{"PartNumber": number, "ETag": f'"{md5.hex()}"'} for number, md5 in enumerate(item.digests.parts, 1)]

        def ask() -> Any:
            return self._aws.once("complete_multipart_upload", {**told, "MultipartUpload": {"Parts": parts}})

        return str(again.until(self._unless_there(item, ask))["ETag"]).strip('"')

    def _part(self, told: Mapping[str, Any], md5: bytes) -> None:
        tried: list[bool] = []

        def ask() -> None:
            if tried and told["PartNumber"] in self._have({name: told[name] for name in ("Key", "UploadId")}, [md5]):
                return
            tried.append(True)
            if self._aws.once("upload_part", told)["ETag"].strip('"') != md5.hex():
                raise again.Busy(f"part {told['PartNumber']} of {told['Key']} came out damaged")

        again.until(ask)

    def _have(self, upload: Mapping[str, Any], parts: Sequence[bytes]) -> set[int]:
        """Numbers of parts that the server has with one of these digests."""
        known = {md5.hex() for md5 in parts}
        return {
            one["PartNumber"]
            for one in self._aws.pages("list_parts", "Parts", **upload)
            if one["ETag"].strip('"') in known
        }

    def _begun(self, item: Item) -> tuple[str, set[int]]:
        """The upload of an earlier run that has most parts of this file, and which; others are aborted."""
        best, have = "", set[int]()
        for upload in self._uploads.pop(item.name, []):
            told = {"Key": self.prefix + item.name, "UploadId": upload}
            listed = {
                one["PartNumber"]: one["ETag"].strip('"') for one in self._aws.pages("list_parts", "Parts", **told)
            }
            ours = {number for number, md5 in enumerate(item.digests.parts, 1) if listed.get(number) == md5.hex()}
            drop = upload
            if ours == set(listed) and (len(ours) > len(have) or not best):
                drop, best, have = best, upload, ours
            if drop:
                self._abort(item.name, drop)
        return best, have

    def _abort(self, name: str, upload: str) -> None:
        self._aws.ask("abort_multipart_upload", Key=self.prefix + name, UploadId=upload)

    def remove(self, names: Sequence[str], journal: Journal) -> None:
        """Remove objects."""
        for name in names:
            self._aws.ask("delete_object", Key=self.prefix + name)
            journal.removed(name)

    def tidy(self, journal: Journal) -> None:
        """Abort what was begun and not ended, by this run or by those before."""
        for name, uploads in self._dangling(journal).items():
            for upload in uploads:
                self._abort(name, upload)

    def close(self) -> None:
        """Hang up."""
        self._aws.close()


def _base64(md5: bytes) -> str:
    return base64.b64encode(md5).decode()


def _kept(item: Item) -> dict[str, Any]:
    """What the object says of itself."""
    kind = TYPES.get(item.path.suffix, "application/octet-stream")
    return {"Metadata": {"sha256": item.sha256}, "ContentType": kind}
