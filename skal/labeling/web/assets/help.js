// The keys, in a dialog.
import { caps, make } from "./look.js";

const WORDS = [
  ["accept", "take the suggestion"], ["skip", "skip: somebody else may know"], ["unsure", "unsure: cannot be told from this item"],
  ["undo", "undo your last answer, again and again"], ["back", "look back; a class corrects the answer"], ["forward", "forward"],
  ["search", "search a class"], ["zoom", "zoom"], ["darker", "darker"], ["brighter", "brighter"],
  ["grid", "a dozen alike at once"], ["review", "review conflicts, suspicious labels, your own"], ["hide", "hide or show suggestions"],
  ["help", "these keys"],
];

export class Help {
  constructor() {
    this.list = make("dl", {});
    this.element = make("dialog", { "aria-label": "Keys" }, [
      make("h2", { text: "Keys" }), this.list,
      make("p", { class: "quiet", text: "Answers are kept in this browser until the server has them on its disk." }),
      make("p", {}, [make("button", { type: "button", class: "primary", text: "Close", onclick: () => this.element.close() })]),
    ]);
  }

  open(keys, classes) {
    const first = classes.find((one) => keys.ofClass(one.id));
    const range = first ? [[`${keys.ofClass(first.id)} …`, "the class with that key"]] : [];
    const rows = [...range, ...WORDS.map(([action, words]) => [keys.nameOf(action), words]), ["Esc", "back to labelling"]];
    this.list.replaceChildren(...rows.flatMap(([key, words]) => [make("dt", {}, caps(key)), make("dd", { text: words })]));
    this.element.showModal();
  }
}
