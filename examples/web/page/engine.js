"use strict";
// The module: bytes and numbers in and out. The page and its worker each have one.

class Engine {
  constructor(module) {
    this.exports = new WebAssembly.Instance(module, {}).exports;
    this.exports.begin();
    this.utf8 = new TextDecoder();
  }

  /// Writes bytes to the inbox.
  put(...parts) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    let at = this.exports.inbox(length);
    for (const part of parts) {
      new Uint8Array(this.exports.memory.buffer, at, part.length).set(part);
      at += part.length;
    }
  }

  /// Calls a function of the module. If it panics, the error has the panic's text.
  call(name, ...values) {
    try {
      return this.exports[name](...values);
    } catch (error) {
      this.exports.panicked();
      throw new Error(this.text() || String(error));
    }
  }

  /// Calls a function that can fail; the error is its answer.
  attempt(name, ...values) {
    if (!this.call(name, ...values)) throw new Error(this.text());
  }

  bytes() {
    const { memory, answer, answer_len } = this.exports;
    return new Uint8Array(memory.buffer, answer(), answer_len()).slice();
  }
  text() { return this.utf8.decode(this.bytes()); }
  json() { return JSON.parse(this.text()); }
  floats() { return new Float32Array(this.bytes().buffer); }
  doubles() { return new Float64Array(this.bytes().buffer); }
}
