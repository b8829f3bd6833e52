"""What a resident does in the Telegram app, and what the app shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.telegram.api import FakeTelegram

Json = dict[str, Any]
MEDIA: dict[str, Json] = {
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "🚿"},
    "voice": {"duration": 3, "mime_type": "audio/ogg"},
    "video": {"width": 640, "height": 360, "duration": 5},
    "video_note": {"length": 240, "duration": 5},
    "audio": {"duration": 200},
    "animation": {"width": 320, "height": 240, "duration": 2},
}


class Resident:
    """One person with a private chat; every action becomes an update of the bot."""

    def __init__(
        self, telegram: FakeTelegram, number: int, first_name: str, last_name: str = "", phone: str = "79161234567"
    ) -> None:
        self.id = number
        self.phone = phone
        self.started = False
        self.blocked = False
        self.messages: list[Json] = []  # of both sides, as the Bot API describes them
        self.keyboard: list[list[Json]] = []  # shown below the text field
        self._telegram = telegram
        self._names = {"first_name": first_name, **({"last_name": last_name} if last_name else {})}
        self.orderly = True  # False: takes up messages that come later than the ones said after them
        self._seen = 0
        self._read: set[int] = set()

    # --- what the resident does ---

    async def start(self, payload: str = "") -> Json | None:
        return await self.write(f"/start {payload}".strip())

    async def write(self, text: str, *, update_id: int | None = None) -> Json | None:
        entities = {}
        if text.startswith("/"):
            length = len(text.split(" ")[0])
            entities = {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}
        return await self._say({"text": text, **entities}, update_id)

    async def edit(self, text: str) -> Json | None:
        """Correct the latest text of one's own."""
        message = next(m for m in reversed(self.messages) if not m["from"]["is_bot"] and "text" in m)
        message.pop("entities", None)
        message |= {"text": text, "edit_date": int(self._telegram.now())}
        return await self._update("edited_message", dict(message))

    async def press(self, label: str) -> Json | None:
        """Press the newest button that shows `label`, under a message or below the text field."""
        for message in reversed(self.messages):
            for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    if button["text"] == label:
                        return await self.press_data(button["callback_data"], message)
        for button in (button for row in self.keyboard for button in row):
            if button["text"] == label:
                self.keyboard = []  # all our keyboards close when they were used
                if button.get("request_contact"):
                    return await self.send_contact()
                return await self.send_location() if button.get("request_location") else await self.write(label)
        raise AssertionError(f"no button {label!r}; there are {self.buttons()}")

    async def press_data(self, data: str, message: Json | None = None) -> Json | None:
        """Press a button with this data; without `message` it is too old for Telegram to know it."""
        number = f"press-{self.id}-{len(self._telegram.methods.open_presses)}-{self._telegram.updates.next_id}"
        self._telegram.methods.open_presses[number] = self._telegram.now()
        held = message or {"chat": self.chat(), "message_id": 1, "date": 0}
        query = {"id": number, "from": self.user(), "chat_instance": f"chat-{self.id}", "data": data, "message": held}
        return await self._update("callback_query", query)

    async def send_photo(self, data: bytes, caption: str = "") -> Json | None:
        return await self._say({"photo": self._telegram.methods.keep_photo(data), **self._caption(caption)})

    async def send_document(
        self, data: bytes, name: str, mime: str, caption: str = "", *, claimed_size: int = 0
    ) -> Json | None:
        kept = self._telegram.methods.keep_file(data, "documents/file_{}", claimed_size)
        return await self._say({"document": {**kept, "file_name": name, "mime_type": mime}, **self._caption(caption)})

    async def send_contact(self, phone: str = "", *, of_another: bool = False) -> Json | None:
        """Share the own number, or another person's card."""
        contact: Json = {
            "phone_number": phone or self.phone,
            **(self._names if not of_another else {"first_name": "Иван"}),
        }
        if not of_another:
            contact["user_id"] = self.id
        return await self._say({"contact": contact})

    async def send_location(self, latitude: float = 55.7558, longitude: float = 37.6173) -> Json | None:
        return await self._say({"location": {"latitude": latitude, "longitude": longitude}})

    async def send(self, kind: str, data: bytes = b"media") -> Json | None:
        """Send a sticker, a voice message and the like."""
        kept = self._telegram.methods.keep_file(data, kind + "/file_{}")
        content: Json = {kind: {**kept, **MEDIA[kind]}}
        if kind == "animation":  # the Bot API repeats it there for old clients
            content["document"] = kept
        return await self._say(content)

    async def block(self) -> Json | None:
        self.blocked = True
        return await self._membership("member", "kicked")

    async def unblock(self) -> Json | None:
        self.blocked = False
        return await self._membership("kicked", "member")

    # --- what the resident sees ---

    async def sees(self, text: str) -> Json:
        """Wait for a message of the bot with `text` in it, after the ones seen already; return it."""
        try:
            await self._telegram.until(lambda: self._find(text) >= 0, text)
        except AssertionError:
            shown = [said(message) for message in self.messages[self._seen :]]
            raise AssertionError(f"{text!r} did not come; since then: {shown}") from None
        found = self._find(text)
        self._read.add(found)
        self._seen = found + 1 if self.orderly else 0
        return self.messages[found]

    def buttons(self) -> list[str]:
        """Labels under the newest message of the bot, and below the text field."""
        message = next((m for m in reversed(self.messages) if m["from"]["is_bot"]), {})
        rows = [*message.get("reply_markup", {}).get("inline_keyboard", ()), *self.keyboard]
        return [button["text"] for row in rows for button in row]

    def received(self) -> list[str]:
        """Texts and captions of the bot's messages."""
        return [said(message) for message in self.messages if message["from"]["is_bot"]]

    def photo_of(self, message: Json) -> bytes:
        """The bytes of a photo in the chat, as the app would show it."""
        return self._telegram.methods.files[message["photo"][-1]["file_id"]].data

    def _find(self, text: str) -> int:
        return next(
            (
                number
                for number, message in enumerate(self.messages)
                if number >= self._seen
                and number not in self._read
                and message["from"]["is_bot"]
                and text in said(message)
            ),
            -1,
        )

    # --- as the Bot API describes it ---

    def user(self) -> Json:
        return {"id": self.id, "is_bot": False, "language_code": "ru", **self._names}

    def chat(self) -> Json:
        return {"id": self.id, "type": "private", **self._names}

    def _caption(self, caption: str) -> Json:
        return {"caption": caption} if caption else {}

    async def _say(self, content: Json, update_id: int | None = None) -> Json | None:
        if not self.started or self.blocked:  # the app opens the chat first
            self.started, self.blocked = True, False
        methods = self._telegram.methods
        methods.last_message_id += 1
        envelope = {"message_id": methods.last_message_id, "from": self.user(), "chat": self.chat()}
        message = {**envelope, "date": int(self._telegram.now()), **content}
        self.messages.append(message)
        return await self._update("message", dict(message), update_id)

    async def _membership(self, before: str, after: str) -> Json | None:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": self._telegram.bot, **until}

        change = {"old_chat_member": member(before), "new_chat_member": member(after)}
        envelope = {"chat": self.chat(), "from": self.user(), "date": int(self._telegram.now())}
        return await self._update("my_chat_member", {**envelope, **change})

    async def _update(self, kind: str, content: Json, update_id: int | None = None) -> Json | None:
        """Give the bot an update. Raises `SpecError` when Telegram could not send such a one."""
        self._telegram.check_update({"update_id": update_id or 1, kind: content})
        return await self._telegram.updates.add(kind, content, update_id=update_id)


def said(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "")
