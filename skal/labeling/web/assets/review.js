// Answers to look at again: conflicts, suspects, one's own.
import { make, named, percent, whole } from "./look.js";
import { tileOf } from "./views.js";

const KINDS = { conflicts: "Conflicts", suspects: "Suspicious", own: "My answers" };
const EMPTY = {
  conflicts: "No conflicts: nobody contradicts anybody.",
  suspects: "No suspicious labels: the model disagrees with none, or there are too few labels to tell.",
  own: "You have not answered yet.",
};
const DONE = { skip: "skipped", unsure: "unsure" };

export class Review {
  constructor({ fetch, pick, leave }) {
    this.fetch = fetch;
    this.pick = pick;
    this.kind = "conflicts";
    this.tabs = Object.entries(KINDS).map(([kind, text]) => make("button", {
      type: "button", text, "aria-pressed": "false", onclick: () => this.open(kind),
    }));
    this.ofClass = make("select", { "aria-label": "Only of class", onchange: () => this.draw() });
    this.ofPerson = make("select", { "aria-label": "Only of person", onchange: () => this.draw() });
    this.list = make("ul", { class: "entries" });
    this.words = make("p", { class: "quiet", role: "status" });
    this.element = make("section", { class: "review", tabindex: "-1", "aria-label": "Review", hidden: true }, [
      make("div", { class: "beside" }, [
        make("div", { class: "group", role: "group", "aria-label": "What to review" }, this.tabs),
        this.ofClass, this.ofPerson,
        make("button", { type: "button", text: "Back to labelling", onclick: () => leave() }),
      ]),
      this.words, this.list,
    ]);
    this.entries = [];
  }

  get isOpen() {
    return !this.element.hidden;
  }

  async open(kind = this.kind) {
    this.kind = kind;
    this.element.hidden = false;
    Object.keys(KINDS).forEach((one, i) => this.tabs[i].setAttribute("aria-pressed", String(one === kind)));
    this.words.textContent = "…";
    this.list.replaceChildren();
    try {
      this.entries = await this.fetch(kind);
    } catch (error) {
      this.entries = [];
      this.words.textContent = error.message;
      return;
    }
    if (kind !== this.kind) return; // another was chosen meanwhile
    const people = [...new Set(this.entries.flatMap((entry) => entry.answers.map((one) => one.annotator)))];
    fill(this.ofPerson, "Everybody", people.map((name) => [name, name]));
    this.draw();
  }

  setNames(names, pictures) {
    this.names = names;
    this.pictures = pictures;
    fill(this.ofClass, "All classes", [...names]);
  }

  close() {
    this.element.hidden = true;
    this.list.replaceChildren();
  }

  shown() {
    const [label, person] = [this.ofClass.value, this.ofPerson.value];
    return this.entries.filter(({ answers }) => answers.some((one) => (
      (!label || one.label === label) && (!person || one.annotator === person)
    )));
  }

  draw() {
    const shown = this.shown();
    this.words.textContent = shown.length ? `${whole(shown.length)} to look at` : EMPTY[this.kind];
    this.list.replaceChildren(...shown.map((entry) => make("li", {}, [
      make("button", { type: "button", class: "entry", onclick: () => this.pick(entry) }, [
        tileOf(entry, this.pictures), make("span", { class: "said" }, this.saidOf(entry)),
      ]),
    ])));
  }

  saidOf(entry) {
    const rows = entry.answers.map((one) => make("span", {}, [
      named(one.annotator), ": ", one.label === null ? (DONE[one.action] || "–") : named(this.names.get(one.label), { class: "strong" }),
    ]));
    if (entry.suggestion && entry.suggestion[0]) {
      const [id, share] = entry.suggestion;
      rows.push(make("span", { class: "quiet" }, ["model: ", named(this.names.get(id)), share === null ? "" : ` ${percent(share)}`]));
    }
    if (entry.reason) rows.push(make("span", { class: "quiet", text: entry.reason }));
    rows.push(make("span", { class: "quiet key" }, [named(entry.key)]));
    return rows;
  }

  // The entry after one, to go on with.
  after(item) {
    const shown = this.shown();
    const at = shown.findIndex((entry) => entry.item === item);
    return at >= 0 && at + 1 < shown.length ? shown[at + 1] : null;
  }
}

function fill(select, all, pairs) {
  const kept = select.value;
  select.replaceChildren(make("option", { value: "", text: all }), ...pairs.map(([value, text]) => make("option", { value, text })));
  if (pairs.some(([value]) => value === kept)) select.value = kept;
}
