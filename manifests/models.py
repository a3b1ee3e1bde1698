"""The language models that are known by name: where each lies, what it must hash to, under which licence.

The table is ``models.toml``. A model without a digest there is recorded when it is first fetched.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from manifests.errors import Stop


@dataclass(frozen=True)
class KnownModel:
    """One row of the table.

    ``place`` is ``package:PATH`` (inside this package), ``wheel:DISTRIBUTION:NAME`` (a file of an installed package) or
    an https URL. ``sha256`` is empty where it is not known. ``mend`` is the command that brings the file.
    """

    name: str
    place: str
    file: str
    sha256: str
    licence: str
    about: str
    mend: str

    @property
    def fetched(self) -> bool:
        """Whether the file comes over the network."""
        return self.place.startswith(("https://", "http://"))


@cache
def models() -> dict[str, KnownModel]:
    """Known models by name, in the order of the table."""
    text = (files("manifests") / "models.toml").read_text(encoding="utf-8")
    return {name: KnownModel(name=name, **row) for name, row in tomllib.loads(text).items()}


def model(name: str) -> KnownModel:
    """The known model of that name. Raises Stop with the known names."""
    known = models()
    if name not in known:
        raise Stop(
            f"No language model is called {name!r}", f"Known: {', '.join(known)}, or the path of a fastText model"
        )
    return known[name]
