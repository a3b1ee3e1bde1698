"""Where the shipped sample lies."""

from importlib.resources import files


def paths() -> list[str]:
    """The sample's two files, a web archive and JSON lines, as sources of a build."""
    folder = files("pipeline") / "sample" / "shipped"
    return [str(folder / "documents.jsonl.zst"), str(folder / "pages.warc.gz")]
