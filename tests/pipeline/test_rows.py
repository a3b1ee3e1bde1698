"""Row digests speak of values, not of how a library lays them out."""

import pyarrow as pa
import pytest

from manifests.errors import Stop
from manifests.schema import PII
from pipeline.rows import binary_ids, id_of, row_digest
from pipeline.steps.shard import hex_ids

TABLE = pa.table(
    {
        "text": pa.array(["mẹ", None, "", "แม่", "அம்மா"]),
        "id": pa.array([bytes(16), None, b"\1" * 16, b"\2" * 16, b"\3" * 16], pa.binary(16)),
        "n": pa.array([1, 2, None, 4, 5], pa.int32()),
        "score": pa.array([0.5, None, 0.25, 1.0, 0.0], pa.float32()),
        "pii": pa.array([None, [(1, 2, "ip")], [], [(0, 3, "email"), (4, 9, "ip")], [(1, 2, "ip")]], PII),
    }
)


def test_chunks_slices_and_dictionaries_do_not_matter() -> None:
    wanted = row_digest(TABLE)
    assert row_digest(pa.concat_tables([TABLE.slice(0, 2), TABLE.slice(2)])) == wanted
    assert row_digest(pa.concat_tables([TABLE, TABLE]).slice(5)) == wanted
    assert row_digest(pa.concat_tables([TABLE, TABLE]).slice(5).combine_chunks()) == wanted
    encoded = TABLE.set_column(0, "text", TABLE["text"].dictionary_encode())
    assert row_digest(encoded) == wanted


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("text", ["mẹ", "", "", "แม่", "அம்மா"]),
        ("text", ["mẹ", None, "แ", "ม่", "அம்மா"]),
        ("n", [1, 2, 0, 4, 5]),
        ("score", [0.5, 0.0, 0.25, 1.0, 0.0]),
        ("pii", [[], [(1, 2, "ip")], [], [(0, 3, "email"), (4, 9, "ip")], [(1, 2, "ip")]]),
        ("pii", [None, [(1, 2, "ip"), (0, 3, "email")], [], [(4, 9, "ip")], [(1, 2, "ip")]]),
        ("pii", [None, [(1, 2, "ip")], [], [(0, 3, "email"), (4, 9, "ip")], [(1, 3, "ip")]]),
    ],
)
def test_every_value_matters(name: str, values: list[object]) -> None:
    place = TABLE.column_names.index(name)
    changed = TABLE.set_column(place, name, pa.array(values, TABLE.schema.field(name).type))
    assert row_digest(changed) != row_digest(TABLE)
    assert row_digest(TABLE.rename_columns(["t", "id", "n", "score", "pii"])) != row_digest(TABLE)


def test_ids_go_to_text_and_back() -> None:
    ids = pa.array([bytes(range(16)), None, b"\xff" * 16, bytes(16)], pa.binary(16))
    for some in (ids, ids[2:], ids[:0], pa.chunked_array([ids[1:], ids])):
        flat = some.combine_chunks() if isinstance(some, pa.ChunkedArray) else some
        assert binary_ids(hex_ids(some)).equals(flat)
    assert id_of("0F" * 16) == b"\x0f" * 16
    with pytest.raises(ValueError, match="32 hexadecimal"):
        binary_ids(pa.array(["ab"]))


@pytest.mark.parametrize("text", ["", "zz" * 16, "ab" * 15, "ab" * 17, "ü"])
def test_what_is_no_id_is_told(text: str) -> None:
    with pytest.raises(Stop, match="is not an id"):
        id_of(text)
