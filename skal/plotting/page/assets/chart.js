// The curves. A line is the mean of a learner's runs, or one run.
let plot = null;
let lines = [];
let unclick = null;

function linesNow() {
  const { runs, means } = curves[state.data];
  const found = [];
  dataHead().learners.forEach((name, learner) => {
    const own = runsOf(learner);
    const mean = means[learner][state.score];
    if (!state.single && mean) {
      const scored = own.filter((run) => !runs[run].scores[state.score].every(Number.isNaN));
      // Of the others are no numbers, but their cards can be chosen on a card of the mean.
      const all = [...new Set([...scored, ...own])];
      found.push({ learner, runs: all, n: scored.length, x: mean.x, y: mean.mean, low: mean.low, high: mean.high });
    } else {
      for (const run of own) {
        found.push({ learner, runs: [run], n: 1, x: runs[run].x, y: runs[run].scores[state.score] });
      }
    }
  });
  for (const line of found) line.at = alongOf(line);
  return found;
}

function isShown(line) {
  return !state.hidden.has(line.learner);
}

// uPlot wants one x for all lines; a line without a point there has null, which is spanned.
function aligned() {
  const columns = lines.flatMap((line) => (line.low ? [line.y, line.low, line.high] : [line.y]));
  const owners = lines.flatMap((line) => (line.low ? [line, line, line] : [line]));
  const known = (y) => Array.from(y, (value) => (Number.isNaN(value) ? null : value));
  if (lines.every((line) => sameNumbers(line.at, lines[0].at))) {
    return [lines[0].at, ...columns.map((y) => (y.some(Number.isNaN) ? known(y) : y))];
  }
  const x = [...new Set(lines.flatMap((line) => Array.from(line.at)))].sort((a, b) => a - b);
  const place = new Map(x.map((value, i) => [value, i]));
  const spread = columns.map((y, c) => {
    const column = new Array(x.length).fill(null);
    known(y).forEach((value, i) => { column[place.get(owners[c].at[i])] = value; });
    return column;
  });
  return [x, ...spread];
}

function seriesAndBands() {
  const series = [{}], bands = [];
  for (const line of lines) {
    const show = isShown(line);
    const few = line.x.length <= MOST_DASHED;
    line.series = [series.length];
    series.push({
      show, spanGaps: true, width: few ? (line.low || lines.length < 4 ? 2 : 1.4) : 1, // thin: fast
      stroke: () => colourOf(line.learner), dash: few ? dashOf(line.learner) : undefined,
      points: {
        size: 5, stroke: () => colourOf(line.learner),
        fill: () => (lookOf(line.learner) < 0 ? cssColour("panel") : colourOf(line.learner)), // hollow
      },
    });
    if (!line.low) continue;
    const edge = { show, spanGaps: true, width: 0, points: { show: false } };
    line.series.push(series.length, series.length + 1);
    bands.push({ series: [series.length + 1, series.length], fill: () => colourOf(line.learner) + "2b" });
    series.push(edge, { ...edge });
  }
  return { series, bands };
}

function fullRange() {
  const first = toScale(Math.min(...lines.map((line) => line.at[0])));
  const last = toScale(Math.max(...lines.map((line) => line.at[line.at.length - 1])));
  const room = (last - first) * 0.015 || (state.axis.log ? 0.1 : 1);
  return [fromScale(first - room), fromScale(last + room)];
}

function drawChart() {
  const size = chartSize(); // with the old chart in place: without it a scroll bar may go
  if (plot) plot.destroy();
  lines = linesNow();
  const place = document.getElementById("chart");
  const axis = {
    stroke: () => cssColour("quiet"), font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif", labelGap: 0, labelSize: 20,
    grid: { stroke: () => cssColour("rule"), width: 1 },
    ticks: { stroke: () => cssColour("rule"), width: 1, size: 5 },
  };
  const { key, log } = state.axis;
  const about = key === "x" ? "labels" : "seconds of queries and fits";
  plot = new uPlot({
    ...size, ...seriesAndBands(),
    padding: [8, 10, 0, 0], legend: { show: false }, focus: { alpha: 1 },
    scales: {
      x: { time: false, distr: log ? 3 : 1, range: (u, low, high) => (low === null ? fullRange() : [low, high]) },
      y: { range: (u, low, high) => padded(low, high) },
    },
    axes: [
      {
        ...axis, label: log ? `${about}, log` : about, size: 34, space: (u, i, low, high, width) => Math.max(width / 14, xWidth(high)),
        values: (u, at) => at.map((v) => (key === "x" ? wholes.format(v) : short(v))),
        // uPlot names the powers of ten alone, of which a run has one or two
        ...(log ? { splits: (u, i, low, high) => logTicks(low, high, u.width - 60), filter: (u, at) => at } : { incrs: evenSteps() }),
      },
      { ...axis, label: head.scores[state.score].name, size: 48, space: (u, i, low, high, height) => Math.max(height / 12, 24), values: (u, at) => at.map((v) => short(v)) },
    ],
    cursor: {
      y: false, points: { show: false }, drag: { x: true, y: false, dist: 6 },
      bind: { dblclick: () => () => { zoomTo(...fullRange()); unclick(); return null; } },
    },
    hooks: {
      draw: [() => { placeMarks(); drawBalance(); }],
      setCursor: [(u) => { if (u.cursor.event && u.cursor.left >= 0) hover(u.cursor.left, u.cursor.top); }],
    },
  }, aligned(), place);
  zoomTo(...fullRange());
  listenToPointer();
}

function padded(low, high) {
  if (low === null) return [0, 1];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.05 || 0.5;
  return [low - room, high + room];
}

function chartSize() {
  const width = document.getElementById("chart").clientWidth;
  return { width, height: Math.round(Math.max(260, Math.min(440, 0.45 * width))) };
}

function zoomTo(low, high) {
  const [first, last] = fullRange().map(toScale);
  const least = state.axis.key === "x" && !state.axis.log ? 1 : (last - first) / 1000;
  const width = Math.max(least, Math.min(toScale(high) - toScale(low), last - first));
  const min = Math.max(first, Math.min(toScale(low), last - width));
  plot.setScale("x", { min: fromScale(min), max: fromScale(min + width) });
}

// factor < 1 zooms in; what is at `at` (0: left, 1: right) stays there.
function zoomBy(factor, at = 0.5) {
  const min = toScale(plot.scales.x.min), max = toScale(plot.scales.x.max);
  const width = (max - min) * factor;
  const fixed = min + at * (max - min);
  zoomTo(fromScale(fixed - at * width), fromScale(fixed + (1 - at) * width));
}

function listenToPointer() {
  let start = null;
  let opened = null; // the pin of the last click: not meant if a second click follows
  unclick = () => { if (opened) closePin(opened); };
  plot.over.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = (event.clientX - plot.over.getBoundingClientRect().left) / plot.over.clientWidth;
    zoomBy(event.deltaY < 0 ? 0.8 : 1.25, at);
  }, { passive: false });
  plot.over.addEventListener("mousedown", (event) => { start = [event.clientX, event.clientY]; });
  plot.over.addEventListener("click", (event) => {
    if (start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) > 5) return;
    const box = plot.over.getBoundingClientRect();
    const found = nearest(event.clientX - box.left, event.clientY - box.top);
    if (!found || event.detail > 1) return;
    setCursor(found);
    const before = state.next;
    const pin = openPin(false);
    opened = state.next > before ? pin : null;
  });
}

// The point of a line that is closest to a place in the chart, in pixels.
function nearest(left, top) {
  let best = null, least = Infinity;
  const value = plot.posToVal(left, "x");
  for (const line of lines.filter(isShown)) {
    const k = closest(line.at, value);
    const y = valueAt(line.x, line.y, line.x[k]);
    const distance = Math.hypot(plot.valToPos(line.at[k], "x") - left, plot.valToPos(y, "y") - top);
    if (distance < least) { least = distance; best = { line, k }; }
  }
  return best;
}

function hover(left, top) {
  const found = nearest(left, top);
  if (found) setCursor(found);
}
