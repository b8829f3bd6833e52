// The network: session, requests, the stream of lines with resume, the long poll where streams are held back.

const SILENCE_MS = 40000; // the server says something every 15 s
const FIRST_BYTE_MS = 8000; // later than this: a proxy collects the stream instead of passing it on
const HIDE_AFTER_MS = 60000;
const HIDDEN_POLL_MS = 20000;
const TOKEN_KEY = "domovoy.token";

export class Refused extends Error {
  constructor(status, message, retryMs) {
    super(message);
    this.status = status;
    this.retryMs = retryMs;
  }

  get mayRetry() {
    return this.status === 401 || this.status === 429 || this.status >= 500;
  }
}

export class Wire {
  // embed: inside another site's frame, where cookies may be blocked; the token then travels in a header.
  constructor(embed) {
    this.embed = embed;
    this.token = embed ? recall() : "";
    this.polling = false;
    this.opening = null;
    this.opened = false;
    this.wakeUp = () => {};
  }

  headers(extra) {
    return this.token ? { ...extra, "X-Chat-Token": this.token } : { ...extra };
  }

  async fetch(path, options = {}) {
    const response = await fetch(path, {
      ...options,
      headers: this.headers(options.headers),
      credentials: this.embed ? "omit" : "same-origin",
      cache: "no-store",
    });
    if (response.ok) return response;
    const answer = await response.json().catch(() => ({}));
    const seconds = Number(response.headers.get("Retry-After")) || 0;
    throw new Refused(response.status, answer.message || "Сервер ответил ошибкой.", seconds * 1000);
  }

  // One request at a time: two at once would make two sessions.
  open() {
    this.opening ??= this.requestSession().finally(() => (this.opening = null));
    return this.opening;
  }

  async requestSession() {
    const start = new URLSearchParams(location.search).get("start") || "";
    const response = await this.post("/chat/session", { embed: this.embed, start });
    const answer = await response.json();
    if (answer.token) {
      this.token = answer.token;
      remember(answer.token);
    }
    this.opened = true;
  }

  post(path, data) {
    const timeout = AbortSignal.timeout ? AbortSignal.timeout(30000) : undefined;
    const headers = { "Content-Type": "application/json" };
    return this.fetch(path, { method: "POST", headers, body: JSON.stringify(data), signal: timeout });
  }

  postPhoto(id, blob, name) {
    const form = new FormData();
    form.append("id", id);
    form.append("photo", blob, name);
    return this.fetch("/chat/photos", { method: "POST", body: form });
  }

  // Never returns: hands every line above `after` to onLine, in order, across any number of lost connections.
  async follow({ onLine, onReady, onState }) {
    let after = 0;
    let failures = 0;
    const take = (line) => {
      if (line.id <= after) return;
      after = line.id;
      onLine(line);
    };
    for (;;) {
      try {
        await this.open();
        const alive = () => {
          failures = 0;
          onState(true);
        };
        if (document.hidden && failures === 0 && after > 0) await this.whileHidden(() => after, take, alive);
        else if (this.polling) await this.poll(() => after, take, onReady, alive);
        else await this.stream(after, take, onReady, alive);
      } catch (error) {
        failures += 1;
        if (failures > 1 || !navigator.onLine) onState(false);
        const pause = Math.min(15000, 400 * 2 ** Math.min(failures, 6)) * (0.7 + Math.random() * 0.6);
        await this.pause(Math.max(pause, error.retryMs || 0));
      }
    }
  }

  async stream(after, take, onReady, alive) {
    const control = new AbortController();
    let isPlanned = false;
    const leave = () => {
      isPlanned = true;
      control.abort();
    };
    const lost = () => control.abort();
    let silence = setTimeout(() => {
      this.polling = true;
      leave();
    }, FIRST_BYTE_MS);
    // A tab in the background gives its connection back: browsers allow six per site.
    const hide = setInterval(() => document.hidden && leave(), HIDE_AFTER_MS);
    window.addEventListener("offline", lost);
    try {
      const headers = after ? { "Last-Event-ID": String(after) } : {};
      const response = await this.fetch(`/chat/events?after=${after}`, { headers, signal: control.signal });
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new Error("stream ended");
        clearTimeout(silence);
        silence = setTimeout(lost, SILENCE_MS);
        alive();
        rest += decoder.decode(value, { stream: true });
        const frames = rest.split("\n\n");
        rest = frames.pop();
        for (const frame of frames) readFrame(frame, take, onReady);
      }
    } catch (error) {
      if (!isPlanned) throw error;
    } finally {
      clearTimeout(silence);
      clearInterval(hide);
      window.removeEventListener("offline", lost);
    }
  }

  async poll(after, take, onReady, alive) {
    for (;;) {
      const response = await this.fetch(`/chat/lines?after=${after()}&wait=20`);
      const { lines, more } = await response.json();
      alive();
      lines.forEach(take);
      if (!more) onReady();
    }
  }

  async whileHidden(after, take, alive) {
    while (document.hidden) {
      const response = await this.fetch(`/chat/lines?after=${after()}`);
      (await response.json()).lines.forEach(take);
      alive();
      await this.pause(HIDDEN_POLL_MS);
    }
  }

  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function readFrame(frame, take, onReady) {
  let event = "message";
  let data = "";
  for (const row of frame.split("\n")) {
    if (row.startsWith("data: ")) data += row.slice(6);
    else if (row.startsWith("event: ")) event = row.slice(7);
  }
  if (event === "ready") onReady();
  else if (data) take(JSON.parse(data));
}

// From the form in the same frame, where storage may be blocked; a link of anybody else hands over no session.
function handedOver() {
  const found = location.hash.match(/^#session=([A-Za-z0-9_-]{43})$/);
  if (!found) return "";
  history.replaceState(null, "", location.pathname + location.search);
  return document.referrer.startsWith(`${location.origin}/form`) ? found[1] : "";
}

function recall() {
  const handed = handedOver();
  if (handed) return handed;
  try {
    return localStorage.getItem(TOKEN_KEY) || "";
  } catch {
    return ""; // storage is blocked: the conversation lasts as long as the page
  }
}

export function remember(token) {
  try {
    localStorage.setItem(TOKEN_KEY, token);
    return true;
  } catch {
    return false; // as above
  }
}
