// The form in place: what is wrong is said at once, photos are made smaller, the answer appears instead of the form.
// Without this script the browser sends the same form itself.

import { smaller } from "./shrink.js";
import { Wire, remember } from "./wire.js";

const PATIENCE_MS = 90000; // how long the answer is waited for before the visitor is led to the chat
const AGAIN = ["stale", "too_fast", "not_ready"]; // refusals that another attempt may well overcome
const REPEATS = 2;
const form = document.getElementById("form");
const send = document.getElementById("send");
const state = document.getElementById("state");
const alertLine = document.getElementById("alert");
const progress = document.getElementById("progress");
const picker = document.getElementById("photo");
const list = document.getElementById("chosen");
const embed = document.body.dataset.embed === "1";
const most = Number(document.body.dataset.photos);
const mostBytes = Number(document.body.dataset.photoBytes);
const wire = new Wire(embed);
const chosen = [];

const CHECKS = {
  text: (field) => (field.value.trim() ? "" : "Напишите, что случилось."),
  address: (field) => (field.value.trim() ? "" : "Напишите адрес: улицу и дом."),
  phone: (field) => {
    const digits = field.value.replace(/\D/g, "").length;
    if (!field.value.trim()) return "Напишите телефон: мастеру нужно с вами связаться.";
    return digits >= 5 && digits <= 15 && !/\p{L}/u.test(field.value) ? "" : "Не похоже на телефон. Пример: 8 900 000-00-00.";
  },
  consent: (field) => (field.checked ? "" : "Без этой отметки мы не можем принять заявку."),
};

function say(name, error) {
  const field = document.getElementById(name);
  const line = document.getElementById(`${name}-error`);
  if (!field || !line) return;
  field.setAttribute("aria-invalid", String(Boolean(error)));
  if (line.textContent !== error) line.textContent = error;
}

function check(name) {
  const error = CHECKS[name](document.getElementById(name));
  say(name, error);
  return !error;
}

for (const name of Object.keys(CHECKS)) {
  const field = document.getElementById(name);
  field.addEventListener("change", () => check(name));
  field.addEventListener("input", () => {
    if (field.getAttribute("aria-invalid") === "true") check(name);
  });
}

// --- photos: chosen one after another, each can be taken back ---

function showChosen() {
  list.hidden = !chosen.length;
  list.replaceChildren(
    ...chosen.map((file, index) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = file.name;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.textContent = "Убрать";
      drop.setAttribute("aria-label", `Убрать ${file.name}`);
      drop.addEventListener("click", () => {
        chosen.splice(index, 1);
        showChosen();
        picker.focus();
      });
      item.append(name, drop);
      return item;
    }),
  );
}

picker.addEventListener("change", () => {
  const fresh = [...picker.files];
  picker.value = "";
  const left = fresh.slice(0, most - chosen.length);
  chosen.push(...left);
  say("photo", left.length < fresh.length ? `Приложить можно до ${most} фотографий.` : "");
  showChosen();
});

// --- sending ---

function busy(isOn, words) {
  send.disabled = isOn;
  progress.hidden = !isOn;
  state.textContent = words;
}

async function data() {
  const told = new FormData(form);
  told.delete("photo");
  for (const file of chosen) {
    const blob = await smaller(file);
    if (blob.size > mostBytes) {
      say("photo", `Фотография ${file.name} больше ${Math.floor(mostBytes / 1000000)} МБ. Выберите снимок поменьше.`);
      return null;
    }
    told.append("photo", blob, file.name);
  }
  return told;
}

function post(told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much was uploaded
    request.open("POST", "/form/send");
    request.setRequestHeader("X-Requested-With", "fetch");
    if (wire.token) request.setRequestHeader("X-Chat-Token", wire.token);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      progress.value = Math.round((event.loaded / event.total) * 100);
      state.textContent = `Отправляем: ${progress.value} %`;
    });
    request.addEventListener("load", () => {
      try {
        const seconds = Number(request.getResponseHeader("Retry-After")) || 0;
        resolve({ ok: request.status === 200, seconds, ...JSON.parse(request.responseText) });
      } catch (error) {
        reject(error);
      }
    });
    request.addEventListener("error", () => reject(new Error("network")));
    request.send(told);
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A page that was open too long or was filled in too fast is sent again by itself, also when the server is overloaded.
async function deliver(told) {
  let answer = await post(told);
  for (let repeat = 0; repeat < REPEATS && AGAIN.includes(answer.error); repeat++) {
    form.elements.stamp.value = answer.stamp;
    told.set("stamp", answer.stamp);
    if (answer.error === "not_ready") state.textContent = "Сервис перегружен, сейчас отправим ещё раз…";
    await pause(answer.seconds * 1000 + 300);
    answer = await post(told);
  }
  return answer;
}

async function submit() {
  alertLine.textContent = "";
  const wrong = Object.keys(CHECKS).filter((name) => !check(name));
  // Words about an emergency are known to the server only: with a text it is asked in any case.
  if (wrong.includes("text")) return point(wrong);
  busy(true, "Отправляем…");
  const told = await data();
  if (!told) return busy(false, "");
  try {
    const answer = await deliver(told);
    if (answer.ok) return await show(answer);
    alertLine.textContent = answer.message;
    Object.entries(answer.fields || {}).forEach(([name, error]) => say(name, error));
    if (answer.error === "trap") form.elements.website.value = ""; // the browser or an extension filled it
    if (answer.stamp) form.elements.stamp.value = answer.stamp;
    busy(false, "");
    point(Object.keys(answer.fields || {}));
  } catch {
    alertLine.textContent = "Не отправлено: нет связи. Ничего не пропало, нажмите «Отправить заявку» ещё раз.";
    busy(false, "");
  }
}

function point(names) {
  const order = [...form.elements].map((field) => field.name);
  const [first] = names.sort((one, other) => order.indexOf(one) - order.indexOf(other));
  if (first) document.getElementById(first)?.focus();
}

// --- the answer ---

async function show(answer) {
  if (answer.token) {
    wire.token = answer.token;
    if (!remember(answer.token)) chatLinks(`/?embed=1#session=${answer.token}`);
  }
  const result = document.getElementById("result");
  const heading = document.getElementById("result-heading");
  const place = document.getElementById("answer");
  busy(false, "");
  form.hidden = true;
  result.hidden = false;
  heading.textContent = "Форма отправлена";
  line(place, "Оформляем заявку…").id = "wait";
  result.focus();
  scrollTo(0, 0);
  let after = answer.after;
  const until = Date.now() + PATIENCE_MS;
  let answered = false;
  while (Date.now() < until && !answered) {
    try {
      const response = await wire.fetch(`/chat/lines?after=${after}&wait=20`);
      const { lines } = await response.json();
      for (const one of lines) {
        after = one.id;
        if (one.author === "resident" || !one.text) continue;
        document.getElementById("wait")?.remove();
        line(place, one.text);
        const number = one.text.match(/№\s?(\d{2}-\d{4,8})/);
        if (!number) continue;
        answered = true;
        heading.textContent = `Заявка № ${number[1]} принята`;
      }
    } catch {
      await pause(2000);
    }
  }
  if (!answered && document.getElementById("wait"))
    document.getElementById("wait").textContent = "Заявка сохранена. Ответ придёт в чат, откройте его чуть позже.";
}

function chatLinks(address) {
  document.querySelectorAll('a[href^="/?"], a[href="/"]').forEach((link) => (link.href = address));
}

function line(place, text) {
  const made = document.createElement("p");
  made.className = "answer";
  made.textContent = text;
  place.append(made);
  return made;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!send.disabled) submit();
});
if (embed) {
  chatLinks("/?embed=1");
  document.querySelector('.links a[href="/chat/plain"]').hidden = true;
  const close = document.getElementById("close");
  close.hidden = false;
  close.addEventListener("click", () => parent.postMessage({ domovoy: "close" }, "*"));
}
