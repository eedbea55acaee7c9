// A card: what one round asked for, and why.
const MOST_CLASSES = 12;

function makeCard(pin) {
  const title = make("h3", { id: `card-${pin.number}` });
  const close = make("button", {
    class: "close", type: "button", text: "×", "aria-label": `Close card ${pin.number}`,
    onclick: () => closePin(pin),
  });
  const body = make("div", { class: "body" });
  const card = make("section", {
    class: "card", tabindex: "-1", "aria-labelledby": title.id,
    onkeydown: (event) => {
      if (event.key === "Escape") { event.stopPropagation(); closePin(pin); }
    },
  }, [make("div", { class: "bar-top" }, [make("span", { class: "number", text: pin.number }), title, close]), body]);
  fillCard(pin, title, body, card);
  return card;
}

function fillCard(pin, title, body, card = pin.card) {
  const { runs } = curves[pin.data];
  const learner = headOf(pin).runs[pin.run].learner;
  const run = runs[pin.run];
  const labels = run.x[pin.point];
  title.textContent = headOf(pin).learners[learner];
  card.style.setProperty("--line", colourOf(learner, pin.data));
  card.dataset.learner = learner;
  const share = run.pool ? ` (${percent(labels / run.pool)} of the pool)` : "";
  const parts = [make("p", {
    class: "lead", text: `Round ${wholes.format(run.round[pin.point])} · ${count(labels, "label")}${share}`,
  })];
  const others = runsOf(learner, pin.data);
  if (others.length > 1) parts.push(runChooser(pin, others, title, body));
  const scores = make("dl", { class: "scores" });
  head.scores.forEach((score, s) => {
    scores.append(make("dt", { text: score.name }), make("dd", { text: short(run.scores[s][pin.point]) }));
  });
  const gained = gainOf(pin.data, state.score, pin.run, labels);
  if (gained) scores.append(make("dt", { text: `against ${head.baseline}` }), make("dd", { text: gained }));
  const taken = run.seconds[pin.point];
  if (taken >= 0) scores.append(make("dt", { text: "queries and fits so far" }), make("dd", { text: inSeconds(taken) }));
  parts.push(scores);
  body.replaceChildren(...parts);
  whenDetails(() => body.append(...detailsOf(pin)));
}

function runChooser(pin, others, title, body) {
  const chooser = make("select", {
    "aria-label": "Run", onchange: (event) => {
      pin.run = Number(event.target.value);
      pin.point = closest(curves[pin.data].runs[pin.run].x, pin.x);
      fillCard(pin, title, body);
      body.querySelector("select").focus();
      placeMarks();
    },
  }, others.map((run) => make("option", {
    value: run, text: `run ${headOf(pin).runs[run].repeat + 1} of ${others.length}`,
    ...(run === pin.run ? { selected: "" } : {}),
  })));
  return make("label", { class: "chooser" }, [chooser]);
}

function headOf(pin) {
  return head.data[pin.data];
}

function detailsOf(pin) {
  const run = details[pin.data].runs[pin.run];
  const parts = [countsLine(pin, run)];
  const asked = run.asked[pin.point], shown = run.shown[pin.point];
  if (!asked) return [...parts, make("p", { class: "quiet", text: "No rows were asked for in this round." })];
  const first = starts(run)[pin.point];
  const ranked = shown && !Number.isNaN(run.utility[first]);
  parts[0] = make("div", {}, [make("h4", { text: "Labels a class" }), parts[0]]);
  const part = ranked ? `${shown} of ${count(asked, "row")}, largest utility first` : `first ${shown} of ${count(asked, "row")}`;
  parts.push(make("h4", { text: `Asked: ${shown === asked || !shown ? count(asked, "row") : part}` }));
  parts.push(...tilesOf(pin.data, run, pin.point, true));
  const items = Array.from({ length: shown }, (_, i) => itemOf(pin, run, first + i, i + 1));
  parts.push(make("ol", { class: "items" }, items));
  const without = headOf(pin).has_images && run.thumb[first] === -1;
  if (!shown || without) parts.push(leftOutLine(pin, run, shown));
  return parts;
}

// Class counts in words, largest first.
function countsLine(pin, run) {
  const names = headOf(pin).classes;
  const counts = names.map((name, c) => [run.counts[pin.point * names.length + c], name]);
  const given = counts.filter(([n]) => n > 0).sort((a, b) => b[0] - a[0]);
  const list = make("ul", { class: "counts", "aria-label": "Class counts of this round" });
  for (const [n, name] of given.slice(0, MOST_CLASSES)) {
    list.append(make("li", {}, [make("span", { text: name }), make("b", { text: `×\u2009${n}` })]));
  }
  const more = given.length - MOST_CLASSES;
  if (more > 0) list.append(make("li", { text: `${more} more classes` }));
  return list;
}

function itemOf(pin, run, at, rank) {
  const { label, predicted, runnerUp } = namesOf(pin.data, run, at);
  const says = make("p", { class: "says" });
  if (label !== null) says.append("label ", make("b", { text: label }));
  if (predicted !== null) {
    const wrong = label !== null && label !== predicted;
    says.append(label === null ? "" : " · ", "predicted ", make("b", { class: wrong ? "wrong" : "", text: predicted }));
  }
  const facts = [];
  if (!Number.isNaN(run.utility[at])) facts.push(`utility ${short(run.utility[at], 3)}`);
  facts.push(run.row[at] < 0 ? "row not known" : rowWords(pin.data, run.row[at]));
  return make("li", {}, [
    make("span", { class: "rank", text: rank }),
    make("div", { class: "words" }, [
      ...(says.childNodes.length ? [says] : []),
      make("p", { text: whyOf(pin, run, at, rank, predicted, runnerUp) }), make("p", { class: "quiet", text: facts.join(" · ") }),
    ]),
  ]);
}

// One plain sentence: why this row.
function whyOf(pin, run, at, rank, first, second) {
  if (curves[pin.data].runs[pin.run].round[pin.point] === 0) return "initial set";
  const chance = run.chance[at];
  if (!Number.isNaN(chance)) return `drawn at random${chance > 0 ? `, 1 of ${wholes.format(Math.round(1 / chance))}` : ""}`;
  const sure = run.confidence[at] / 1000, next = run.runner_up_confidence[at] / 1000;
  if (first !== null && second !== null && sure >= 0 && next >= 0) {
    const pair = [`${first} (${percent(sure)})`, `${second} (${percent(next)})`];
    if (sure - next < 0.3) return `model wavered between ${pair[0]} and ${pair[1]}`;
    return `model leaned to ${pair[0]}, then ${pair[1]}`;
  }
  if (first !== null && sure >= 0) return `model leaned to ${first} (${percent(sure)})`;
  const asked = run.asked[pin.point];
  const ranked = !Number.isNaN(run.utility[at]);
  return `number ${rank} of ${asked} ${ranked ? "by utility" : "in the order asked"}`;
}

function leftOutLine(pin, run, shown) {
  const what = shown ? "images of this round" : "rows of this round";
  const has = (k) => run.shown[k] && (!headOf(pin).has_images || run.thumb[starts(run)[k]] >= 0);
  const line = make("p", { class: "quiet", text: `The ${what} were left out to keep the page small. ` });
  let step = 1;
  const last = run.shown.length - 1;
  while (step <= last && !has(pin.point - step) && !has(pin.point + step)) step++;
  const at = has(pin.point - step) ? pin.point - step : pin.point + step;
  if (!has(at)) return line;
  const { round, x } = curves[pin.data].runs[pin.run];
  line.append(make("button", {
    class: "link", type: "button", text: `Round ${wholes.format(round[at])} has them`,
    onclick: () => {
      pin.point = at;
      pin.x = x[at];
      fillCard(pin, pin.card.querySelector("h3"), pin.card.querySelector(".body"));
      pin.card.focus();
      placeMarks();
    },
  }));
  return line;
}
