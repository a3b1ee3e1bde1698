"""The Arrow schemas of everything that is stored, and the one place where a column gets its name and type.

Columns are only ever added, at the end; readers accept older files.
"""

import pyarrow as pa

VERSION = 8

ID = pa.binary(16)
"""xxh128 of source name, relative path and record position, as bytes; files for users hold it as 32 hex digits."""

PAGE = pa.schema(
    [
        pa.field("extraction_confidence", pa.float32()),
        pa.field("title", pa.string()),
        pa.field("author", pa.string()),
        pa.field("site_name", pa.string()),
        pa.field("published", pa.string()),
        pa.field("page_language", pa.string()),
        pa.field("canonical_url", pa.string()),
        pa.field("hreflang", pa.string()),
        pa.field("robots", pa.string()),
        pa.field("page_licence", pa.string()),
    ]
)
"""How sure extraction is of the text of a web page, 0 to 1, and what the page says of itself; null where it does not.
``published`` is YYYY-MM-DD. ``hreflang`` is a JSON list of (language, address). Addresses are as written, so maybe
relative to the page's. ``page_language`` is what a corpus declares, where one does: ``SYSTEM:NAME``."""

TEXT_PART = pa.schema(
    [
        pa.field("id", ID, nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("file_path", pa.string(), nullable=False),
        pa.field("source_id", pa.string()),
        pa.field("url", pa.string()),
        pa.field("date", pa.string()),
        pa.field("dump", pa.string()),
        pa.field("licence", pa.string()),
        pa.field("group_id", pa.string()),
        pa.field("repairs", pa.uint8(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        *PAGE,
        pa.field("consent", pa.string()),
    ]
)
"""What a unit becomes when read: documents as found, repaired, in the order of the source. ``consent`` has the headers
and ``<meta>`` elements of a page that refuse something, a line each; null where none does."""

IDENTITY = pa.schema(
    [
        pa.field("raw_label", pa.string(), nullable=False),
        pa.field("language_score", pa.float32(), nullable=False),
        pa.field("top_langs", pa.string(), nullable=False),
        pa.field("purity", pa.float32(), nullable=False),
        pa.field("script", pa.string(), nullable=False),
        pa.field("script_share", pa.float32(), nullable=False),
        pa.field("han_variant", pa.string()),
        pa.field("mixed_with", pa.string()),
        pa.field("mixed_share", pa.float32(), nullable=False),
    ]
)
"""What identification says. ``script`` is the dominant script; ``script_share`` the share of letters in the label's.
``mixed_with`` is the second language of a document of two, ``mixed_share`` its share of the letters looked at."""

SIGNATURE = pa.schema(
    [
        pa.field("exact_hash", pa.binary(16), nullable=False),
        pa.field("signature", pa.binary(256), nullable=False),
        pa.field("pii", pa.list_(pa.field("item", pa.uint32(), nullable=False)), nullable=False),
    ]
)
"""Hash of the normal form; 128 x 16-bit MinHash values; personal data as flat (start, end, kind) byte offsets."""

CUT = pa.schema(
    [
        pa.field("lines_cut", pa.int32(), nullable=False),
        pa.field("chars_cut", pa.int32(), nullable=False),
    ]
)
"""Lines, and code points in them, that a document lost because pages of its host share them."""

REPEATS = pa.schema(
    [
        pa.field("paragraphs_cut", pa.int32(), nullable=False),
        pa.field("paragraph_chars_cut", pa.int32(), nullable=False),
    ]
)
"""Paragraphs, and code points in them, that a document lost because an earlier one has them."""

PII = pa.list_(
    pa.field(
        "element",
        pa.struct(
            [
                pa.field("start", pa.int32(), nullable=False),
                pa.field("end", pa.int32(), nullable=False),
                pa.field("kind", pa.string(), nullable=False),
            ]
        ),
        nullable=False,
    )
)
"""Personal data of a text that is published unmasked: where each begins and ends, in code points as Python slices
count them, and its kind."""

DATA = pa.schema(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("dump", pa.string()),
        pa.field("url", pa.string()),
        pa.field("date", pa.string()),
        pa.field("file_path", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("language_script", pa.string(), nullable=False),
        pa.field("language_score", pa.float32(), nullable=False),
        pa.field("top_langs", pa.string(), nullable=False),
        pa.field("minhash_cluster_size", pa.int32(), nullable=False),
        pa.field("schema_version", pa.int16(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_id", pa.string()),
        pa.field("licence", pa.string()),
        pa.field("raw_label", pa.string(), nullable=False),
        pa.field("purity", pa.float32()),
        pa.field("script_share", pa.float32()),
        pa.field("han_variant", pa.string()),
        pa.field("cluster_id", pa.string()),
        pa.field("upsampling_weight", pa.float32()),
        pa.field("group_id", pa.string()),
        pa.field("mixed_with", pa.string()),
        pa.field("lines_cut", pa.int32()),
        pa.field("chars_cut", pa.int32()),
        pa.field("pii", PII),
        pa.field("evaluation_set", pa.string()),
        pa.field("evaluation_match", pa.string()),
        pa.field("paragraphs_cut", pa.int32()),
        pa.field("paragraph_chars_cut", pa.int32()),
        pa.field("extraction_confidence", pa.float32()),
        pa.field("title", pa.string()),
        pa.field("author", pa.string()),
        pa.field("site_name", pa.string()),
        pa.field("published", pa.string()),
        pa.field("page_licence", pa.string()),
    ]
)
"""data/LABEL: what is published, named as FineWeb2 names it so that loaders need no change."""

REMOVED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source_id", pa.string()),
        pa.field("url", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("file_path", pa.string(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("language_score", pa.float32(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("value", pa.float32()),
        pa.field("limit", pa.float32()),
        pa.field("cluster_id", pa.string()),
        pa.field("canonical_id", pa.string()),
        pa.field("evaluation_set", pa.string()),
        pa.field("evaluation_match", pa.string()),
        pa.field("group_id", pa.string()),
    ]
)
"""removed/LABEL: the ledger. ``value`` is what was measured (of duplicates the estimated Jaccard), ``limit`` what it
was held against. ``evaluation_match`` is the first run of words of an evaluation set, as it stands in the text."""
