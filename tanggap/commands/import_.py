"""`tanggap import`."""

import typer


def import_(ctx: typer.Context) -> None:
    """x"""
