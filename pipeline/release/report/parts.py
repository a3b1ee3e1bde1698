"""Pieces of the page: tables, cards and figures, in which all text is escaped."""

import html
from collections.abc import Iterable, Mapping, Sequence


def text(value: object) -> str:
    """Text as it may stand in markup."""
    return html.escape(str(value))


def amount(value: float) -> str:
    """Bytes for people."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} PB"


def share(part: float, whole: float) -> str:
    """A part of a whole, in percent."""
    return f"{part / whole:.1%}".replace("%", " %") if whole else "–"


def number(value: float | None) -> str:
    """A number, or nothing."""
    return "" if value is None else f"{value:,.6g}"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int], tall: bool = False) -> str:
    """A table of text; the columns of ``numbers`` are set to the right. What is
    ``Html`` is taken as it is."""

    def cell(tag: str, place: int, value: object, more: str = "") -> str:
        classes = ' class="n"' if place in numbers else ""
        return f"<{tag}{classes}{more}>{value.code if isinstance(value, Html) else text(value)}</{tag}>"

    head = "".join(cell("th", place, value, ' scope="col"') for place, value in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', place, value) for place, value in enumerate(row))}</tr>" for row in rows)
    scroll = '<div class="scroll tall" tabindex="0">' if tall else '<div class="scroll" tabindex="0">'
    return f"{scroll}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


class Html:
    """Markup that we made."""

    def __init__(self, code: str) -> None:
        self.code = code


def mono(value: object) -> Html:
    """Text in letters of one width."""
    return Html(f'<span class="mono">{text(value)}</span>')


def code(value: object) -> Html:
    """The name of a setting, broken at its underscores alone."""
    return Html(f'<span class="mono parts">{text(value).replace("_", "_<wbr>")}</span>')


def card(title: str, about: str, content: str, classes: str = "card") -> str:
    """A card with a heading; ``about`` and ``content`` are markup."""
    said = f'<p class="about">{about}</p>' if about else ""
    return f'<div class="{classes}"><h3>{text(title)}</h3>{said}{content}</div>'


def figure(pictures: Mapping[str, str], name: str, numbers: str = "") -> str:
    """A chart, and the numbers it shows for those who want to read them."""
    if name not in pictures:
        return '<p class="empty">Nothing to show.</p>'
    more = f"<details><summary>Numbers</summary>{numbers}</details>" if numbers else ""
    return f"<figure>{pictures[name]}{more}</figure>"
