"""Decode bytes to Russian text when the charset label is absent, unknown or wrong. Pure.

The frequencies of letters reveal the Cyrillic encoding. The wrong encoding gives rare letters and capitals in the
middle of words: KOI8-R read as windows-1251 looks like ``оПХБЕР``.
"""

from __future__ import annotations

import codecs
import math
import re

ALIASES = {
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "unicode": "utf-8",
    "win": "cp1251",
    "windows": "cp1251",
    "ansi": "cp1251",
    "koi8": "koi8-r",
    "dos": "cp866",
    "ibm866": "cp866",
    "iso-8859-8-i": "iso-8859-8",
    "unknown-8bit": "",
    "8bit": "",
    "x-unknown": "",
    "default": "",
}
CYRILLIC = ("cp1251", "koi8-r", "cp866", "iso8859-5")
SURE_OF = 5.0  # summed over all characters: the lead another encoding needs to overrule the label
# Shares of letters in Russian text, percent.
SHARES = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (10.97, 8.45, 8.01, 7.35, 6.7, 6.26, 5.47, 4.73, 4.54, 4.4, 3.49, 3.21, 2.98, 2.81, 2.62, 2.01, 1.9, 1.74, 1.7,
         1.65, 1.59, 1.44, 1.21, 0.97, 0.94, 0.73, 0.64, 0.48, 0.36, 0.32, 0.26, 0.04, 0.3),
        strict=True,
    )
)  # fmt: skip
RARE = math.log(0.01)
TYPOGRAPHY = set("«»—–„“”’‘…№°·\xa0©®•§±²³")
MIXED = re.compile(r"[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]")


def codec_of(label: str) -> str:
    """Return Python's name of the encoding that a mail's label names; empty: unknown."""
    name = label.strip().strip("\"'").lower().replace("_", "-")
    name = ALIASES.get(name, name)
    for candidate in (name, name.removeprefix("x-"), *_windows(name)):
        try:
            codec = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        if getattr(codec, "_is_text_encoding", True):
            return codec.name
    return ""


def _windows(name: str) -> tuple[str, ...]:
    """``windows-1251-u``, ``x-cp-1251`` and ``win1251`` all mean cp1251."""
    code_page = re.search(r"(?:cp|win|windows|ms)\D{0,3}(125\d|866)", name)
    koi = ("koi8-r",) if name.replace("-", "").removeprefix("x").startswith("koi8r") else ()
    return ((f"cp{code_page[1]}",) if code_page else ()) + koi


def decoded(data: bytes, label: str = "") -> str:
    """Return the text of bytes labelled with the encoding `label`. Never raises. NULs are dropped."""
    codec = codec_of(label) if label else ""
    if data.isascii() and not codec.startswith(("utf", "iso2022", "hz")):
        return data.decode("ascii").replace("\0", "")
    return _decoded(data, codec).replace("\0", "")


def _decoded(data: bytes, codec: str) -> str:
    if codec:
        text = _strict(data, codec)
        if text is not None and not _is_doubtful(text, codec):
            return text
    guess = guessed(data)
    if codec and text is not None:
        better = (plausibility(guess) - plausibility(text)) * sum(char > "\x7f" for char in guess)
        return guess if better > SURE_OF and not MIXED.search(guess) else text
    return guess


def _is_doubtful(text: str, codec: str) -> bool:
    """Whether a successful decoding may still be wrong: in these encodings almost every byte is a letter."""
    return codec in CYRILLIC or codec.startswith(("iso8859", "cp125", "mac", "latin")) or "\ufffd" in text


def guessed(data: bytes) -> str:
    """Return the text of bytes of unknown encoding, read as UTF-8 or else as the likeliest Cyrillic encoding."""
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    if _broken_characters(data):
        return data.decode("utf-8", "replace")
    return max((data.decode(codec, "replace") for codec in CYRILLIC), key=plausibility)


def _broken_characters(data: bytes) -> bool:
    """Whether the bytes are UTF-8 with a few damaged characters, as after a cut."""
    text = data.decode("utf-8", "replace")
    return text.count("\ufffd") * 10 < sum(1 for char in text if "\u0400" <= char <= "\u04ff")


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def plausibility(text: str) -> float:
    """Return the mean log frequency in Russian of the characters beyond ASCII; 0 when there are none.

    Real Russian text scores around 1.2, other text less.
    """
    total, count, before = 0.0, 0, " "
    for char in text[:20_000]:
        if char > "\x7f":
            count += 1
            share = SHARES.get(char.lower())
            total += math.log(share) if share else (0.0 if char in TYPOGRAPHY else RARE)
            if char.isupper() and before.islower():
                total -= 3.0
        before = char
    return total / count if count else 0.0
