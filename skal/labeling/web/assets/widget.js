// The page in a notebook: messages go to the kernel, keys count only while it has the focus.
import { mount } from "./label.js";
import { make } from "./look.js";
import { ModelTransport } from "./model.js";

const MOST_PIXELS = 1024; // of a picture's longer side: it shares the way with all messages

export function render({ model, el }) {
  const root = make("div", { class: "skal", tabindex: "0", role: "group", "aria-label": "Labelling" });
  const keys = make("p", { class: "skal-keys", text: "Click the item to answer by keys. Elsewhere they are the notebook's." });
  el.classList.add("skal-notebook");
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab looks at keys before the page does
  el.replaceChildren(root, keys);
  const transport = new ModelTransport(model);
  const page = mount(root, transport, { longest: MOST_PIXELS });
  root.addEventListener("keydown", (event) => event.stopPropagation()); // others look afterwards
  const ended = page.ended.signal;
  keepFocus(root, () => page.layout.main, ended);
  follow(root, ended);
  return () => { page.stop().then(() => transport.close()); };
}

// A part that is hidden while it has the focus gives it to the document, where the next key,
// meant as an answer, would be a command of the notebook.
function keepFocus(root, next, signal) {
  let isLeaving = false;
  document.addEventListener("pointerdown", (event) => { isLeaving = !root.contains(event.target); }, { capture: true, signal });
  root.addEventListener("focusin", () => { isLeaving = false; });
  const take = () => {
    if (document.activeElement === document.body && document.hasFocus() && !isLeaving) next().focus({ preventScroll: true });
  };
  root.addEventListener("focusout", (event) => {
    if (event.relatedTarget || isLeaving) return;
    take(); // before the next key
    setTimeout(take); // of what was hidden the document hears first
  });
}

// Light or dark as the notebook is, which may differ from the system.
function follow(root, signal) {
  const { body, documentElement: html } = document;
  const draw = () => {
    const { jpThemeLight } = body.dataset; // JupyterLab
    const isDark = jpThemeLight ? jpThemeLight === "false"
      : body.classList.contains("vscode-dark") || html.getAttribute("theme") === "dark"; // VS Code, Colab
    const isLight = jpThemeLight === "true" || body.classList.contains("vscode-light") || html.getAttribute("theme") === "light";
    root.style.colorScheme = isDark ? "dark" : isLight ? "light" : "";
  };
  const watcher = new MutationObserver(draw);
  for (const one of [body, html]) watcher.observe(one, { attributes: true, attributeFilter: ["data-jp-theme-light", "class", "theme"] });
  signal.addEventListener("abort", () => watcher.disconnect());
  draw();
}
