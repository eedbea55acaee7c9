// All data sets at a glance: small curves, and what was found on each.
const SMALL = { width: 200, height: 70 };

function drawOverview() {
  const panel = document.getElementById("overview");
  panel.hidden = head.data.length < 2;
  if (panel.hidden) return;
  const buttons = head.data.map((one, data) => make("button", {
    type: "button", class: "small", "aria-pressed": String(data === state.data), onclick: () => chooseData(data),
  }, [
    make("b", { text: one.name }), smallCurves(data),
    ...one.findings.map(({ learner, text }) => make("span", { class: "finding" }, [...(learner < 0 ? [] : [swatchOf(learner, data)]), text])),
  ]));
  document.getElementById("multiples").replaceChildren(...buttons);
}

function markOverview() {
  document.querySelectorAll("#multiples .small").forEach((button, data) => {
    button.setAttribute("aria-pressed", String(data === state.data));
  });
}

function smallCurves(data) {
  const { runs, means } = curves[data];
  const found = head.data[data].learners.map((_, learner) => {
    const mean = means[learner][state.score];
    const run = runs[runsOf(learner, data)[0]];
    return mean ? { x: mean.x, y: mean.mean } : { x: run.x, y: run.scores[state.score] };
  });
  const x = found.flatMap((line) => Array.from(line.x));
  const y = found.flatMap((line) => Array.from(line.y)).filter((value) => !Number.isNaN(value));
  const [left, right] = [Math.min(...x), Math.max(...x)], [low, high] = [Math.min(...y), Math.max(...y)];
  const svg = svgElement("svg", { viewBox: `0 0 ${SMALL.width} ${SMALL.height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  found.forEach((line, learner) => {
    const points = Array.from(line.x, (value, k) => [
      ((value - left) / (right - left || 1)) * SMALL.width, SMALL.height - 3 - ((line.y[k] - low) / (high - low || 1)) * (SMALL.height - 6),
    ]).filter(([, top]) => !Number.isNaN(top));
    svg.append(svgElement("polyline", {
      points: points.map((point) => point.map((value) => value.toFixed(1)).join()).join(" "),
      fill: "none", stroke: colourOf(learner, data), "stroke-width": 2, "vector-effect": "non-scaling-stroke", "stroke-dasharray": dashOf(learner, data).join(" ") || "none",
    }));
  });
  const words = y.length
    ? `${wholes.format(left)}–${count(right, "label")} · ${head.scores[state.score].name}\u00a0${short(low, 2)}–${short(high, 2)}`
    : "no score";
  return make("span", { class: "small-curves" }, [svg, make("span", { class: "quiet", text: words })]);
}

function svgElement(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
