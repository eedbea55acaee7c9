// Which key does what. Digits go by their place on the keyboard, letters by what is printed.
export const ACTIONS = {
  skip: " ", unsure: "u", undo: "Backspace", accept: "Enter", back: "ArrowLeft", forward: "ArrowRight",
  search: "/", help: "?", zoom: "z", darker: "[", brighter: "]", grid: "g", review: "r", hide: "h",
};
const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→" };
const DIGITS = "1234567890";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

export class Keys {
  // `chosen` maps names of actions or classes to keys, as the session's settings say.
  constructor(classes, chosen = {}) {
    this.actions = { ...ACTIONS };
    for (const name of Object.keys(ACTIONS)) {
      if (chosen[name] && !classes.some((one) => one.name === name)) this.actions[name] = chosen[name];
    }
    const wanted = classes.map((one) => chosen[one.id] || chosen[one.name] || null);
    const taken = new Set([...Object.values(this.actions), ...wanted]);
    const free = [...DIGITS, ...LETTERS].filter((key) => !taken.has(key));
    this.classes = new Map(); // id -> key; the classes beyond are found by search
    classes.forEach((one, i) => {
      const key = wanted[i] || free.shift();
      if (key) this.classes.set(one.id, key);
    });
    this.byKey = new Map([...this.classes].map(([id, key]) => [key, id]));
  }

  nameOf(action) {
    const key = this.actions[action];
    return NAMES[key] || (key.length === 1 ? key.toUpperCase() : key);
  }

  ofClass(id) {
    const key = this.classes.get(id);
    return key ? key.toUpperCase() : "";
  }

  // What a press means: {action} or {label}, or nothing.
  read(event) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    const key = digit && !event.shiftKey ? digit[1] : event.key;
    const plain = key.length === 1 && !event.shiftKey ? key.toLowerCase() : key;
    if ((event.ctrlKey || event.metaKey) && plain === "z") return { action: "undo" };
    if (event.ctrlKey || event.metaKey || event.altKey) return {};
    if (this.byKey.has(plain)) return { label: this.byKey.get(plain) };
    const action = Object.keys(this.actions).find((name) => this.actions[name] === plain);
    return action ? { action } : {};
  }
}
