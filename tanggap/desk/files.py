"""Citizens' files, saved to a folder of the person's choice under names that harm nothing."""

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from notifier.file_view import DOCUMENT_BYTES, sending_name
from pipeline import files
from pipeline.files import TooLarge, Unreadable
from pipeline.ports import Office
from store.engine import Store
from store.tables import Attachment

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
"""https://learn.microsoft.com/windows/win32/fileio/naming-a-file; the number before the name
makes device names such as CON impossible."""


class NoFolder(Exception):
    """Nothing can be written there."""


def save(
    store: Store, office: Office, number: str, ids: Sequence[int], folder: Path
) -> Iterator[Path | tuple[str, str]]:
    """Save attachments (row ids) of the complaint `number`, each beside whatever is there.

    Yields the path of each that was saved, or its name and why not: `unsafe`, `too-large`,
    `unreadable`. Raises NoFolder.
    """
    if not folder.is_dir():
        raise NoFolder
    for position, attachment_id in enumerate(ids, 1):
        with store.read() as db:
            attachment = db.get_one(Attachment, attachment_id)
        name = sending_name(attachment)
        if not name:
            yield attachment.name, "unsafe"
            continue
        wanted = f"{number}-{position}-{_UNSAFE.sub('_', name)}"
        try:
            with files.opened(store, office, attachment_id, DOCUMENT_BYTES) as source:
                saved = _write(folder, wanted, source)
        except TooLarge:
            yield attachment.name, "too-large"
        except Unreadable:
            yield attachment.name, "unreadable"
        else:
            yield saved


def _write(folder: Path, name: str, source: BinaryIO) -> Path:
    """Under the first name that is free: never over a file, never through a link."""
    stem, dot, ending = name.rpartition(".")
    for copy in range(1, 1000):
        path = folder / (name if copy == 1 else f"{stem} ({copy}){dot}{ending}")
        try:
            with path.open("xb") as target:
                shutil.copyfileobj(source, target)
        except FileExistsError:
            continue
        except OSError:
            raise NoFolder from None
        return path
    raise NoFolder
