"""Signatures hold what they promise: the arithmetic to the bit, the estimate to the theory, in every script."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st
from jaccard import LABELS, edited, jaccard, pseudo_text, shingles

from dedup import bands, estimate
from dedup.minhash import BLOCK, K1, M1, M2, Signatures, permutations, sign
from dedup.normal import VERSION, normal
from dedup.recipe import Recipe
from langid import segment, unicode
from langid.segment import steps, words
from manifests.errors import Stop

RECIPE = Recipe()
FULL = 2**64 - 1
SCRIPTS = tuple({label[-4:]: label for label in LABELS}.values())


def texts(*of: str) -> pa.StringArray:
    return pa.array(of, pa.string())


def mixed(x: int) -> int:
    x = (x ^ x >> 30) * M1 & FULL
    x = (x ^ x >> 27) * M2 & FULL
    return x ^ x >> 31


def chained(total: int, x: int) -> int:
    return (((total << 29 | total >> 35) & FULL) ^ x) * K1 & FULL


SALT = 12345


def band_keys(signed: Signatures, recipe: Recipe = RECIPE) -> np.ndarray:
    return bands.keys(signed.values, recipe.bands, recipe.rows, np.full(len(signed.values), SALT, np.uint64))


def slowly(text: str, recipe: Recipe) -> tuple[list[int], list[int]]:
    """MinHash values and band keys by the book, a word and a permutation at a time."""
    hashes = []
    for word in words(normal(text)) if recipe.unit == "word" else []:
        total = 0
        for character in word:
            total = (total * K1 + ord(character)) & FULL
        hashes.append(mixed((total << 1 & FULL) >> 1))
    if recipe.unit == "char":
        hashes = [mixed(ord(character)) for character in normal(text)]
    runs = [hashes[i : i + recipe.shingle] for i in range(max(min(1, len(hashes)), len(hashes) - recipe.shingle + 1))]
    found = []
    for run in runs:
        total = 0
        for x in run:
            total = (total * K1 + x) & FULL
        found.append(mixed(total) >> 32)
    multipliers, additions = (part.tolist() for part in permutations(recipe.seed, recipe.permutations))
    minima = [
        min([(a * x + b) % 2**32 for x in found], default=2**32 - 1)
        for a, b in zip(multipliers, additions, strict=True)
    ]
    keys = []
    for band in range(recipe.bands):
        key = SALT + band + 1
        for value in minima[band * recipe.rows : (band + 1) * recipe.rows]:
            key = chained(key, value & 0xFFFF)
        keys.append(mixed(key))
    return [value & 0xFFFF for value in minima], keys


@pytest.mark.parametrize("size", [0, 1, 4, 5, 6, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 4, 2 * BLOCK - 4, 2 * BLOCK])
def test_a_signature_is_the_one_worked_out_slowly(size: int) -> None:
    vocabulary = "má|mà|中|文|ภา|ษา|ガ|ｶﾞ|ß|İz|don't|ﬁn|12|x\u0301|नमस्ते|ཀྱི|شَمس".split("|")  # noqa: SIM905
    text = " ".join(vocabulary[(i * i + i // 7) % len(vocabulary)] for i in range(size))
    values, keys = slowly(text, RECIPE)
    found = sign(texts("before", text, "after"), RECIPE)
    assert found.values[1].tolist() == values
    assert band_keys(found)[1].tolist() == keys
    assert bands.empty(found.exact).tolist() == [False, size == 0, False]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(seed=5, permutations=16, bands=2, rows=8, shingle=1),
        Recipe(permutations=48, bands=7, rows=6, shingle=13),
        Recipe(unit="char", shingle=24),
        Recipe(unit="char", shingle=1, permutations=16, bands=1, rows=8),
    ],
)
def test_another_recipe_is_worked_out_as_well(recipe: Recipe) -> None:
    text = " ".join(pseudo_text("vie_Latn", 700, 1))
    found = sign(texts(text), recipe)
    assert (found.values[0].tolist(), band_keys(found, recipe)[0].tolist()) == slowly(text, recipe)


@given(st.text(max_size=900))
@settings(max_examples=60, deadline=None)
def test_characters_are_those_of_the_normal_form(text: str) -> None:
    recipe = Recipe(unit="char", shingle=5, permutations=16, bands=2, rows=8)
    found = sign(texts(text), recipe)
    assert (found.values[0].tolist(), band_keys(found, recipe)[0].tolist()) == slowly(text, recipe)
    assert bands.empty(found.exact)[0] == (normal(text) == "")


@given(st.lists(st.text(max_size=60), max_size=6))
@settings(max_examples=80, deadline=None)
def test_texts_are_equal_by_hash_if_and_only_if_their_normal_forms_are(batch: list[str]) -> None:
    batch = [*batch, *(text.upper().replace(" ", " , ") for text in batch)]
    found = sign(texts(*batch), RECIPE)
    alone = [sign(texts(text), RECIPE) for text in batch]
    forms = [normal(text) for text in batch]
    for i, form in enumerate(forms):
        assert bands.empty(found.exact)[i] == (form == "")
        assert np.array_equal(found.exact[i], alone[i].exact[0])
        assert np.array_equal(found.values[i], alone[i].values[0])
        for j in range(i):
            assert np.array_equal(found.exact[i], found.exact[j]) == (form == forms[j])


def test_a_slice_of_an_array_is_signed_as_the_whole() -> None:
    batch = texts(*(" ".join(pseudo_text(label, 40, 0)) for label in SCRIPTS))
    whole, part = sign(batch, RECIPE), sign(batch.slice(3, 5), RECIPE)
    assert np.array_equal(whole.values[3:8], part.values)
    assert np.array_equal(whole.exact[3:8], part.exact)
    assert sign(batch.slice(0, 0), RECIPE).values.shape == (0, 128)


def test_spacing_counts_for_the_exact_hash_and_not_for_shingles_of_clusters() -> None:
    found = sign(texts("中文句子測試一二三", "中文 句子測試\n一二三", "中文句子測試一二三。"), RECIPE)
    assert np.array_equal(found.values[0], found.values[1])
    assert not np.array_equal(found.exact[0], found.exact[1])
    assert np.array_equal(found.exact[0], found.exact[2])


def test_short_texts_are_one_shingle_each_and_empty_ones_are_marked() -> None:
    found = sign(texts("yes", "no", "Yes!", "yes no", "", "— …", "no yes"), RECIPE)
    assert bands.empty(found.exact).tolist() == [False, False, False, False, True, True, False]
    assert np.array_equal(found.values[0], found.values[2])
    alike = (found.values[[0, 1, 3, 6]][:, None] == found.values[[0, 1, 3, 6]][None]).mean(axis=2)
    assert np.array_equal(alike > 0.05, np.eye(4, dtype=bool))


def test_the_word_machine_is_that_of_segmentation() -> None:
    packed = steps().tolist()
    for word_class in range(unicode.KANA + 1):
        for state in range(6):
            after, begins = segment.advance(word_class, state)
            step = packed[word_class] >> 10 * state
            assert (step & 63, step >> 6 & 1) == (10 * after, begins)


def pairs(label: str) -> list[tuple[str, str]]:
    """Pairs of Jaccard 1 to about 0.2."""
    rates = (0.0, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2)
    made = []
    for number, rate in enumerate(rates):
        text = pseudo_text(label, 260, number)
        made.append((" ".join(text), " ".join(edited(text, rate, number))))
    return made


@pytest.fixture(scope="module")
def measured() -> dict[str, np.ndarray]:
    """For a label of each script: true Jaccard, our estimate, datasketch's on the same shingles; shape (pairs, 3)."""
    result = {}
    for label in SCRIPTS:
        rows = []
        made = pairs(label)
        left = sign(texts(*(a for a, _ in made)), RECIPE)
        right = sign(texts(*(b for _, b in made)), RECIPE)
        ours = estimate.between(left.values, right.values)
        for (a, b), estimated in zip(made, ours, strict=True):
            sets = [shingles(a), shingles(b)]
            theirs = [MinHash(num_perm=128, seed=3) for _ in sets]
            for sketch, members in zip(theirs, sets, strict=True):
                sketch.update_batch([" ".join(words).encode() for words in members])
            rows.append((jaccard(*sets), estimated, theirs[0].jaccard(theirs[1])))
        result[label] = np.array(rows)
    return result


def expected_error(true: np.ndarray) -> float:
    """Mean absolute error of a share of 128 independent draws (normal approximation)."""
    return float(np.mean(np.sqrt(2 / np.pi * true * (1 - true) / 128)))


def test_estimates_err_as_theory_says_and_no_script_errs_more(measured: dict[str, np.ndarray]) -> None:
    assert len(measured) >= 20
    for label, rows in measured.items():
        true, ours = rows[:, 0], rows[:, 1]
        assert true.min() < 0.35, label
        assert np.mean(np.abs(ours - true)) < 1.9 * expected_error(true), label
    true, ours = np.concatenate(list(measured.values()))[:, :2].T
    assert np.mean(np.abs(ours - true)) < 1.1 * expected_error(true)
    spread = np.sqrt(np.sum(true * (1 - true) / 128)) / len(true)
    assert abs(np.mean(ours - true)) < 3 * spread


def test_estimates_err_no_more_than_those_of_datasketch(measured: dict[str, np.ndarray]) -> None:
    true, ours, theirs = np.concatenate(list(measured.values())).T
    assert np.mean(np.abs(ours - true)) < 1.15 * np.mean(np.abs(theirs - true))
    assert np.std(ours - true) < 1.15 * np.std(theirs - true)


def test_bands_find_pairs_as_often_as_their_formula_says() -> None:
    made = [(pseudo_text("eng_Latn", 120, seed), seed) for seed in range(1500)]
    true = []
    left = sign(texts(*(" ".join(text) for text, _ in made)), RECIPE)
    copies = [" ".join(edited(text, 0.045, seed)) for text, seed in made]
    right = sign(texts(*copies), RECIPE)
    for (text, _), copy in zip(made, copies, strict=True):
        true.append(jaccard(shingles(" ".join(text)), shingles(copy)))
    found = (band_keys(left) == band_keys(right)).any(axis=1)
    chance = np.array([RECIPE.match_probability(value) for value in true])
    assert 0.5 < np.mean(chance) < 0.95
    assert abs(np.mean(found) - np.mean(chance)) < 3 * np.sqrt(np.sum(chance * (1 - chance))) / len(true)


def test_a_threshold_is_a_whole_number_of_agreeing_values() -> None:
    assert [estimate.agreement(threshold, 128) for threshold in (0.0078125, 0.7, 0.75, 0.8, 1.0)] == [
        1,
        90,
        96,
        103,
        128,
    ]
    for threshold in np.linspace(0.01, 1.0, 100):
        needed = estimate.agreement(threshold, 128)
        assert estimate.jaccard(needed, 128) >= threshold - 1e-9
        assert estimate.jaccard(needed - 1, 128) < threshold


def test_permutations_are_odd_distinct_and_drawn_from_the_seed() -> None:
    multipliers, additions = permutations(1, 128)
    assert np.all(multipliers % 2 == 1)
    assert len(set(multipliers.tolist())) == len(set(additions.tolist())) == 128
    assert not np.array_equal(permutations(2, 128)[0], multipliers)
    assert np.array_equal(permutations(1, 64)[0], multipliers[:64])


def test_a_recipe_of_another_normal_form_is_refused() -> None:
    with pytest.raises(Stop, match="normal form"):
        sign(texts("a"), Recipe(normal_form=VERSION + 1))


def test_signatures_do_not_change_unless_a_version_does() -> None:
    """If this fails, raise dedup.normal.VERSION or dedup.recipe.ALGORITHM: stored signatures no longer compare."""
    batch = texts(
        "Nígbà tí oòrùn bá wọ̀, àwọn obìnrin máa ń tan fìtílà wọn. Đường phố đã thức dậy rồi, trời vẫn còn tối!",
        "सुबह की चाय के साथ १२ बिस्कुट। காலையில் தேநீர். តែពេលព្រឹក។ ชายามเช้ากับขนม မနက်ခင်း လက်ဖက်ရည် ཇ་ཐུང་བ་ཡིན།",
        "早上喝茶，吃两块饼干。朝はお茶とビスケット。ｶﾞﾗｽ 아침에는 차를 마신다.",
        "ጠዋት ሻይ እጠጣለሁ። شاي الصَّباح مع كعكتين، چای صبح",
        "İI ıi ΐ Ϊ́ ᾷ ﬃ ９ ½ ـ שָׁ a\u200db \u0301 …",
        "",
    )
    digest = hashlib.sha256(b"".join(part.tobytes() for part in sign(batch, RECIPE))).hexdigest()
    assert (RECIPE.algorithm, VERSION, digest) == (
        "minhash32-1",
        1,
        "8a9fc8beedd1021b4856247f568ba92b15a8d0663dcdf67ec322e1eafb8d9a74",
    )


def test_band_keys_do_not_change_unless_their_version_does() -> None:
    """If this fails, raise dedup.bands.VERSION: clusters that were found with other keys must be found anew."""
    signed = sign(texts(*(" ".join(pseudo_text(label, 40, 0)) for label in SCRIPTS[:5])), RECIPE)
    digest = hashlib.sha256(band_keys(signed, Recipe(bands=14, rows=8)).tobytes()).hexdigest()
    assert (bands.VERSION, digest[:16]) == (2, "8848a4b07ff838fe")
