// What the resident said and the server has not confirmed. Texts survive a reload; each keeps its id on every retry,
// so the server takes it once.

const PREFIX = "domovoy.queue.";

export class Queue {
  constructor(wire, onChange) {
    this.wire = wire;
    this.onChange = onChange; // (item): its state has changed
    this.items = restore();
    this.running = false;
    this.wakeUp = () => {};
  }

  // kind "text": text; "press": value and label; "photo": blob and name. `since` is the last line known now.
  add(item) {
    item.id = newId();
    item.at = Date.now();
    item.state = "waiting"; // waiting, stored, refused
    this.items.push(item);
    save(item);
    this.onChange(item);
    this.run();
    return item;
  }

  // The server's line that shows an item has come: the first item that says the same; else, as the server may have
  // written it down differently, the first one it confirmed.
  match(line) {
    const shown = this.items.filter((item) => !item.seen && line.id > item.since);
    const item = shown.find((one) => same(one, line)) || shown.find((one) => one.state === "stored");
    if (!item) return null;
    item.seen = true;
    if (item.state === "stored") this.drop(item);
    return item;
  }

  retry(item) {
    item.state = "waiting";
    this.onChange(item);
    this.run();
  }

  drop(item) {
    this.items = this.items.filter((other) => other !== item);
    forget(item);
  }

  async run() {
    this.wakeUp();
    if (this.running) return;
    this.running = true;
    for (let failures = 1; this.waiting().length; failures += 1) {
      const wait = await this.round();
      if (wait === null) failures = 0;
      else await this.pause(Math.max(wait, Math.min(15000, 500 * 2 ** Math.min(failures, 6))));
    }
    this.running = false;
  }

  waiting() {
    return this.items.filter((item) => item.state === "waiting");
  }

  // Try each waiting item in order; returns null, or the milliseconds the server asked us to wait. A throttled item
  // does not hold back the next one: that may report an emergency, which the server always takes.
  async round() {
    let wait = null;
    for (const item of this.waiting()) {
      try {
        if (!this.wire.opened) await this.wire.open();
        await this.post(item);
        this.settle(item, "stored");
      } catch (error) {
        if (error.status && !error.mayRetry) {
          this.settle(item, "refused", error.message);
          continue;
        }
        wait = Math.max(wait ?? 0, error.retryMs || 0);
        item.reason = error.status === 429 ? error.message : "";
        this.onChange(item);
        if (error.status === 401) this.wire.opened = false;
        if (error.status !== 429) break;
      }
    }
    return wait;
  }

  settle(item, state, reason = "") {
    item.state = state;
    item.reason = reason;
    forget(item);
    if (item.seen) this.drop(item);
    this.onChange(item);
  }

  post(item) {
    if (item.kind === "photo") return this.wire.postPhoto(item.id, item.blob, item.name);
    if (item.kind === "press") return this.wire.post("/chat/messages", { id: item.id, press: item.value });
    return this.wire.post("/chat/messages", { id: item.id, text: item.text });
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

function same(item, line) {
  if (item.kind === "photo") return Boolean(line.file);
  return squeeze(item.kind === "press" ? item.label : item.text) === squeeze(line.text);
}

// The server drops control characters and may cut a very long text: compare the beginning only.
function squeeze(text) {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, "").slice(0, 500);
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // absent on plain http
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function save(item) {
  if (item.kind === "photo") return; // a picture lives in memory only
  try {
    localStorage.setItem(PREFIX + item.id, JSON.stringify(item));
  } catch {
    // storage is full or blocked: the item lives as long as the page
  }
}

function forget(item) {
  try {
    localStorage.removeItem(PREFIX + item.id);
  } catch {
    // as above
  }
}

function restore() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    const items = keys.map((key) => JSON.parse(localStorage.getItem(key)));
    return items.map((item) => ({ ...item, state: "waiting", seen: false })).sort((one, two) => one.at - two.at);
  } catch {
    return [];
  }
}
