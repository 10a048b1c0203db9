"""What is said and done at once after an update's commit, as well as it can be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is left to be done once the transaction is safe, as well as it can be."""

    query_id: str = ""
    toast: str = ""
    tapped_by: int = 0
    """Who is told the toast in private when it comes too late for the tap; 0 when it says no more
    than that all is done."""
    say_to: int = 0
    """A chat that is told `text`, though nobody there is staff; rarely, so that nobody can
    make us flood it."""
    text: str = ""
    leave: int = 0
    """A group that is none of ours."""
