// A dozen items that the model takes for one class: accept them all, but those that look wrong.
import { caps, make, named } from "./look.js";
import { tileOf } from "./views.js";

export class Grid {
  constructor({ accept, leave }) {
    this.accept = accept;
    this.leave = leave;
    this.head = make("h2", {});
    this.tiles = make("div", { class: "tiles", role: "group", "aria-label": "Alike items" });
    this.button = make("button", { type: "button", class: "primary", onclick: () => this.takeAll() });
    this.element = make("section", { class: "grid", tabindex: "-1", "aria-label": "Grid", hidden: true }, [
      this.head, this.tiles,
      make("p", { class: "beside" }, [this.button, make("button", { type: "button", text: "Back to one by one", onclick: () => leave() })]),
      make("p", { class: "quiet", text: "Click what is wrong, or move by arrows and press Space; the key of a class says what it is instead. Wrong ones without a class are asked one by one." }),
    ]);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  items() {
    return this.isOpen ? this.entries.map((entry) => entry.task.item) : [];
  }

  open({ guess, tasks }, names, keys, pictures) {
    this.names = names;
    this.guess = guess;
    this.began = performance.now();
    this.entries = tasks.map((task) => ({ task, label: guess })); // label null: wrong
    this.head.replaceChildren("All of them: ", named(names.get(guess)), "?");
    this.tiles.replaceChildren(...this.entries.map((entry) => {
      entry.words = named("", { class: "tile-label" });
      entry.state = make("span", { class: "unseen" }); // that it is what all are taken for
      entry.button = make("button", { type: "button", class: "tile", onclick: () => this.toggle(entry) });
      return entry.button;
    }));
    for (const entry of this.entries) {
      const unseen = () => {
        entry.label = null; // nobody accepts what cannot be seen
        this.mark(entry);
      };
      entry.button.replaceChildren(tileOf(entry.task, pictures, unseen), entry.state, entry.words);
    }
    this.button.replaceChildren(...caps(keys.nameOf("accept")), "Accept");
    this.element.hidden = false;
    this.entries.forEach((entry) => this.mark(entry));
    this.entries[0].button.focus();
  }

  close() {
    this.element.hidden = true;
    this.entries = [];
    this.tiles.replaceChildren();
  }

  toggle(entry) {
    entry.label = entry.label === this.guess ? null : this.guess;
    this.mark(entry);
  }

  mark(entry) {
    const isGuess = entry.label === this.guess;
    entry.button.setAttribute("aria-pressed", String(!isGuess));
    entry.words.textContent = isGuess ? "" : entry.label === null ? "wrong" : this.names.get(entry.label);
    entry.state.textContent = isGuess ? this.names.get(this.guess) : "";
    const n = this.entries.filter((one) => one.label !== null).length;
    this.button.disabled = n === 0;
  }

  takeAll() {
    const seconds = (performance.now() - this.began) / 1000 / this.entries.length;
    const { entries } = this;
    this.close();
    this.accept(entries, seconds, this.guess);
  }

  // Keys of the grid; tells whether it was one.
  onKey(event, meant) {
    const at = this.entries.findIndex((entry) => entry.button === document.activeElement);
    const isElsewhere = at < 0 && document.activeElement.closest("button");
    if (meant.action === "accept" && !isElsewhere) this.takeAll();
    else if (event.key === "Escape" || meant.action === "grid") this.leave();
    else if (event.key === " ") return false; // presses the tile that has the focus
    else if (at >= 0 && meant.label) {
      this.entries[at].label = meant.label;
      this.mark(this.entries[at]);
    } else if (event.key.startsWith("Arrow")) this.move(Math.max(at, 0), event.key);
    else return false;
    return true;
  }

  move(at, key) {
    const tops = this.entries.map((entry) => entry.button.offsetTop);
    const columns = Math.max(1, tops.filter((top) => top === tops[0]).length);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    const to = at + step;
    if (to >= 0 && to < this.entries.length) this.entries[to].button.focus();
  }
}
