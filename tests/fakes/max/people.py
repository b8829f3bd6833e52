"""What a resident does in MAX, and what the app shows."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from tests.fakes.max import spec

if TYPE_CHECKING:
    from tests.fakes.max.api import FakeMax

Json = dict[str, Any]


class Resident:
    """One person with a dialog; every action becomes an update of the bot."""

    def __init__(
        self, fake: FakeMax, number: int, first_name: str, last_name: str = "", phone: str = "79161234567"
    ) -> None:
        self.id = number
        self.chat_id = 700_000_000 + number
        self.phone = phone
        self.started = False
        self.stopped = False
        self.messages: list[Json] = []  # of both sides
        self._fake = fake
        self._names = {"first_name": first_name, "last_name": last_name}
        self._seen = 0

    # --- what the resident does ---

    async def start(self, payload: str = "") -> Json:
        self.started, self.stopped = True, False
        marked = {"payload": payload} if payload else {}
        return await self._update("bot_started", {**self._place(), **marked})

    async def stop(self) -> Json:
        self.stopped = True
        return await self._update("bot_stopped", self._place())

    async def remove_dialog(self) -> Json:
        self.stopped = True
        return await self._update("dialog_removed", {**self._place(), "user_locale": "ru"})

    async def write(self, text: str) -> Json:
        return await self.say(text)

    async def edit(self, text: str) -> Json:
        """Correct the latest text of one's own."""
        message = next(m for m in reversed(self.messages) if not m["sender"]["is_bot"])
        message["body"]["text"] = text
        return await self._update("message_edited", {"message": message})

    async def press(self, label: str) -> Json:
        """Press the newest button that shows `label`."""
        for message in reversed(self.messages):
            for button in buttons_of(message):
                if button["text"] == label:
                    return await self._press(button, message)
        raise AssertionError(f"no button {label!r}; there are {self.buttons()}")

    async def _press(self, button: Json, message: Json) -> Json:
        if button["type"] == "request_contact":
            return await self.send_contact()
        if button["type"] == "request_geo_location":
            return await self.send_location()
        return await self.press_payload(button["payload"], message)

    async def press_payload(self, payload: str, message: Json | None = None) -> Json:
        """Press a button with this payload; without `message` it was removed meanwhile."""
        moment = self._fake.tick()
        number = f"{self.chat_id}-press-{moment}"
        self._fake.methods.open_presses.add(number)
        callback = {"timestamp": moment, "callback_id": number, "payload": payload, "user": self.user()}
        shown = {name: value for name, value in message.items() if name != "notify"} if message else None
        return await self._update("message_callback", {"callback": callback, "message": shown})

    async def say(self, text: str = "", *attachments: Json, link: Json | None = None) -> Json:
        """Send a message with any attachments."""
        self.started, self.stopped = True, False
        message = self._fake.methods.message(self, self.user(), text, list(attachments))
        if link:
            message["link"] = link
        self.messages.append(message)
        return await self._update("message_created", {"message": message, "user_locale": "ru"})

    async def send_photo(self, data: bytes, caption: str = "") -> Json:
        return await self.say(caption, self.photo(data))

    def photo(self, data: bytes) -> Json:
        url = self._fake.methods.keep(data, "photo.jpg", "image")
        return {"type": "image", "payload": {"photo_id": 5, "token": "photo-token", "url": url}}

    def file(self, data: bytes, name: str, *, claimed_size: int = 0) -> Json:
        payload = {"token": "file-token", "url": self._fake.methods.keep(data, name)}
        return {"type": "file", "payload": payload, "filename": name, "size": claimed_size or len(data)}

    async def send_contact(self, phone: str = "", *, of_another: bool = False, forged: bool = False) -> Json:
        """Share the own number, another person's card, or a card somebody made up."""
        return await self.say("", self.contact(phone, of_another=of_another, forged=forged))

    def contact(self, phone: str = "", *, of_another: bool = False, forged: bool = False) -> Json:
        name = "Иван" if of_another else self._names["first_name"]
        card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:{phone or self.phone}\r\nFN:{name}\r\nEND:VCARD\r\n"
        key = "not the token" if forged else self._fake.token
        proof = hmac.new(key.encode(), card.encode(), hashlib.sha256).hexdigest()
        payload: Json = {"vcf_info": card, "max_info": self.user()}
        if of_another:
            payload["max_info"] = {**self.user(), "user_id": 1}
        return {"type": "contact", "payload": {**payload, "hash": proof}}

    async def send_location(self, latitude: float = 55.7558, longitude: float = 37.6173) -> Json:
        return await self.say("", {"type": "location", "latitude": latitude, "longitude": longitude})

    async def send(self, kind: str, data: bytes = b"media") -> Json:
        """Send a sticker, a voice message or a video."""
        payload: Json = {"url": self._fake.methods.keep(data, kind)}
        if kind == "sticker":
            return await self.say("", {"type": kind, "payload": {**payload, "code": "7"}, "width": 9, "height": 9})
        return await self.say("", {"type": kind, "payload": {**payload, "token": f"{kind}-token"}})

    # --- what the resident sees ---

    async def sees(self, text: str) -> Json:
        """Wait for a message of the bot with `text` in it, after the ones seen already; return its body."""
        try:
            await self._fake.until(lambda: self._find(text) >= 0, text)
        except AssertionError:
            shown = [message["body"]["text"] for message in self.messages[self._seen :]]
            raise AssertionError(f"{text!r} did not come; since then: {shown}") from None
        self._seen = self._find(text) + 1
        return dict(self.messages[self._seen - 1]["body"])

    def received(self) -> list[str]:
        return [message["body"]["text"] for message in self.messages if message["sender"]["is_bot"]]

    def buttons(self) -> list[str]:
        """Labels under the newest message of the bot."""
        message = next((m for m in reversed(self.messages) if m["sender"]["is_bot"]), None)
        return [button["text"] for button in buttons_of(message)] if message else []

    def _find(self, text: str) -> int:
        return next(
            (
                number
                for number, message in enumerate(self.messages)
                if number >= self._seen and message["sender"]["is_bot"] and text in message["body"]["text"]
            ),
            -1,
        )

    # --- as MAX describes it ---

    def user(self) -> Json:
        names = {**self._names, "name": self._names["first_name"], "username": None}
        return {"user_id": self.id, "is_bot": False, "last_activity_time": 1_790_000_000_000, **names}

    def _place(self) -> Json:
        return {"chat_id": self.chat_id, "user": self.user(), "user_locale": "ru"}

    async def _update(self, kind: str, content: Json) -> Json:
        """Give the bot an update. Raises `SpecError` when MAX could not send such a one."""
        update = {"update_type": kind, "timestamp": self._fake.tick(), **content}
        update = json.loads(json.dumps(update))  # what happens later must not change it
        spec.check(update, "Update")
        await self._fake.updates.add(update)
        return dict(update)


def buttons_of(message: Json) -> list[Json]:
    rows = [
        row
        for attachment in message["body"]["attachments"] or ()
        if attachment["type"] == "inline_keyboard"
        for row in attachment["payload"]["buttons"]
    ]
    return [button for row in rows for button in row]
