// Answers on their way: kept in the browser until the server says that they are on its disk.
import { Refused } from "./errors.js";

const WAITS = [500, 1000, 2000, 4000, 8000]; // ms before the next try

export class Outbox {
  // `changed` is called when something was saved, waits or failed; `refused` with what never can be.
  constructor(transport, place, { changed, refused }) {
    this.transport = transport;
    this.place = place;
    this.changed = changed;
    this.refused = refused;
    this.trouble = null; // why the last try failed
    this.keeps = true; // whether this browser keeps what is not sent
    this.tries = 0;
    this.wake = null;
    this.isBusy = false;
    this.isClosed = false;
    this.entries = this.kept(); // oldest first: an undo comes after what it undoes
    this.newest = this.entries.reduce((top, entry) => Math.max(top, entry.order), 0);
  }

  get size() {
    return this.entries.length;
  }

  // Items whose answers the server may not know yet.
  items() {
    return this.entries.flatMap((entry) => (entry.body.item === undefined ? [] : [entry.body.item]));
  }

  add(verb, body, saved = () => {}) {
    this.newest = Math.max(this.newest + 1, Date.now());
    const entry = { order: this.newest, verb, body };
    try {
      localStorage.setItem(this.keyOf(entry), JSON.stringify(entry));
    } catch (error) {
      this.keeps = false;
    }
    this.entries.push({ ...entry, saved });
    this.changed();
    this.flush();
  }

  // Try at once, such as when the network is back.
  hurry() {
    this.tries = 0;
    if (this.wake) this.wake();
    this.flush();
  }

  // Send what can be sent at once; the next page sends the rest, if the browser keeps it.
  close() {
    this.isClosed = true;
    this.hurry();
  }

  async flush() {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      while (this.entries.length) await this.sendFirst();
    } finally {
      this.isBusy = false;
    }
  }

  async sendFirst() {
    const entry = this.entries[0];
    let answer = null;
    try {
      answer = await this.transport.send(entry.verb, entry.body);
    } catch (error) {
      if (error instanceof Refused) {
        this.drop(entry);
        this.refused(entry, error);
      } else {
        this.trouble = error;
        this.changed();
        if (this.isClosed && this.keeps) this.entries = [];
        else await this.pause();
      }
      this.changed();
      return;
    }
    this.drop(entry);
    this.trouble = null;
    this.tries = 0;
    if (entry.saved) entry.saved(answer);
    this.changed();
  }

  // Wait until all is saved, or for as long as somebody may wait for it.
  async settled(limit = 3000) {
    const end = Date.now() + limit;
    while (this.entries.length && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 30));
  }

  pause() {
    const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)];
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // ---- in the browser: a key an answer, so that two tabs of one person do not overwrite

  keyOf(entry) {
    return `${this.place}:${entry.body.request}`;
  }

  drop(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
    try {
      localStorage.removeItem(this.keyOf(entry));
    } catch (error) {
      this.keeps = false;
    }
  }

  kept() {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(this.place + ":"))
        .map((key) => JSON.parse(localStorage.getItem(key)))
        .sort((a, b) => a.order - b.order);
    } catch (error) {
      this.keeps = false;
      return [];
    }
  }
}
