// What is seen. Texts of people reach the page through textContent only.

import { Focus } from "./focus.js";

const WHO = { resident: "Вы", bot: "Помощник", dispatcher: "Диспетчер" };
const clock = new Intl.DateTimeFormat("ru", { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("ru", { day: "numeric", month: "long" });
const LINK = /https?:\/\/[^\s<>"«»]+[^\s<>"«».,;:!?)]|(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]?\d{2}[\s-]?\d{2}\b/g;

export class View {
  // showFile(url) resolves to an address that <img> and <a> may use.
  constructor(showFile) {
    this.showFile = showFile;
    this.log = document.getElementById("log");
    this.chips = document.getElementById("chips");
    this.state = document.getElementById("state");
    this.error = document.getElementById("error");
    this.focus = new Focus(this.log, this.chips, document.getElementById("text"));
    this.day = "";
    this.pending = new Map(); // item id -> element
    let wasAtEnd = true;
    this.log.addEventListener("scroll", () => (wasAtEnd = this.isAtEnd()));
    new ResizeObserver(() => wasAtEnd && this.toEnd()).observe(this.log); // a phone's keyboard opens, buttons appear
  }

  line(line) {
    const following = this.isAtEnd();
    this.newDay(new Date(line.at));
    const element = this.bubble(line.author, line.name, line.text, new Date(line.at));
    if (line.file) this.addFile(element, line.file);
    if (line.author === "bot" && line.buttons.length) {
      const labels = line.buttons.flat().map(([label]) => label);
      element.firstChild.append(make("p", "hidden options", `Варианты ответа: ${labels.join(", ")}`)); // heard, not seen
    }
    this.log.insertBefore(element, this.firstPending());
    if (following || line.author === "resident") this.toEnd();
  }

  firstPending() {
    return this.log.querySelector(".pending, .typing");
  }

  newDay(at) {
    const day = calendar.format(at);
    if (day === this.day) return;
    this.day = day;
    this.log.insertBefore(make("p", "day", day), this.firstPending());
  }

  bubble(author, name, text, at) {
    const element = make("article", `line ${author}`);
    const bubble = make("div", "bubble");
    const who = name && author === "dispatcher" ? `${WHO[author]} ${name}` : WHO[author] || WHO.bot;
    bubble.append(make("p", author === "dispatcher" ? "who" : "who hidden", who));
    if (text) bubble.append(withLinks(text));
    const time = make("time", "", clock.format(at));
    time.dateTime = at.toISOString();
    bubble.append(time);
    element.append(bubble);
    return element;
  }

  async addFile(element, file) {
    const link = make("a", "photo");
    link.target = "_blank";
    link.rel = "noopener";
    const time = element.querySelector("time");
    time.before(link);
    try {
      const address = await this.showFile(file.url);
      link.href = address;
      if (/^(audio|video)\//.test(file.mime)) {
        link.replaceWith(player(file, address));
        return;
      }
      if (!file.mime.startsWith("image/")) {
        link.textContent = file.name || "Файл";
        link.download = file.name || "";
        return;
      }
      const image = make("img");
      image.alt = "Фотография";
      const following = this.isAtEnd();
      image.onload = () => following && this.toEnd();
      image.src = address;
      link.append(image);
    } catch {
      link.textContent = "Файл не загрузился";
    }
  }

  // A message that is not confirmed yet, or was refused; `act` is {retry, drop}.
  item(item, act) {
    let element = this.pending.get(item.id);
    if (!element) {
      const text = item.kind === "photo" ? (item.isPicture ? "Фотография" : item.name) : item.kind === "press" ? item.label : item.text;
      element = this.bubble("resident", "", text, new Date(item.at));
      element.classList.add("pending");
      element.firstChild.append(make("p", "note"));
      this.pending.set(item.id, element);
      this.log.insertBefore(element, this.log.querySelector(".typing"));
      this.toEnd();
    }
    const note = element.querySelector(".note");
    element.classList.toggle("refused", item.state === "refused");
    note.replaceChildren();
    if (item.state === "refused") {
      note.append(item.reason, " ", button("Повторить", act.retry), " ", button("Убрать", act.drop));
      this.bringIn(element);
    } else {
      note.textContent = item.state === "stored" ? "" : item.reason || "Отправляется…";
    }
  }

  removeItem(item) {
    this.pending.get(item.id)?.remove();
    this.pending.delete(item.id);
  }

  typing(isOn) {
    const dots = this.log.querySelector(".typing");
    if (!isOn) return dots?.remove();
    if (dots) return;
    const element = make("div", "line bot typing");
    element.setAttribute("aria-hidden", "true");
    const bubble = make("div", "bubble");
    bubble.append(make("i"), make("i"), make("i"));
    element.append(bubble);
    this.log.append(element);
    this.toEnd();
  }

  // Rows of [label, value]; only the bot's last message has live buttons. `isAnswer`: the bot has spoken.
  buttons(rows, onPress, isAnswer) {
    const following = this.isAtEnd();
    const movesFocus = this.focus.concerns();
    this.chips.replaceChildren();
    if (rows.length === 0) this.log.querySelectorAll(".options").forEach((element) => element.remove());
    for (const row of rows) {
      for (const [label, value] of row) {
        const chip = button(label, () => onPress(label, value));
        chip.className = "chip";
        this.chips.append(chip);
      }
    }
    this.chips.hidden = rows.length === 0;
    if (movesFocus) this.focus.place(isAnswer);
    if (following) this.toEnd();
  }

  ready() {
    this.log.setAttribute("aria-busy", "false");
  }

  connection(isOn) {
    this.state.textContent = isOn ? "" : "Нет связи — сообщение уйдёт, когда она появится";
  }

  problem(text) {
    this.error.textContent = text;
  }

  isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
  }

  // Scroll the conversation as little as shows the end of an element.
  bringIn(element) {
    const below = element.getBoundingClientRect().bottom + 8 - this.log.getBoundingClientRect().bottom;
    if (below > 0) this.log.scrollTop += below;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function player(file, address) {
  const element = make(file.mime.startsWith("audio/") ? "audio" : "video", "player");
  element.controls = true;
  element.preload = "none";
  element.src = address;
  element.setAttribute("aria-label", file.name || "Запись");
  return element;
}

function button(label, onClick) {
  const element = make("button", "", label);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

function withLinks(text) {
  const paragraph = make("p", "text");
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const link = make("a", "", found[0]);
    const isPhone = !found[0].startsWith("http");
    link.href = isPhone ? `tel:${found[0].replace(/[^\d+]/g, "")}` : found[0];
    if (!isPhone) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
    paragraph.append(text.slice(from, found.index), link);
    from = found.index + found[0].length;
  }
  paragraph.append(text.slice(from));
  return paragraph;
}
