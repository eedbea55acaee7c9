// What was asked with as many labels: a strip a learner, side by side.
const MOST_STRIPS = 8;

// Points of a run whose rows are listed, with images where there are some; the initial set last of all.
function listed(r) {
  const run = details[state.data].runs[r], { round } = curves[state.data].runs[r];
  const all = Array.from(run.shown.keys()).filter((k) => run.shown[k]);
  const pictured = all.filter((k) => run.thumb[starts(run)[k]] >= 0);
  const known = dataHead().has_images && pictured.length ? pictured : all;
  const asked = known.filter((k) => round[k] > 0);
  return asked.length ? asked : known;
}

function stripsNow() {
  const learners = dataHead().learners.map((_, learner) => learner).filter((learner) => !state.hidden.has(learner));
  return learners.map((learner) => {
    const r = runsOf(learner).find((run) => listed(run).length);
    return r === undefined ? null : { learner, r, points: listed(r), x: curves[state.data].runs[r].x };
  }).filter((strip) => strip);
}

function drawAsked() {
  if (!details) return;
  const strips = stripsNow();
  const panel = document.getElementById("asked");
  panel.hidden = !strips.length;
  if (!strips.length) return;
  const stops = [...new Set(strips.flatMap(({ points, x }) => points.map((k) => x[k])))].sort((a, b) => a - b);
  const now = closest(stops, state.asked ?? stops[0]);
  for (const [id, to] of [["asked-before", now - 1], ["asked-after", now + 1]]) {
    const button = document.getElementById(id);
    button.setAttribute("aria-disabled", String(to < 0 || to >= stops.length));
    button.onclick = () => { if (to >= 0 && to < stops.length) { state.asked = stops[to]; drawAsked(); } };
  }
  document.getElementById("asked-at").textContent = `with ${count(stops[now], "label")}`;
  const more = strips.length - MOST_STRIPS;
  document.getElementById("asked-about").textContent =
    `${strips.some(({ learner }) => runsOf(learner).length > 1) ? "The first run of each learner" : "Each learner"}: `
    + `${dataHead().has_images ? "images" : "class counts"} of the round that ends there`
    + `${dataHead().has_images ? ", ✓ where the model had predicted the label, ✗ before what it had predicted" : ""}.`
    + `${more > 0 ? ` ${count(more, "learner")} more: hide others by their names above.` : ""}`;
  document.getElementById("strips").replaceChildren(...strips.slice(0, MOST_STRIPS).map((strip) => stripOf(strip, stops[now])));
}

function stripOf({ learner, r, points, x }, labels) {
  const point = points[closest(points.map((k) => x[k]), labels)];
  const run = details[state.data].runs[r], curve = curves[state.data].runs[r];
  const score = curve.scores[state.score][point];
  const words = ` round ${wholes.format(curve.round[point])} · ${count(x[point], "label")}`
    + (Number.isNaN(score) ? "" : ` · ${head.scores[state.score].name} ${short(score, 3)}`);
  const why = make("button", {
    class: "link", type: "button", text: "Why these?", "aria-label": `Why these rows of ${dataHead().learners[learner]}?`,
    onclick: () => pinRun(r, point, true),
  });
  return make("div", { class: "strip" }, [
    make("h3", {}, [swatchOf(learner), dataHead().learners[learner], make("span", { class: "quiet", text: words }), " ", why]),
    ...tilesOf(state.data, run, point),
    countsLine({ data: state.data, point }, run),
  ]);
}
