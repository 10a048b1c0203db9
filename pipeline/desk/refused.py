"""What the desk says no to. The notifier and the PC turn key and params into words."""


class Refused(Exception):
    """A decision that is not allowed, or not any more. Nothing was changed.

    Keys: not-allowed(role), already-taken(name), no-such-complaint, not-current(version),
    already-approved, already-sent, too-late-to-undo, still-sending, no-draft, empty-text,
    too-long(limit), has-nik(hint), has-bpjs(hint), nothing-to-do, code-unknown,
    wrong-step(role); at the PC pin-none, pin-wrong(left), pin-locked(minutes).
    """

    def __init__(self, key: str, **params: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.params = params
