"""Send one message, an edit, or up to 25 messages in one request.

VK drops a repeat of `random_id` in a conversation for an hour. So an unanswered send is repeated with the same number,
but not later than `REPEAT_SECONDS` after its first attempt with an unknown outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from channels.contract import Command, Files, Outgoing, SendError
from channels.vk import execute
from channels.vk.api import VkApi
from channels.vk.errors import LIBRARY_ERRORS, NOT_EDITABLE, BadAnswerError, VkError, as_send_error
from channels.vk.outgoing import Parameters, as_json, keyboard, parameters_for, peer_of
from channels.vk.uploads import Uploads

REPEAT_SECONDS = 50 * 60.0
REMEMBERED = 10_000  # keys and conversations; the oldest are forgotten
V = TypeVar("V")


class Sending:
    """menu: the commands on the keyboard of a message without buttons; empty: no keyboard."""

    def __init__(self, api: VkApi, files: Files, monotonic: Callable[[], float]) -> None:
        self.menu: Sequence[Command] = ()
        self._api = api
        self._uploads = Uploads(api, files)
        self._monotonic = monotonic
        self._unknown_since: dict[str, float] = {}  # key -> start of the first attempt that may have arrived
        self._half_sent: dict[str, int] = {}  # key of a message -> number of sent parts
        self._has_menu: dict[str, bool] = {}  # conversation -> whether its menu is open

    async def send(self, message: Outgoing) -> str:
        """Send one message; return VK's id of its last part. Raises only `SendError`."""
        self._refuse_late(message.key)
        calls = await self._calls(message)
        started = self._monotonic()
        try:
            sent = await self._edit(message, calls[0]) if message.edits and len(calls) == 1 else ""
            sent = sent or await self._say(message.key, calls)
        except LIBRARY_ERRORS as error:
            failed = as_send_error(error)
            self._settle(message, failed, started)
            raise failed from None
        self._settle(message, None, started)
        return sent

    async def _say(self, key: str, calls: Sequence[Parameters]) -> str:
        """Send the remaining parts; return the id of the last."""
        sent = ""
        for part in range(self._half_sent.get(key, 0), len(calls)):
            sent = _id_of(await self._api.call("messages.send", calls[part]))
            if part + 1 < len(calls):
                _remember(self._half_sent, key, part + 1)
        return sent

    async def send_many(self, messages: Sequence[Outgoing]) -> list[str | SendError]:
        """Send messages of one part in one request, the others one by one. Never raises."""
        results: dict[int, str | SendError] = {}
        together: list[tuple[int, Parameters]] = []
        for place, message in enumerate(messages):
            try:
                self._refuse_late(message.key)
                calls = await self._calls(message)
                if len(calls) == 1 and not message.edits and len(together) < execute.MOST_CALLS:
                    together.append((place, calls[0]))
                else:
                    results[place] = await self.send(message)
            except SendError as error:
                results[place] = error
        started = self._monotonic()
        for (place, _), result in zip(together, await self._execute([call for _, call in together]), strict=True):
            self._settle(messages[place], result if isinstance(result, SendError) else None, started)
            results[place] = result
        return [results[place] for place in range(len(messages))]

    async def _execute(self, calls: Sequence[Parameters]) -> list[str | SendError]:
        if not calls:
            return []
        try:
            answer = await self._api.call("execute", {"code": execute.program(calls)})
        except LIBRARY_ERRORS as error:
            return [as_send_error(error) for _ in calls]
        return execute.outcomes(answer, len(calls))

    async def _calls(self, message: Outgoing) -> list[Parameters]:
        """Return the calls. Raises `SendError` for a malformed address or a failed upload."""
        try:
            peer = peer_of(message)
        except ValueError:
            raise SendError("not_found", retryable=False, detail="the address is no person of VK") from None
        attachment = await self._uploads.attachment(message.file, peer) if message.file else ""
        calls = parameters_for(message, attachment, self.menu)
        if self.menu and self._has_menu.get(message.conversation) and _offers_nothing(message):
            calls[-1].pop("keyboard", None)  # already there; a repeat would make it pop open
        return calls

    async def _edit(self, message: Outgoing, call: Parameters) -> str:
        """Replace our message; return its id, or empty when VK refuses and a new one must be sent.

        `edits` is an id that `send` returned, or ``c`` and the message's number in its conversation, from a press.
        """
        number = message.edits.removeprefix("c")
        if not number.isascii() or not number.isdigit():
            return ""
        parameters = {name: value for name, value in call.items() if name not in ("random_id", "keyboard")}
        parameters["cmid" if message.edits.startswith("c") else "message_id"] = int(number)
        layout = keyboard(message, ())
        if layout is not None and layout.get("inline"):
            parameters["keyboard"] = as_json(layout)
        try:
            await self._api.call("messages.edit", parameters)
        except VkError as error:
            if error.code in NOT_EDITABLE:
                return ""
            raise
        return message.edits

    def _refuse_late(self, key: str) -> None:
        """Raise `SendError` for a repeat that VK would no longer recognise."""
        since = self._unknown_since.get(key)
        if since is not None and self._monotonic() - since > REPEAT_SECONDS:
            raise SendError("unknown", retryable=False, detail="VK recognises repeats for an hour only")

    def _settle(self, message: Outgoing, failed: SendError | None, started: float) -> None:
        """Record the state for a repeat and for the next message of the conversation."""
        if failed is None:
            self._unknown_since.pop(message.key, None)
            self._half_sent.pop(message.key, None)
            layout = keyboard(message, self.menu)
            if layout is not None and not layout.get("inline") and not message.edits:
                _remember(self._has_menu, message.conversation, bool(self.menu) and _offers_nothing(message))
        elif failed.code == "unknown" and message.key not in self._unknown_since:
            _remember(self._unknown_since, message.key, started)


def _offers_nothing(message: Outgoing) -> bool:
    return not message.buttons and message.ask != "location"


def _id_of(answer: Any) -> str:
    if isinstance(answer, int) and not isinstance(answer, bool):
        return str(answer)
    raise BadAnswerError(200, "no id of the message")


def _remember(memory: dict[str, V], key: str, value: V) -> None:
    memory[key] = value
    if len(memory) > REMEMBERED:
        del memory[next(iter(memory))]
