"""The tables of the README, made from the code: ``python tests/readme.py`` writes them into it."""

import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

README = Path(__file__).resolve().parents[1] / "README.md"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in [heads, ["---"] * len(heads), *rows]]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def commands() -> str:
    """Every command with its arguments and options."""
    from pipeline.cli import app

    rows = []
    for path, command in leaves("corpus", typer.main.get_command(app)):
        arguments = [_argument(parameter) for parameter in command.params if parameter.param_type_name == "argument"]
        options = [f"`{option}`" for parameter in command.params for option in parameter.opts if option[:2] == "--"]
        about = (command.help or "").split("\n\n")[0].replace("\n", " ")
        rows.append([f"`{' '.join([path, *arguments])}`", about, " ".join(options)])
    return table(["command", "what it does", "options"], rows)


def leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command under ``command`` with the words that call it."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, inner in command.commands.items():
        yield from leaves(f"{path} {name}", inner)


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name or "").upper().strip("[]. ")
    several = "..." if parameter.nargs == -1 else ""
    return f"{name}{several}" if parameter.required else f"[{name}{several}]"


def settings() -> str:
    """Every setting with its default and its sentence."""
    from pipeline.settings import Settings

    return table(["setting", "default", "what it is"], [list(row) for row in _fields(Settings)])


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation, f"{prefix}{name}.")
        else:
            default: Any = field.get_default(call_default_factory=True)
            yield f"`{prefix}{name}`", _shown(default), field.description or _sources(name)


def _sources(name: str) -> str:
    return (
        "declared inputs: `path`, and `name`, `licence`, `terms`, `fields`, `layout` where told"
        if name == "sources"
        else ""
    )


def _shown(value: Any) -> str:
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def rules() -> str:
    """Every rule, in the order decided, with the default limits of the two kinds of words."""
    from filters.rules import RULES, SETS
    from manifests import limits

    held = {"spaced": limits.load().of("und_Latn"), "clustered": limits.load().of("und_Thai")}
    rows = []
    for rule in RULES:
        sets = " ".join(f"`{name}`" for name in SETS if rule.name in SETS[name])
        values = [_limit(of.get(rule.limit)) if rule.words in (None, kind) else "" for kind, of in held.items()]
        source = rule.source.split(" (")[0]
        rows.append([f"`{rule.name}`", limits.KNOWN[rule.limit].meaning, f"`{rule.limit}`", *values, source, sets])
    return table(["rule", "what is measured", "limit", "spaced", "clustered", "after", "sets"], rows)


def _limit(value: float | None) -> str:
    return "" if value is None else f"{value:,.6g}"


def models() -> str:
    """The known models."""
    from manifests.models import models

    return table(
        ["model", "what", "licence"], [[f"`{name}`", model.about, model.licence] for name, model in models().items()]
    )


def layouts() -> str:
    """The layouts of existing corpora."""
    from manifests.layouts import layouts

    heads = ["layout", "corpus", "files", "text", "the language stands in"]
    return table(heads, [_layout(row) for row in layouts().values()])


def _layout(row: Any) -> list[str]:
    text = f"`{row.text}`" if row.text else "between blank lines"
    places = [f"`{row.language}`"] if row.language else []
    return [f"`{row.name}`", row.about, row.files, text, " or ".join([*places, *(["the path"] if row.path else [])])]


def scale() -> str:
    """What large builds take: see deploy/cost.py."""
    found = runpy.run_path(str(README.parent / "deploy" / "cost.py"))
    return table(found["HEADS"], [job.row() for job in found["JOBS"]])


TABLES = {
    "commands": commands,
    "settings": settings,
    "rules": rules,
    "models": models,
    "layouts": layouts,
    "scale": scale,
}


def filled(text: str) -> str:
    """``text`` with every table made anew."""
    for name, make in TABLES.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"the README has no place for the table of {name}")
        made = f"\n{make()}\n\n"
        text = pattern.sub(lambda found, made=made: found[1] + made + found[2], text)
    return text


if __name__ == "__main__":
    sys.path.insert(0, str(README.parent))
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
