"""What large builds take, from named figures: python deploy/cost.py

Change a figure and run it again. Each says where it is from: measured here on one virtual processor of a small machine,
counted in the code, read from a price list, or assumed. What follows from them is arithmetic, not a measurement.
"""

from dataclasses import dataclass

MB, GB, TB = 10**6, 10**9, 10**12

EXTRACT_PAGES = 1_200
"""Pages extracted a second a processor, mode fast, beside other work: measured. Other modes take longer."""
UNPACK = 60 * MB
"""Bytes of gzip read and parted into records a second a processor: 236 MB/s of plain archive, at a ratio of 4."""
TEXT = 5 * MB
"""Bytes of text a second a processor through all other steps: two did 10 MB/s, measured."""
CLUSTER = 19.1e-6
"""Seconds of a processor a document in clustering: measured on ten million."""
LEVEL = 100 * MB
"""Bytes of text sorted or merged a second a processor: assumed."""
EFFICIENCY = 0.8
"""Of the time that is paid for, the part that processors are at work, with spot machines lost and ends waited for:
assumed."""

PAGE_PACKED = 33_000
"""Bytes of gzip of a page of Common Crawl: 90,000 files of 1 GB hold 2.7 billion."""
PAGE_TEXT = 3_300
"""Bytes of text of a page, so a tenth of its bytes of gzip: from trial builds."""
DOCUMENT_TEXT = 4_000
"""Bytes of a document of a text corpus: assumed."""
STAYS = {"text parts": 0.51, "notes": 0.57, "data": 0.35, "removed": 0.10, "index": 0.25}
"""Bytes stored for a byte of text: from trial builds. Text parts and notes go when the build is done."""
PART = 64 * MB
"""Text of a part: the default of plan.unit_bytes."""
PUTS, GETS = 11, 40
"""Files written for each part, and reads by range for each, about: counted in the code."""
READ = 8 * MB
"""Bytes of a source that one request brings: assumed."""
LIMIT = 2**32
"""Documents that one OUT may hold: clustering numbers them with 32 bits."""

PROCESSORS = 16
HOUR = 0.32
"""Dollars an hour of a spot machine of so many processors and 64 GB (m7i.4xlarge, two fifths of 0.8064): assumed."""
MACHINES = 64
PUT, GET, MONTH = 0.005 / 1000, 0.0004 / 1000, 0.023 / GB
"""Dollars a request and a byte a month on S3, us-east-1: its price list."""


@dataclass(frozen=True)
class Job:
    """What is to be built: bytes of text, documents, and where they are web pages, bytes of gzip."""

    name: str
    text: float
    documents: float
    packed: float = 0.0
    builds: int = 1

    @property
    def levels(self) -> int:
        """How often each row is written before it is emitted: sorted, then merged of 64 or more."""
        groups, count = self.text / self.builds / (512 * MB), 1
        while groups > 128:
            groups, count = groups / 128, count + 1
        return count

    @property
    def hours(self) -> float:
        """Of one processor."""
        pages = self.documents if self.packed else 0
        seconds = pages / EXTRACT_PAGES + self.packed / UNPACK + self.text / TEXT
        seconds += self.documents * CLUSTER + self.levels * self.text / LEVEL
        return seconds / 3600 / EFFICIENCY

    @property
    def requests(self) -> tuple[float, float]:
        """Writes, and reads."""
        parts = self.text / PART
        return parts * PUTS, parts * GETS + max(self.packed, self.text) / READ

    def row(self) -> list[str]:
        """As the README has it."""
        hours = self.hours
        puts, gets = self.requests
        work = sum(STAYS[name] for name in ("text parts", "notes")) * self.text
        kept = sum(STAYS[name] for name in ("data", "removed", "index")) * self.text
        days = hours / PROCESSORS / MACHINES / 24
        machines, asked = hours / PROCESSORS * HOUR, puts * PUT + gets * GET
        stored = work * MONTH * min(1.0, days / 30) + kept * MONTH
        return [
            self.name,
            f"{self.text / TB:,.0f} TB, {self.documents / 1e9:,.1f} billion",
            f"{hours:,.0f}",
            f"{hours / PROCESSORS / MACHINES:,.0f} h" if days < 3 else f"{days:,.0f} days",
            f"{work / TB:,.0f} + {kept / TB:,.0f} TB",
            f"{puts / 1e6:,.1f} + {gets / 1e6:,.1f} million",
            f"{machines:,.0f} + {asked:,.0f} + {stored:,.0f}",
            f"{max(self.builds, -(-int(self.documents) // LIMIT)):,}",
        ]


FILES = 90_000
SNAPSHOT = FILES * GB / PAGE_PACKED
JOBS = (
    Job("a snapshot of Common Crawl, 90,000 WARC files", SNAPSHOT * PAGE_TEXT, SNAPSHOT, FILES * GB),
    Job("100 snapshots", 100 * SNAPSHOT * PAGE_TEXT, 100 * SNAPSHOT, 100 * FILES * GB, 100),
    Job("30 TB of text", 30 * TB, 30 * TB / DOCUMENT_TEXT, 0.0, 2),
)
HEADS = [
    "what",
    "text, documents",
    "hours of a processor",
    f"on {MACHINES} machines",
    "work + kept",
    "writes + reads",
    "$: machines + requests + a month",
    "builds, at least",
]


def main() -> None:
    """Print the table."""
    for row in (HEADS, *(job.row() for job in JOBS)):
        print(" | ".join(row))


if __name__ == "__main__":
    main()
