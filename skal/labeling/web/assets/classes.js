// The classes: a button each with its key and count, a search among many, new names.
import { caps, make, named, whole } from "./look.js";

const FEW = 10; // up to as many need no search

export class ClassList {
  // `choose(id)` labels; `change(id or null, name)` names a class, or adds one.
  constructor({ choose, change }) {
    this.choose = choose;
    this.change = change;
    this.search = make("input", {
      type: "text", class: "search", autocomplete: "off", spellcheck: "false", "aria-label": "Search a class",
      placeholder: "Search a class", oninput: () => this.filter(), onkeydown: (event) => this.onKey(event),
    });
    this.list = make("div", { class: "classes", role: "group", "aria-label": "Classes" });
    this.add = make("button", { type: "button", class: "quiet-button", text: "Add a class", onclick: () => this.ask(null) });
    this.rename = make("button", { type: "button", class: "quiet-button", text: "Rename", onclick: () => this.ask(this.classes[0]) });
    this.dialog = new NameDialog((id, name) => this.change(id, name));
    this.element = make("section", { class: "panel", "aria-label": "What is it" }, [
      this.search, this.list, make("p", { class: "beside" }, [this.add, this.rename]), this.dialog.element,
    ]);
  }

  draw(classes, keys, chosen = null) {
    this.classes = classes;
    this.search.hidden = classes.length <= FEW;
    this.search.placeholder = `Search a class  ${keys.nameOf("search")}`;
    const said = JSON.stringify([classes, [...keys.classes], chosen]);
    if (said === this.drawn) return; // a new list would take the focus away
    this.drawn = said;
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.id : null;
    this.list.replaceChildren(...classes.map((one) => make("button", {
      type: "button", class: "class", "data-id": one.id, "aria-pressed": chosen === null ? null : String(one.id === chosen),
      onclick: (event) => this.choose(one.id, event),
    }, [
      ...caps(...(keys.ofClass(one.id) ? [keys.ofClass(one.id)] : [])), named(one.name, { class: "name" }),
      make("span", { class: "n", text: whole(one.count) }),
    ])));
    if (focused) {
      const same = [...this.list.children].find((button) => button.dataset.id === focused);
      if (same) same.focus();
    }
    this.filter();
  }

  filter() {
    const wanted = fold(this.search.value);
    this.classes.forEach((one, i) => {
      this.list.children[i].hidden = !fold(one.name).includes(wanted);
    });
  }

  onKey(event) {
    const found = [...this.list.children].find((button) => !button.hidden);
    if (event.key === "Enter" && this.search.value && found) {
      event.preventDefault();
      this.leave();
      this.choose(found.dataset.id);
    } else if (event.key === "Escape") this.leave();
    else if (event.key === "ArrowDown" && found) found.focus();
    else return;
    event.stopPropagation();
  }

  find() {
    this.search.hidden = false;
    this.search.focus();
    this.search.select();
  }

  leave() {
    this.search.value = "";
    this.filter();
    this.search.blur();
  }

  ask(one) {
    this.dialog.open(one, this.classes);
  }
}

// Asks for a name: of a new class, or a new one for a class that is there.
class NameDialog {
  constructor(change) {
    this.change = change;
    this.title = make("h2", {});
    this.which = make("select", { "aria-label": "Class" });
    this.which.addEventListener("change", () => { this.name.value = this.which.selectedOptions[0].textContent; });
    this.name = make("input", { type: "text", maxlength: "200", required: true, autocomplete: "off", "aria-label": "Name" });
    this.trouble = make("p", { class: "wrong", role: "alert" });
    const form = make("form", { onsubmit: (event) => this.submit(event) }, [
      this.title, this.which, this.name, this.trouble,
      make("p", { class: "beside" }, [
        make("button", { class: "primary", text: "Save" }),
        make("button", { type: "button", text: "Cancel", onclick: () => this.element.close() }),
      ]),
    ]);
    this.element = make("dialog", { "aria-label": "Name of a class" }, [form]);
  }

  open(one, classes) {
    this.title.textContent = one ? "Rename a class" : "Add a class";
    this.which.hidden = !one;
    this.which.replaceChildren(...classes.map(({ id, name }) => make("option", { value: id, text: name })));
    if (one) this.which.value = one.id;
    this.name.value = one ? one.name : "";
    this.trouble.textContent = "";
    this.isNew = !one;
    this.element.showModal();
    this.name.select();
  }

  async submit(event) {
    event.preventDefault();
    try {
      await this.change(this.isNew ? null : this.which.value, this.name.value);
      this.element.close();
    } catch (error) {
      this.trouble.textContent = error.message;
    }
  }
}

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
