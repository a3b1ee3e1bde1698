"""Good documents stay: limits learnt from other chapters, stories and articles remove few of the clean ones."""

from collections import Counter

import pytest
from five_folds import Judged, judged
from shared import needs_shared

pytestmark = needs_shared


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    """What became of each clean document."""
    return judged(tmp_path_factory.mktemp("clean"))


def share_removed(documents: list[Judged]) -> float:
    return sum(bool(one.removed) for one in documents) / len(documents)


def test_few_clean_documents_are_removed_by_any_rule(clean: list[Judged]) -> None:
    print(f"removed {share_removed(clean):.4f} of {len(clean)}", Counter(one.removed for one in clean).most_common())
    assert len(clean) > 1400
    assert share_removed(clean) <= 0.03


def test_no_script_loses_many(clean: list[Judged]) -> None:
    scripts = Counter(one.script for one in clean)
    pools: dict[str, list[Judged]] = {}
    for one in clean:
        pools.setdefault(one.script if scripts[one.script] >= 30 else "smaller", []).append(one)
    shares = {name: share_removed(mine) for name, mine in pools.items()}
    print({name: f"{value:.4f} of {len(pools[name])}" for name, value in shares.items()})
    assert len(shares) >= 4
    assert max(shares.values()) <= 0.10


def test_what_is_set_apart_is_mostly_told_as_another_language_and_what_is_published_rarely(clean: list[Judged]) -> None:
    apart = [one for one in clean if one.apart and not one.removed]
    published = [one for one in clean if one.published]
    wrong = {name: [one.label != one.identified for one in of] for name, of in (("apart", apart), ("data", published))}
    print({name: f"{sum(of) / len(of):.4f} of {len(of)} told wrongly" for name, of in wrong.items()})
    assert len(apart) <= 0.08 * len(clean)
    assert sum(wrong["apart"]) / len(apart) >= 0.6
    assert sum(wrong["data"]) / len(published) <= 0.04
