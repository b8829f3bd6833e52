"""Upload our files to VK: ask for a server, send the bytes, save, remember the name of the attachment.

An upload sends no message, so its failure never leaves a message unknown. Source: dev.vk.com, "Uploading files".
"""

from __future__ import annotations

from typing import Any

from channels.contract import FileRef, Files, SendError
from channels.vk.api import VkApi
from channels.vk.errors import LIBRARY_ERRORS, BadAnswerError, VkError, as_send_error, read_error

PHOTO_TYPES = ("image/jpeg", "image/png", "image/gif")
REFUSED_PHOTO = (100, 114, 118, 121, 122, 129)  # VK refused a picture, which is then sent as a document
KEPT_NAMES = 200  # of recently sent files, for retries and announcements


class Uploads:
    def __init__(self, api: VkApi, files: Files) -> None:
        self._api = api
        self._files = files
        self._known: dict[str, str] = {}  # stored name -> VK's name

    async def attachment(self, file: FileRef, peer: int) -> str:
        """Return VK's name of a stored file, as `messages.send` takes it. Raises `SendError`."""
        if known := self._known.get(file.remote_id):
            return known
        try:
            data, mime, name = await self._files.get(file.remote_id)
        except KeyError:
            raise SendError("rejected", retryable=False, detail="the file is not stored any more") from None
        try:
            made = await self._upload(data, mime, name or "file", peer)
        except LIBRARY_ERRORS as error:
            raise read_error(error) from None
        self._known[file.remote_id] = made
        if len(self._known) > KEPT_NAMES:
            del self._known[next(iter(self._known))]
        return made

    async def _upload(self, data: bytes, mime: str, name: str, peer: int) -> str:
        if mime in PHOTO_TYPES:
            try:
                if made := await self._photo(data, mime, name, peer):
                    return made
            except VkError as error:
                if error.code not in REFUSED_PHOTO:
                    raise
        return await self._document(data, mime, name, peer)

    async def _photo(self, data: bytes, mime: str, name: str, peer: int) -> str:
        """Return the photo's name; empty when the upload server refused it (too narrow, too large)."""
        url = await self._server("photos.getMessagesUploadServer", {"peer_id": peer})
        given = await self._api.upload(url, "photo", data, name, mime)
        photo, server, hashed = given.get("photo"), given.get("server"), given.get("hash")
        if not isinstance(photo, str) or photo in ("", "[]") or server is None:
            return ""
        saved = await self._api.call(
            "photos.saveMessagesPhoto", {"photo": photo, "server": str(server), "hash": str(hashed)}
        )
        return _named("photo", saved[0] if isinstance(saved, list) and saved else None)

    async def _document(self, data: bytes, mime: str, name: str, peer: int) -> str:
        url = await self._server("docs.getMessagesUploadServer", {"type": "doc", "peer_id": peer})
        given = await self._api.upload(url, "file", data, name, mime)
        if not isinstance(given.get("file"), str) or not given["file"]:
            raise SendError("rejected", retryable=False, detail="VK does not take such a file")
        saved = await self._api.call("docs.save", {"file": given["file"], "title": name})
        return _named("doc", saved.get("doc") if isinstance(saved, dict) else None)

    async def _server(self, method: str, parameters: dict[str, str | int | float]) -> str:
        """Return the upload address. Raises `SendError` if the resident blocked us; other errors are the library's."""
        try:
            answer = await self._api.call(method, parameters)
        except VkError as error:
            failure = as_send_error(error)
            if failure.code == "blocked_by_resident":
                raise failure from None
            raise
        url = answer.get("upload_url") if isinstance(answer, dict) else None
        if not isinstance(url, str):
            raise BadAnswerError(200, "no upload_url")
        return url


def _named(kind: str, saved: Any) -> str:
    if (
        not isinstance(saved, dict)
        or not isinstance(saved.get("id"), int)
        or not isinstance(saved.get("owner_id"), int)
    ):
        raise BadAnswerError(200, f"no saved {kind}")
    key = saved.get("access_key")
    return f"{kind}{saved['owner_id']}_{saved['id']}" + (f"_{key}" if isinstance(key, str) and key else "")
