"""The hours in which the desk's people sleep."""

from datetime import time

from pipeline.errors import UserError


def quiet_hours(setting: str) -> tuple[time, time] | None:
    """`20.00-06.00` as two times of day, None for an empty setting. Raises UserError."""
    if not setting.strip():
        return None
    try:
        start, end = (
            time.fromisoformat(part.strip().replace(".", ":")) for part in setting.split("-")
        )
    except ValueError:
        raise UserError(
            f"[desk] quiet = “{setting}” tidak terbaca; tulis seperti 20.00-06.00, "
            "atau kosongkan agar tidak ada jam tenang."
        ) from None
    return start, end


def is_quiet(setting: str, clock: time) -> bool:
    """Whether messages come without a sound at that time of day."""
    hours = quiet_hours(setting)
    if hours is None:
        return False
    start, end = hours
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end
