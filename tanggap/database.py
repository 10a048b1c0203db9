"""The database as every command finds it: there, at today's schema, with its facilities."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pipeline.errors import UserError
from store import facilities, staff
from store.engine import SETUP, Store, open_store
from store.migrate import BrokenReferences, MigrationBusy, NewerSchema, migrate
from tanggap.settings import Settings


def open_database(settings: Settings, now: datetime) -> Store:
    """Create or migrate it, bring the facilities' rows up to date. Raises UserError."""
    with _in_words(settings):
        url = settings.database.url.get_secret_value()
        if not url:
            _keep_private(settings.data / "tanggap.db")
        store = open_store(settings.data, url)
        try:
            migrate(store)
            ensure_facilities(store, settings, now)
        except BaseException:
            store.close()
            raise
    return store


def ensure_facilities(store: Store, settings: Settings, now: datetime) -> dict[str, int]:
    """A row for each configured facility, and for its group where one is named: slug → row id."""
    if found := _settled(store, settings):
        return found
    with store.write("setup.facilities", facility=SETUP) as db:
        if len(settings.facility) == 1:
            facilities.rename_only(db, settings.facility[0].key)
        ids = {
            facility.key: facilities.ensure_facility(
                db,
                slug=facility.key,
                name=facility.name,
                zone=facility.time_zone.key,
                profile=facility.profile,
                now=now,
            )
            for facility in settings.facility
        }
        for facility in settings.facility:
            chat_id = settings.group_of(facility)
            if chat_id is not None:
                staff.name_group(db, ids[facility.key], chat_id, now)
    return ids


def _settled(store: Store, settings: Settings) -> dict[str, int] | None:
    """The ids when nothing is to be written: a reading command then waits for no writer."""
    with store.read() as db:
        rows = {row.slug: row for row in facilities.facilities(db)}
        for facility in settings.facility:
            row = rows.get(facility.key)
            wanted = (facility.name, facility.time_zone.key, facility.profile)
            if row is None or (row.name, row.zone, row.profile) != wanted:
                return None
        ids = {one.key: rows[one.key].id or 0 for one in settings.facility}
        for facility in settings.facility:
            chat_id = settings.group_of(facility)
            group = staff.group(db, ids[facility.key])
            if chat_id is not None and (group is None or group.chat_id != chat_id):
                return None
    return ids


def _keep_private(file: Path) -> None:
    """Nobody else on this machine reads citizens' words, whoever made the folder. SQLite gives
    its other files the same mode.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)


@contextmanager
def _in_words(settings: Settings) -> Iterator[None]:
    place = settings.data
    try:
        yield
    except NewerSchema as error:
        raise UserError(
            f"Basis data di {place} dibuat oleh versi Tanggap yang lebih baru (skema {error}); "
            "pasang versi terbaru, atau pulihkan cadangan backup-before-*.db di folder itu."
        ) from None
    except MigrationBusy:
        raise UserError(
            f"Basis data di {place} sedang dipakai proses lain; tunggu sebentar, lalu coba lagi."
        ) from None
    except BrokenReferences as error:
        raise UserError(
            f"Pembaruan basis data di {place} dibatalkan karena isi tabel {error} tidak utuh; "
            "tidak ada yang diubah, pulihkan dari cadangan."
        ) from None
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise UserError(
            "Setelan [database] url tidak dapat dipakai; kosongkan untuk SQLite di folder data."
        ) from None
    except (DBAPIError, OSError) as error:
        raise UserError(
            f"Basis data di {place} tidak dapat dibuka ({type(error).__name__}): periksa izin "
            "folder, sisa ruang disk, dan TANGGAP_DATA."
        ) from None
