import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Network } from './namespaces.ts';

/** What a command said and its exit code. */
export interface WarmEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** parp in a process on the router that stays: one command after the other, without the start of a process for each. */
export interface WarmParp {
  run(args: readonly string[]): Promise<WarmEnd>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const SERVER = `
import { createServer } from 'node:net';
import { runProgram } from './src/cli/program.ts';

for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
createServer({ allowHalfOpen: true }, (socket) => {
  let asked = '';
  socket.on('data', (chunk) => (asked += chunk));
  socket.on('end', async () => {
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      process[name].write = (chunk) => ((said[name] += chunk), true);
    }
    socket.end(JSON.stringify({ exitCode: await runProgram(JSON.parse(asked)), ...said }));
  });
}).listen(process.argv[2]);
`;

/** Starts such a process, from the sources as they are; it ends with the network. */
export async function warmUp(net: Network): Promise<WarmParp> {
  const outfile = join(net.lab.folder, 'warm-parp.mjs');
  await build({
    stdin: { contents: SERVER, resolveDir: ROOT, sourcefile: 'warm-parp.ts', loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    define: { PARP_VERSION: '"0.0.0"' },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  const socket = join(net.lab.folder, 'warm-parp');
  // Where the FFI is found from outside the repository.
  const env = { NODE_PATH: join(ROOT, 'node_modules') };
  const child = net.spawn('router', [process.execPath, outfile, socket], { env });
  let ended: unknown;
  child.end.then(
    (end) => (ended = end),
    (error: unknown) => (ended = error),
  );
  while (!existsSync(socket)) {
    if (ended !== undefined) throw new Error(`parp does not stay: ${JSON.stringify(ended)}`);
    await pause(10);
  }
  return { run: async (args) => ask(socket, args) };
}

async function ask(path: string, args: readonly string[]): Promise<WarmEnd> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.end(JSON.stringify(args)));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(JSON.parse(answer)));
    socket.on('error', reject);
  });
}
