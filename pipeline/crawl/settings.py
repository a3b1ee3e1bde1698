"""Everything a crawl can be told, checked at the door and kept in its folder: a crawl is resumed as it was begun."""

import re

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from manifests.errors import Stop
from manifests.names import resolve
from pipeline.consent.robots import token
from pipeline.crawl.scope import KINDS, Kind

VERSION = "0.1"

_CONTACT = re.compile(r"(?:mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+|https?://[^\s/]+\.[^\s]+")


class Crawl(BaseModel):
    """One crawl."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: str = Field(description="an address of e-mail or of a page by which whoever runs the crawl is reached")
    agent: str = Field("corpus-crawler", description="the crawler's name, by which robots.txt speaks to it")
    langs: tuple[str, ...] = Field((), description="labels of wanted languages; without any, all pages lead on")
    scope: Kind = Field("host", description="host, domain, prefix or any: how far from the seeds the crawl goes")
    depth: int = Field(50, ge=0, description="most links between a seed and a page")
    pages: int | None = Field(None, ge=1, description="most pages, of all hosts together")
    size: int | None = Field(None, ge=1, description="most bytes, of all hosts together")
    host_pages: int = Field(100_000, ge=1, description="most pages of a host")
    delay: float = Field(2.0, ge=0.0, description="least seconds between two requests to a host")
    most_delay: float = Field(
        60.0, ge=0.0, description="most that a slow host is waited for, unless robots.txt asks for more"
    )
    patience: float = Field(30.0, gt=0.0, description="seconds that a host is left alone after its first failure")
    timeout: float = Field(60.0, gt=0.0, description="seconds that one answer may take")
    page_bytes: int = Field(8 << 20, ge=1 << 10, description="bytes of an answer that are kept, also when unpacked")
    hosts: int = Field(256, ge=1, description="hosts that a partition asks at the same time")
    tries: int = Field(
        3, ge=1, description="times that a page is asked for which does not answer, or with an error of the server"
    )
    partitions: int = Field(1, ge=1, description="parts that hosts are shared out to, each a process")
    training: bool = Field(
        True, description="obey what robots.txt says to names that stand for training, such as GPTBot"
    )
    sitemaps: bool = Field(True, description="follow the sitemaps that robots.txt names")
    allow_private: bool = Field(False, description="ask private and loopback addresses too: for tests")
    lid: str = Field("builtin", description="identification model, where languages are wanted")
    warc_bytes: int = Field(1 << 30, ge=1 << 16, description="size from which on a new archive is begun")

    @field_validator("contact")
    @classmethod
    def _reachable(cls, told: str) -> str:
        if not _CONTACT.fullmatch(told.strip()):
            raise Stop(
                f"{told!r} is no contact: sites must be able to reach whoever asks them.",
                "Give an address of e-mail, or of a page that tells of the crawl: --contact crawl@example.org",
            )
        return told.strip()

    @field_validator("agent")
    @classmethod
    def _named(cls, told: str) -> str:
        if not token(told):
            raise Stop(
                f"{told!r} is no name for a crawler.",
                "RFC 9309 allows letters, - and _ alone, so that robots.txt can speak to it: --agent corpus-crawler",
            )
        return token(told)

    @field_validator("scope", mode="before")
    @classmethod
    def _known(cls, told: object) -> object:
        if told not in KINDS:
            raise Stop(f"No scope named {told!r}.", f"Scopes: {', '.join(KINDS)}.")
        return told

    @field_validator("langs")
    @classmethod
    def _labels(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if "all" in names:
            return ()
        return tuple(sorted({label for name in names for label in resolve(name)}))

    @property
    def user_agent(self) -> str:
        """The header that says who asks, and how to reach them."""
        contact = (
            self.contact if "://" in self.contact or self.contact.startswith("mailto:") else f"mailto:{self.contact}"
        )
        return f"{self.agent}/{VERSION} (+{contact})"


def load(**told: object) -> Crawl:
    """Checked settings; Stop names what is wrong."""
    if not told.get("contact"):
        raise Stop(
            "No contact is told: sites must be able to reach whoever asks them.",
            "Give an address of e-mail, or of a page that tells of the crawl: --contact crawl@example.org",
        )
    try:
        return Crawl.model_validate(told)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors())
        raise Stop(said, "corpus crawl --help lists every option.") from None
