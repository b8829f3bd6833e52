"""Convert HTML mails to plain text: visible line breaks, quotes with ``>``, links with their address. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BREAKS = {"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote",
          "pre", "section", "article", "header", "footer", "address", "center", "dd", "dt"}  # fmt: skip
SPACED = {"p", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"}  # followed by an empty line
DROPPED = {"style", "script", "head", "title", "template", "object", "svg"}
QUOTE_CLASSES = re.compile(r"\b(gmail_quote|mail-quote-collapse|yahoo_quoted|moz-cite-prefix|protonmail_quote)\b")
QUOTE_IDS = {"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container"}
QUOTE_MARK = "\ue000"  # on its own line: the text below is quoted, unless it is a forward
LONGEST_LINK = 500
DEEPEST_QUOTE = 20


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._dropped = 0
        self._quotes = 0
        self._preformatted = 0
        self._link = ""
        self._link_text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self._dropped += 1
        if self._dropped:
            return
        given = {name: value or "" for name, value in attrs}
        if tag in BREAKS:
            self._break()
        if QUOTE_CLASSES.search(given.get("class", "")) or given.get("id", "").removeprefix("x_") in QUOTE_IDS:
            self._mark()
        match tag:
            case "blockquote":
                self._quotes += 1
            case "pre":
                self._preformatted += 1
            case "li":
                self._write("- ")
            case "td" | "th":
                self._write(" ")
            case "a":
                self._link, self._link_text = given.get("href", "").strip()[:LONGEST_LINK], ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self._dropped = max(0, self._dropped - 1)
        if tag == "body":
            self._dropped = 0
        if self._dropped:
            return
        if tag in BREAKS and tag not in ("br", "hr"):
            self._break()
            if tag in SPACED:
                self._blank()
        match tag:
            case "blockquote":
                self._quotes = max(0, self._quotes - 1)
            case "pre":
                self._preformatted = max(0, self._preformatted - 1)
            case "a":
                self._end_link()

    def handle_data(self, data: str) -> None:
        if self._dropped:
            return
        if self._link:
            self._link_text += data
        if self._preformatted:
            first, *rest = data.split("\n")
            self._write(first)
            for line in rest:
                self.lines.append("")
                self._write(line)
            return
        self._write(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _end_link(self) -> None:
        label = self._link_text.strip()
        if self._link.lower().startswith(("http://", "https://")) and self._link.rstrip("/") != label.rstrip("/"):
            self._write(f" ({self._link})" if label else self._link)
        self._link = ""

    def _write(self, text: str) -> None:
        if not self.lines[-1].strip("> "):
            text = text if self._preformatted else text.lstrip(" ")
            if text and not self.lines[-1]:
                self.lines[-1] = self._prefix
        self.lines[-1] += text

    def _break(self) -> None:
        if self.lines[-1].strip("> "):
            self.lines.append("")
        else:
            self.lines[-1] = ""

    def _blank(self) -> None:
        self.lines += [self._prefix.strip(), ""]

    def _mark(self) -> None:
        self._break()
        self.lines[-1:] = [QUOTE_MARK, ""]

    @property
    def _prefix(self) -> str:
        return "> " * min(self._quotes, DEEPEST_QUOTE)


class Breaks(Reader):
    """`Reader` that turns an empty ``<br>`` into an empty line."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" and not self._dropped:
            if not self.lines[-1]:
                self.lines[-1] = self._prefix.strip()
            self.lines.append("")
            return
        super().handle_starttag(tag, attrs)


def html_to_text(html: str) -> str:
    """Return the visible text, with at most one empty line in a row. Quoted lines begin with ``>``."""
    reader = Breaks()
    reader.feed(html)
    reader.close()
    text = "\n".join(line.replace("\xa0", " ").rstrip() for line in reader.lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def without_marks(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip() != QUOTE_MARK)
