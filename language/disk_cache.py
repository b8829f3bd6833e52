"""What takes long to work out and follows from files alone, kept on disk beside them: like Python's own bytecode.

A stored part is named after a checksum of everything it follows from, so a stale one is never read. Where nothing can
be written (an installation that belongs to root), it is worked out at every start.
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

READABLE = 0o644  # a program that root installed runs as somebody else
KEPT = 4  # files of one kind; older ones go
ENDING = ".npz"
LOCK = "lock"

Arrays = Mapping[str, NDArray[Any]]


class Storable(Protocol):
    def arrays(self) -> Arrays: ...


T = TypeVar("T", bound=Storable)


def kept(folder: Path, kind: str, sources: Iterable[bytes], make: Callable[[], T], read: Callable[[Arrays], T]) -> T:
    """Return what was made from the sources before, or make it now and keep it in the folder."""
    path = path_of(folder, kind, checksum([*_makers(), *sources]))
    if (found := _read(path, read)) is not None:
        return found
    with _alone(path.parent):
        if (found := _read(path, read)) is not None:  # another process was first
            return found
        made = make()
        store(path, made.arrays())
    return made


def _read(path: Path, read: Callable[[Arrays], T]) -> T | None:
    arrays = load(path)
    if arrays is not None:
        with contextlib.suppress(KeyError, ValueError):  # damaged: it is made anew
            return read(arrays)
    return None


@lru_cache(maxsize=1)
def _makers() -> tuple[bytes, ...]:
    """Return what the same sources may lead elsewhere by: the code of this room, numpy and the dictionary."""
    code = (file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    return (*code, np.__version__.encode(), version("pymorphy3-dicts-ru").encode())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process work at a time: making takes a lot of memory. Where there are no locks, all work."""
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
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()[:16]


def path_of(folder: Path, kind: str, key: str) -> Path:
    return folder / "__pycache__" / f"{kind}-{key}{ENDING}"


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Return the arrays of a file; None when there is none or it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = dict(found)
        with contextlib.suppress(OSError):
            path.touch()  # the least used go first
    except OSError:
        return None
    except (ValueError, EOFError, KeyError, RuntimeError, BadZipFile, zlib.error):  # there are many words for damage
        return None
    return arrays


def store(path: Path, arrays: Arrays) -> None:
    """Write arrays whole or not at all; where nothing can be written, nothing is. Older files of the kind go."""
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
        others = sorted(path.parent.glob(f"{kind}-*{ENDING}"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in others[KEPT:]:
            old.unlink(missing_ok=True)
