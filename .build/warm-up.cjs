// warm-up.cjs PROGRAM CACHE PROFILE STATE: runs what every command needs, and keeps V8's compiled code of it. Prints what the program prints.
'use strict';
const { readFileSync, writeFileSync } = require('fs');
const { dirname } = require('path');
const { Script } = require('vm');
const Module = require('module');

const [node, , program, cache, profile, state] = process.argv;
const script = new Script(Module.wrap(readFileSync(program, 'latin1')), { filename: program });
const lines = [
  ['plan', profile, '--against', state],
  ['plan', profile, '--against', state, '--json'],
];

process.on('beforeExit', next);
next();

function next() {
  const line = lines.shift();
  if (line === undefined) {
    process.removeListener('beforeExit', next);
    writeFileSync(cache, script.createCachedData());
    process.exitCode = 0;
    return;
  }
  process.argv = [node, program, ...line];
  const own = new Module(program);
  own.paths = Module._nodeModulePaths(dirname(program));
  // What needs no event loop would end the process without another 'beforeExit'.
  setImmediate(() => {});
  script.runInThisContext()(own.exports, Module.createRequire(program), own, program, dirname(program));
}
