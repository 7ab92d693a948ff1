// The entry of dist/: runs the program from V8's cache of its compiled code, which halves the time to start. Where the cache is missing, or of
// another V8, the program is compiled as always. PROGRAM is put in by bundle.mjs, and names file and cache by their content.
'use strict';
const { readFileSync } = require('fs');
const { join } = require('path');
const { Script } = require('vm');
const Module = require('module');

const path = join(__dirname, PROGRAM + '.cjs');
let cachedData;
try {
  cachedData = readFileSync(join(__dirname, PROGRAM + '.cache'));
} catch {
  cachedData = undefined;
}
const script = new Script(Module.wrap(readFileSync(path, 'latin1')), { filename: path, cachedData });
script.runInThisContext()(exports, require, module, path, __dirname);
