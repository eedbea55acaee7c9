// The frame of the page: a bar, the item with what can be done, and the panels beside it.
import { caps, make } from "./look.js";

export class Layout {
  // `parts` are the elements of the panels, `act` maps a name to what its button does.
  constructor(root, parts, act) {
    const button = (name, text, options = {}) => {
      const made = make("button", { type: "button", "data-action": name, onclick: (event) => act(name, event), ...options });
      this.buttons.set(name, [made, text]);
      return made;
    };
    this.buttons = new Map();
    this.title = make("h1", {});
    this.who = make("bdi", { class: "quiet" });
    this.saved = make("span", { class: "saved", role: "status" });
    this.retry = button("retry", "Try now", { hidden: true, class: "quiet-button" });
    this.trouble = make("p", { class: "trouble", role: "alert", hidden: true });
    this.mode = make("p", { class: "mode", hidden: true });
    this.last = make("p", { class: "last quiet" });
    this.live = make("p", { class: "unseen", "aria-live": "polite" });
    this.empty = make("div", { class: "empty", hidden: true });
    this.pictureTools = make("span", { class: "tools" }, [button("zoom", "Zoom"), button("darker", "−"), button("brighter", "+")]);
    this.tools = make("div", { class: "beside actions", role: "group", "aria-label": "Other answers" }, [
      button("skip", "Skip"), button("unsure", "Unsure"), button("undo", "Undo"), button("back", "Look back"), button("forward", "Forward"), this.pictureTools,
    ]);
    this.one = make("section", { class: "one", "aria-label": "Item" }, [this.mode, parts.item, this.empty, this.tools, this.last]);
    this.aside = make("aside", { "aria-label": "Answer and progress" }, [parts.classes, parts.hint, parts.standing]);
    this.main = make("main", { tabindex: "-1" }, [this.one, parts.grid, parts.review, this.aside]);
    root.replaceChildren(
      make("header", {}, [
        this.title, this.who, this.saved, this.retry,
        make("span", { class: "beside end" }, [button("grid", "Grid"), button("review", "Review"), button("help", "Keys")]),
      ]),
      this.trouble, this.main, this.live, parts.help,
    );
  }

  drawKeys(keys) {
    for (const [name, [button, text]] of this.buttons) {
      const shown = name in keys.actions ? caps(keys.nameOf(name)) : [];
      button.replaceChildren(...shown, text);
      if (text.length === 1) button.setAttribute("aria-label", name === "darker" ? "Darker" : "Brighter");
    }
  }

  // Which of the three is in the middle: one item, the grid, the review.
  showing(what, isBack) {
    this.buttons.get("forward")[0].hidden = !isBack;
    this.one.hidden = what !== "one";
    this.aside.dataset.beside = what;
  }

  drawSaved(outbox) {
    const n = outbox.size;
    const words = n ? `${n} not saved` : "all saved";
    if (this.saved.textContent !== words) this.saved.textContent = words;
    this.saved.classList.toggle("unsaved", n > 0);
    this.retry.hidden = !outbox.trouble;
    if (!outbox.trouble) return "";
    const kept = outbox.keeps ? "They wait in this browser, and are sent again." : "This browser keeps nothing: leave the page open.";
    return `${outbox.trouble.message}. ${n === 1 ? "An answer is" : `${n} answers are`} not saved yet. ${kept}`;
  }

  say(words) {
    this.live.textContent = words;
  }
}
