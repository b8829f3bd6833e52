// The chat page: joins the network, the queue of unsent messages and the view.

import { Queue } from "./queue.js";
import { smaller } from "./shrink.js";
import { View } from "./view.js";
import { Wire } from "./wire.js";

const TYPING_MS = 20000;

const embed = new URLSearchParams(location.search).has("embed");
const wire = new Wire(embed);
const view = new View(showFile);
const queue = new Queue(wire, showItem);
const form = document.getElementById("form");
const text = document.getElementById("text");
const photo = document.getElementById("photo");
const photoBytes = Number(document.body.dataset.photoBytes);
let lastId = 0;
let typingTimer = 0;

function onLine(line) {
  lastId = line.id;
  if (line.author === "resident") {
    const item = queue.match(line);
    if (item) view.removeItem(item);
  } else {
    typing(false);
  }
  view.line(line);
  if (line.author === "bot") view.buttons(line.buttons, press, true);
  if (line.author !== "resident" && document.hidden) document.title = `• ${document.title.replace(/^• /, "")}`;
}

function showItem(item) {
  if (item.seen) return;
  view.item(item, {
    retry: () => queue.retry(item),
    drop: () => {
      queue.drop(item);
      view.removeItem(item);
    },
  });
  if (item.state === "stored") typing(true);
}

function typing(isOn) {
  clearTimeout(typingTimer);
  view.typing(isOn);
  if (isOn) typingTimer = setTimeout(() => view.typing(false), TYPING_MS);
}

function press(label, value) {
  view.buttons([], press, false);
  queue.add({ kind: "press", label, value, since: lastId });
}

function say() {
  const said = text.value.trim();
  if (!said) return;
  view.problem("");
  queue.add({ kind: "text", text: said, since: lastId });
  text.value = "";
  grow();
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
}

async function sendPhoto(file) {
  view.problem("");
  const blob = await smaller(file);
  if (blob.size > photoBytes) {
    view.problem(`Файл больше ${Math.floor(photoBytes / 1000000)} МБ. Выберите поменьше.`);
    return;
  }
  queue.add({ kind: "photo", blob, name: file.name, isPicture: blob.type.startsWith("image/"), since: lastId });
}

// An <img> cannot send our header: in a frame the picture is fetched and shown from memory.
async function showFile(url) {
  if (!embed) return url;
  const response = await wire.fetch(url);
  return URL.createObjectURL(await response.blob());
}

function wake() {
  wire.wakeUp();
  queue.wakeUp();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  say();
});
text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say();
});
document.getElementById("attach").addEventListener("click", () => photo.click());
photo.addEventListener("change", () => {
  const [file] = photo.files;
  photo.value = "";
  if (file) sendPhoto(file);
});
window.addEventListener("online", wake);
window.addEventListener("offline", () => view.connection(false));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  document.title = document.title.replace(/^• /, "");
  wake();
});
if (embed) {
  document.body.classList.add("embed");
  const close = document.getElementById("close");
  close.hidden = false;
  close.addEventListener("click", () => parent.postMessage({ domovoy: "close" }, "*"));
}

queue.items.forEach(showItem);
wire.follow({
  onLine,
  onReady: () => {
    view.ready();
    if (queue.waiting().some((item) => item.kind === "press")) view.buttons([], press, false);
    queue.run();
  },
  onState: view.connection.bind(view),
});
