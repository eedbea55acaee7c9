// The state of the page, its controls and keys.
const state = { data: 0, score: head.score, single: false, hidden: new Set(), cursor: null, pins: [], next: 1 };
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

function setCursor(found) {
  state.cursor = found;
  const { line, k } = found;
  const y = valueAt(line.x, line.y, line.x[k]);
  const band = line.low ? ` (${short(line.low[k], 3)} to ${short(line.high[k], 3)})` : "";
  const words = `${roundOf(line, k)} · ${count(line.x[k], "label")} · ${head.scores[state.score].name} ${short(y)}${band}`;
  const swatch = make("span", { class: "swatch" });
  swatch.style.background = colourOf(line.learner);
  document.getElementById("readout").replaceChildren(swatch, make("b", { text: nameOf(line) }), " " + words);
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
  document.getElementById("chart").setAttribute("aria-label",
    `${head.scores[state.score].name} against labels, ${count(lines.length, "line")}. Arrow keys move along them, Enter pins a round.`);
}

function drawLegend() {
  const note = dataHead().learners.some((_, i) => runsOf(i).length > 1);
  const words = { std: "± standard deviation", sem: "± standard error", range: "lowest to highest", ci95: "95 % interval" };
  const buttons = dataHead().learners.map((name, learner) => {
    const swatch = make("span", { class: "swatch" });
    swatch.style.background = colourOf(learner);
    const n = runsOf(learner).length;
    return make("button", {
      type: "button", "aria-pressed": String(!state.hidden.has(learner)), title: "Show or hide",
      onclick: (event) => toggle(learner, event.currentTarget),
    }, [swatch, make("span", { class: "label", text: name }), make("span", { class: "quiet", text: n > 1 ? `${n} runs` : "" })]);
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
}

function chooser(label, names, chosen, onchange) {
  const options = names.map((name, i) => make("option", { value: i, text: name, ...(i === chosen ? { selected: "" } : {}) }));
  const select = make("select", { onchange: (event) => onchange(Number(event.target.value)) }, options);
  return make("label", {}, [make("span", { text: label }), select]);
}

function drawControls() {
  const place = document.getElementById("controls");
  const button = (id, text, onclick, more = {}) => make("button", { id, type: "button", text, onclick, ...more });
  const parts = [];
  if (head.data.length > 1) {
    parts.push(chooser("data", head.data.map((one) => one.name), state.data, (data) => {
      state.data = data;
      state.hidden.clear();
      state.cursor = null;
      for (const pin of state.pins) pin.card.hidden = pin.data !== data;
      redrawAll();
      sayAbout();
    }));
  }
  if (head.scores.length > 1) {
    parts.push(chooser("score", head.scores.map((score) => score.name), state.score, (score) => {
      state.score = score;
      redrawAll();
    }));
  }
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
}

function switchTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
}

function showTheme() {
  document.getElementById("theme").setAttribute("aria-pressed", String(isDark()));
  plot.redraw(false, true);
  drawLegend();
  for (const pin of state.pins) pin.card.style.setProperty("--line", colourOf(Number(pin.card.dataset.learner)));
  setCursor(state.cursor);
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
  const { min, max } = plot.scales.x;
  const x = line.x[next], room = (max - min) * 0.1;
  if (x < min) zoomTo(x - room, x - room + (max - min));
  if (x > max) zoomTo(x + room - (max - min), x + room);
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
  new ResizeObserver(() => {
    plot.setSize(chartSize());
    for (const pin of state.pins) moveCard(pin.card, pin.card.offsetLeft, pin.card.offsetTop);
  }).observe(chart);
  prefersDark.addEventListener("change", showTheme);
}

async function start() {
  curves = await loadArrays("curves");
  document.getElementById("main").hidden = false;
  drawControls();
  sayAbout();
  redrawAll();
  listen();
  requestAnimationFrame(() => setTimeout(() => performance.mark("skal-drawn")));
  details = await loadArrays("details");
  for (const job of waiting.splice(0)) job();
  drawBalance();
  document.documentElement.dataset.ready = "";
}

start().catch((error) => {
  const trouble = document.getElementById("trouble");
  trouble.hidden = false;
  trouble.textContent = `This page could not be drawn (${error.message}); a browser of 2023 or later is needed.`;
  throw error;
});
