// The state of the page, its controls and keys.
const state = {
  data: 0, score: head.score, axis: { key: "x", log: false }, single: false, hidden: new Set(),
  cursor: null, asked: null, pins: [], next: 1,
};
const PAPER = 640; // CSS pixels
let curves = null;
let details = null;
const waiting = [];

function dataHead() {
  return head.data[state.data];
}

function runsOf(learner, data = state.data) {
  const { runs } = head.data[data];
  return [...runs.keys()].filter((run) => runs[run].learner === learner);
}

// Do something that needs the arrays of cards, which come after the first picture.
function whenDetails(job) {
  if (details) job(); else waiting.push(job);
}

function nameOf(line) {
  const name = dataHead().learners[line.learner];
  const all = runsOf(line.learner).length;
  if (line.low) return `${name}, mean of ${line.n} runs`;
  return all > 1 ? `${name}, run ${dataHead().runs[line.runs[0]].repeat + 1}` : name;
}

function roundOf(line, k) {
  const { x, round } = curves[state.data].runs[line.runs[0]];
  const at = x[k] === line.x[k] ? k : closest(x, line.x[k]);
  return x[at] === line.x[k] ? `round ${wholes.format(round[at])}` : count(line.x[k], "label");
}

// Whether a score is a share, so that a hundredth of it is a point; asked at each move of the pointer.
const shares = new Map();

function inPoints(score) {
  if (!shares.has(score)) {
    const isShare = (value) => Number.isNaN(value) || (value >= 0 && value <= 1);
    shares.set(score, curves.every((one) => one.runs.every((run) => run.scores[score].every(isShare))));
  }
  return shares.get(score);
}

// The baseline's score with as many labels: of the same repeat, or (repeat null) its mean.
function baselineAt(data, score, labels, repeat) {
  const { learners, runs } = head.data[data];
  const learner = learners.indexOf(head.baseline);
  if (learner < 0) return NaN;
  const mean = repeat === null ? curves[data].means[learner][score] : null;
  const run = runsOf(learner, data).find((r) => repeat === null || runs[r].repeat === repeat);
  if (!mean && run === undefined) return NaN;
  const { x } = mean || curves[data].runs[run];
  if (labels < x[0] || labels > x[x.length - 1]) return NaN;
  return valueAt(x, mean ? mean.mean : curves[data].runs[run].scores[score], labels);
}

function gainWords(gain, score) {
  if (Number.isNaN(gain)) return "";
  const words = inPoints(score) ? `${Math.abs(100 * gain).toFixed(1)}\u00a0points` : short(Math.abs(gain), 3);
  return (gain < 0 ? "−" : "+") + words;
}

// What a run is ahead of the baseline's run of the same repeat.
function gainOf(data, score, run, labels) {
  const { learner, repeat } = head.data[data].runs[run];
  if (head.data[data].learners[learner] === head.baseline) return "";
  const { x, scores } = curves[data].runs[run];
  return gainWords(valueAt(x, scores[score], labels) - baselineAt(data, score, labels, repeat), score);
}

function gainOfLine(line, k) {
  if (!line.low) return gainOf(state.data, state.score, line.runs[0], line.x[k]);
  if (dataHead().learners[line.learner] === head.baseline) return "";
  return gainWords(line.y[k] - baselineAt(state.data, state.score, line.x[k], null), state.score);
}

function setCursor(found) {
  state.cursor = found;
  const { line, k } = found;
  const y = valueAt(line.x, line.y, line.x[k]);
  const band = line.low ? ` (${short(line.low[k], 3)} to ${short(line.high[k], 3)})` : "";
  const gain = gainOfLine(line, k);
  const words = [
    roundOf(line, k), count(line.x[k], "label"), ...(state.axis.key === "seconds" ? [inSeconds(line.at[k])] : []),
    `${head.scores[state.score].name} ${short(y, 3)}${band}`, ...(gain ? [`${gain} against ${head.baseline}`] : []),
  ].join(" · ");
  document.getElementById("readout").replaceChildren(swatchOf(line.learner), make("b", { text: nameOf(line) }), " " + words);
  placeAt(cursorMark, ...cursorSpot());
  drawBalance();
}

// The last point of the first line that is shown.
function startCursor() {
  const line = lines.find(isShown) || lines[0];
  setCursor({ line, k: line.x.length - 1 });
}

function redrawAll() {
  const before = state.cursor;
  drawChart();
  drawLegend();
  const line = before && lines.find((one) => isShown(one) && one.runs.includes(before.line.runs[0]));
  if (line) setCursor({ line, k: closest(line.x, before.line.x[before.k]) });
  else startCursor();
  drawAsked();
  document.getElementById("chart").setAttribute("aria-label",
    `${head.scores[state.score].name} against ${state.axis.key === "x" ? "labels" : "seconds"}, ${count(lines.length, "line")}. Arrow keys move along them, Enter pins a round.`);
}

function drawLegend() {
  const note = dataHead().learners.some((_, i) => runsOf(i).length > 1);
  const words = { std: "± standard deviation", sem: "± standard error", range: "lowest to highest", ci95: "95 % interval" };
  const buttons = dataHead().learners.map((name, learner) => {
    const n = runsOf(learner).length;
    return make("button", {
      type: "button", "aria-pressed": String(!state.hidden.has(learner)), title: "Show or hide",
      onclick: (event) => toggle(learner, event.currentTarget),
    }, [swatchOf(learner), make("span", { class: "label", text: name }), make("span", { class: "quiet", text: n > 1 ? `${n} runs` : "" })]);
  });
  const band = note && !state.single && head.band ? `mean ${words[head.band]}` : "";
  document.getElementById("legend").replaceChildren(...buttons, make("p", { class: "quiet", text: band }));
}

function toggle(learner, button) {
  const show = state.hidden.delete(learner);
  if (!show) state.hidden.add(learner);
  button.setAttribute("aria-pressed", String(show));
  plot.batch(() => {
    for (const line of lines) {
      if (line.learner === learner) line.series.forEach((i) => plot.setSeries(i, { show }));
    }
  });
  if (!state.cursor || !isShown(state.cursor.line)) startCursor();
  placeMarks();
  drawAsked();
}

function optionsOf(names, chosen) {
  return names.map((name, i) => make("option", { value: i, text: name, ...(i === chosen ? { selected: "" } : {}) }));
}

function chooseData(data) {
  state.data = data;
  state.axis = { key: "x", log: false };
  state.hidden.clear();
  state.cursor = state.asked = null;
  for (const pin of state.pins) pin.card.hidden = pin.data !== data;
  document.getElementById("data").value = data;
  drawAxisChoices();
  markOverview();
  redrawAll();
  sayAbout();
  sayCards();
}

function drawAxisChoices() {
  const select = document.getElementById("axis"), choices = axisChoices();
  select.replaceChildren(...optionsOf(choices.map(({ name }) => name), 0));
  select.parentNode.hidden = choices.length < 2;
}

function chooser(label, id, names, chosen, onchange) {
  const options = optionsOf(names, chosen);
  const select = make("select", { id, onchange: (event) => onchange(Number(event.target.value)) }, options);
  return make("label", {}, [make("span", { text: label }), select]);
}

function drawControls() {
  const place = document.getElementById("controls");
  const button = (id, text, onclick, more = {}) => make("button", { id, type: "button", text, onclick, ...more });
  const parts = [];
  if (head.data.length > 1) {
    parts.push(chooser("data", "data", head.data.map((one) => one.name), state.data, chooseData));
  }
  if (head.scores.length > 1) {
    parts.push(chooser("score", "score", head.scores.map((score) => score.name), state.score, (score) => {
      state.score = score;
      redrawAll();
      drawOverview();
    }));
  }
  parts.push(chooser("x axis", "axis", [], 0, (choice) => {
    state.axis = axisChoices()[choice];
    redrawAll();
  }));
  if (curves.some((one) => one.means.flat().some((mean) => mean))) {
    parts.push(button("single", "Single runs", (event) => {
      state.single = !state.single;
      event.currentTarget.setAttribute("aria-pressed", String(state.single));
      redrawAll();
    }, { "aria-pressed": "false" }));
  }
  parts.push(
    make("span", { class: "group", role: "group", "aria-label": "Zoom" }, [
      button("zoom-in", "+", () => zoomBy(0.6), { "aria-label": "Zoom in" }),
      button("zoom-out", "−", () => zoomBy(1 / 0.6), { "aria-label": "Zoom out" }),
      button("zoom-all", "All", () => zoomTo(...fullRange()), { "aria-label": "See all" }),
    ]),
    button("csv", "CSV", () => whenDetails(saveTable), { title: "Save what is shown as a table" }),
    button("theme", "Dark", switchTheme, { "aria-pressed": String(isDark()) }),
  );
  place.replaceChildren(...parts);
  drawAxisChoices();
}

function switchTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
}

function showTheme() {
  document.getElementById("theme").setAttribute("aria-pressed", String(isDark()));
  plot.redraw(false, true);
  drawLegend();
  for (const pin of state.pins) pin.card.style.setProperty("--line", colourOf(Number(pin.card.dataset.learner), pin.data));
  setCursor(state.cursor);
  drawOverview();
  drawAsked();
}

function sayAbout() {
  const { name, learners, runs, classes } = dataHead();
  const parts = [...(name ? [name] : []), count(learners.length, "learner"), count(runs.length, "run")];
  if (classes.length) parts.push(wholes.format(classes.length) + " class" + (classes.length === 1 ? "" : "es"));
  document.getElementById("about").textContent = parts.join(" · ");
  const left = document.getElementById("left-out");
  left.textContent = head.left_out.length ? `To keep this page small: ${head.left_out.join("; ")}.` : "";
}

// Move the cursor along its line; the range follows where it leaves it.
function step(by) {
  const { line, k } = state.cursor;
  const next = Math.max(0, Math.min(line.x.length - 1, k + by));
  const min = toScale(plot.scales.x.min), max = toScale(plot.scales.x.max);
  const x = toScale(line.at[next]), room = (max - min) * 0.1;
  if (x < min) zoomTo(fromScale(x - room), fromScale(x - room + (max - min)));
  if (x > max) zoomTo(fromScale(x + room - (max - min)), fromScale(x + room));
  setCursor({ line, k: next });
}

function stepLine(by) {
  const shown = lines.filter(isShown);
  const { line, k } = state.cursor;
  const next = shown[(shown.indexOf(line) + by + shown.length) % shown.length];
  if (next) setCursor({ line: next, k: closest(next.x, line.x[k]) });
}

const KEYS = {
  ArrowLeft: () => step(-1), ArrowRight: () => step(1), PageDown: () => step(-10), PageUp: () => step(10),
  Home: () => step(-Infinity), End: () => step(Infinity),
  ArrowUp: () => stepLine(-1), ArrowDown: () => stepLine(1),
  Enter: () => openPin(true), " ": () => openPin(true),
  "+": () => zoomBy(0.6), "=": () => zoomBy(0.6), "-": () => zoomBy(1 / 0.6), 0: () => zoomTo(...fullRange()),
  Escape: () => { if (state.pins.length) closePin(state.pins[state.pins.length - 1]); },
};

function listen() {
  const chart = document.getElementById("chart");
  chart.addEventListener("keydown", (event) => {
    if (event.target !== chart || event.ctrlKey || event.metaKey || event.altKey) return;
    const job = KEYS[event.key];
    if (!job) return;
    event.preventDefault();
    job();
  });
  new ResizeObserver(() => plot.setSize(chartSize())).observe(chart);
  prefersDark.addEventListener("change", showTheme);
  listenToPrinter();
}

// On paper all is light, and nothing is folded.
function listenToPrinter() {
  let before = null;
  window.addEventListener("beforeprint", () => {
    const verdict = document.querySelector("#verdict details");
    before = { theme: document.documentElement.dataset.theme, verdict, open: verdict?.open };
    document.documentElement.dataset.theme = "light";
    if (verdict) verdict.open = true;
    // the width of a sheet between its margins; a chart that is wider would be cut
    const size = chartSize();
    plot.setSize({ ...size, width: Math.min(size.width, PAPER) });
    showTheme();
  });
  window.addEventListener("afterprint", () => {
    if (before.theme) document.documentElement.dataset.theme = before.theme;
    else delete document.documentElement.dataset.theme;
    if (before.verdict) before.verdict.open = before.open;
    plot.setSize(chartSize());
    showTheme();
  });
}

async function start() {
  curves = await loadArrays("curves");
  document.getElementById("main").hidden = false;
  drawControls();
  sayAbout();
  redrawAll();
  drawOverview();
  listen();
  requestAnimationFrame(() => setTimeout(() => performance.mark("skal-drawn")));
  details = await loadArrays("details");
  for (const job of waiting.splice(0)) job();
  drawBalance();
  drawAsked();
  document.documentElement.dataset.ready = "";
}

start().catch((error) => {
  const trouble = document.getElementById("trouble");
  trouble.hidden = false;
  trouble.textContent = `This page could not be drawn (${error.message}); a browser of 2023 or later is needed.`;
  throw error;
});
