// What the x axis counts: labels, or the seconds of queries and fits up to a point; even or log.
const LEAST_SPREAD = 4; // from the first point to the last: with less, a log axis shows nothing new
const MOST_TICKS = 11;
const TICK = 46; // CSS pixels that a tick takes on a log axis

function axisChoices() {
  const { runs } = curves[state.data];
  const timed = runs.every(({ seconds }) => seconds.every((s) => s >= 0) && seconds[seconds.length - 1] > 0);
  return [["labels", "x"], ["seconds", "seconds"]].filter(([name]) => name === "labels" || timed).flatMap(([name, key]) => {
    const first = Math.min(...runs.map((run) => run[key][0]));
    const last = Math.max(...runs.map((run) => run[key][run[key].length - 1]));
    const even = { name, key, log: false };
    return first > 0 && last / first >= LEAST_SPREAD ? [even, { name: `${name}, log`, key, log: true }] : [even];
  });
}

// Where the points of a line stand; those of a mean at the mean seconds of its runs.
function alongOf(line) {
  if (state.axis.key === "x") return line.x;
  const own = line.runs.slice(0, line.n).map((run) => curves[state.data].runs[run]);
  if (!line.low) return own[0].seconds;
  return Float64Array.from(line.x, (x) => own.reduce((sum, run) => sum + valueAt(run.x, run.seconds, x), 0) / own.length);
}

// Labels of a line to a place on the axis, and the seconds up to there.
function placeOf(line, labels) {
  return state.axis.key === "x" ? labels : valueAt(line.x, line.at, labels);
}

function toScale(value) {
  return state.axis.log ? Math.log(value) : value;
}

function fromScale(value) {
  return state.axis.log ? Math.exp(value) : value;
}

function evenSteps() {
  const steps = [];
  for (let power = state.axis.key === "x" ? 1 : 1e-5; power < 1e9; power *= 10) steps.push(power, 2 * power, 5 * power);
  return steps;
}

// CSS pixels that the largest number takes, with room beside it.
function xWidth(high) {
  return 7 * (state.axis.key === "x" ? wholes.format(Math.round(high)) : short(high, 3)).length + 14;
}

// Round numbers on a log axis: as many as do not crowd.
function logTicks(low, high, width) {
  const most = Math.max(3, Math.min(MOST_TICKS, Math.floor(width / TICK)));
  const inside = (digits) => {
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
      found.push(...digits.map((digit) => digit * power).filter((value) => value >= low && value <= high));
    }
    return found;
  };
  const all = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5, 7], [1, 2, 5], [1]].map(inside);
  const found = all.find((ticks) => ticks.length <= most) || all[3];
  if (found.length > 4 || high / low > 10) return found;
  const step = evenSteps().find((one) => (high - low) / one <= most);
  const first = Math.ceil(low / step);
  const even = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  return even.length > found.length ? even : found;
}
