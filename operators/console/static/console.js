// Keeps the open page fresh: hints come over server-sent events, parts of the page are read again from the server.
// Without this script every page and form still works; it only has to be reloaded by hand.
"use strict";

const title = document.title;
const offline = document.getElementById("offline");
const atOnce = 150; // ms; many hints at once lead to one reading
const again = 3000; // ms until what failed is tried again
let timer = 0;
let due = new Set();

function applyMarks() {
  const bar = document.querySelector("[data-title]");
  document.title = (bar ? bar.dataset.title : "") + title;
  const state = document.querySelector("[data-mine]");
  const fields = document.getElementById("reply-fields");
  if (state && fields) fields.disabled = state.dataset.mine !== "1";
}

function toEnd(part) {
  part.scrollTop = part.scrollHeight;
}

// Returns whether the part is the same as before; the focus stays on the element with the same id.
async function read(part) {
  const answer = await fetch(part.dataset.live, { headers: { "X-Requested-With": "fetch" } });
  if (answer.status === 401) {
    location.assign(document.body.dataset.login);
    return;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const html = await answer.text();
  if (part.dataset.last === html) return;
  part.dataset.last = html;
  const atEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.innerHTML = html; // rendered and escaped by our own server
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (part.dataset.scroll === "end" && atEnd) toEnd(part);
  applyMarks();
}

async function readDue() {
  timer = 0;
  const topics = due;
  due = new Set();
  const parts = [...document.querySelectorAll("[data-live]")];
  const wanted = parts.filter((part) => part.dataset.topics.split(" ").some((topic) => topics.has(topic)));
  try {
    await Promise.all(wanted.map(read));
    offline.hidden = true;
  } catch {
    offline.hidden = false;
    topics.forEach((topic) => due.add(topic)); // what could not be read is read when the server answers again
    if (!timer) timer = setTimeout(readDue, again);
  }
}

function hint(topic) {
  due.add(topic);
  if (!timer) timer = setTimeout(readDue, atOnce);
}

function listen() {
  const source = new EventSource(document.body.dataset.events);
  source.onmessage = (event) => {
    offline.hidden = true;
    hint(JSON.parse(event.data).topic);
  };
  source.onerror = () => {
    offline.hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    hint("console"); // says at once whether it is the log-in that has ended
  };
}

async function send(form) {
  const error = document.getElementById("composer-error");
  const button = form.querySelector("button");
  const data = new FormData(form);
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    const body = await answer.json();
    error.hidden = answer.ok;
    error.textContent = answer.ok ? "" : body.error;
    if (answer.ok) {
      form.reset();
      form.querySelector("textarea").value = "";
      toEnd(document.getElementById("lines"));
      hint("conversation");
    }
  } catch {
    error.hidden = false;
    error.textContent = "Не отправлено: нет связи. Текст сохранён, попробуйте ещё раз.";
  }
  button.disabled = false;
  form.querySelector("textarea").focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-send]")) {
    event.preventDefault();
    send(form);
  }
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-send]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

// --- a call: prompts while the dispatcher types ---

const typing = 300; // ms without a key before the prompts are asked for
let asked = 0;

async function prompt(form) {
  const number = ++asked;
  try {
    const data = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.hints, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    if (answer.status === 401) return location.assign(document.body.dataset.login);
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (number !== asked) return; // typed on meanwhile
    const place = document.getElementById("prompts");
    if (place.dataset.last === html) return;
    place.dataset.last = html;
    const before = place.querySelector(".danger")?.textContent;
    place.innerHTML = html; // rendered and escaped by our own server
    if (before === place.querySelector(".danger")?.textContent) place.querySelector(".danger")?.removeAttribute("role");
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  }
}

function promptSoon(form) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(prompt, typing, form));
}

const timers = new Map();

for (const form of document.querySelectorAll("[data-hints]")) {
  form.querySelector("[data-look]").hidden = true;
  form.addEventListener("input", (event) => {
    if (event.target.name === "phone") form.elements.resident.value = "";
    promptSoon(form);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    event.preventDefault();
    for (const [name, value] of Object.entries(JSON.parse(button.dataset.fill)))
      if (value !== "") form.elements[name].value = value;
    form.elements.text.focus();
    prompt(form);
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault(); // a double click opens one ticket
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

document.querySelectorAll("[data-scroll=end]").forEach(toEnd);
applyMarks();
listen();
