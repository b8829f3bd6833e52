"""A file that is there whole or not at all: written beside its place under the name FILE.part, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import ConfigError


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """Make FILE.part, empty and readable by its owner only; fsync and rename it when the block ends without an error.

    Raises:
        ConfigError: the folder cannot be written, or another program writes the same file.
    """
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)  # of one that was killed
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except OSError as error:
        raise ConfigError(f"{file}: сюда нельзя записать: {os.strerror(error.errno or 0)}") from error
    try:
        yield part
        _finish(part, file, handle)
    except BaseException:
        _remove(part, handle)
        raise
    finally:
        os.close(handle)


def _finish(part: Path, file: Path, handle: int) -> None:
    if not _is_ours(part, handle):
        raise ConfigError(f"{file}: этот файл пишет ещё одна программа; дождитесь её и повторите")
    try:
        os.fsync(handle)
        part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise ConfigError(f"{file}: сюда нельзя записать: {os.strerror(error.errno or 0)}") from error


def _is_ours(part: Path, handle: int) -> bool:
    return part.exists() and os.path.samestat(os.fstat(handle), part.stat())


def _remove(part: Path, handle: int) -> None:
    if _is_ours(part, handle):
        for end in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + end).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
