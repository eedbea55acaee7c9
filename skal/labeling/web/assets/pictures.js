// Pictures that are there before they are wanted, and a stage that shows one of them.
import { Unreachable } from "./errors.js";
import { make } from "./look.js";

const KEPT = 40; // decoded pictures
const PIXELS = 64; // up to this many a side, pixels are shown as squares
const ZOOMS = [1, 2, 4, 8];
const AGAIN = 1500; // ms

export class Pictures {
  constructor(transport, size) {
    this.transport = transport;
    this.size = size;
    this.found = new Map(); // item -> {bitmap, error, wait}: the least lately wanted first
  }

  // Begin to fetch, if it is not there; the entry is filled in when it is.
  want(item) {
    let entry = this.found.get(item);
    if (entry) this.found.delete(item);
    else {
      entry = { bitmap: null, error: null };
      entry.wait = this.fetch(item, entry);
    }
    this.found.set(item, entry);
    for (const [old, other] of this.found) {
      if (this.found.size <= KEPT) break;
      if (other.bitmap) other.bitmap.close();
      this.found.delete(old);
    }
    return entry;
  }

  async fetch(item, entry) {
    for (;;) {
      try {
        entry.bitmap = await createImageBitmap(await this.transport.image(item, this.size));
        return;
      } catch (error) {
        if (!(error instanceof Unreachable)) {
          entry.error = error.status ? error.message : "this file cannot be shown";
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
      if (this.found.get(item) !== entry) return; // nobody waits for it any more
    }
  }
}

// Draw the picture of an item on a canvas; once more when it has come.
export function drawOn(canvas, pictures, item, done = () => {}) {
  const entry = pictures.want(item);
  canvas.dataset.item = item;
  const draw = () => {
    if (canvas.dataset.item !== String(item)) return; // shows another by now
    if (entry.bitmap) {
      canvas.width = entry.bitmap.width;
      canvas.height = entry.bitmap.height;
      canvas.getContext("2d").drawImage(entry.bitmap, 0, 0);
      canvas.classList.toggle("pixels", Math.max(canvas.width, canvas.height) <= PIXELS);
    }
    canvas.hidden = !entry.bitmap;
    done(entry);
  };
  draw();
  if (!entry.bitmap && !entry.error) entry.wait.then(draw);
}

export class Stage {
  constructor(pictures) {
    this.pictures = pictures;
    this.zoom = 0;
    this.light = 1;
    this.canvas = make("canvas", { role: "img" });
    this.words = make("p", { class: "cannot", hidden: true });
    this.element = make("div", { class: "stage", tabindex: "-1" }, [this.canvas, this.words]);
    new ResizeObserver(() => this.fit()).observe(this.element);
    this.drag();
  }

  show(task) {
    this.zoom = 0;
    if (task.view.unreadable) {
      this.canvas.hidden = true;
      this.canvas.dataset.item = "";
      this.say(task.view.unreadable);
      return;
    }
    this.canvas.setAttribute("aria-label", task.view.name || task.key);
    drawOn(this.canvas, this.pictures, task.item, (entry) => {
      this.say(entry.error);
      this.fit();
    });
  }

  say(why) {
    this.words.hidden = !why;
    this.words.textContent = why ? `This item cannot be shown: ${why}. Skip it.` : "";
  }

  fit() {
    const { clientWidth, clientHeight } = this.element;
    if (!this.canvas.width || this.canvas.hidden || !clientHeight) return;
    const whole = Math.min(clientWidth / this.canvas.width, clientHeight / this.canvas.height);
    const scale = whole * ZOOMS[this.zoom];
    this.canvas.style.width = `${Math.floor(this.canvas.width * scale)}px`;
    this.canvas.style.height = `${Math.floor(this.canvas.height * scale)}px`;
    this.canvas.style.filter = this.light === 1 ? "" : `brightness(${this.light})`;
    this.element.classList.toggle("zoomed", this.zoom > 0);
  }

  zoomOn() {
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = this.element;
    this.zoom = (this.zoom + 1) % ZOOMS.length;
    this.fit();
    this.element.scrollTo((scrollWidth - clientWidth) / 2, (scrollHeight - clientHeight) / 2);
    const { element } = this;
    element.scrollTo((element.scrollWidth - clientWidth) / 2, (element.scrollHeight - clientHeight) / 2);
    return ZOOMS[this.zoom];
  }

  brighten(factor) {
    this.light = Math.min(4, Math.max(0.25, this.light * factor));
    if (Math.abs(this.light - 1) < 0.01) this.light = 1;
    this.fit();
    return this.light;
  }

  drag() {
    let from = null;
    this.element.addEventListener("pointerdown", (event) => {
      if (!this.zoom || event.pointerType === "touch") return; // fingers scroll by themselves
      from = [event.clientX + this.element.scrollLeft, event.clientY + this.element.scrollTop];
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (from) this.element.scrollTo(from[0] - event.clientX, from[1] - event.clientY);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.element.addEventListener(end, () => { from = null; });
    }
  }
}
