// How an item is shown: a picture, a text, a row of a table.
import { make, named } from "./look.js";
import { drawOn } from "./pictures.js";

// A view of the whole item, for the middle of the page.
export class ItemView {
  constructor(stage) {
    this.stage = stage;
    this.element = make("div", { class: "item" });
  }

  show(task) {
    if (task.view.kind === "image" || task.view.unreadable) {
      if (this.stage.element.parentNode !== this.element) this.element.replaceChildren(this.stage.element);
      this.stage.show(task);
      return;
    }
    const page = task.view.kind === "text" ? textPage(task.view) : tablePage(task.view);
    // a region that scrolls must be reached by keys
    this.element.replaceChildren(make("div", { class: "sheet", tabindex: "0", role: "region", "aria-label": task.key }, [page]));
  }
}

function textPage(view) {
  return make("p", { class: "text", dir: "auto", text: view.text });
}

function tablePage(view) {
  const rows = view.cells.map(([name, value]) => make("tr", {}, [
    make("th", { scope: "row" }, [named(name)]),
    make("td", { dir: "auto", text: value }),
  ]));
  return make("table", { class: "cells" }, [make("tbody", {}, rows)]);
}

// A small view, for the grid and the lists.
export function tileOf(task, pictures, failed = () => {}) {
  const { view } = task;
  if (view.unreadable) {
    failed();
    return make("span", { class: "tile-view" }, [make("span", { class: "cannot", text: "cannot be shown" })]);
  }
  if (view.kind === "image") {
    const canvas = make("canvas", { class: "small", role: "img", "aria-label": view.name || task.key });
    const words = make("span", { class: "cannot", hidden: true, text: "cannot be shown" });
    drawOn(canvas, pictures, task.item, (entry) => {
      words.hidden = !entry.error;
      if (entry.error) failed();
    });
    return make("span", { class: "tile-view" }, [canvas, words]);
  }
  const words = view.kind === "text" ? view.text : view.cells.map(([name, value]) => `${name}: ${value}`).join(" · ");
  return make("span", { class: "tile-view tile-text", dir: "auto", text: words.slice(0, 240) });
}
