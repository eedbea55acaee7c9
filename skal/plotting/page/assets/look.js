// Colours, numbers in words, and elements. Text is only ever set as text.
const PALETTES = {
  light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B97F00", "#3A9BD1", "#222222"],
  dark: ["#5AB4E5", "#F0894A", "#35C79A", "#E3A0C6", "#E9B44C", "#9AD0F5", "#F2F2F2"],
};
const NEUTRAL = { light: "#737373", dark: "#A0A0A0" }; // of the baseline, in every page
const DASHES = [[], [9, 4], [3, 3], [9, 3, 3, 3]];
const MOST_DASHED = 500; // points of a line: with more, dashes are a smear
const wholes = new Intl.NumberFormat("en");
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 }); // means of counts
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : prefersDark.matches;
}

// A learner looks alike in every data set, though some may lack it; negative: the baseline.
function lookOf(learner, data = state.data) {
  return head.data[data].looks[learner];
}

function colourOf(learner, data = state.data) {
  const theme = isDark() ? "dark" : "light", look = lookOf(learner, data);
  return look < 0 ? NEUTRAL[theme] : PALETTES[theme][look % PALETTES[theme].length];
}

function dashOf(learner, data = state.data) {
  const look = Math.max(0, lookOf(learner, data)), n = PALETTES.light.length;
  return DASHES[((look % n) + Math.floor(look / n)) % DASHES.length];
}

function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

// Seven digits are exact in the file, so 0.9 is not 0.899999976.
function exact(value) {
  return Number(value.toPrecision(7));
}

function short(value, digits = 4) {
  return Number.isNaN(value) ? "–" : String(Number(value.toPrecision(digits))).replace("-", "−");
}

function percent(share) {
  const digits = share > 0.99 && share < 1 ? 1 : 0;
  return (100 * share).toFixed(digits) + "\u00a0%";
}

function inSeconds(value) {
  return `${value >= 100 ? wholes.format(Math.round(value)) : short(value, 2)}\u00a0s`;
}

function count(n, word) {
  return wholes.format(n) + "\u00a0" + word + (n === 1 ? "" : "s");
}

function make(tag, options = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function swatchOf(learner, data = state.data) {
  const swatch = make("span", { class: "swatch" });
  swatch.style.background = colourOf(learner, data);
  return swatch;
}
