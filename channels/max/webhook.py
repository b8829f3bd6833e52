"""The subscription: whom MAX calls. A new address does not replace the old; one that does not answer is dropped."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from channels.max.api import MaxApi
from channels.max.config import MaxConfig
from channels.max.incoming import UPDATE_TYPES

logger = logging.getLogger(__name__)


class Subscription:
    """Everything raises `channels.max.errors.LIBRARY_ERRORS`."""

    def __init__(self, api: MaxApi, config: MaxConfig) -> None:
        self._api = api
        self._url = config.webhook_url
        self._secret = config.secret

    async def renew(self) -> None:
        """Subscribe, also when we are subscribed: secret and kinds may be new; then take our old addresses away."""
        await self._api.subscribe(self._url, self._secret)
        for one in await self._api.subscriptions():
            if is_stale(str(one.get("url")), self._url):
                await self._api.unsubscribe(str(one.get("url")))
        logger.info("webhook set", extra={"action": "max.webhook_set"})

    async def is_current(self) -> bool:
        """Whether MAX calls our address with all the kinds we read; it may leave the kinds out."""
        for one in await self._api.subscriptions():
            if one.get("url") == self._url:
                kinds = one.get("update_types")
                return not isinstance(kinds, list) or not kinds or set(UPDATE_TYPES) <= set(map(str, kinds))
        return False

    async def remove_all(self) -> None:
        """While there is a subscription, polling gives nothing."""
        subscribed = await self._api.subscriptions()
        for one in subscribed:
            await self._api.unsubscribe(str(one.get("url")))
        if subscribed:
            logger.warning("webhooks removed", extra={"action": "max.unsubscribed", "count": len(subscribed)})


def is_stale(other: str, url: str) -> bool:
    """Whether a subscription is one of ours from before: on our host, with another path."""
    try:
        theirs, ours = urlsplit(other), urlsplit(url)
        return other != url and (theirs.hostname, theirs.port or 443) == (ours.hostname, ours.port or 443)
    except ValueError:
        return False
