"""The README is true: its tables are made from the code, its commands exist, and the files it names are there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from readme import README, TABLES, filled

from pipeline.cli import app
from pipeline.settings import load
from pipeline.steps.decide import limits_of

TEXT = README.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    assert filled(TEXT) == TEXT, "run: python tests/readme.py"


@pytest.mark.parametrize("name", sorted(TABLES))
def test_no_table_is_empty(name: str) -> None:
    assert TABLES[name]().count("\n") > 2


def _shell_lines() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    lines = [line for block in blocks for line in block.strip().splitlines()]
    return [part.strip().removeprefix(".venv/bin/") for line in lines for part in line.split("&&")]


@pytest.mark.parametrize("line", [line for line in _shell_lines() if line.startswith("corpus ")])
def test_every_command_shown_can_be_parsed(line: str) -> None:
    command: Any = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    context = command.make_context("corpus", words, resilient_parsing=False)
    assert context.params


def test_every_path_shown_in_backticks_is_there() -> None:
    paths = re.findall(r"`((?:pipeline|filters|dedup|langid|manifests|tests)/[\w./]+)`", TEXT)
    assert paths
    assert [path for path in paths if not (README.parent / path).exists()] == []


def test_the_settings_file_shown_is_accepted(tmp_path: Path) -> None:
    example, *_ = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    config = tmp_path / "corpus.toml"
    config.write_text(example)
    settings = load([], config)
    assert limits_of(settings).of("tha_Thai")["min_words"] == 80
    assert limits_of(settings).of("lao_Laoo")["min_words"] == 40
    assert settings.sources[1].fields is not None
