"""What --memory means: bytes of the driver and all workers together, as the machine has to give them."""

from manifests.errors import Stop

WORKER = 2 << 30
"""Bytes that a task may take where nothing is said."""
DRIVER = 150 * 10**6
"""What the driver takes, and the pages of libraries that all share."""
LIBRARIES = 130 * 10**6
"""What a worker takes before it has anything to do."""
LEAST = 350 * 10**6
"""What a worker takes at least while it reads and annotates a part, libraries and model with it."""


def cut(memory: int | None, workers: int) -> tuple[int, int]:
    """How many of so many workers ``memory`` bytes are enough for, and the bytes that a task of each may take.

    Fewer workers, rather than tasks that cannot be cut small enough. Stop where there is too little for one.
    """
    if memory is None:
        return workers, WORKER
    hands = min(workers, (memory - DRIVER) // LEAST)
    if hands < 1:
        raise Stop(
            f"{memory / 10**6:,.0f} MB of memory are too few.",
            f"--memory is for driver and workers together: at least {(DRIVER + LEAST) // 10**6} MB, and "
            f"{LEAST // 10**6} more for each further worker.",
        )
    return hands, (memory - DRIVER) // hands - LIBRARIES
