// The page in a browser tab: the token comes in the link, messages go by HTTP.
import { mount } from "./label.js";
import { HttpTransport } from "./http.js";

const link = new URLSearchParams(location.hash.slice(1));
if (link.get("t")) {
  sessionStorage.setItem("skal-token", link.get("t"));
  history.replaceState(null, "", location.pathname); // a picture of the screen shows no token
}
const transport = new HttpTransport(sessionStorage.getItem("skal-token") || "");
mount(document.getElementById("skal"), transport, { keysFrom: document, isTitled: true });
// A second link in the same tab changes only the fragment: it is another person.
window.addEventListener("hashchange", () => location.reload());
