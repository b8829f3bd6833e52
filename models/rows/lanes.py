"""Lanes: groups of conversations, the grain of parallel work. Pure."""

from __future__ import annotations

import zlib

LANES = 64


def lane_of(tenant: int, channel: str, conversation: str) -> int:
    """Stable group of a conversation, 0..63; the same in every process and on every machine."""
    return zlib.crc32(f"{tenant}:{channel}:{conversation}".encode()) % LANES
