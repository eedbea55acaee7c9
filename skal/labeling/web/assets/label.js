// One decision, one key: what is asked next, what was answered, and what is on its way.
import { ClassList } from "./classes.js";
import { Grid } from "./grid.js";
import { Help } from "./help.js";
import { Hint } from "./hint.js";
import { Keys } from "./keys.js";
import { Layout } from "./layout.js";
import { countOf, make, named, uuid, whole } from "./look.js";
import { Outbox } from "./outbox.js";
import { Pictures, Stage } from "./pictures.js";
import { Review } from "./review.js";
import { Standing } from "./standing.js";
import { ItemView } from "./views.js";

const AHEAD = 5; // items in hand beside the one that is shown
const POLL = 4000; // ms between looks at how things stand
const AGAIN = 2000; // ms until an empty queue, or a server that is gone, is asked again
const BEAT = 60000; // ms between signs of life, which keep my items mine
const LAST = 60000; // ms for what is still on its way when the page ends
const AWAY = 240000; // ms hidden, after which my items may have gone to others
const MOST_PIXELS = 2048; // of a picture's longer side
const ONCE = new Set(["accept", "skip", "unsure", "undo", "grid", "review", "help", "hide", "zoom"]);
const DONE = { skip: "skipped", unsure: "unsure" };

// Show the page in an element. `transport` has send(verb, body, last) and image(item, size).
export function mount(root, transport, options = {}) {
  const page = new Page(root, transport, options);
  page.start();
  return page;
}

class Page {
  constructor(root, transport, { keysFrom = root, isTitled = false, longest = MOST_PIXELS }) {
    this.root = root;
    this.isTitled = isTitled; // whether the page is the document
    this.ended = new AbortController();
    this.transport = transport;
    this.queue = []; // next items, in the order asked
    this.current = null; // the item that is to be answered
    this.history = []; // my answers, oldest first: {task, action, label}
    this.looking = null; // place in the history, when looking back
    this.reviewing = null; // the entry of a review that is shown
    this.began = 0;
    const side = Math.max(screen.width, screen.height) * (window.devicePixelRatio || 1);
    this.pictures = new Pictures(transport, Math.min(longest, Math.max(512, Math.ceil(side / 512) * 512)));
    this.stage = new Stage(this.pictures);
    this.view = new ItemView(this.stage);
    this.classes = new ClassList({ choose: (id, event) => this.choose(id, event), change: (id, name) => this.changeClass(id, name) });
    this.hint = new Hint({ accept: () => this.accept() });
    this.standing = new Standing({ review: (kind) => this.openReview(kind) });
    this.grid = new Grid({ accept: (...all) => this.takeGrid(...all), leave: () => this.leaveGrid() });
    this.review = new Review({
      fetch: async (kind) => {
        await this.outbox.settled(); // what was just settled is not shown again
        return (await this.transport.send("review", { kind })).entries;
      },
      pick: (entry) => this.pick(entry), leave: () => this.leaveReview(),
    });
    this.help = new Help();
    const parts = { item: this.view.element, classes: this.classes.element, hint: this.hint.element, standing: this.standing.element };
    this.layout = new Layout(root, {
      ...parts, grid: this.grid.element, review: this.review.element, help: this.help.element,
    }, (name, event) => this.pressed(name, event));
    keysFrom.addEventListener("keydown", (event) => this.onKey(event), { signal: this.ended.signal });
    // a closed dialog hands the focus to its button, which the next Space would press again
    root.addEventListener("close", () => this.layout.main.focus({ preventScroll: true }), true);
  }

  async start() {
    for (;;) {
      try {
        await this.look();
        break;
      } catch (error) {
        this.warn(error.status === 403 ? "This link is not valid (any more). Ask for a new one." : `${error.message}. Trying again.`);
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
      if (this.hasEnded) return;
    }
    this.warn("");
    this.outbox = new Outbox(this.transport, `skal-answer:${this.state.store}:${this.state.annotator}`, {
      changed: () => this.drawSaved(), refused: (entry, error) => this.wasRefused(entry, error),
    });
    this.drawSaved();
    this.outbox.flush();
    this.watch();
    await this.fill();
    this.remember();
  }

  get hasEnded() {
    return this.ended.signal.aborted;
  }

  // Give the items back and fall silent; what is not saved still goes out, or waits in the browser.
  async stop() {
    this.release();
    this.ended.abort();
    if (!this.outbox) return;
    this.outbox.close();
    await this.outbox.settled(LAST);
  }

  release() {
    const items = this.inHand();
    if (items.length) this.transport.send("release", { items }, true).catch(() => {});
  }

  // ---- what the server knows

  async look() {
    const state = await this.transport.send("state", {});
    if (this.state && this.state.store !== state.store) location.reload(); // another store on this port
    this.state = state;
    this.names = new Map(state.classes.map(({ id, name }) => [id, name]));
    this.keys = new Keys(state.classes, state.keys);
    if (this.isTitled) document.title = `${state.title} · label`;
    this.layout.title.textContent = state.title;
    this.layout.who.textContent = state.annotator;
    this.layout.pictureTools.hidden = state.kind !== "image";
    this.layout.drawKeys(this.keys);
    this.review.setNames(this.names, this.pictures);
    this.drawPanels();
  }

  watch() {
    const { signal } = this.ended;
    // a tab inside of the document may hide the page too
    const seen = () => document.visibilityState === "visible" && this.root.getClientRects().length > 0;
    const looks = setInterval(() => {
      if (seen() && !this.outbox.size) this.look().catch(() => {});
    }, POLL);
    const beats = setInterval(() => {
      if (seen()) this.transport.send("beat", { items: this.inHand() }).catch(() => {});
    }, BEAT);
    signal.addEventListener("abort", () => [looks, beats].forEach(clearInterval));
    window.addEventListener("online", () => this.outbox.hurry(), { signal });
    window.addEventListener("beforeunload", (event) => {
      if (this.outbox.size) event.preventDefault(); // they wait in the browser, but who knows when it returns
    }, { signal });
    window.addEventListener("pagehide", () => this.release(), { signal });
    window.addEventListener("pageshow", (event) => { if (event.persisted) this.startOver(); }, { signal });
    document.addEventListener("visibilitychange", () => {
      if (!seen()) this.hiddenAt = Date.now();
      else if (Date.now() - (this.hiddenAt || Date.now()) > AWAY) this.startOver();
      else this.began += Date.now() - (this.hiddenAt || Date.now()); // nobody looked meanwhile
    }, { signal });
  }

  startOver() {
    this.queue = [];
    this.current = null;
    this.fill();
  }

  inHand() {
    return [...(this.current ? [this.current] : []), ...this.queue].map((task) => task.item).concat(this.grid.items());
  }

  held() {
    return [...new Set([...this.inHand(), ...this.outbox.items()])].slice(0, 500);
  }

  async fill() {
    const k = AHEAD + (this.current ? 0 : 1) - this.queue.length;
    if (this.isFilling || k <= 0 || this.hasEnded) return;
    this.isFilling = true;
    let again = false;
    try {
      const { tasks } = await this.transport.send("next", { k, held: this.held() });
      const known = new Set(this.held());
      const fresh = tasks.filter((task) => !known.has(task.item));
      this.queue.push(...fresh);
      for (const task of fresh) if (isPicture(task)) this.pictures.want(task.item);
      this.isOver = !tasks.length;
      this.cut = null;
      again = !fresh.length;
    } catch (error) {
      this.cut = error;
      again = true;
    }
    this.isFilling = false;
    if (!this.current) this.advance();
    else if (again) this.fillLater();
  }

  fillLater() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.fill(), AGAIN);
  }

  // My answers of earlier days, to look back at; once those on their way have arrived.
  async remember() {
    if (this.hasEnded) return;
    if (this.outbox.size) {
      setTimeout(() => this.remember(), AGAIN);
      return;
    }
    try {
      const { entries } = await this.transport.send("recent", { n: 100 });
      const known = new Set(this.history.map(({ task }) => task.item));
      const older = entries.filter((entry) => !known.has(entry.item)).reverse().map((entry) => ({
        task: asTask(entry), action: entry.answers[0].action, label: entry.answers[0].label,
      }));
      if (this.looking !== null) this.looking += older.length;
      this.history.unshift(...older);
    } catch (error) {
      // there is nothing to look back at
    }
  }

  // ---- which item is shown

  get shown() {
    if (this.reviewing) return asTask(this.reviewing);
    if (this.looking !== null) return this.history[this.looking].task;
    return this.current;
  }

  advance() {
    if (!this.current) this.current = this.queue.shift() || null;
    this.show();
    if (this.current) this.fill();
    else this.fillLater();
  }

  show() {
    const task = this.shown;
    this.began = Date.now();
    this.view.element.hidden = !task;
    this.layout.empty.hidden = Boolean(task);
    if (task) this.view.show(task);
    else this.drawEmpty();
    this.layout.showing(this.grid.isOpen ? "grid" : this.review.isOpen && !this.reviewing ? "review" : "one", this.looking !== null);
    this.drawMode();
    this.drawPanels();
    this.root.dataset.item = task ? task.item : "";
  }

  drawEmpty() {
    const words = this.cut ? `${this.cut.message}. Your answers are kept; the next item comes when the server is back.`
      : this.isOver ? "Nothing is left for you just now: all items are answered, or others have them. New ones appear here by themselves."
      : "The first items are coming …";
    this.layout.empty.replaceChildren(make("p", { text: words }));
  }

  drawMode() {
    const parts = [];
    if (this.reviewing) {
      parts.push("Review. ", ...this.review.saidOf(this.reviewing), " Esc goes back to the list.");
    } else if (this.looking !== null) {
      const { action, label } = this.history[this.looking];
      parts.push(`Looking back, ${countOf(this.history.length - this.looking, "answer")} ago: `,
        label ? named(this.names.get(label), { class: "strong" }) : DONE[action], ". A class corrects it; Esc goes on.");
    }
    this.layout.mode.hidden = !parts.length;
    this.layout.mode.replaceChildren(...parts);
  }

  drawPanels() {
    if (!this.state) return;
    const { classes, progress, blind } = this.state;
    const looked = this.looking === null ? null : this.history[this.looking].label;
    this.classes.draw(classes, this.keys, looked);
    this.hint.draw(this.shown && this.looking === null ? this.shown : null, this.names, this.keys, blind);
    this.standing.draw(progress);
  }

  drawSaved() {
    this.warn(this.layout.drawSaved(this.outbox));
  }

  warn(words) {
    this.layout.trouble.hidden = !words;
    if (this.layout.trouble.textContent !== words) this.layout.trouble.textContent = words;
  }

  // ---- answers

  choose(id, event) {
    if (this.grid.isOpen) return;
    this.act("label", id);
    // else the next Space would press this button again instead of skipping
    if (!event || event.detail > 0) this.layout.main.focus({ preventScroll: true });
  }

  accept() {
    if (this.hint.suggested) this.act("label", this.hint.suggested);
  }

  act(action, label = null) {
    const task = this.shown;
    if (!task || this.grid.isOpen || (this.review.isOpen && !this.reviewing)) return;
    const isFirst = !this.reviewing && this.looking === null;
    this.record(task, action, label, (Date.now() - this.began) / 1000);
    if (this.reviewing) {
      this.pick(this.review.after(task.item));
      return;
    }
    if (isFirst) this.current = null;
    else this.history.splice(this.looking, 1);
    this.looking = null;
    this.history.push({ task, action, label });
    this.count(label, isFirst ? 1 : 0);
    this.advance();
    this.tell(task, action, label);
  }

  record(task, action, label, seconds) {
    const suggested = this.state.blind || !task.suggestion ? null : task.suggestion[0];
    const body = { request: uuid(), item: task.item, action, label, seconds, shown_model: task.model, suggested };
    if (this.reviewing && action === "label") body.review = this.review.kind;
    this.outbox.add("answer", body);
  }

  // The numbers go along at once; the server's follow.
  count(label, step) {
    const { progress, classes } = this.state;
    progress.answered = (progress.answered || 0) + step;
    progress.mine = (progress.mine || 0) + step;
    const found = classes.find((one) => one.id === label);
    if (found) found.count = Math.max(0, found.count + step);
  }

  tell(task, action, label) {
    const what = label ? this.names.get(label) : DONE[action];
    const { answered = 0, budget, n_items: all } = this.state.progress;
    this.layout.say(`${what}, ${whole(answered)} of ${whole(budget || all || 0)}`);
    this.layout.last.replaceChildren(named(task.view.name || task.key), ": ", named(what, { class: "strong" }));
  }

  undo() {
    if (this.grid.isOpen || this.review.isOpen) return;
    this.looking = null;
    const last = this.history.pop();
    if (last) {
      if (this.current) this.queue.unshift(this.current);
      this.current = last.task;
      this.count(last.label, -1);
      this.layout.say("taken back");
      this.layout.last.replaceChildren(named(last.task.view.name || last.task.key), ": taken back");
      this.show();
    }
    this.outbox.add("undo", { request: uuid() }, ({ task }) => this.undone(task, last));
  }

  undone(task, expected) {
    if (!task) {
      if (!expected) this.layout.say("There is nothing to undo.");
    } else if (!expected || expected.task.item !== task.item) { // another tab of mine was faster
      this.queue = this.queue.filter((one) => one.item !== task.item);
      this.history = this.history.filter((one) => one.task.item !== task.item);
      if (this.current && this.current.item !== task.item) this.queue.unshift(this.current);
      this.current = task;
      this.show();
    }
  }

  // The server says that an answer can never be taken: it is asked again, and nothing is hidden.
  wasRefused({ verb, body }, error) {
    const found = this.history.findIndex(({ task }) => task.item === body.item);
    if (verb === "answer" && found >= 0) {
      this.queue.unshift(...(this.current ? [this.current] : []));
      [{ task: this.current }] = this.history.splice(found, 1);
      this.show();
    }
    this.layout.mode.hidden = false;
    this.layout.mode.replaceChildren(make("span", { class: "wrong", role: "alert", text: `An answer was not taken: ${error.message}` }));
  }

  async changeClass(id, name) {
    const state = await this.transport.send("class", id === null ? { name } : { id, name });
    await this.look();
    this.layout.say(`${this.names.get(state.id)}: ${id === null ? "added" : "renamed"}`);
  }

  // ---- looking back, the grid, the review

  step(by) {
    const to = (this.looking === null ? this.history.length : this.looking) + by;
    if (to < 0 || to > this.history.length) return;
    this.looking = to === this.history.length ? null : to;
    this.show();
  }

  async openGrid() {
    if (this.grid.isOpen || this.review.isOpen) return;
    this.looking = null;
    let found;
    try {
      found = await this.transport.send("grid", { k: 12, held: this.held() });
    } catch (error) {
      this.layout.say(error.message);
      return;
    }
    if (!found.tasks.length) {
      this.layout.mode.hidden = false;
      this.layout.mode.textContent = "There is no grid yet: the model has no suggestions.";
      return;
    }
    this.grid.open(found, this.names, this.keys, this.pictures);
    this.show();
  }

  takeGrid(entries, seconds, guess) {
    const wrong = entries.filter(({ label }) => label === null).map(({ task }) => task);
    for (const { task, label } of entries) {
      if (label === null) continue;
      this.record(task, "label", label, seconds);
      this.history.push({ task, action: "label", label });
      this.count(label, 1);
    }
    this.queue.unshift(...wrong);
    this.show();
    const n = entries.length - wrong.length;
    this.layout.say(`${countOf(n, "item")} accepted, most of them ${this.names.get(guess)}`);
    this.layout.last.textContent = `${countOf(n, "item")} accepted`;
    this.layout.main.focus({ preventScroll: true });
  }

  leaveGrid() {
    const items = this.grid.items();
    this.grid.close();
    this.transport.send("release", { items }).catch(() => {});
    this.show();
    this.layout.main.focus({ preventScroll: true });
  }

  openReview(kind) {
    if (this.grid.isOpen) this.leaveGrid();
    this.looking = null;
    this.reviewing = null;
    this.review.open(kind);
    this.show();
    this.review.element.focus({ preventScroll: true });
  }

  pick(entry) {
    this.reviewing = entry;
    this.review.element.hidden = Boolean(entry);
    if (entry) {
      this.show();
      this.layout.main.focus({ preventScroll: true });
    } else this.openReview(this.review.kind);
  }

  leaveReview() {
    this.reviewing = null;
    this.review.close();
    this.show();
    this.layout.main.focus({ preventScroll: true });
  }

  // ---- keys and buttons

  pressed(name, event) {
    this.run(name);
    if (event.detail > 0 && !this.review.isOpen && !this.grid.isOpen) this.layout.main.focus({ preventScroll: true });
  }

  run(action) {
    const say = (words) => this.layout.say(words);
    const jobs = {
      accept: () => this.accept(), skip: () => this.act("skip"), unsure: () => this.act("unsure"), undo: () => this.undo(),
      back: () => this.step(-1), forward: () => this.step(1), search: () => this.classes.find(),
      help: () => this.help.open(this.keys, this.state.classes), grid: () => this.openGrid(),
      review: () => (this.review.isOpen ? this.leaveReview() : this.openReview()),
      hide: () => this.hint.toggle(), retry: () => this.outbox.hurry(),
      zoom: () => say(`${this.stage.zoomOn()} times`),
      darker: () => say(`brightness ${this.stage.brighten(0.8).toFixed(1)}`),
      brighter: () => say(`brightness ${this.stage.brighten(1.25).toFixed(1)}`),
    };
    if (this.state && this.outbox && jobs[action]) jobs[action]();
  }

  onKey(event) {
    if (event.defaultPrevented || event.isComposing || !this.outbox || this.root.querySelector("dialog[open]")) return;
    const target = event.target instanceof Element ? event.target : this.root;
    if (target.closest("input, select, textarea")) return;
    const meant = this.keys.read(event);
    if (this.grid.isOpen && this.grid.onKey(event, meant)) {
      event.preventDefault();
      return;
    }
    const isPress = [" ", "Enter"].includes(event.key);
    if (isPress && target.closest("button, summary, a")) return;
    if (event.key === "Escape") this.escape();
    else if (event.repeat && (meant.label || ONCE.has(meant.action))) return; // a held key is one answer
    else if (meant.label) this.choose(meant.label);
    else if (meant.action) this.run(meant.action);
    else return;
    event.preventDefault();
  }

  escape() {
    if (this.reviewing) this.pick(null);
    else if (this.review.isOpen) this.leaveReview();
    else if (this.looking !== null) {
      this.looking = null;
      this.show();
    }
  }
}

function isPicture(task) {
  return task.view.kind === "image" && !task.view.unreadable;
}

function asTask(entry) {
  return { item: entry.item, key: entry.key, view: entry.view, suggestion: entry.suggestion || null, why: { text: "" }, model: null };
}
