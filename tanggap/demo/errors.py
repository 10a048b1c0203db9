"""What the demo has to say when it cannot go on."""


class Trouble(Exception):
    """The demo cannot go on; the argument says in Indonesian what is wrong and what to do."""


class Late(Trouble):
    """Something did not happen in time; whoever catches it may know why."""
