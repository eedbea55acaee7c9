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
