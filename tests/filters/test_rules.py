from collections import Counter
from typing import get_args

import pytest

from filters import banned, quality, rules, urls
from filters.rules import RULES, SETS, Family, Kind, at_least, named
from filters.signals import SIGNALS
from manifests import limits
from manifests.errors import Stop
from manifests.limits import KNOWN
from manifests.schema import IDENTITY

ASKED = {*urls.SIGNALS.values(), banned.SIGNAL, quality.SIGNAL, "evaluation_runs", "host_agreement", "host_score"}
MEASURED = {signal.name for signal in SIGNALS} | set(IDENTITY.names) | {"determined"}


def test_every_rule_is_named_once() -> None:
    assert max(Counter(rule.name for rule in RULES).values()) == 1
    assert all(rule.name.isidentifier() and rule.name.islower() for rule in RULES)


def test_every_rule_asks_for_a_signal_that_is_measured() -> None:
    assert {rule.signal for rule in RULES if not rule.optional} <= MEASURED
    assert {rule.signal for rule in RULES if rule.optional} == ASKED


def test_every_rule_has_a_limit_of_its_own_that_points_its_way() -> None:
    for rule in RULES:
        assert KNOWN[rule.limit].least == (rule.keep_if is at_least), rule.name
    assert {rule.limit for rule in RULES} == set(KNOWN)


def test_every_rule_says_where_it_is_from() -> None:
    for rule in RULES:
        assert rule.family in get_args(Family)
        assert rule.kind in get_args(Kind)
        assert rule.source


def test_sets_are_in_the_order_of_the_table() -> None:
    order = [rule.name for rule in RULES]
    for name in SETS:
        assert [rule.name for rule in named(name)] == [rule for rule in order if rule in SETS[name]]


def test_a_label_that_names_no_language_is_refused_by_every_set_that_refuses_anything() -> None:
    assert all("undetermined_language" in SETS[name] for name in SETS if SETS[name])
    assert named("none") == ()


def test_every_rule_of_a_published_set_has_its_published_limit() -> None:
    for name in ("fineweb2", "gopher", "c4", "glotcc"):
        held = limits.load(rules=name).of("eng_Latn")
        assert {rule.limit for rule in named(name)} == {*held, "min_quality"}, name  # which is the user's to tell


def test_what_leaves_no_text_in_the_ledger_is_decided_before_what_does() -> None:
    textless = [rule.kind in {"consent", "takedown", "safety"} for rule in RULES]
    assert any(textless)
    assert textless == sorted(textless, reverse=True)


def test_an_unknown_set_lists_those_there_are() -> None:
    with pytest.raises(Stop) as stopped:
        named("strict")
    assert "'strict'" in stopped.value.found
    assert all(name in stopped.value.mend for name in SETS)


def test_sets_that_differ_have_digests_that_differ() -> None:
    assert len({rules.digest(name) for name in SETS}) == len(SETS)
    assert rules.digest("gopher") == rules.digest("gopher")
