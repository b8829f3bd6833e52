"""The webhook subscription at MAX.

A new address does not replace the old one. MAX drops an address that does not answer.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from channels.max.api import MaxApi
from channels.max.config import MaxConfig
from channels.max.incoming import UPDATE_TYPES

logger = logging.getLogger(__name__)


class Subscription:
    """All methods raise `channels.max.errors.LIBRARY_ERRORS`."""

    def __init__(self, api: MaxApi, config: MaxConfig) -> None:
        self._api = api
        self._url = config.webhook_url
        self._secret = config.secret

    async def renew(self) -> None:
        """Subscribe and remove our old addresses.

        An existing subscription is renewed too, because its secret and kinds may have changed.
        """
        await self._api.subscribe(self._url, self._secret)
        for subscription in await self._api.subscriptions():
            if is_stale(str(subscription.get("url")), self._url):
                await self._api.unsubscribe(str(subscription.get("url")))
        logger.info("webhook set", extra={"action": "max.webhook_set"})

    async def is_current(self) -> bool:
        """Whether MAX calls our address with all the kinds we read. A subscription without kinds counts as complete."""
        for subscription in await self._api.subscriptions():
            if subscription.get("url") == self._url:
                kinds = subscription.get("update_types")
                return not isinstance(kinds, list) or not kinds or set(UPDATE_TYPES) <= set(map(str, kinds))
        return False

    async def remove_all(self) -> None:
        """Remove all subscriptions, because polling gives nothing while there is one."""
        subscribed = await self._api.subscriptions()
        for subscription in subscribed:
            await self._api.unsubscribe(str(subscription.get("url")))
        if subscribed:
            logger.warning("webhooks removed", extra={"action": "max.unsubscribed", "count": len(subscribed)})


def is_stale(other: str, url: str) -> bool:
    """Whether a subscription is an old one of ours: on our host, with another path."""
    try:
        theirs, ours = urlsplit(other), urlsplit(url)
        return other != url and (theirs.hostname, theirs.port or 443) == (ours.hostname, ours.port or 443)
    except ValueError:
        return False
