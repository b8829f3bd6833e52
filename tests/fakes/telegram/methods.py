"""The methods of the fake Bot API and the state they change: chats, messages, files."""

from __future__ import annotations

import io
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.telegram.updates import PRESS_SECONDS

if TYPE_CHECKING:
    from tests.fakes.telegram.api import FakeTelegram
    from tests.fakes.telegram.people import Resident

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
CALLBACK_BYTES = 64
PHOTO_BYTES = 10 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)

Json = dict[str, Any]


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, retry_after: int = 0) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad(words: str) -> ApiError:
    return ApiError(400, f"Bad Request: {words}")


@dataclass
class StoredFile:
    data: bytes = field(repr=False)
    path: str
    size: int


class Methods:
    def __init__(self, telegram: FakeTelegram) -> None:
        self.files: dict[str, StoredFile] = {}
        self.commands: list[Json] = []
        self.open_presses: dict[str, float] = {}  # id of a press, when it was made
        self.last_message_id = 100
        self._telegram = telegram
        self._sent_at: dict[int, deque[float]] = {}

    async def call(self, method: str, parameters: Json) -> Any:
        handler = getattr(self, f"_{method}")
        return await handler(**parameters)

    # --- updates ---

    async def _getMe(self) -> Json:  # noqa: N802  # named after the method of the Bot API, here and below
        return {**self._telegram.bot, "can_join_groups": False, "can_read_all_group_messages": False}

    async def _getUpdates(  # noqa: N802
        self, offset: int = 0, limit: int = 100, timeout: int = 0, allowed_updates: list[str] | None = None
    ) -> list[Json]:
        updates = self._telegram.updates
        if updates.webhook_url:
            words = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise ApiError(409, f"Conflict: {words}")
        if allowed_updates is not None:
            updates.allowed = allowed_updates
        return await updates.poll(offset, limit, timeout)

    async def _setWebhook(  # noqa: N802
        self,
        url: str,
        secret_token: str = "",
        allowed_updates: list[str] | None = None,
        max_connections: int = 40,
        drop_pending_updates: bool = False,
    ) -> bool:
        updates = self._telegram.updates
        if allowed_updates is not None:
            updates.allowed = allowed_updates
        if drop_pending_updates:
            updates.drop_all()
        updates.set_webhook(url, secret_token)
        return True

    async def _deleteWebhook(self, drop_pending_updates: bool = False) -> bool:  # noqa: N802
        self._telegram.updates.set_webhook("", "")
        if drop_pending_updates:
            self._telegram.updates.drop_all()
        return True

    async def _getWebhookInfo(self) -> Json:  # noqa: N802
        updates = self._telegram.updates
        info: Json = {"url": updates.webhook_url, "has_custom_certificate": False}
        info["pending_update_count"] = len(updates.pending())
        if updates.webhook_error:
            info |= {"last_error_date": int(updates.webhook_error[0]), "last_error_message": updates.webhook_error[1]}
        return info

    # --- sending ---

    async def _sendMessage(self, chat_id: int, text: str, **more: Any) -> Json:  # noqa: N802
        if not text.strip():
            raise bad("message text is empty")
        if units(text) > TEXT_LENGTH:
            raise bad("message is too long")
        return self._say(chat_id, more, text=text)

    async def _sendPhoto(self, chat_id: int, photo: bytes | str, caption: str = "", **more: Any) -> Json:  # noqa: N802
        if isinstance(photo, str):
            if photo not in self.files:
                raise bad("wrong remote file identifier specified: wrong string length")
            photo = self.files[photo].data
        return self._say(chat_id, more, **captioned(caption), photo=self.keep_photo(photo))

    async def _sendDocument(self, chat_id: int, document: bytes, caption: str = "", **more: Any) -> Json:  # noqa: N802
        kept = self.keep_file(document, "documents/file_{}.bin")
        return self._say(chat_id, more, **captioned(caption), document=kept)

    async def _sendChatAction(self, chat_id: int, action: str) -> bool:  # noqa: N802
        self._reachable(chat_id)
        return True

    async def _answerCallbackQuery(self, callback_query_id: str, **more: Any) -> bool:  # noqa: N802
        pressed_at = self.open_presses.pop(callback_query_id, None)
        if pressed_at is None or self._telegram.now() - pressed_at > PRESS_SECONDS:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        return True

    async def _editMessageReplyMarkup(  # noqa: N802
        self, chat_id: int, message_id: int, reply_markup: Json | None = None
    ) -> Json:
        message = self._own(chat_id, message_id)
        if message.get("reply_markup") == reply_markup:
            raise bad(NOT_MODIFIED)
        return self._changed(message, reply_markup)

    async def _editMessageText(  # noqa: N802
        self, chat_id: int, message_id: int, text: str, reply_markup: Json | None = None
    ) -> Json:
        message = self._own(chat_id, message_id)
        if not text.strip():
            raise bad("message text is empty")
        if units(text) > TEXT_LENGTH:
            raise bad("message is too long")
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        if (message["text"], message.get("reply_markup")) == (text, reply_markup):
            raise bad(NOT_MODIFIED)
        message["text"] = text
        return self._changed(message, reply_markup)

    def _own(self, chat_id: int, message_id: int) -> Json:
        messages = self._reachable(chat_id).messages
        message = next((found for found in messages if found["message_id"] == message_id), None)
        if message is None or not message["from"]["is_bot"]:
            raise bad("message to edit not found")
        return message

    def _changed(self, message: Json, reply_markup: Json | None) -> Json:
        message.pop("reply_markup", None)
        if reply_markup:
            check_buttons(reply_markup)
            message["reply_markup"] = reply_markup
        message["edit_date"] = int(self._telegram.now())
        return message

    async def _setMyCommands(self, commands: list[Json]) -> bool:  # noqa: N802
        self.commands = commands
        return True

    def _reachable(self, chat_id: int) -> Resident:
        resident = self._telegram.residents.get(chat_id)
        if resident is None or not resident.started:
            raise bad("chat not found")
        if resident.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return resident

    def _say(self, chat_id: int, more: Json, **content: Any) -> Json:
        resident = self._reachable(chat_id)
        self._keep_pace(chat_id)
        markup = more.get("reply_markup") or {}
        check_buttons(markup)
        self.last_message_id += 1
        message = {
            "message_id": self.last_message_id,
            "from": self._telegram.bot,
            "chat": resident.chat(),
            "date": int(self._telegram.now()),
            **content,
        }
        if "inline_keyboard" in markup:
            message["reply_markup"] = markup
        elif markup:  # a keyboard below the text field, or its removal, is the client's and not in the message
            resident.keyboard = markup.get("keyboard", [])
        resident.messages.append(message)
        return message

    def _keep_pace(self, chat_id: int) -> None:
        if self._telegram.per_chat is None:
            return
        count, seconds = self._telegram.per_chat
        sent, now = self._sent_at.setdefault(chat_id, deque()), self._telegram.now()
        while sent and sent[0] <= now - seconds:
            sent.popleft()
        if len(sent) >= count:
            wait = max(1, round(sent[0] + seconds - now + 0.5))
            raise ApiError(429, f"Too Many Requests: retry after {wait}", wait)
        sent.append(now)

    # --- files ---

    async def _getFile(self, file_id: str) -> Json:  # noqa: N802
        if file_id not in self.files:
            raise bad("invalid file_id")
        file = self.files[file_id]
        if file.size > DOWNLOAD_BYTES:
            raise bad("file is too big")
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": file.size, "file_path": file.path}

    def file_at(self, path: str) -> bytes | None:
        return next((file.data for file in self.files.values() if file.path == path), None)

    def keep_file(self, data: bytes, path: str, size: int = 0) -> Json:
        """Keep a file; `size` may claim more than there is, so that no test needs 21 MB."""
        number = len(self.files) + 1
        file_id = f"FILE-{number:04}-of-{self._telegram.bot['id']}"
        self.files[file_id] = StoredFile(data, path.format(number), size or len(data))
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": self.files[file_id].size}

    def keep_photo(self, data: bytes) -> list[Json]:
        """Keep a photo in two sizes, smallest first, as Telegram lists them."""
        try:
            with Image.open(io.BytesIO(data)) as image:
                width, height = image.size
                small = image.convert("RGB")
                small.thumbnail((90, 90))
        except UnidentifiedImageError:
            raise bad("IMAGE_PROCESS_FAILED") from None
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        if len(data) > PHOTO_BYTES:
            raise bad("file is too big")
        thumbnail = io.BytesIO()
        small.save(thumbnail, "JPEG")
        sizes = ((thumbnail.getvalue(), *small.size), (data, width, height))
        return [
            {**self.keep_file(bytes_, "photos/file_{}.jpg"), "width": wide, "height": high}
            for bytes_, wide, high in sizes
        ]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def captioned(caption: str) -> Json:
    if units(caption) > CAPTION_LENGTH:
        raise bad("message caption is too long")
    return {"caption": caption} if caption else {}


def check_buttons(markup: Json) -> None:
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            if not button["text"]:
                raise bad("can't parse inline keyboard button: Text must be non-empty")
            if not 1 <= len(button.get("callback_data", "x").encode()) <= CALLBACK_BYTES:
                raise bad("BUTTON_DATA_INVALID")
