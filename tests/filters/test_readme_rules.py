"""What the README says of adding a rule and a signal is done here, line by line."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from filters import rules, signals
from filters.decide import verdicts
from manifests import limits

README = Path(__file__).resolve().parents[2] / "README.md"


def examples() -> list[tuple[str, float]]:
    """Each example of the section: its Python, and the value of its limit."""
    section = README.read_text(encoding="utf-8").partition("### To add a rule")[2].partition("\n### ")[0]
    blocks = re.findall(r"```(python|toml)\n(.*?)```", section, re.DOTALL)
    assert [kind for kind, _ in blocks] == ["python", "toml"] * 2
    return [
        (code, *tomllib.loads(value).values()) for (_, code), (_, value) in zip(blocks[::2], blocks[1::2], strict=True)
    ]


def added(code: str, monkeypatch: pytest.MonkeyPatch) -> rules.Rule:
    """Put the rows of an example into their tables and return its rule."""
    made: dict[str, list[Any]] = {"Signal": [], "Rule": [], "Limit": []}

    def kept(kind: str, row: Any) -> Any:
        return lambda *fields: made[kind].append(row(*fields))

    names = {**vars(limits), **vars(rules), **vars(signals), "pc": pc}
    names |= {"Signal": kept("Signal", signals.Signal), "Rule": kept("Rule", rules.Rule)}
    exec(code, names | {"Limit": kept("Limit", limits.Limit)})  # noqa: S102 - the README's own lines
    monkeypatch.setattr(signals, "SIGNALS", (*signals.SIGNALS, *made["Signal"]))
    monkeypatch.setattr(limits, "KNOWN", {**limits.KNOWN, **{row.name: row for row in made["Limit"]}})
    (rule,) = made["Rule"]
    assert isinstance(rule, rules.Rule)
    return rule


@pytest.mark.parametrize(
    ("number", "name", "bad", "good"),
    [
        (0, "spaces", "a \t \t \t b \t \t", "እንደምን አደራችሁ ልጆች"),
        (1, "questions", "क्या? کیا؟ ምን፧ nini?", "Nini kilitokea jana usiku? Hakuna anayejua kwa hakika mpaka leo hii."),
    ],
)
def test_the_lines_of_the_readme_make_a_rule(
    number: int, name: str, bad: str, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, value = examples()[number]
    rule = added(code, monkeypatch)
    assert rule.name == name
    columns = signals.measure(pa.array([bad, good, ""]), ["und_Zyyy"] * 3)
    assert columns[rule.signal].dtype == "float32"
    held = limits.load(told={rule.limit: value})
    assert verdicts(columns, ["swh_Latn"] * 3, held, [rule]).rule.tolist() == [0, -1, -1]
