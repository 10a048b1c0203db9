"""`tanggap doctor`."""

import typer


def doctor(ctx: typer.Context) -> None:
    """x"""
