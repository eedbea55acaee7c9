// Which classes were asked: over rounds as a map of shares, and at the cursor as bars.
const LINE = 20; // CSS pixels of a class's line
const MOST_LINES = 20;
let balanceParts = null;

// Classes in the order of the page; those beyond the most frequent are one line.
function classLines(data) {
  const names = head.data[data].classes;
  if (names.length <= MOST_LINES) return names.map((name, c) => ({ name, codes: [c] }));
  const totals = names.map((_, c) => [details[data].runs.reduce((sum, run) => {
    const { sums } = cumulative(run, names.length);
    return sum + sums[sums.length - names.length + c];
  }, 0), c]).sort((a, b) => b[0] - a[0]);
  const kept = totals.slice(0, MOST_LINES - 1).map(([, c]) => c).sort((a, b) => a - b);
  const rest = totals.slice(MOST_LINES - 1).map(([, c]) => c);
  return [...kept.map((c) => ({ name: names[c], codes: [c] })), { name: `${rest.length} others`, codes: rest }];
}

// Labels of each class up to each round.
function cumulative(run, n) {
  if (!run.sums) {
    run.sums = Int32Array.from(run.counts);
    for (let i = n; i < run.sums.length; i++) run.sums[i] += run.sums[i - n];
  }
  return run;
}

function buildBalance() {
  const place = document.getElementById("balance");
  const lines = classLines(state.data);
  const names = make("div", { class: "class-names", "aria-hidden": "true" },
    lines.map(({ name }) => make("span", { text: name, title: name })));
  const canvas = make("canvas", { role: "img" });
  const cursor = make("div", { class: "map-cursor", "aria-hidden": "true" });
  const ends = make("div", { class: "map-ends quiet", "aria-hidden": "true" }, [make("span"), make("span")]);
  const map = make("div", { class: "map" }, [names, make("div", { class: "map-area" }, [canvas, cursor, ends])]);
  const { pool } = head.data[state.data];
  const shares = lines.map(({ codes }) => (pool ? codes.reduce((sum, c) => sum + pool[c], 0) : NaN));
  const bars = lines.map(({ name }, i) => {
    const bar = make("span", { class: "bar" }), tick = make("span", { class: "tick" });
    const numbers = ["now", "so-far", "share"].map((kind) => make("td", { class: kind }));
    const row = make("tr", {}, [
      make("th", { scope: "row", text: name, title: name }),
      ...numbers.slice(0, 2), make("td", { class: "track" }, [make("div", { class: "scale" }, [bar, tick])]), numbers[2],
      ...(pool ? [make("td", { text: percent(shares[i]) })] : []),
    ]);
    tick.hidden = !pool;
    return { row, bar, tick, numbers };
  });
  const titles = [["class", ""], ["round", "labels of this round"], ["so far", "labels so far"], ["", ""], ["share", "of the labels so far"],
    ...(pool ? [["pool", "share of the class among all rows"]] : [])];
  const table = make("table", { class: "bars", "aria-label": "Labels a class" }, [
    make("thead", {}, [make("tr", {}, titles.map(([text, title]) => (text ? make("th", { scope: "col", text, title }) : make("td"))))]),
    make("tbody", {}, bars.map(({ row }) => row)),
  ]);
  place.replaceChildren(map, table);
  balanceParts = { data: state.data, lines, canvas, cursor, ends, bars, shares };
}

// Mean labels of each line of classes up to x labels; between rounds, in proportion.
function labelsUpTo(data, runs, lines, x) {
  const n = head.data[data].classes.length;
  const totals = new Float64Array(lines.length);
  for (const r of runs) {
    const at = curves[data].runs[r].x;
    const { sums } = cumulative(details[data].runs[r], n);
    let k = closest(at, x);
    if (at[k] < x && k < at.length - 1) k++; // the round in which x lies
    const before = k ? at[k - 1] : 0;
    const part = Math.max(0, Math.min(1, (x - before) / (at[k] - before || 1)));
    lines.forEach(({ codes }, i) => {
      for (const c of codes) {
        const low = k ? sums[(k - 1) * n + c] : 0;
        totals[i] += (low + part * (sums[k * n + c] - low)) / runs.length;
      }
    });
  }
  return totals;
}

function drawBalance() {
  if (!details || !state.cursor || !plot) return;
  if (!balanceParts || balanceParts.data !== state.data) buildBalance();
  const { line, k } = state.cursor;
  const { lines } = balanceParts;
  const x = line.x[k];
  const soFar = labelsUpTo(state.data, line.runs, lines, x);
  const before = k ? labelsUpTo(state.data, line.runs, lines, line.x[k - 1]) : soFar.map(() => 0);
  const now = soFar.map((n, i) => n - before[i]);
  const total = soFar.reduce((sum, n) => sum + n, 0) || 1;
  const { shares } = balanceParts;
  const known = shares.map((share) => share || 0);
  const most = Math.max(largestOf(soFar, lines) / total, largestOf(known, lines));
  balanceParts.bars.forEach(({ bar, tick, numbers }, i) => {
    bar.style.width = Math.min(100, (100 * soFar[i]) / total / most) + "%";
    bar.style.background = colourOf(line.learner);
    tick.style.left = Math.min(100, (100 * known[i]) / most) + "%";
    const said = [tenths.format(now[i]), tenths.format(soFar[i]), percent(soFar[i] / total)];
    numbers.forEach((cell, at) => { cell.textContent = said[at]; });
  });
  drawMap(line, x);
}

// The largest of single classes: what stands for all others would outdo them.
function largestOf(values, lines) {
  return Math.max(1e-9, ...values.filter((_, i) => lines[i].codes.length === 1));
}

function drawMap(line, x) {
  const { min, max } = plot.scales.x;
  if (min === null) return; // a new chart has no range yet; it draws the map when it has one
  const { lines, canvas, cursor } = balanceParts;
  const dense = window.devicePixelRatio || 1;
  const area = { width: Math.round(canvas.parentNode.clientWidth * dense), height: Math.round(lines.length * LINE * dense) };
  if (canvas.width !== area.width || canvas.height !== area.height) Object.assign(canvas, area);
  canvas.style.height = lines.length * LINE + "px";
  const drawnFor = [min, max, state.axis.key, state.axis.log, line.learner, line.runs.join(), area.width, isDark(), line.x.length].join();
  const at = placeOf(line, x);
  cursor.style.left = 100 * alongMap(at) + "%";
  cursor.hidden = at < min || at > max;
  if (canvas.dataset.drawnFor !== drawnFor) {
    canvas.dataset.drawnFor = drawnFor;
    // the axis is wider than the curves: there is nothing before the first round, nor past the last
    const low = Math.max(min, line.at[0]), high = Math.min(max, line.at[line.at.length - 1]);
    const said = state.axis.key === "x" ? [wholes.format(Math.round(low)), count(Math.round(high), "label")] : [inSeconds(low), inSeconds(high)];
    balanceParts.ends.childNodes.forEach((end, i) => { end.textContent = said[i]; });
    const largest = paintMap(canvas, line, min, max, dense);
    const even = lines.length > 1 ? ` An equal share is ${percent(1 / head.data[state.data].classes.length)}.` : "";
    document.getElementById("balance-about").dataset.shades =
      `On the map, stronger colour is a larger share of the labels asked there, up to ${percent(largest)}.${even}`;
    canvas.setAttribute("aria-label", `Share of each class over rounds, up to ${percent(largest)}`);
  }
  const about = document.getElementById("balance-about");
  const whose = `${nameOf(line)}, ${roundOf(line, state.cursor.k)}`;
  const pool = dataHead().pool ? " A tick on a bar is the class's share of the pool." : "";
  about.textContent = `${whose}: labels of each class.${pool} ${about.dataset.shades}`;
}

// A place on the chart's axis, as a share of its width.
function alongMap(value) {
  const low = toScale(plot.scales.x.min), high = toScale(plot.scales.x.max);
  return (toScale(value) - low) / (high - low);
}

// One colour, stronger for a larger share; returns the largest share.
function paintMap(canvas, line, min, max, dense) {
  const { lines } = balanceParts;
  const edges = mapEdges(line, min, max, Math.floor(canvas.width / (4 * dense)));
  const shares = [];
  let before = null, largest = 1e-9;
  for (const x of edges) {
    const now = labelsUpTo(state.data, line.runs, lines, x);
    if (before) {
      const gained = now.map((value, i) => value - before[i]);
      const total = gained.reduce((sum, value) => sum + value, 0);
      shares.push(gained.map((value) => (total > 1e-9 ? value / total : 0)));
      largest = Math.max(largest, largestOf(shares[shares.length - 1], lines));
    }
    before = now;
  }
  const context = canvas.getContext("2d");
  context.globalAlpha = 1;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = colourOf(line.learner);
  const height = canvas.height / lines.length;
  const at = edges.map((x) => Math.round(canvas.width * alongMap(placeOf(line, x))));
  shares.forEach((column, b) => column.forEach((share, i) => {
    context.globalAlpha = Math.min(1, share / largest);
    context.fillRect(at[b], i * height + dense, at[b + 1] - at[b], height - 2 * dense);
  }));
  return largest;
}

// Where columns of the map begin and end: at the rounds, or evenly where these are too many.
function mapEdges(line, min, max, most) {
  const end = line.x[line.x.length - 1];
  // labels at the ends of the axis: before the first point as many as there, in proportion
  const labelsAt = (value) => (state.axis.key === "x" ? value : valueAt(line.at, line.x, value));
  const low = Math.max(0, labelsAt(min)), high = Math.min(labelsAt(max), end);
  const rounds = Array.from(line.x.filter((x) => x > low && x < high));
  if (high <= low) return [];
  if (rounds.length < Math.min(most, 200)) return [low, ...rounds, high];
  const n = Math.max(1, Math.min(most, 200));
  return Array.from({ length: n + 1 }, (_, b) => low + (b / n) * (high - low));
}
