// What the model takes an item for, and why it was asked; it can be hidden, for it leads people.
import { caps, make, named, percent } from "./look.js";

const PLACE = "skal-hints";

export class Hint {
  constructor({ accept }) {
    this.isShown = stored() !== "off";
    this.accept = make("button", { type: "button", class: "accept", onclick: accept });
    this.why = make("p", { class: "quiet why" });
    this.hide = make("button", { type: "button", class: "quiet-button", onclick: () => this.toggle() });
    this.element = make("section", { class: "panel hint", "aria-label": "Suggestion" }, [this.accept, this.why, this.hide]);
  }

  get suggested() {
    return this.isShown && this.task && this.task.suggestion ? this.task.suggestion[0] : null;
  }

  draw(task, names, keys, isBlind) {
    this.task = isBlind ? null : task;
    this.again = () => this.draw(task, names, keys, isBlind);
    const shown = this.isShown && this.task;
    const guess = shown && this.task.suggestion;
    this.element.hidden = isBlind || !task || !(task.suggestion || task.why.text);
    this.accept.hidden = !guess;
    if (guess) {
      this.accept.replaceChildren(
        ...caps(keys.nameOf("accept")), make("span", { class: "unseen", text: "accept" }), named(names.get(guess[0]), { class: "name" }),
        make("span", { class: "n", text: guess[1] === null ? "" : percent(guess[1]) }),
      );
    }
    this.why.hidden = !shown;
    this.why.replaceChildren(...(shown ? whyOf(task, names) : []));
    this.hide.textContent = this.isShown ? "Hide suggestions" : "Show suggestions";
    this.hide.title = keys.nameOf("hide");
  }

  toggle() {
    this.isShown = !this.isShown;
    try {
      localStorage.setItem(PLACE, this.isShown ? "on" : "off");
    } catch (error) {
      // shown again next time
    }
    if (this.again) this.again();
  }
}

function whyOf({ why }, names) {
  const parts = [];
  if (why.text) parts.push(`${why.text[0].toUpperCase()}${why.text.slice(1)}. `);
  const [, second] = why.top || [];
  if (second && !why.text) parts.push("Second: ", named(names.get(second[0])), ` ${percent(second[1])}. `);
  return parts;
}

function stored() {
  try {
    return localStorage.getItem(PLACE);
  } catch (error) {
    return null;
  }
}
