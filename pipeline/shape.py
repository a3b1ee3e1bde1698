"""What is known of how a source's files are laid out: fields told, those of its layout, and those of every source."""

from manifests.layouts import Layout, layout
from pipeline.read.record import Fields, TextUnit
from pipeline.settings import Read, Source


def layout_of(source: Source, read: Read) -> Layout | None:
    """The layout of a source, where it or ``read`` names one."""
    name = source.layout or read.layout
    return layout(name) if name else None


def fields_of(source: Source, read: Read) -> Fields:
    """Where records hold what a document needs: fields that were told by name come before those of the layout."""
    told = source.fields or read.fields
    known = layout_of(source, read)

    def one(name: str) -> str:
        laid = getattr(known, name, "") if name not in told.model_fields_set else ""
        return str(laid or getattr(told, name))

    return Fields(
        one("text"),
        one("id"),
        one("url"),
        one("date"),
        one("dump"),
        one("licence"),
        one("group"),
        one("language") or None,
        escaped=known is not None and known.escaped,
    )


def text_unit(source: Source, read: Read) -> TextUnit:
    """What a document of plain text is."""
    known = layout_of(source, read)
    return "block" if known is not None and known.documents == "block" else read.text
