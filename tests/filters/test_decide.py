import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from filters.decide import Held, determined, explain, verdicts
from filters.rules import GOPHER, RULES, Rule, at_least, at_most, named
from filters.signals import measure
from filters.stopwords import load as stop_words
from manifests import limits
from manifests.errors import Stop
from manifests.languages import word_kind
from manifests.limits import KNOWN, Limits

FEW = Rule("few_words", "gopher_quality", "plain_words", at_least, "min_words", GOPHER)
SIGNS = Rule("symbols", "noise", "symbol_share", at_most, "max_symbol_share", GOPHER)

GOOD = (
    "Tulipofika kijijini, wazee walikuwa wameketi chini ya mti mkubwa wa mwembe na watoto walicheza kando ya mto. "
    "Mwalimu alituambia habari za shule mpya ambayo ingejengwa mwaka huu kwa msaada wa wananchi wote wa kata. "
    "Kila mtu alikubali kuleta mawe, mchanga au fedha kidogo, kwa sababu watoto wao hutembea mbali sana kila siku. "
    "Jioni tulirudi nyumbani tukiwa na furaha, tukizungumza juu ya kazi iliyo mbele yetu na namna ya kuimaliza."
)

KEYWORDS = "01233102013221300231203210"


def _columns(**values: list[float]) -> dict[str, npt.NDArray[np.float32]]:
    return {name: np.array(column, np.float32) for name, column in values.items()}


def _all_good(count: int = 1) -> dict[str, npt.NDArray[np.float32]]:
    """Columns of documents that every rule keeps: each signal on the good side of each limit."""
    columns: dict[str, npt.NDArray[np.float32]] = {}
    for rule in RULES:
        value = 1.0 if KNOWN[rule.limit].least else 0.0
        columns[rule.signal] = np.full(count, value, np.float32)
    columns["plain_words"][:] = 500
    columns["word_length"][:] = 5
    columns["stop_words"][:] = 5
    columns["c4_sentences"][:] = 20
    columns["word_entropy"][:] = 7
    return columns


def test_a_document_is_kept_where_every_rule_keeps_it() -> None:
    found = verdicts(_all_good(), ["swh_Latn"], limits.load(), named("default"))
    assert found.rule.tolist() == [-1]
    assert found.rule.dtype == np.int16
    assert np.isnan(found.value).all()
    assert np.isnan(found.limit).all()


def test_the_verdict_is_the_first_rule_that_fails_with_what_was_measured_and_held() -> None:
    columns = _columns(plain_words=[3, 90, 4], symbol_share=[0.0, 0.5, 0.5])
    held = limits.load(told={"min_words": 50, "max_symbol_share": 0.05})
    found = verdicts(columns, ["swh_Latn"] * 3, held, [FEW, SIGNS])
    assert found.rule.tolist() == [0, 1, 0]
    assert found.value.tolist() == [3, 0.5, 4]
    assert found.limit.tolist() == pytest.approx([50, 0.05, 50])
    assert verdicts(columns, ["swh_Latn"] * 3, held, [SIGNS, FEW]).rule.tolist() == [1, 0, 0]


def test_a_value_at_the_limit_is_kept_also_where_float32_rounds() -> None:
    held = limits.load(told={"max_symbol_share": 0.3, "min_words": 50})
    columns = _columns(plain_words=[50], symbol_share=[3 / 10])
    assert verdicts(columns, ["swh_Latn"], held, [FEW, SIGNS]).rule.tolist() == [-1]


def test_each_label_is_held_against_its_own_limits() -> None:
    held = limits.load(told={"min_words": 50, "swh_Latn": {"min_words": 10}, "clustered": {"min_words": 70}})
    labels = ["swh_Latn", "fra_Latn", "tha_Thai", "swh_Latn"]
    found = verdicts(_columns(plain_words=[20, 60, 60, 9]), labels, held, [FEW])
    assert found.rule.tolist() == [-1, -1, 0, 0]
    assert found.limit[2:].tolist() == [70, 10]


def test_without_a_limit_a_rule_abstains() -> None:
    held = limits.load(told={"swh_Latn": {"min_words": False}})
    assert verdicts(_columns(plain_words=[1, 1]), ["swh_Latn", "fra_Latn"], held, [FEW]).rule.tolist() == [-1, 0]


def test_a_rule_whose_signal_nobody_asked_for_abstains() -> None:
    asked = Rule("symbols", "noise", "symbol_share", at_most, "max_symbol_share", GOPHER, optional=True)
    assert verdicts(_columns(), ["swh_Latn"], limits.load(), [asked]).rule.tolist() == [-1]
    assert verdicts(_columns(symbol_share=[1]), ["swh_Latn"], limits.load(), [asked]).rule.tolist() == [0]


@pytest.mark.parametrize("missing", [np.nan, -1])
def test_without_a_value_a_rule_abstains(missing: float) -> None:
    assert verdicts(_columns(plain_words=[missing]), ["swh_Latn"], limits.load(), [FEW]).rule.tolist() == [-1]


def test_a_rule_about_spaced_words_abstains_where_words_are_not_spaced() -> None:
    (rule,) = (rule for rule in RULES if rule.name == "short_words")
    found = verdicts(_columns(word_length=[1, 1]), ["tha_Thai", "fra_Latn"], limits.load(), [rule])
    assert found.rule.tolist() == [-1, 0]


def test_labels_that_name_no_language_are_removed_whatever_they_say() -> None:
    labels = ["und_Zzzz", "zxx_Latn", "und_Thai", "swh_Latn", "zul_Latn"]
    found = verdicts(_all_good(5), labels, limits.load(), named("default"))
    assert [RULES[rule].name if rule >= 0 else "" for rule in found.rule] == 3 * ["undetermined_language"] + ["", ""]
    assert [determined(label) for label in labels] == [False, False, False, True, True]


def test_no_rules_keep_everything() -> None:
    assert verdicts({}, ["und_Zzzz"], limits.load(rules="none"), named("none")).rule.tolist() == [-1]


def test_no_documents_have_no_verdicts() -> None:
    assert len(verdicts(_all_good(0), [], limits.load(), named("default")).rule) == 0


def test_a_signal_that_was_not_measured_is_told_by_name() -> None:
    with pytest.raises(Stop, match="few_words asks for the signal plain_words"):
        verdicts({}, ["swh_Latn"], limits.load(), [FEW])


@pytest.mark.parametrize("label", ["swh_Latn", "fra_Latn", "tha_Thai", "cmn_Hani", "amh_Ethi"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_can_be_tripped_in_every_kind_of_script(rule: Rule, label: str) -> None:
    """A value just beyond the limit removes, one at it does not; a rule without a shipped limit obeys a user's."""
    held = limits.load()
    if rule.limit not in held.of(label):
        held = limits.load(told={rule.limit: 0.5 if KNOWN[rule.limit].high <= 1 else 5})
    limit = np.float32(held.of(label)[rule.limit])
    beyond = np.nextafter(limit, np.float32(-np.inf if rule.keep_if is at_least else np.inf))
    columns = _all_good(2)
    tripped = label
    if rule.signal == "determined":
        tripped = "und_Zzzz"
    else:
        columns[rule.signal] = np.array([beyond, limit], np.float32)
    if rule.asked_of == "doubtful":
        columns["language_score"] = np.zeros(2, np.float32)
    found = verdicts(columns, [tripped, label], held, named("default"))
    abstains = rule.words not in (None, word_kind(label))
    failed = found.doubt if rule.apart else found.rule
    assert [RULES[code].name if code >= 0 else "" for code in failed] == ["" if abstains else rule.name, ""]


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("few_words", "Habari za asubuhi."),
        ("few_stop_words", " ".join(f"neno{a}{b}" for a in "abcdefgh" for b in "klmnopqr")),
        ("few_alpha_words", GOOD + " 12 34 56 78 90" * 20),
        ("dup_lines", "\n".join([GOOD, *["Bonyeza hapa kusoma habari zaidi za leo"] * 5])),
        ("top_2_gram", GOOD[:200] + " kopo safi" * 90),
        ("many_lines", "\n".join(GOOD.split())),
        ("symbols", GOOD.replace("o", "★★★o")),
        ("long_words", " ".join(word if len(word) < 4 else word.strip(".,") * 6 for word in GOOD.split())),
        ("bullet_lines", "\n".join(f"• {line} {number}" for number, line in enumerate(GOOD.split(", "))) * 2),
        ("ellipses", GOOD.replace(" ", " ... ", 20)),
        ("hashes", GOOD.replace(" ", " #", 20)),
        ("replacement_chars", GOOD.replace("na", "n\ufffd")),
        ("danger_chars", GOOD.replace(" ", " (+) ")),
        (
            "keyword_runs",
            " ".join([GOOD, *(["bei", "nafuu", "mkopo", "sasa"][int(n)] for n in KEYWORDS)]),
        ),
        ("glued_symbols", GOOD.replace("wa", "w=a")),
        ("list_lines", "\n".join(re.findall(r"\w+ \w+ \w+", GOOD))),
        ("table_lines", "\n".join(f"{a}; {b}; {c}." for a, b, c in re.findall(r"(\w+) (\w+) (\w+)", GOOD))),
        ("lorem_ipsum", GOOD + "\nLorem ipsum dolor sit amet."),
    ],
)
def test_text_of_a_known_fault_is_removed_for_it(reason: str, text: str) -> None:
    found = _judge([text, GOOD], ["swh_Latn", "swh_Latn"])
    assert found == [reason, ""]


def test_good_text_is_kept_in_scripts_that_do_not_space_words() -> None:
    thai = (
        "เมื่อวานนี้ชาวบ้านช่วยกันซ่อมสะพานไม้ที่ข้ามคลองหลังโรงเรียน เด็ก ๆ ยกน้ำดื่มมาให้ผู้ใหญ่ ส่วนครูใหญ่จดรายชื่อคนที่มาช่วยงาน "
        "ตอนเย็นทุกคนนั่งกินข้าวด้วยกันใต้ต้นมะม่วง แล้วตกลงกันว่าเดือนหน้าจะทาสีห้องสมุดใหม่"
    )
    han = (
        "去年秋天,我们村里的人一起修好了河边的小路。以前下雨的时候,孩子们上学要绕很远,现在十分钟就能走到学校。"
        "老师说,大家出力比出钱更要紧,因为路是自己修的,才会用心爱护。今年春天我们又在路旁种了两排柳树,等它们长高,夏天就有树荫了。"
    )
    assert _judge([thai, han], ["tha_Thai", "cmn_Hani"]) == ["", ""]


def _judge(texts: list[str], labels: list[str]) -> list[str]:
    measured = measure(pa.array(texts, pa.string()), labels, stopwords=stop_words())
    identity = {name: np.ones(len(texts)) for name in ("language_score", "script_share", "purity")}
    identity["mixed_share"] = np.zeros(len(texts))
    found = verdicts({**measured, **identity}, labels, limits.load(), named("default"))
    return [RULES[rule].name if rule >= 0 else "" for rule in found.rule]


def test_an_explanation_tells_every_rule_and_agrees_with_the_verdict() -> None:
    held = limits.load(told={"max_symbol_share": 0.05, "min_words": 50, "swh_Latn": {"max_bullet_line_share": False}})
    columns = _all_good() | _columns(symbol_share=[0.5], plain_words=[7], stop_words=[-1])
    signals = {name: float(values[0]) for name, values in columns.items()}
    told = {row.rule: row for row in explain(signals, "swh_Latn", held, named("default"))}
    assert list(told) == [rule.name for rule in RULES]
    assert told["few_words"] == Held("few_words", 7, 50, "removed")
    assert told["symbols"].outcome == "removed"
    assert told["digits"].outcome == "kept"
    assert told["few_stop_words"].outcome == "abstained"
    assert told["bullet_lines"].outcome == "abstained"
    found = verdicts(columns, ["swh_Latn"], held, named("default"))
    first = next(row for row in told.values() if row.outcome == "removed")
    assert (RULES[found.rule[0]].name, found.value[0], found.limit[0]) == first[:3]


def test_verdicts_do_not_depend_on_the_batch() -> None:
    labels = ["swh_Latn", "tha_Thai", "und_Zzzz", "fra_Latn"]
    columns = _all_good(4) | _columns(plain_words=[60, 60, 60, 3])
    together = verdicts(columns, labels, limits.load(), named("default"))
    for row, label in enumerate(labels):
        alone = verdicts(
            {name: values[row : row + 1] for name, values in columns.items()},
            [label],
            Limits(limits.load().layers),
            named("default"),
        )
        assert alone.rule[0] == together.rule[row]


def test_a_document_in_doubt_is_kept_apart_and_held_to_all_other_rules() -> None:
    columns = _all_good(3)
    columns["language_score"] = np.array([0.9, 0.2, 0.2], np.float32)
    columns["symbol_share"] = np.array([0, 0, 1], np.float32)
    rules = named("default")
    found = verdicts(columns, ["swh_Latn"] * 3, limits.load(), rules)
    assert [rules[code].name if code >= 0 else "" for code in found.rule] == ["", "", "symbols"]
    assert [rules[code].name if code >= 0 else "" for code in found.doubt] == ["", *["uncertain_language"] * 2]
    assert (found.value[1], found.limit[1]) == (np.float32(0.2), np.float32(0.3))
    told = {held.rule: held.outcome for held in explain(_row(columns, 1), "swh_Latn", limits.load(), rules)}
    assert told["uncertain_language"] == "set apart"
    assert "removed" not in told.values()


def test_stop_words_are_asked_where_the_language_is_sure_and_words_met_again_where_it_is_not() -> None:
    columns = _all_good(4)
    columns["language_score"] = np.array([0.9, 0.9, 0.2, 0.2], np.float32)
    columns["stop_words"] = np.array([0, 9, 0, 9], np.float32)
    columns["word_novelty"] = np.array([0.9, 0.99, 0.9, 0.99], np.float32)
    rules = named("default")
    found = verdicts(columns, ["swh_Latn"] * 4, limits.load(), rules)
    names = [rules[code].name if code >= 0 else "" for code in found.rule]
    assert names == ["few_stop_words", "", "", "no_words_again"]
    outcomes = [
        {held.rule: held.outcome for held in explain(_row(columns, row), "swh_Latn", limits.load(), rules)}
        for row in range(4)
    ]
    assert [told["few_stop_words"] for told in outcomes] == ["removed", "kept", "abstained", "abstained"]
    assert [told["no_words_again"] for told in outcomes] == ["abstained", "abstained", "kept", "removed"]


def _row(columns: dict[str, npt.NDArray[np.float32]], row: int) -> dict[str, float]:
    return {name: float(values[row]) for name, values in columns.items()}
