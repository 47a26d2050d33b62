// What reaches a page comes late by chance, each line in its own order; what leaves it goes late, but never after the page.
// Half of it comes at once, most of the rest a moment later, some a second or two.

((seed) => {
  const loads = Number(/^sluggish (\d+)$/.exec(window.name)?.[1] ?? 0); // this window's name outlives each of its pages
  window.name = `sluggish ${loads + 1}`;

  let drawn = (seed + loads * 0x9e3779b9) | 0;
  const chance = () => { // mulberry32
    drawn = (drawn + 0x6d2b79f5) | 0;
    let mixed = Math.imul(drawn ^ (drawn >>> 15), 1 | drawn);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const milliseconds = () => {
    const kind = chance();
    return kind < 0.5 ? 0 : kind < 0.9 ? 100 * chance() : 1000 + 1000 * chance();
  };

  const later = setTimeout.bind(window);
  class Queue {
    #due = 0;
    #waiting = [];
    add(deliver) {
      const now = performance.now();
      this.#due = Math.max(this.#due, now + milliseconds());
      this.#waiting.push(deliver);
      later(() => this.#waiting.shift()?.(), this.#due - now);
    }
    hurry() {
      for (const deliver of this.#waiting.splice(0)) deliver();
    }
  }

  const Socket = WebSocket;
  window.WebSocket = class extends Socket {
    #shown = Socket.CONNECTING;
    #arriving = new Queue();
    #leaving = new Queue();
    constructor(...given) {
      super(...given);
      for (const kind of ["open", "message", "error", "close"]) {
        super.addEventListener(kind, (event) =>
          this.#arriving.add(() => {
            if (kind === "open") this.#shown = Socket.OPEN;
            if (kind === "close") this.#shown = Socket.CLOSED;
            this[`told${kind}`]?.call(this, event);
          }),
        );
      }
      addEventListener("pagehide", () => this.#leaving.hurry());
    }
    get readyState() {
      return this.#shown; // as the page was told
    }
    send(data) {
      this.#leaving.add(() => super.send(data));
    }
    close(...given) {
      this.#leaving.hurry();
      this.#shown = Socket.CLOSING;
      super.close(...given);
    }
    set onopen(told) {
      this.toldopen = told;
    }
    set onmessage(told) {
      this.toldmessage = told;
    }
    set onerror(told) {
      this.tolderror = told;
    }
    set onclose(told) {
      this.toldclose = told;
    }
  };

  const ask = fetch.bind(window);
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    await new Promise((go) => later(go, milliseconds()));
    return answer;
  };
})(SEED);
