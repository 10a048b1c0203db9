"""The command line. Each command is a module of its own in `tanggap.commands`, whose body
imports what it needs: the list of commands appears at once on the slowest machine.
"""

import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.errors import UserError
from tanggap.commands import (
    bench,
    bot,
    deadline,
    demo,
    desk,
    doctor,
    import_,
    init,
    poll,
    register,
    replay,
    run,
    staff,
    work,
)

_CONFIG = "--config"


class _AnyPlace(TyperGroup):
    """Takes `--config FILE` before or after the subcommand."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, config_first(args))


def config_first(args: list[str]) -> list[str]:
    """The same arguments with `--config FILE` (or `--config=FILE`) at their head."""
    head: list[str] = []
    rest: list[str] = []
    waiting = iter(args)
    for arg in waiting:
        if arg == "--":
            rest += [arg, *waiting]
        elif arg == _CONFIG:
            head += [arg, *([value] if (value := next(waiting, None)) is not None else [])]
        elif arg.startswith(f"{_CONFIG}="):
            head.append(arg)
        else:
            rest.append(arg)
    return head + rest


app = typer.Typer(
    cls=_AnyPlace,
    help="Meja pengaduan Puskesmas: semua saluran dalam satu antrean, setiap warga dijawab.",
    # Plain help: drawing it with rich takes three times as long.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(_CONFIG, help="Berkas konfigurasi TOML; boleh sebelum atau sesudah perintah."),
    ] = None,
) -> None:
    """What every command may be given."""
    ctx.obj = config


_COMMANDS: dict[str, Callable[..., None]] = {
    "init": init.init,
    "doctor": doctor.doctor,
    "run": run.run,
    "poll": poll.poll,
    "work": work.work,
    "bot": bot.bot,
    "import": import_.import_,
    "replay": replay.replay,
    "register": register.register,
    "desk": desk.desk,
    "deadline": deadline.deadline,
    "demo": demo.demo,
    "bench": bench.bench,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
app.add_typer(staff.app, name="staff")


def main() -> None:
    """The entry point: exit status 0 only when all went well, and a sentence when it did not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # Windows would refuse a citizen's emoji
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except UserError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)  # whoever read the output has gone
    except Exception:
        from tanggap.log import set_up

        set_up()  # its hook writes what happened, and where, without anybody's words
        raise
