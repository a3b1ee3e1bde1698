"""Clusters are the verified ones, whatever the order, the ranges or the skew."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaccard import edited, pseudo_text

from dedup import bands, cluster
from dedup.cluster import Candidates, candidates, components, entries, forest, links, pack, unpack
from dedup.minhash import sign
from dedup.recipe import Recipe

RECIPE = Recipe()


def look_alikes(n: int, kinds: int, noise: float, seed: int) -> np.ndarray:
    """Values (n, 128) of documents that copy one of ``kinds`` originals but for a share of the values."""
    draw = np.random.default_rng(seed)
    originals = draw.integers(0, 2**16, (kinds, 128), dtype=np.uint16)
    values = originals[draw.permutation(np.arange(n) % kinds)]
    return np.where(draw.random((n, 128)) < noise, draw.integers(0, 2**16, (n, 128), dtype=np.uint16), values)


def hashes(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, 7]).integers(1, 2**63, (n, 2), dtype=np.uint64)


def under_one_key(n: int, seed: int = 1) -> Candidates:
    return candidates(np.full(n, 5, np.uint64), hashes(n, seed)[:, 0], np.arange(n, dtype=np.uint32))


def verified(found: Candidates, values: np.ndarray) -> np.ndarray:
    leader, member = unpack(found.near)
    return found.near[cluster.alike(values, leader, values, member, 0.75)]


@given(st.integers(0, 2**32), st.integers(1, 7), st.integers(2, 90), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_neither_order_nor_ranges_nor_numbers_change_the_clusters(seed: int, parts: int, n: int, kinds: int) -> None:
    draw = np.random.default_rng(seed)
    values, exact = look_alikes(n, kinds, 0.05, seed), hashes(n, seed)
    exact[n // 2 :] = exact[draw.integers(0, n, n - n // 2)]
    values[n // 2 :] = values[[np.flatnonzero((exact == one).all(axis=1))[0] for one in exact[n // 2 :]]]
    salts = draw.integers(0, 2, n).astype(np.uint64)
    expected = components(links(exact, values, salts, RECIPE), n)

    shuffled = draw.permutation(n)  # the document that was number shuffled[i] is now number i
    mine, signed = exact[shuffled], values[shuffled]
    keys, docs = entries(mine, bands.keys(signed, RECIPE.bands, RECIPE.rows, salts[shuffled]), salts[shuffled])
    mixed = draw.permutation(len(keys))
    keys, docs = keys[mixed], docs[mixed]
    found = []
    for number in range(parts):
        low, high = bands.span(number, parts)
        chosen = (keys >= np.uint64(low)) & (keys <= np.uint64(high))
        some = candidates(keys[chosen], mine[docs[chosen], 0], docs[chosen].astype(np.uint32))
        found += [forest(verified(some, signed)), some.copies]
    draw.shuffle(found)  # type: ignore[arg-type]
    joined = forest(np.concatenate([forest(np.concatenate(found[:2])), *found[2:]]))
    together = components(joined, n)
    for member in range(n):
        mates = {int(shuffled[i]) for i in np.flatnonzero(together == together[member])}
        assert mates == set(np.flatnonzero(expected == expected[shuffled[member]]).tolist())


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
    packed = pack(*np.array(pairs, np.int64).reshape(-1, 2).T)
    assert components(packed, 31).tolist() == expected
    spanning = forest(packed)
    assert components(spanning, 31).tolist() == expected
    assert len(spanning) == 31 - len(set(expected))


def test_a_shared_key_alone_is_no_duplicate() -> None:
    values = look_alikes(20, 20, 0.0, 1)
    leaders = np.argsort(hashes(20, 1)[:, 0])
    values[leaders[9]] = values[leaders[1]]  # like the second of the leaders, not the first
    assert verified(under_one_key(20), values).tolist() == pack(leaders[1:2], leaders[9:10]).tolist()


@pytest.mark.parametrize("size", [2, 3, 30, 500])
def test_a_run_is_joined_around_its_leaders(size: int) -> None:
    values = look_alikes(size, 1, 0.05, size)
    assert np.all(components(verified(under_one_key(size), values), size) == 0)


def test_a_run_costs_two_comparisons_a_document_however_long_it_is() -> None:
    for n in (2, 3, 4, 10, 100_000):
        found = under_one_key(n)
        assert len(found.near) == 2 * n - 3
        assert len(found.copies) == 0


def test_near_copies_of_a_kind_meet_in_their_own_bands_when_a_band_is_shared_by_all_kinds() -> None:
    """A frame that a hundred thousand texts of many kinds share fills one band; their other bands tell them apart."""
    n, kinds = 40_000, 400
    values = look_alikes(n, kinds, 0.02, 3)
    values[:, :8] = 7
    keys, docs = entries(hashes(n, 3), bands.keys(values, 14, 8, np.zeros(n, np.uint64)), np.zeros(n, np.uint64))
    found = candidates(keys, hashes(n, 3)[docs, 0], docs.astype(np.uint32))
    assert len(found.near) <= 2 * len(keys)
    together = components(verified(found, values), n)
    assert len(np.unique(together)) == kinds
    assert np.all((values == values[together]).mean(axis=1) > 0.75)


def test_near_copies_are_paired_in_linear_time() -> None:
    """All of one kind, in one run of each band: two pairs a document, once repeats among bands are dropped."""
    counts = []
    for n in (20_000, 60_000):
        values = np.tile(look_alikes(1, 1, 0.0, 1), (n, 1))
        values[:, 112:] = np.random.default_rng(2).integers(0, 2**16, (n, 16), dtype=np.uint16)
        exact, salts = hashes(n, 4), np.zeros(n, np.uint64)
        keys, docs = entries(exact, bands.keys(values, 14, 8, salts), salts)
        found = candidates(keys, exact[docs, 0], docs.astype(np.uint32))
        counts.append(len(found.near))
        assert np.all(components(verified(found, values), n) == 0)
    assert counts == [39_997, 119_997]


def test_exact_copies_are_one_text_to_the_bands_and_join_across_groups() -> None:
    batch = pa.array(["one text here", "", "One text, here!", "another", "", "one  text here"], pa.string())
    signed = sign(batch, RECIPE)
    salts = np.array([bands.group_salt(group) for group in ("a", "a", "a", "a", "b", "b")])
    keys, docs = entries(signed.exact, bands.keys(signed.values, 14, 8, salts), salts)
    # The copy in group b has other neighbours there, so it keeps its bands; empty texts have none.
    assert np.bincount(docs, minlength=6).tolist() == [15, 0, 1, 15, 0, 15]
    found = candidates(keys, signed.exact[docs, 0], docs.astype(np.uint32))
    assert found.copies.tolist() == pack(np.array([0, 0]), np.array([2, 5])).tolist()
    assert len(found.near) == 0
    assert components(links(signed.exact, signed.values, salts, RECIPE), 6).tolist() == [0, 1, 0, 3, 4, 0]


def test_copies_from_several_blocks_do_not_take_the_place_of_leaders() -> None:
    """Each block leaves one of its copies in the bands: they lead as one text, whichever is met first."""
    order = np.array([1, 1, 1, 2, 3, 3], np.uint64)
    found = candidates(np.full(6, 9, np.uint64), order, np.arange(6, dtype=np.uint32))
    pairs = list(zip(*(part.tolist() for part in unpack(found.near)), strict=True))
    assert pairs == [(0, 3), (0, 4), (0, 5), (3, 4), (3, 5)]


def test_nothing_gives_nothing() -> None:
    none = np.zeros(0, np.uint64)
    assert [len(part) for part in candidates(none, none, np.zeros(0, np.uint32))] == [0, 0]
    assert len(links(np.zeros((0, 2), np.uint64), np.zeros((0, 128), np.uint16), none, RECIPE)) == 0
    assert components(none, 0).tolist() == []
    assert len(forest(none)) == 0


def test_groups_share_no_key_and_documents_of_a_group_still_do() -> None:
    text = pseudo_text("hin_Deva", 200, 1)
    batch = pa.array([" ".join(text)] * 3 + [" ".join(edited(text, 0.01, 1))], pa.string())
    signed = sign(batch, RECIPE)
    salts = np.array([bands.group_salt(group) for group in ("hin_Deva", "mai_Deva", "hin_Deva", "hin_Deva")])
    keys = bands.keys(signed.values, 14, 8, salts)
    assert not np.intersect1d(keys[0], keys[1]).size
    assert np.array_equal(keys[0], keys[2])
    agree = (signed.values[0] == signed.values[3])[:112].reshape(14, 8).all(axis=1)
    assert np.array_equal(keys[0] == keys[3], agree)
    assert agree.any()


def test_a_salt_is_of_the_name_alone() -> None:
    assert bands.group_salt("eng_Latn") == np.uint64(3681821054964121138)
    assert bands.group_salt("eng_Latn") != bands.group_salt("eng_Cyrl")


@pytest.mark.parametrize("parts", [1, 3, 64])
def test_ranges_of_keys_are_even_and_leave_none_out(parts: int) -> None:
    spans = [bands.span(number, parts) for number in range(parts)]
    assert spans[0][0] == 0
    assert spans[-1][1] == 2**64 - 1
    assert all(high + 1 == low for (_, high), (low, _) in pairwise(spans))
    sizes = [high - low for low, high in spans]
    assert max(sizes) - min(sizes) <= 1
    with pytest.raises(ValueError, match="none of them"):
        bands.span(parts, parts)
