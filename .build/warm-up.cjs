// warm-up.cjs PROGRAM CACHE PROFILE STATE [FOLDER]: runs what every command needs, and keeps V8's compiled code of it. With FOLDER, which is empty and
// its own, it also applies the profile and takes it back: in the network namespace that it was started in, which has to be a new one.
'use strict';
const { execFileSync } = require('child_process');
const { readFileSync, writeFileSync } = require('fs');
const { dirname } = require('path');
const { Script } = require('vm');
const Module = require('module');

const [node, , program, cache, profile, state, folder] = process.argv;
const script = new Script(Module.wrap(readFileSync(program, 'latin1')), { filename: program });
const lines = [
  ['plan', profile, '--against', state],
  ['plan', profile, '--against', state, '--json'],
];
if (folder !== undefined) {
  for (const name of ['eth0', 'eth1']) execFileSync('ip', ['link', 'add', name, 'up', 'type', 'veth', 'peer', 'name', `far-${name}`]);
  const records = ['--state-dir', folder];
  const apply = ['apply', profile, '--no-probe', '--no-wait', ...records];
  const [, office] = /^name: (.*)$/m.exec(readFileSync(profile, 'utf8'));
  lines.push(apply, apply, ['status', ...records], ['remove', office, ...records]);
}
const umask = process.umask();

process.on('beforeExit', next);
next();

function next() {
  // Compiled code of errors is of no use to anybody.
  if (process.exitCode) process.exit(process.exitCode);
  const line = lines.shift();
  if (line === undefined) {
    process.removeListener('beforeExit', next);
    // parp keeps its own files to itself; this one is for everybody.
    process.umask(umask);
    writeFileSync(cache, script.createCachedData());
    return;
  }
  process.argv = [node, program, ...line];
  const own = new Module(program);
  own.paths = Module._nodeModulePaths(dirname(program));
  // What needs no event loop would end the process without another 'beforeExit'.
  setImmediate(() => {});
  script.runInThisContext()(own.exports, Module.createRequire(program), own, program, dirname(program));
}
