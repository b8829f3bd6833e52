"""What the methods of the fake MAX do: dialogs, messages, files, and the limits the documents name."""

from __future__ import annotations

import json
import secrets
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.max import spec

if TYPE_CHECKING:
    from tests.fakes.max.api import FakeMax
    from tests.fakes.max.people import Resident

BOT_PER_SECOND = 30
CHAT_PER_SECOND = 2
EDIT_SECONDS = 7 * 24 * 3600
LONE = ("file", "audio", "contact", "sticker")
WIDE = ("link", "open_app", "request_contact", "request_geo_location")

Json = dict[str, Any]


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str = "", retry_after: int = 0) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass
class Kept:
    """An uploaded file. refusals: how often it is not ready yet."""

    data: bytes
    name: str
    kind: str
    refusals: int = 0


class Methods:
    def __init__(self, fake: FakeMax) -> None:
        self.files: dict[str, Kept] = {}  # by token, and by name in /cdn
        self.commands: list[Json] = []
        self.open_presses: set[str] = set()
        self.not_ready = 0  # refusals that the next uploaded file begins with
        self._fake = fake
        self._places: dict[str, str] = {}  # upload place -> kind
        self._tokens: dict[str, str] = {}  # upload place -> token told beforehand
        self._requests: deque[float] = deque(maxlen=BOT_PER_SECOND)
        self._chats: dict[int, deque[float]] = {}
        self._messages = 0

    async def call(self, operation: str, query: Json, body: Any) -> Json:
        """Carry out a request that was checked. Raises `ApiError`."""
        match operation:
            case "GET /me":
                return self._fake.bot
            case "PATCH /me/commands":
                self.commands = body["commands"]
                return {"success": True}
            case "GET /updates":
                return await self._updates(query)
            case "GET /subscriptions" | "POST /subscriptions" | "DELETE /subscriptions":
                return self._subscriptions(operation, query, body)
            case "POST /uploads":
                return self._upload(query["type"])
            case "POST /messages":
                return self._send(query, body)
            case "PUT /messages" | "DELETE /messages":
                return self._change(query["message_id"], body)
            case "POST /answers":
                return self._answer(query["callback_id"])
        raise ApiError(405, "method.not.allowed")

    # --- limits ---

    def count(self, chat: int | None = None) -> None:
        """Raises `ApiError` when the bot, or the bot in this chat, asks too often."""
        times = self._requests if chat is None else self._chats.setdefault(chat, deque(maxlen=CHAT_PER_SECOND))
        now = self._fake.now()
        if len(times) == times.maxlen and times[0] > now - 1:
            self._fake.throttled += 1
            raise ApiError(429, "too.many.requests", "Too many requests", self._fake.retry_after)
        times.append(now)

    # --- receiving ---

    async def _updates(self, query: Json) -> Json:
        if self._fake.updates.subscriptions:
            raise ApiError(405, "method.not.allowed", "Webhook is set")
        marker = int(query["marker"]) if "marker" in query else None
        limit, timeout = int(query.get("limit", 100)), int(query.get("timeout", 30))
        found, following = await self._fake.updates.poll(marker, limit, timeout)
        return {"updates": found, "marker": following}

    def _subscriptions(self, operation: str, query: Json, body: Any) -> Json:
        updates = self._fake.updates
        if operation.startswith("POST"):
            updates.subscribe(body["url"], body.get("update_types", []), body.get("secret", ""))
        elif operation.startswith("DELETE"):
            updates.subscriptions.pop(query["url"], None)
        else:
            listed = [
                {"url": one.url, "time": int(one.since * 1000), "update_types": one.kinds or None}
                for one in updates.subscriptions.values()
            ]
            return {"subscriptions": listed}
        return {"success": True}

    # --- files ---

    def _upload(self, kind: str) -> Json:
        place = secrets.token_hex(8)
        self._places[place] = kind
        if kind in ("video", "audio"):
            self._tokens[place] = f"told-{place}"
            return {"url": f"{self._fake.base}/upload/{place}", "token": self._tokens[place]}
        return {"url": f"{self._fake.base}/upload/{place}"}

    def take_file(self, place: str, data: bytes, name: str) -> str:
        """Keep a file; return the answer of the upload server, which is not always JSON."""
        kind = self._places[place]
        token = self._tokens.get(place) or f"token-{place}"
        self.files[token] = Kept(data, name, kind, self.not_ready)
        self.not_ready = 0
        if kind in ("video", "audio"):
            return "<retval>1</retval>"
        answer = {"photos": {place: {"token": token}}} if kind == "image" else {"fileId": 7, "token": token}
        spec.check(answer, "PhotoTokens" if kind == "image" else "UploadedFile")
        return json.dumps(answer)

    def keep(self, data: bytes, name: str, kind: str = "file") -> str:
        """Keep a file of a resident; return the address it can be had from."""
        token = secrets.token_hex(8)
        self.files[token] = Kept(data, name, kind)
        return f"{self._fake.base}/cdn/{token}"

    # --- messages ---

    def _send(self, query: Json, body: Json) -> Json:
        resident = self._resident(int(query.get("chat_id", 0)))
        self.count(resident.chat_id)
        message = self.message(resident, self._fake.bot_user(), body.get("text"), self._shown(body))
        message["notify"] = body.get("notify", True)  # ours; not told
        resident.messages.append(message)
        return {"message": told(message)}

    def _change(self, message_id: str, body: Json | None) -> Json:
        for resident in self._fake.residents.values():
            for message in resident.messages:
                if message["body"]["mid"] == message_id:
                    self.count(resident.chat_id)
                    return self._change_found(resident, message, body)
        raise ApiError(404, "not.found", "message not found")

    def _change_found(self, resident: Resident, message: Json, body: Json | None) -> Json:
        if resident.stopped:
            raise ApiError(403, "chat.denied", "error.dialog.suspended")
        if body is None:
            resident.messages.remove(message)
            return {"success": True}
        has_keyboard = any(one["type"] == "inline_keyboard" for one in message["body"]["attachments"] or ())
        if not has_keyboard and self._fake.now() - message["timestamp"] / 1000 > EDIT_SECONDS:
            return {"success": False, "message": "message is too old"}
        if body.get("attachments") is not None:
            message["body"]["attachments"] = self._shown(body)
        if body.get("text") is not None:
            message["body"]["text"] = body["text"]
        return {"success": True}

    def _answer(self, callback_id: str) -> Json:
        chat = callback_id.partition("-")[0]
        if chat.isdigit():
            self.count(int(chat))
        if callback_id not in self.open_presses:
            raise ApiError(400, "proto.payload", "callback is unknown")
        self.open_presses.remove(callback_id)
        return {"success": True}

    def _resident(self, chat: int) -> Resident:
        for resident in self._fake.residents.values():
            if resident.chat_id == chat and resident.started:
                if resident.stopped:
                    raise ApiError(403, "chat.denied", "error.dialog.suspended")
                return resident
        raise ApiError(404, "chat.not.found", "error.dialog.notfound")

    def message(self, resident: Resident, sender: Json, text: str | None, attachments: list[Json]) -> Json:
        """A message as MAX describes it."""
        self._messages += 1
        mid = f"mid.{self._messages:016x}"
        body = {"mid": mid, "seq": 10**15 + self._messages, "text": text or "", "attachments": attachments}
        recipient = {"chat_id": resident.chat_id, "chat_type": "dialog", "user_id": resident.id}
        return {"sender": sender, "recipient": recipient, "timestamp": self._fake.tick(), "body": body}

    def _shown(self, body: Json) -> list[Json]:
        """Turn attachments that were asked for into the ones that are seen."""
        attachments = body.get("attachments") or []
        kinds = [one["type"] for one in attachments if one["type"] != "inline_keyboard"]
        if len(attachments) > 12 or (len(kinds) > 1 and set(kinds) & set(LONE)):
            raise ApiError(400, "proto.payload", "attachments do not go together")
        if not body.get("text") and not kinds:
            raise ApiError(400, "proto.payload", "message is empty")
        return [self._show(one) for one in attachments]

    def _show(self, attachment: Json) -> Json:
        if attachment["type"] == "inline_keyboard":
            check_keyboard(attachment["payload"]["buttons"])
            return attachment
        payload = attachment["payload"]
        photos = payload.get("photos")
        token = next(iter(photos.values()))["token"] if photos else payload["token"]
        file = self.files.get(token)
        if file is None:
            raise ApiError(400, "proto.payload", "no such file")
        if file.refusals:
            file.refusals -= 1
            raise ApiError(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed")
        shown: Json = {"url": f"{self._fake.base}/cdn/{token}", "token": token}
        if file.kind == "image":
            return {"type": "image", "payload": {"photo_id": 1, **shown}}
        more = {"filename": file.name, "size": len(file.data)} if file.kind == "file" else {}
        return {"type": file.kind, "payload": shown, **more}


def told(message: Json) -> Json:
    return {name: value for name, value in message.items() if name != "notify"}


def check_keyboard(rows: list[list[Json]]) -> None:
    """Raises `SpecError` when MAX would not show these buttons."""
    if not 1 <= len(rows) <= 30 or sum(map(len, rows)) > 210:
        raise spec.SpecError(f"{len(rows)} rows of buttons")
    for row in rows:
        most = 3 if any(button["type"] in WIDE for button in row) else 7
        if not 1 <= len(row) <= most:
            raise spec.SpecError(f"{len(row)} buttons in a row of at most {most}")
