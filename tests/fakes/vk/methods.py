"""The methods of the fake VK and the state they change: conversations, files, settings of the community."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.vk import spec
from tests.fakes.vk.script import ScriptError, calls_of

if TYPE_CHECKING:
    from tests.fakes.vk.api import FakeVk
    from tests.fakes.vk.people import Resident

TEXT_LENGTH = 4096
RECOGNISED_SECONDS = 3600
RECOGNISED_MESSAGES = 100
EDIT_SECONDS = 24 * 3600
REFUSED_FILES = ("mp3", "exe", "bat")

Json = dict[str, Any]


class ApiError(Exception):
    """An answer with an error envelope."""

    def __init__(self, code: int) -> None:
        super().__init__(f"VK error {code}")
        self.code = code


class Methods:
    def __init__(self, vk: FakeVk) -> None:
        self.files: dict[str, bytes] = {}
        self.uploaded: dict[str, Json] = {}  # names as in `attachment`
        self.rights = ["manage", "messages", "photos", "docs"]
        self.confirmation = "c0nf1rm"
        self.screen_name = "uk_uyut"
        self.long_poll_on = True
        self.ticks = {"message_new": 1, "message_allow": 1, "message_deny": 1, "message_edit": 1}
        self.servers: list[Json] = []
        self.whole: dict[int, Json] = {}  # cmid -> what a cut message is in full
        self.pressed: list[str] = []  # answered events of presses
        self._vk = vk
        self._last_message = 1000

    async def call(self, method: str, parameters: Json) -> Any:
        return getattr(self, "_" + method.replace(".", "_"))(**parameters)

    def next_message_id(self) -> int:
        self._last_message += 1
        return self._last_message

    # --- messages ---

    def _messages_send(self, **given: Any) -> int:
        resident = self._reachable(given["peer_id"])
        keyboard = self._keyboard(given)
        known = [one for one in resident.sent[-RECOGNISED_MESSAGES:] if one[0] > self._vk.now() - RECOGNISED_SECONDS]
        for _, number, message_id in known:
            if number == given["random_id"] != 0:
                self._vk.repeats += 1
                return message_id
        message = resident.add(given.get("message", ""), from_id=-self._vk.group_id, out=1, **self._shown(given))
        if keyboard is not None and keyboard.get("inline"):
            message["keyboard"] = keyboard
        elif keyboard is not None:
            resident.keyboard = keyboard if keyboard["buttons"] else None
        resident.sent.append((self._vk.now(), given["random_id"], message["id"]))
        return int(message["id"])

    def _messages_edit(self, peer_id: int, **given: Any) -> int:
        resident = self._reachable(peer_id)
        name = "id" if "message_id" in given else "conversation_message_id"
        number = given.get("message_id", given.get("cmid"))
        found = [one for one in resident.messages if one[name] == number and one["out"]]
        if not found:
            raise ApiError(15)
        if found[0]["date"] < self._vk.now() - EDIT_SECONDS:
            raise ApiError(909)
        keyboard = self._keyboard(given)
        found[0].pop("keyboard", None)
        found[0] |= {"text": given.get("message", "")} | ({"keyboard": keyboard} if keyboard else {})
        return 1

    def _reachable(self, peer: int) -> Resident:
        resident = self._vk.residents.get(peer)
        if resident is None:
            raise ApiError(936)
        if resident.blacklisted:
            raise ApiError(900)
        if not resident.allowed:
            raise ApiError(901)
        return resident

    def _keyboard(self, given: Json) -> Json | None:
        text = given.get("message", "")
        if len(text.encode("utf-16-le")) // 2 > TEXT_LENGTH:
            raise ApiError(914)
        if not text and not given.get("attachment"):
            raise ApiError(100)
        try:
            return spec.keyboard_of(given["keyboard"]) if "keyboard" in given else None
        except (spec.SpecError, ValueError) as error:
            self._vk.violations.append(str(error))
            raise ApiError(911) from error

    def _shown(self, given: Json) -> Json:
        name = given.get("attachment")
        if not name:
            return {}
        if name not in self.uploaded:
            raise ApiError(100)
        return {"attachments": [self.uploaded[name]]}

    def _messages_sendMessageEventAnswer(self, event_id: str, **_: Any) -> int:  # noqa: N802  # VK's name, as below
        self.pressed.append(event_id)
        return 1

    def _messages_getByConversationMessageId(self, conversation_message_ids: list[int], **_: Any) -> Json:  # noqa: N802
        found = [self.whole[number] for number in conversation_message_ids if number in self.whole]
        return {"count": len(found), "items": found}

    def _execute(self, code: str) -> Any:
        try:
            calls = calls_of(code)
        except ScriptError as error:
            raise ApiError(error.code) from error
        results: list[Any] = []
        errors: list[Json] = []
        for call in calls:
            try:
                parameters = spec.check_parameters("messages.send", call)
                self._vk.calls.append(("messages.send", parameters))
                self._vk.fail_now("messages.send")
                results.append(self._messages_send(**parameters))
            except ApiError as error:
                results.append(False)
                errors.append({"method": "messages.send", "error_code": error.code, "error_msg": "…"})
        return {"response": results, **({"execute_errors": errors} if errors else {})}

    # --- the community ---

    def _groups_getById(self, **_: Any) -> Json:  # noqa: N802
        return {"groups": [{"id": self._vk.group_id, "screen_name": self.screen_name, "name": "УК"}], "profiles": []}

    def _groups_getTokenPermissions(self) -> Json:  # noqa: N802
        return {"mask": 1, "permissions": [{"name": name, "setting": 1} for name in self.rights]}

    def _groups_getCallbackConfirmationCode(self, **_: Any) -> Json:  # noqa: N802
        return {"code": self.confirmation}

    def _groups_getCallbackServers(self, **_: Any) -> Json:  # noqa: N802
        return {"count": len(self.servers), "items": self.servers}

    def _groups_getCallbackSettings(self, **_: Any) -> Json:  # noqa: N802
        return {"api_version": "5.199", "events": self._events()}

    def _groups_getLongPollSettings(self, **_: Any) -> Json:  # noqa: N802
        return {"api_version": "5.199", "events": self._events(), "is_enabled": self.long_poll_on}

    def _groups_getLongPollServer(self, **_: Any) -> Json:  # noqa: N802
        return {"key": self._vk.events.key, "server": f"{self._vk.base}/poll", "ts": str(self._vk.events.ts)}

    def _events(self) -> Json:
        known = spec.SPEC["definitions"]["groups_long_poll_events"]["properties"]
        return {name: self.ticks.get(name, 0) for name in known}

    def server(self, url: str, secret: str, status: str = "ok") -> None:
        """A callback server as the administrator made it."""
        self.servers = [
            {"id": 1, "title": "bot", "creator_id": 1, "url": url, "secret_key": secret, "status": status},
        ]

    # --- files ---

    def _photos_getMessagesUploadServer(self, **_: Any) -> Json:  # noqa: N802
        return {"album_id": -64, "upload_url": f"{self._vk.base}/upload/photo", "user_id": 0}

    def _docs_getMessagesUploadServer(self, **_: Any) -> Json:  # noqa: N802
        return {"upload_url": f"{self._vk.base}/upload/file"}

    def uploads(self, field: str, data: bytes, name: str) -> Json:
        """What an upload server answers."""
        kept = hashlib.sha256(data).hexdigest()[:16]
        self.files[kept] = data
        if field == "file":
            bad = name.rpartition(".")[2].lower() in REFUSED_FILES
            return {"error": "file ext is not supported"} if bad else {"file": f"{kept}|{name}"}
        try:
            width, height = Image.open(io.BytesIO(data)).size
        except UnidentifiedImageError:
            return {"error": "ERR_UPLOAD_BAD_IMAGE"}
        if width + height > 14000 or max(width, height) > 20 * min(width, height):
            return {"server": 1, "photo": "[]", "hash": kept}
        return {"server": 1, "photo": json.dumps([{"photo": kept}]), "hash": kept}

    def _photos_saveMessagesPhoto(self, photo: str, **_: Any) -> list[Json]:  # noqa: N802
        found = json.loads(photo)
        if not found:
            raise ApiError(129)
        made = self.photo_of(self.files[found[0]["photo"]], -self._vk.group_id)
        self._name("photo", made)
        return [made["photo"]]

    def _docs_save(self, file: str, title: str, **_: Any) -> Json:
        kept, name = file.split("|")
        made = self.document_of(self.files[kept], name, -self._vk.group_id)
        made["doc"]["title"] = title
        self._name("doc", made)
        return {"type": "doc", "doc": made["doc"]}

    def _name(self, kind: str, made: Json) -> None:
        held = made[kind]
        self.uploaded[f"{kind}{held['owner_id']}_{held['id']}_{held['access_key']}"] = made

    def keep(self, data: bytes) -> str:
        """Keep bytes; return the address from which they can be fetched."""
        name = f"f{len(self.files)}"
        self.files[name] = data
        return f"{self._vk.base}/files/{name}"

    def photo_of(self, data: bytes, owner: int) -> Json:
        url, number = self.keep(data), len(self.files)
        small = {"type": "s", "url": f"{self._vk.base}/files/small", "width": 75, "height": 50}
        large = {"type": "w", "url": url, "width": 1600, "height": 1200}
        middle = {"type": "x", "url": f"{self._vk.base}/files/middle", "width": 604, "height": 403}
        envelope = {"id": number, "owner_id": owner, "album_id": -3, "date": 1, "has_tags": False, "access_key": "k1"}
        return {"type": "photo", "photo": {**envelope, "sizes": [small, large, middle]}}

    def document_of(self, data: bytes, name: str, owner: int, claimed_size: int = 0) -> Json:
        held = {
            "id": len(self.files) + 1,
            "owner_id": owner,
            "title": name,
            "size": claimed_size or len(data),
            "ext": name.rpartition(".")[2],
            "url": self.keep(data),
            "date": 1,
            "type": 8,
            "access_key": "d1",
        }
        return {"type": "doc", "doc": held}
