// Stands in for the native module that writes VS Code's logs, which needs a compiler: the same calls, plain files.
// Without it there are no logs at all, and a test that fails cannot show what the extension said.

const { appendFileSync, mkdirSync } = require("node:fs");
const { dirname } = require("node:path");

class Logger {
  constructor(kind, name, file) {
    this.file = file;
  }
  setLevel() {}
  getLevel() {
    return 0;
  }
  setPattern() {}
  clearFormatters() {}
  flush() {}
  drop() {}
}
for (const level of ["trace", "debug", "info", "warn", "error", "critical"]) {
  Logger.prototype[level] = function (told) {
    appendFileSync(this.file, `${new Date().toISOString()} [${level}] ${told}\n`);
  };
}

async function create(name, file) {
  mkdirSync(dirname(file), { recursive: true });
  return new Logger("rotating", name, file);
}

// One by one: whoever imports this as a module sees only names that are assigned.
exports.version = 0;
exports.Logger = Logger;
exports.setLevel = () => undefined;
exports.setFlushOn = () => undefined;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
