"""A cache on disk for results that are slow to compute and follow from files alone, like Python's own bytecode.

A cache file is named after a checksum of everything the result follows from, so a stale file is never read. Where the
folder cannot be written (an installation that belongs to root), the result is computed at every start.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

READABLE = 0o644  # a program that root installed runs as another user
FILES_PER_KIND = 4  # older files are deleted
ENDING = ".npz"
LOCK = "lock"

Arrays = Mapping[str, NDArray[Any]]


class Cacheable(Protocol):
    def arrays(self) -> Arrays: ...


T = TypeVar("T", bound=Cacheable)


def cached(folder: Path, kind: str, sources: Iterable[bytes], make: Callable[[], T], read: Callable[[Arrays], T]) -> T:
    """Read the result made from these sources from the cache, or make it now and store it."""
    path = path_of(folder, kind, checksum([*_makers(), *sources]))
    if (result := _read(path, read)) is not None:
        return result
    with _alone(path.parent):
        if (result := _read(path, read)) is not None:  # another process was first
            return result
        result = make()
        store(path, result.arrays())
    return result


def _read(path: Path, read: Callable[[Arrays], T]) -> T | None:
    arrays = load(path)
    if arrays is not None:
        with contextlib.suppress(KeyError, ValueError):  # damaged: the result is made anew
            return read(arrays)
    return None


@lru_cache(maxsize=1)
def _makers() -> tuple[bytes, ...]:
    """Return what changes a result beside its sources: the code of this folder, numpy and the dictionary."""
    code = (file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    return (*code, np.__version__.encode(), version("pymorphy3-dicts-ru").encode())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make a result, which takes a lot of memory. Without file locks all of them do."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, ImportError):
            import fcntl

            folder.mkdir(exist_ok=True)
            file = stack.enter_context((folder / LOCK).open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def packed(words: Iterable[str]) -> NDArray[Any]:
    """Return words (without line ends) as one array."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def unpacked(array: NDArray[Any]) -> list[str]:
    """Undo `packed`."""
    return bytes(array).decode().split("\n")


def checksum(parts: Iterable[bytes]) -> str:
    """Return 16 hex digits that change with any part."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]


def path_of(folder: Path, kind: str, key: str) -> Path:
    return folder / "__pycache__" / f"{kind}-{key}{ENDING}"


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of a file; None when there is none or it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
        with contextlib.suppress(OSError):
            path.touch()  # the least used files are deleted first
    except OSError:
        return None
    except (ValueError, EOFError, KeyError, RuntimeError, BadZipFile, zlib.error):  # all mean a damaged file
        return None
    return arrays


def store(path: Path, arrays: Arrays) -> None:
    """Write arrays whole or not at all, and delete older files of the kind; do nothing where writing is impossible."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            try:
                np.savez(file, **arrays)  # type: ignore[arg-type]  # the stubs take the names for `allow_pickle`
                file.close()
                os.chmod(file.name, READABLE)
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
        kind = path.name.removesuffix(ENDING).rpartition("-")[0]
        others = sorted(path.parent.glob(f"{kind}-*{ENDING}"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in others[FILES_PER_KIND:]:
            old.unlink(missing_ok=True)
