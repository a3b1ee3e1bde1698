"""The Hugging Face hub as a place to publish to.

The token is what the hub's own library finds: HF_TOKEN, or that of ``hf auth login``. Files go to its storage by their
digests, so what was sent once is not sent again; commits hold many files.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from manifests.errors import Stop
from pipeline.release.publish.files import Item
from pipeline.release.publish.journal import Journal
from pipeline.release.publish.place import Found, Sent
from pipeline.storage import again

COMMIT_FILES, COMMIT_BYTES = 100, 5 << 30
"""Most of a commit."""
Answer = TypeVar("Answer")


class Hub:
    """A dataset on the hub."""

    def __init__(self, to: str, private: bool) -> None:
        try:
            import huggingface_hub
            from huggingface_hub import errors
            from huggingface_hub.utils.tqdm import disable_progress_bars
        except ModuleNotFoundError:
            raise Stop(
                "Publishing to the hub needs the package huggingface_hub.", "pip install 'corpus-build[hub]'"
            ) from None
        self.repo = to.removeprefix("hf://").removeprefix("datasets/").strip("/")
        if not to.startswith("hf://datasets/") or self.repo.count("/") != 1:
            raise Stop(f"{to} is no dataset of the hub.", "Write it as hf://datasets/ORG/NAME.")
        self.name, self.loads, self.private = f"hf://datasets/{self.repo}", self.repo, private
        self._library, self._errors = huggingface_hub, errors
        self._api = huggingface_hub.HfApi(library_name="corpus-build")
        disable_progress_bars()

    def _ask(self, call: Callable[[], Answer]) -> Answer:
        return again.until(lambda: self._once(call))

    def _once(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except self._errors.HfHubHTTPError as error:
            answer = getattr(error, "response", None)
            status = int(getattr(answer, "status_code", 0) or 0)
            if again.passing(status):
                raise again.Busy(
                    f"the hub answers {status}", again.retry_after(answer.headers if answer else {})
                ) from None
            mend = "Log in with hf auth login, or set HF_TOKEN to a token that may write there."
            raise Stop(f"The hub refuses {self.name}: {status}.", mend, 1) from None
        except OSError as error:
            raise again.Busy(f"the hub does not answer: {type(error).__name__}") from None
        except Exception as error:
            if type(error).__module__.partition(".")[0] in {"httpx", "httpx2", "httpcore", "requests"}:
                raise again.Busy(f"the hub does not answer: {type(error).__name__}") from None
            raise

    def open(self, journal: Journal, dry: bool) -> None:
        """Make the dataset, where there is none."""
        if dry:
            return
        if not self._library.get_token():
            raise Stop("There is no token for the hub.", "Log in with hf auth login, or set HF_TOKEN.")
        self._ask(lambda: self._api.create_repo(self.repo, repo_type="dataset", private=self.private, exist_ok=True))

    def there(self, names: Collection[str]) -> Mapping[str, Found]:
        """All files of the dataset; none where there is no such dataset."""

        def ask() -> dict[str, Found]:
            try:
                tree: list[Any] = list(self._api.list_repo_tree(self.repo, repo_type="dataset", recursive=True))
            except self._errors.RepositoryNotFoundError:
                return {}
            return {one.path: Found(one.size, _mark(one)) for one in tree if hasattr(one, "blob_id")}

        return self._ask(ask)

    def same(self, item: Item, found: Found) -> bool:
        """By size, and SHA-256 or git's own digest."""
        kind, _, mark = found.mark.partition(":")
        return found.size == item.size and mark == (item.sha256 if kind == "sha256" else item.digests.git)

    def put(self, items: Sequence[Item], journal: Journal, sent: Sent) -> None:
        """Send files and commit them, many at a time."""
        for batch in _batches(items):
            for item in batch:
                journal.began(item.name)
                _ = item.digests  # Stop where it is not what the manifest says

            def commit(batch: Sequence[Item] = batch) -> Any:
                adds = [self._library.CommitOperationAdd(item.name, str(item.path)) for item in batch]
                return self._api.create_commit(
                    self.repo, adds, commit_message=f"Publish {len(batch)} files", repo_type="dataset"
                )

            self._ask(commit)
            for item in batch:
                journal.sent(item.name, item.sha256, item.sha256)
                sent(item)

    def remove(self, names: Sequence[str], journal: Journal) -> None:
        """Remove files, in one commit."""
        if not names:
            return

        def commit() -> Any:
            there = self.there(names)
            drops = [self._library.CommitOperationDelete(name) for name in names if name in there]
            message = f"Remove {len(drops)} files of an older version"
            return drops and self._api.create_commit(self.repo, drops, commit_message=message, repo_type="dataset")

        self._ask(commit)
        for name in names:
            journal.removed(name)

    def tidy(self, journal: Journal) -> None:
        """Nothing is left behind: what no commit names is not there."""

    def close(self) -> None:
        """The library hangs up when it likes."""


def _mark(file: Any) -> str:
    return f"sha256:{file.lfs.sha256}" if file.lfs else f"git:{file.blob_id}"


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        if batch and (len(batch) == COMMIT_FILES or sum(one.size for one in batch) + item.size > COMMIT_BYTES):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch
