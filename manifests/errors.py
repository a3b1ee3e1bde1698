"""What can get in the way of work, told apart by what happens next.

Stop         the user must mend something; the build ends with what was found and what to do
Skip         this record is counted with its reason and place; the build goes on
Retry        a passing fault of storage or network; the same task is tried again
Interrupted  the user wants the end; the build ends, and goes on from there when it is run again
"""


class Stop(Exception):
    """The build cannot go on. ``mend`` is a sentence or a command that puts it right."""

    def __init__(self, found: str, mend: str = "", code: int = 2) -> None:
        super().__init__(found, mend, code)
        self.found = found
        self.mend = mend
        self.code = code

    def __str__(self) -> str:
        return f"{self.found}\n{self.mend}" if self.mend else self.found


class Skip(Exception):
    """This record gives no document. ``reason`` is a short machine-readable name, ``detail`` is for people."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Retry(Exception):
    """Worth another try: storage or network did not answer this time."""


class Interrupted(Exception):
    """A signal asked for the end; what was done is kept."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}")
        self.code = 128 + number
