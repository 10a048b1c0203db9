"""What goes wrong because somebody asked for something that does not exist."""


class UserError(Exception):
    """A user's mistake: the text is Indonesian, says how to mend it, and needs no stack trace."""
