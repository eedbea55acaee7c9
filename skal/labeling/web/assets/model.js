// Messages through the model of a notebook's widget, to the kernel and back.
import { failure, Unreachable } from "./errors.js";
import { uuid } from "./look.js";

const PATIENCE = 15000; // ms
const LOST = 60000; // ms after which a message without an answer may never have arrived

export class ModelTransport {
  constructor(model) {
    this.model = model;
    this.sent = new Map(); // what was said -> {id, at, answer, taken, failed}
    this.listen = (message, buffers) => this.take(message, buffers);
    model.on("msg:custom", this.listen);
  }

  close() {
    this.model.off("msg:custom", this.listen);
  }

  async send(verb, body) {
    return (await this.ask(verb, body)).answer;
  }

  // The picture of an item, as a blob.
  async image(item, size) {
    const { answer, buffers } = await this.ask("image", { item, size });
    return new Blob(buffers, { type: answer.type });
  }

  // A kernel that runs a cell answers when that has ended: what it has not heard yet is not
  // said twice, or hundreds of messages would wait for it.
  async ask(verb, body) {
    const said = JSON.stringify([verb, body]);
    let waiting = this.sent.get(said);
    if (!waiting || Date.now() - waiting.at > LOST) {
      waiting = { id: uuid(), at: Date.now() };
      waiting.answer = new Promise((taken, failed) => Object.assign(waiting, { taken, failed }));
      waiting.answer.catch(() => {}); // it may come when nobody waits for it any more
      this.sent.set(said, waiting);
      try {
        this.model.send({ id: waiting.id, verb, body });
      } catch (error) {
        this.sent.delete(said);
        throw new Unreachable("The kernel is gone: run the cell again");
      }
    }
    let timer;
    const late = new Promise((_, failed) => {
      timer = setTimeout(() => failed(new Unreachable("The kernel is busy, or gone: when nothing runs, run the cell again")), PATIENCE);
    });
    try {
      return await Promise.race([waiting.answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  take({ id, status, answer }, buffers) {
    for (const [said, waiting] of this.sent) { // of another view, if there is none
      if (waiting.id !== id) continue;
      this.sent.delete(said);
      if (status === 200) waiting.taken({ answer, buffers });
      else waiting.failed(failure(answer.error, status));
    }
  }
}
