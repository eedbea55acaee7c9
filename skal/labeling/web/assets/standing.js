// How things stand: progress, pace, honest accuracy, the model behind the order, what comes.
import { countOf, make, named, percent, whole } from "./look.js";

const FEWEST = 10; // items drawn at random before a share of them says anything

export class Standing {
  constructor({ review }) {
    this.bar = make("progress", { "aria-label": "Progress" });
    this.facts = make("dl", { class: "facts" });
    this.advice = make("p", { class: "advice", hidden: true });
    this.forecast = make("p", { class: "quiet", hidden: true });
    this.conflicts = make("button", { type: "button", class: "quiet-button", hidden: true, onclick: () => review("conflicts") });
    this.people = make("details", { hidden: true });
    this.element = make("section", { class: "panel standing", "aria-label": "How things stand" }, [
      this.bar, this.facts, this.advice, this.forecast, this.conflicts, this.people,
    ]);
  }

  draw(progress) {
    const goal = progress.budget || progress.n_items;
    if (goal) {
      this.bar.max = goal;
      this.bar.value = Math.min(goal, progress.answered || 0);
    }
    const facts = [
      ["Answers", this.answers(progress)], ["You", paceOf(progress)], ["Accuracy", accuracyOf(progress)],
      ["Order", orderOf(progress)], ["Agreement", agreementOf(progress)],
    ].filter(([, words]) => words);
    this.facts.replaceChildren(...facts.flatMap(([name, words]) => [
      make("dt", { text: name }), make("dd", {}, [words]),
    ]));
    this.say(this.advice, progress.advice);
    this.say(this.forecast, progress.forecast);
    this.conflicts.hidden = !progress.conflicts;
    this.conflicts.textContent = `Settle ${countOf(progress.conflicts || 0, "conflict")}`;
    this.drawPeople(progress.people || []);
  }

  answers({ answered = 0, budget, n_items: all }) {
    return budget ? `${whole(answered)} of ${whole(budget)}` : `${whole(answered)} of ${countOf(all || 0, "item")}`;
  }

  say(element, words) {
    element.hidden = !words;
    element.textContent = words || "";
  }

  drawPeople(people) {
    this.people.hidden = people.length < 2;
    if (this.people.hidden) return;
    const rows = people.map((one) => make("li", {}, [
      named(one.name), ` ${whole(one.answered)}${one.pace ? `, ${Math.round(one.pace)} a minute` : ""}`,
    ]));
    this.people.replaceChildren(make("summary", { text: `${people.length} people` }), make("ul", {}, rows));
  }
}

function paceOf({ mine, pace }) {
  if (mine === undefined) return "";
  return `${whole(mine)}${pace ? `, ${Math.round(pace)} a minute` : ""}`;
}

function accuracyOf({ accuracy }) {
  if (accuracy === undefined) return "";
  if (!accuracy || accuracy.value === null) return "not known yet";
  if (accuracy.n < FEWEST) return `not known yet: ${accuracy.n} of ${FEWEST} items drawn at random`;
  const words = `${percent(accuracy.value)} (${percent(accuracy.low)} to ${percent(accuracy.high)})`;
  return make("span", {}, [words, make("span", { class: "quiet", text: ` on ${countOf(accuracy.n, "item")} drawn at random` })]);
}

function orderOf({ model }) {
  if (!model || model.round === null || model.round === undefined) return "typical items first: no model yet";
  if (model.error) return make("span", { class: "wrong", text: `of an older model: ${model.error}` });
  const age = model.behind ? `from ${countOf(model.behind, "answer")} ago` : "up to date";
  return model.status === "training" ? `${age}, training` : age;
}

function agreementOf({ agreement }) {
  return typeof agreement === "number" ? `α = ${agreement.toFixed(2)}` : "";
}
