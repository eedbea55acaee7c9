// Pins: numbered marks that stay at their data, and the point that the cursor is at.

const PEEK = 200; // CSS pixels of a card

const NEAR = 6; // CSS pixels: marks so close hide each other
const BESIDE = 16; // CSS pixels between marks at one point

// Where a pin stands: on its run, or on the mean of its learner where only that is drawn.
function spotOf(pin) {
  const { x } = curves[pin.data].runs[pin.run];
  const line = lines.find((one) => one.runs.includes(pin.run));
  return { line, x: placeOf(line, x[pin.point]), y: valueAt(line.x, line.y, x[pin.point]) };
}

function placeMarks() {
  if (!plot) return;
  for (const pin of state.pins) {
    const mark = pin.mark;
    if (pin.data !== state.data) { mark.remove(); continue; }
    const { line, x, y } = spotOf(pin);
    placeAt(mark, x, y, isShown(line));
    mark.style.borderColor = colourOf(line.learner);
  }
  spreadMarks();
  placeAt(cursorMark, ...cursorSpot());
}

// Of marks at one point each later one stands half beside the one before.
function spreadMarks() {
  const taken = [];
  for (const { mark } of state.pins.filter((pin) => pin.data === state.data && !pin.mark.hidden)) {
    const at = [parseFloat(mark.style.left), parseFloat(mark.style.top)];
    const before = taken.filter(([x, y]) => Math.hypot(x - at[0], y - at[1]) < NEAR).length;
    mark.style.marginLeft = before ? `${before * BESIDE}px` : "";
    taken.push(at);
  }
}

function placeAt(mark, x, y, shown) {
  const { min, max } = plot.scales.x;
  mark.hidden = !shown || Number.isNaN(y) || x < min || x > max;
  if (mark.hidden) return;
  if (mark.parentNode !== plot.over) plot.over.append(mark);
  mark.style.left = plot.valToPos(x, "x") + "px";
  mark.style.top = plot.valToPos(y, "y") + "px";
}

const cursorMark = make("div", { class: "cursor-mark", "aria-hidden": "true" });

function cursorSpot() {
  if (!state.cursor) return [NaN, NaN, false];
  const { line, k } = state.cursor;
  cursorMark.style.background = colourOf(line.learner);
  return [line.at[k], valueAt(line.x, line.y, line.x[k]), isShown(line)];
}

function makeMark(pin) {
  const mark = make("button", {
    class: "mark", type: "button", text: pin.number, "aria-label": `Card ${pin.number}`,
    onclick: (event) => { event.stopPropagation(); pin.card.focus(); },
  });
  // The chart below must not take it for the start of a zoom.
  for (const name of ["mousedown", "mouseup", "dblclick"]) {
    mark.addEventListener(name, (event) => event.stopPropagation());
  }
  return mark;
}

// Pin the round at the cursor; its card stands first.
function openPin(byKey) {
  const { line, k } = state.cursor;
  const run = line.runs[0];
  const same = (pin) => pin.data === state.data && line.runs.includes(pin.run) && pin.x === line.x[k];
  return showPin(state.pins.find(same) || addPin(run, closest(curves[state.data].runs[run].x, line.x[k]), line.x[k]), byKey);
}

function pinRun(run, point, byKey) {
  const same = (pin) => pin.data === state.data && pin.run === run && pin.point === point;
  return showPin(state.pins.find(same) || addPin(run, point, curves[state.data].runs[run].x[point]), byKey);
}

function addPin(run, point, x) {
  const pin = { data: state.data, run, point, x, number: state.next++ };
  pin.mark = makeMark(pin);
  pin.card = makeCard(pin);
  state.pins.push(pin);
  document.getElementById("cards").prepend(pin.card);
  placeMarks();
  sayCards();
  return pin;
}

function showPin(pin, byKey) {
  state.asked = pin.x;
  drawAsked();
  const place = document.getElementById("cards");
  if (byKey) pin.card.focus();
  else if (place.scrollHeight > place.clientHeight) place.scrollTop = pin.card.offsetTop - place.offsetTop;
  // a second click would undo the pin, and must not find another place below the pointer
  if (!byKey) setTimeout(() => { if (state.pins.includes(pin)) peek(pin.card); }, 400);
  return pin;
}

// Where cards stand below the curves, scroll as far as a card begins to show: the curves stay.
function peek(card) {
  const hidden = card.getBoundingClientRect().top + PEEK - window.innerHeight;
  if (hidden > 0) window.scrollBy({ top: hidden });
}

// Say how to get a card where there is none.
function sayCards() {
  document.getElementById("no-card").hidden = state.pins.some((pin) => pin.data === state.data);
}

function closePin(pin) {
  const hadFocus = pin.card.contains(document.activeElement);
  state.pins = state.pins.filter((other) => other !== pin);
  pin.mark.remove();
  pin.card.remove();
  sayCards();
  if (hadFocus) document.getElementById("chart").focus();
}
