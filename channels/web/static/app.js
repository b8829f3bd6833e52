// The chat page: joins the network, the queue of unsent messages and the view.

import { Queue } from "./queue.js";
import { View } from "./view.js";
import { Wire } from "./wire.js";

const TYPING_MS = 20000;
const SHRINK_ABOVE = 1500000; // bytes; a smaller photo is sent as it is
const LONGEST_SIDE = 2000; // pixels: enough to read a meter

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

// Phone cameras make pictures of 4 to 12 MB; from a basement with a weak signal a smaller one arrives sooner.
async function smaller(file) {
  if (file.size <= SHRINK_ABOVE || !file.type.startsWith("image/")) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? blob : file;
  } catch {
    return file; // the server says clearly what it cannot read
  }
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
