"""The sample's own prose: texts/LABEL.txt holds documents, each a ``# title`` and its paragraphs, one a line."""

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Prose:
    """One document written for the sample."""

    label: str
    number: int
    title: str
    paragraphs: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.label}-{self.number}"

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def documents() -> tuple[Prose, ...]:
    """Every document of the folder, by label and place in its file."""
    folder = files("pipeline") / "sample" / "texts"
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".txt"))
    return tuple(
        document
        for name in found
        for document in parse(name.removesuffix(".txt"), (folder / name).read_text(encoding="utf-8"))
    )


def parse(label: str, source: str) -> list[Prose]:
    """The documents of one file."""
    result = []
    for number, block in enumerate(source.removeprefix("# ").split("\n# "), start=1):
        title, *paragraphs = block.strip().split("\n")
        result.append(Prose(label, number, title, tuple(paragraphs)))
    return result
