// Messages by HTTP. A notebook brings an object with the same methods.
import { failure, Unreachable } from "./errors.js";

const PATIENCE = 15000; // ms

export class HttpTransport {
  constructor(token) {
    this.token = token;
  }

  // Ask for something; `last` also goes out while the page is being closed.
  async send(verb, body, last = false) {
    const answer = await this.ask(`/api/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      keepalive: last,
    });
    return answer.json();
  }

  // The picture of an item, as a blob.
  async image(item, size) {
    const answer = await this.ask(`/api/item/${item}/image?size=${size}`, { headers: {} });
    return answer.blob();
  }

  async ask(path, options) {
    let answer;
    try {
      answer = await fetch(path, {
        ...options,
        headers: { ...options.headers, "X-Skal-Token": this.token },
        signal: AbortSignal.timeout(PATIENCE),
        credentials: "omit",
        redirect: "error",
      });
    } catch (error) {
      throw new Unreachable("The server does not answer");
    }
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    throw failure(said.error || `The server says ${answer.status}`, answer.status);
  }
}
