"""A real Chromium for the tests that need one, and what is asked of every page."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from tests.support.tools import able

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Elements that a person uses must have a name; returns those without one.
NAMELESS = """() => [...document.querySelectorAll(
    'button, input:not([type=hidden]), textarea, a, img, iframe'
)].filter((element) => {
    const labelled = element.labels?.length || element.ariaLabel || element.alt || element.title;
    return !labelled && !element.textContent.trim();
}).map((element) => element.outerHTML)"""
# WCAG contrast of each visible text with the nearest opaque ground; returns what is below 4.5.
PALE = """() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (rgb) => rgb.slice(0, 3).map((value) => value / 255)
        .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = (element) => {
        for (; element; element = element.parentElement) {
            const color = channels(getComputedStyle(element).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
        return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll('body *')].filter((element) => element.offsetParent &&
        !element.closest(':disabled') &&
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
    return texts.map((element) => {
        const [one, two] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
        const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        return [element.className, element.textContent.slice(0, 40), ratio];
    }).filter(([, , ratio]) => ratio < 4.5);
}"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser; without one on this machine the test is skipped, or fails where nothing may be skipped."""
    able(bool(CHROMIUM), "no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield opened
        finally:
            await opened.close()
