// What a message may meet: another try may help, or it cannot.
export class Unreachable extends Error {
  constructor(words, status = 0) {
    super(words);
    this.status = status;
  }
}

export class Refused extends Error {
  constructor(words, status = 400) {
    super(words);
    this.status = status;
  }
}

// What a status of HTTP means, whatever brought it.
export function failure(words, status) {
  const mayHelp = status >= 500 || [403, 408, 429].includes(status);
  return mayHelp ? new Unreachable(words, status) : new Refused(words, status);
}
