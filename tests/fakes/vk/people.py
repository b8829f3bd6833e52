"""What a resident does in the VK app, and what the app shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.vk.api import FakeVk

Json = dict[str, Any]
FULL_CLIENT: Json = {
    "button_actions": ["text", "location", "open_link", "callback"],
    "keyboard": True,
    "inline_keyboard": True,
    "carousel": True,
    "lang_id": 0,
}


class Resident:
    """One person and the conversation with the community; every action becomes an event."""

    def __init__(self, vk: FakeVk, number: int) -> None:
        self.id = number
        self.allowed = False  # the community may write
        self.blacklisted = False
        self.client = dict(FULL_CLIENT)
        self.messages: list[Json] = []  # of both sides
        self.keyboard: Json | None = None  # below the text field
        self.sent: list[tuple[float, int, int]] = []  # when, random_id, message id: of the community
        self._vk = vk
        self._seen = 0

    # --- what the resident does ---

    async def start(self, ref: str = "") -> Json:
        return await self.write("Начать", payload='{"command":"start"}', **({"ref": ref} if ref else {}))

    async def write(self, text: str, *, event_id: str = "", **more: Any) -> Json:
        """Write a message; `more` are other fields of it (attachments, payload, geo, ref)."""
        self.allowed = True
        message = self.add(text, from_id=self.id, out=0, **more)
        held = {"message": dict(message), "client_info": self.client}
        return await self._vk.events.add("message_new", held, event_id=event_id)

    async def edit(self, text: str) -> Json:
        """Correct the latest text of one's own."""
        message = next(one for one in reversed(self.messages) if not one["out"] and one["text"])
        message |= {"text": text, "update_time": int(self._vk.now())}
        return await self._vk.events.add("message_edit", dict(message))

    async def press(self, label: str) -> Json:
        """Press the newest button that shows `label`, under a message or below the text field."""
        for message in reversed(self.messages):
            for button in buttons_in(message.get("keyboard")):
                if button["action"].get("label") == label:
                    return await self._press(button["action"])
        for button in buttons_in(self.keyboard):
            if button["action"].get("label", "Отправить место") == label:
                if self.keyboard and self.keyboard.get("one_time"):
                    self.keyboard = None
                return await self._press(button["action"])
        raise AssertionError(f"no button {label!r}; there are {self.buttons()}")

    async def _press(self, action: Json) -> Json:
        payload = {"payload": action["payload"]} if "payload" in action else {}
        if action["type"] == "location":
            return await self.send_location(**payload)
        return await self.write(action["label"], **payload)

    async def press_callback(self, payload: object, cmid: int = 7) -> Json:
        """Press a button of type callback."""
        held = {"user_id": self.id, "peer_id": self.id, "event_id": f"press-{len(self._vk.events.history)}"}
        return await self._vk.events.add("message_event", {**held, "payload": payload, "conversation_message_id": cmid})

    async def send_photo(self, *data: bytes, text: str = "") -> Json:
        return await self.write(text, attachments=[self._vk.methods.photo_of(one, self.id) for one in data])

    async def send_document(self, data: bytes, name: str, *, claimed_size: int = 0) -> Json:
        return await self.write("", attachments=[self._vk.methods.document_of(data, name, self.id, claimed_size)])

    async def send_voice(self, data: bytes = b"OggS", seconds: int = 4) -> Json:
        url = self._vk.methods.keep(data)
        voice = {"id": 5, "owner_id": self.id, "duration": seconds, "link_mp3": url, "link_ogg": url, "waveform": [1]}
        return await self.write("", attachments=[{"type": "audio_message", "audio_message": voice}])

    async def send(self, kind: str, text: str = "") -> Json:
        """Send a sticker, a video and the like."""
        return await self.write(text, attachments=[{"type": kind, kind: {"id": 1, "owner_id": self.id}}])

    async def send_location(self, latitude: float = 55.7558, longitude: float = 37.6173, **more: Any) -> Json:
        geo = {"type": "point", "coordinates": {"latitude": latitude, "longitude": longitude}}
        return await self.write("", geo=geo, **more)

    async def deny(self) -> Json:
        self.allowed = False
        return await self._vk.events.add("message_deny", {"user_id": self.id})

    async def allow(self) -> Json:
        self.allowed = True
        return await self._vk.events.add("message_allow", {"user_id": self.id, "key": ""})

    # --- what the resident sees ---

    async def sees(self, text: str) -> Json:
        """Wait for a message of the bot with `text` in it, after the ones seen already; return it."""
        try:
            await self._vk.until(lambda: self._find(text) >= 0, text)
        except AssertionError:
            shown = [one["text"] for one in self.messages[self._seen :]]
            raise AssertionError(f"{text!r} did not come; since then: {shown}") from None
        self._seen = self._find(text) + 1
        return self.messages[self._seen - 1]

    def buttons(self) -> list[str]:
        """Labels under the newest message of the bot, and below the text field."""
        message = next((one for one in reversed(self.messages) if one["out"]), {})
        found = [*buttons_in(message.get("keyboard")), *buttons_in(self.keyboard)]
        return [button["action"].get("label", "Отправить место") for button in found]

    def received(self) -> list[str]:
        return [one["text"] for one in self.messages if one["out"]]

    def _find(self, text: str) -> int:
        places = range(self._seen, len(self.messages))
        return next((at for at in places if self.messages[at]["out"] and text in self.messages[at]["text"]), -1)

    def add(self, text: str, **more: Any) -> Json:
        """Put a message into the conversation."""
        number = self._vk.methods.next_message_id()
        message: Json = {
            "id": number,
            "conversation_message_id": len(self.messages) + 1,
            "date": int(self._vk.now()),
            "peer_id": self.id,
            "text": text,
            "version": 10000 + number,
            **more,
        }
        self.messages.append(message)
        return message


def buttons_in(keyboard: Json | str | None) -> list[Json]:
    found: Json = json.loads(keyboard) if isinstance(keyboard, str) else keyboard or {}
    return [button for row in found.get("buttons", ()) for button in row]
