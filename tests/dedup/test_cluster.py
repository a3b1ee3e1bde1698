"""Clusters are the verified ones, whatever the order, the partitions or the skew."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaccard import edited, pseudo_text

from dedup import bands, cluster
from dedup.cluster import LEADERS, SMALL_RUN, components, distinct, edges, exact_edges, forest
from dedup.minhash import sign
from dedup.recipe import Recipe

RECIPE = Recipe()


def look_alikes(n: int, kinds: int, noise: float, seed: int) -> np.ndarray:
    """Values (n, 128) of documents that copy one of ``kinds`` originals but for a share of the values."""
    draw = np.random.default_rng(seed)
    originals = draw.integers(0, 2**16, (kinds, 128), dtype=np.uint16)
    values = originals[draw.permutation(np.arange(n) % kinds)]
    return np.where(draw.random((n, 128)) < noise, draw.integers(0, 2**16, (n, 128), dtype=np.uint16), values)


@given(st.integers(0, 2**32), st.integers(1, 7), st.integers(2, 90), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_neither_order_nor_partitions_change_the_clusters(seed: int, parts: int, n: int, kinds: int) -> None:
    draw = np.random.default_rng(seed)
    values = look_alikes(n, kinds, 0.08, seed)
    keys = draw.integers(0, 2**64, kinds, dtype=np.uint64)[draw.integers(0, kinds, (n, 3))]
    every = bands.entries(keys, np.arange(n), np.ones(n, np.bool_))
    expected = components(edges(*every, values, 0.75).pairs, n)

    shuffled = draw.permutation(len(every.keys))
    keys, docs = every.keys[shuffled], every.docs[shuffled]
    places = bands.partition(keys, parts)
    found = [forest(edges(keys[places == p], docs[places == p], values, 0.75).pairs) for p in range(parts)]
    draw.shuffle(found)
    joined = forest(np.concatenate([forest(np.concatenate(found[:2])), *found[2:]]))
    assert np.array_equal(components(joined, n), expected)
    assert np.array_equal(components(joined[::-1, ::-1], n), expected)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_components_are_those_of_a_walk_over_the_pairs(pairs: list[tuple[int, int]]) -> None:
    neighbours: dict[int, set[int]] = {i: {i} for i in range(31)}
    for a, b in pairs:
        neighbours[a].add(b)
        neighbours[b].add(a)
    expected = []
    for start in range(31):
        reached, ahead = {start}, [start]
        while ahead:
            ahead = [n for n in neighbours[ahead.pop()] if n not in reached] + ahead
            reached.update(ahead)
        expected.append(min(reached))
    array = np.array(pairs, np.int64).reshape(-1, 2)
    assert components(array, 31).tolist() == expected
    spanning = forest(array)
    assert components(spanning, 31).tolist() == expected
    assert len(spanning) == 31 - len(set(expected))


def test_a_shared_key_alone_is_no_duplicate() -> None:
    values = look_alikes(20, 20, 0.0, 1)
    values[7] = values[3]
    found = edges(np.zeros(20, np.uint64), np.arange(20), values, 0.75)
    assert found.pairs.tolist() == [[3, 7]]


@pytest.mark.parametrize("size", [SMALL_RUN, SMALL_RUN + 1, 500])
def test_a_run_of_any_size_is_joined_kind_by_kind(size: int) -> None:
    values = look_alikes(size, 3, 0.05, size)
    found = components(edges(np.full(size, 9, np.uint64), np.arange(size), values, 0.75).pairs, size)
    alike = (values[:, None] == values[None]).mean(axis=2) >= 0.75
    assert np.array_equal(found, alike.argmax(axis=1))


def test_two_hundred_thousand_copies_under_one_key_take_one_comparison_each() -> None:
    compared = []
    for n in (66_667, 200_000):
        values = np.tile(look_alikes(1, 1, 0.0, 1), (n, 1))
        values[:, 100:110] = np.arange(n, dtype=np.uint32).astype(np.uint16)[:, None]
        found = edges(np.full(n, 5, np.uint64), np.arange(n)[::-1].copy(), values, 0.75)
        assert np.all(components(found.pairs, n) == 0)
        assert len(found.pairs) == n - 1
        compared.append(found.compared)
    assert compared == [66_666, 199_999]


def test_unlike_documents_under_one_key_cost_no_more_than_the_leaders() -> None:
    compared = []
    for n in (2_000, 6_000):
        values = look_alikes(n, n, 0.0, n)
        compared.append(edges(np.full(n, 5, np.uint64), np.arange(n), values, 0.75).compared)
        assert compared[-1] <= LEADERS * n
    assert compared[1] < 3.1 * compared[0]


def test_the_same_document_twice_under_a_key_is_no_pair() -> None:
    values = look_alikes(2, 1, 0.0, 3)
    for times in (2, SMALL_RUN + 5):
        keys, docs = np.zeros(2 * times, np.uint64), np.repeat([0, 1], times)
        assert components(edges(keys, docs, values, 0.75).pairs, 2).tolist() == [0, 0]
    assert len(edges(np.zeros(40, np.uint64), np.zeros(40, np.int64), values, 0.75).pairs) == 0


def test_exact_copies_meet_across_groups_and_empties_never() -> None:
    batch = pa.array(["one text here", "", "One text, here!", "another", "", "one  text here"], pa.string())
    signed = sign(batch, RECIPE)
    docs = np.arange(6)
    pairs = exact_edges(signed.exact, docs, ~signed.empty)
    assert sorted(map(tuple, pairs.tolist())) == [(0, 2), (0, 5)]
    salts = np.array([bands.group_salt(group) for group in ("a", "a", "a", "a", "b", "b")])
    # The copy in group b has other neighbours there, so it keeps its bands.
    expected = [True, False, False, True, False, True]
    assert distinct(signed.exact, salts, docs, ~signed.empty).tolist() == expected


def test_order_decides_nothing_about_exact_copies() -> None:
    draw = np.random.default_rng(4)
    exact = draw.integers(0, 4, (200, 2), dtype=np.uint64)
    docs = draw.permutation(200)
    pairs = exact_edges(exact, docs, np.ones(200, np.bool_))
    found = components(pairs, 200)
    for key in {tuple(row) for row in exact.tolist()}:
        members = docs[(exact == key).all(axis=1)]
        assert set(found[members].tolist()) == {members.min()}


def test_nothing_gives_nothing() -> None:
    none = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    assert len(edges(*none, np.zeros((0, 128), np.uint16), 0.75).pairs) == 0
    assert len(exact_edges(np.zeros((0, 2), np.uint64), none[1], np.zeros(0, np.bool_))) == 0
    assert components(np.zeros((0, 2), np.int64), 0).tolist() == []
    assert forest(np.zeros((0, 2), np.int64)).shape == (0, 2)


def test_groups_share_no_key_and_documents_of_a_group_still_do() -> None:
    text = pseudo_text("hin_Deva", 200, 1)
    batch = pa.array([" ".join(text)] * 3 + [" ".join(edited(text, 0.01, 1))], pa.string())
    signed = sign(batch, RECIPE)
    salts = np.array([bands.group_salt(group) for group in ("hin_Deva", "mai_Deva", "hin_Deva", "hin_Deva")])
    keys = bands.salted(signed.bands, salts)
    assert not np.intersect1d(keys[0], keys[1]).size
    assert np.array_equal(keys[0], keys[2])
    assert np.array_equal(keys[0] == keys[3], signed.bands[0] == signed.bands[3])
    found = edges(*bands.entries(keys, np.arange(4), ~signed.empty), signed.values, 0.75)
    assert components(found.pairs, 4).tolist() == [0, 1, 0, 0]


def test_a_salt_is_of_the_name_alone() -> None:
    assert bands.group_salt("eng_Latn") == np.uint64(3681821054964121138)
    assert bands.group_salt("eng_Latn") != bands.group_salt("eng_Cyrl")


@pytest.mark.parametrize("parts", [1, 3, 64])
def test_partitions_are_even_and_by_key_alone(parts: int) -> None:
    keys = np.random.default_rng(1).integers(0, 2**64, 20_000, dtype=np.uint64)
    places = bands.partition(keys, parts)
    assert np.array_equal(bands.partition(keys[::-1], parts), places[::-1])
    counts = np.bincount(places, minlength=parts)
    assert counts.size == parts
    assert counts.min() > 0.7 * len(keys) / parts
    assert np.all(np.diff(places[np.argsort(keys)]) >= 0)
    assert bands.partition(np.array([2**64 - 1], np.uint64), parts)[0] == parts - 1


def test_what_does_not_take_part_has_no_entry() -> None:
    keys = np.arange(6, dtype=np.uint64).reshape(3, 2)
    found = bands.entries(keys, np.array([10, 20, 30]), np.array([True, False, True]))
    assert found.keys.tolist() == [0, 1, 4, 5]
    assert found.docs.tolist() == [10, 10, 30, 30]
    assert cluster.LEADERS < 2**10
