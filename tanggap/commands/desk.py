"""`tanggap desk`."""

from typing import Annotated

import typer

from pipeline.errors import UserError
from tanggap.commands.common import FacilityOption, chosen, settings_of


def desk(
    ctx: typer.Context,
    action: Annotated[
        str,
        typer.Argument(help="Satu tindakan saja: list, show, take, draft, approve, …"),
    ] = "",
    given: Annotated[
        list[str] | None, typer.Argument(help="Nomor aduan, nomor konsep, dan seterusnya.")
    ] = None,
    who: Annotated[
        str, typer.Option("--as", help="Nama Anda di daftar petugas; PIN tetap ditanyakan.")
    ] = "",
    facility: FacilityOption = "",
) -> None:
    """Kerjakan aduan di komputer ini dengan PIN.

    Untuk saat Telegram mati. Tanpa tindakan: menu. Dengan tindakan: sekali jalan, PIN di baris
    pertama masukan.
    """
    settings = settings_of(ctx)
    key = chosen(settings, facility).key
    if action and not who:
        raise UserError("Tindakan sekali jalan perlu --as NAMA.")
    from sqlalchemy.exc import DBAPIError

    from pipeline.desk import Refused
    from tanggap.desk import menu, oneshot
    from tanggap.desk.session import Session
    from tanggap.desk.terminal import Console, Ended
    from tanggap.desk.words import refusal, words
    from tanggap.wiring import open_everything

    wired = open_everything(settings, hears=False)
    try:
        office = next(one for one in wired.ctx.offices.values() if one.slug == key)
        session = Session(wired.ctx, office, Console())
        session.log_in(who)
        if not action:
            menu.run(session)
        elif not oneshot.run(session, action, given or []):
            raise typer.Exit(1)
    except Ended:
        raise typer.Exit(1 if action else 0) from None
    except oneshot.Usage as usage:
        raise UserError(str(usage)) from None
    except Refused as refused:
        raise UserError(refusal(session.lang, refused)) from None
    except DBAPIError:
        raise UserError(words(session.lang, "busy")) from None
    finally:
        wired.close()
