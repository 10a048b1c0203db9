"""A person chooses a PIN: the first freely, another one for the old."""

from pipeline.desk import Refused, pin
from pipeline.errors import UserError
from pipeline.ports import Context, Office
from store import pins
from store.tables import Staff
from tanggap.desk.terminal import Console, Ended
from tanggap.desk.words import refusal

_FAULTS = {
    "digits": f"PIN harus {pins.FEWEST} angka atau lebih, angka saja.",
    "weak": "PIN itu terlalu mudah ditebak (berulang atau berurutan); pilih yang lain.",
}


def give(ctx: Context, office: Office, staff: Staff, *, reset: bool) -> None:
    """Ask for it and keep its hash. Raises UserError."""
    console = Console()
    try:
        # Whoever may run this on the server may set what is not there yet.
        old = console.secret("PIN lama: ").strip() if staff.pin_hash and not reset else None
        new = console.secret(f"PIN baru untuk {staff.name}: ").strip()
        again = console.secret("Sekali lagi: ").strip()
    except Ended:
        raise UserError("PIN belum lengkap diketik; tidak ada yang berubah.") from None
    if fault := pins.fault(new):
        raise UserError(_FAULTS[fault])
    if new != again:
        raise UserError("Kedua PIN tidak sama; tidak ada yang berubah.")
    stored = pins.hashed(new)
    if old is not None:
        try:
            pin.change(ctx.store, ctx.clock(), office, staff.id or 0, old, stored)
        except Refused as refused:
            raise UserError(refusal("id", refused)) from None
        return
    with ctx.store.write("staff.pin", facility=office.id) as db:
        row = db.get_one(Staff, staff.id)
        if not row.active or (row.pin_hash and not reset):
            raise UserError("Petugas itu baru saja berubah; coba lagi.")
        pins.keep(db, ctx.clock(), row, stored, reset=bool(row.pin_hash))
