// Numbers in words, and elements. Text is only ever set as text.
const wholes = new Intl.NumberFormat("en");

export function make(tag, options = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export function whole(n) {
  return wholes.format(n);
}

export function percent(share) {
  const digits = share > 0.99 && share < 1 ? 1 : 0;
  return (100 * share).toFixed(digits) + "\u00a0%";
}

export function countOf(n, word) {
  return `${whole(n)}\u00a0${word}${n === 1 ? "" : "s"}`;
}

// What somebody wrote, which may run from right to left, or try to turn the rest of the line.
export function named(text, options = {}) {
  return make("bdi", { ...options, text });
}

export function caps(...keys) {
  return keys.map((key) => make("kbd", { text: key }));
}

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is for https and loopback
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20, 32].map((end, i) => hex.slice([0, 8, 12, 16, 20][i], end)).join("-");
}
