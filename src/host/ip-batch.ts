import { errnoOfWords } from './refusal.ts';
import { runHelper } from './run-helper.ts';

/** Arguments of `ip` for one command. */
export type IpCommand = readonly string[];

/** Where a list of commands stopped: the command's place from 0, and what was said of it. Null where that cannot be told. */
export interface BatchStop {
  readonly at: number | null;
  readonly words: string;
}

/** What each command may take beyond the time limit that every helper has. */
const MS_PER_COMMAND = 20;

/**
 * Carries commands of `ip` out in their order and stops at the first that is refused. Gives null where all were done. `ip` reads
 * a batch word by word, without a way to write every name; a command that holds such a word runs by itself.
 */
export async function runIpCommands(commands: readonly IpCommand[]): Promise<BatchStop | null> {
  let from = 0;
  while (from < commands.length) {
    let to = from;
    while (to < commands.length && isBatchable(commands[to])) to++;
    const stop = to > from ? await runBatch(commands.slice(from, to)) : await runSingle(commands[from] ?? []);
    if (stop !== null) return stop.at === null ? stop : { ...stop, at: from + stop.at };
    from = Math.max(to, from + 1);
  }
  return null;
}

/** Carries all commands out, whatever becomes of each, and gives what was said of those that were refused. */
export async function runIpCommandsAnyway(
  commands: readonly IpCommand[],
): Promise<readonly { readonly words: string; readonly errno: string | undefined }[]> {
  const refused: string[] = [];
  let rest = commands;
  while (rest.length > 0) {
    const stop = await runIpCommands(rest);
    if (stop === null) break;
    refused.push(stop.words);
    rest = stop.at === null ? [] : rest.slice(stop.at + 1);
  }
  return refused.map((words) => ({ words, errno: errnoOfWords(words) }));
}

async function runSingle(command: IpCommand): Promise<BatchStop | null> {
  const { exitCode, stderr } = await runHelper('ip', command);
  return exitCode === 0 ? null : { at: 0, words: lastWords(stderr.split('\n')) };
}

/** A command that changes nothing and prints one JSON array. */
const MARK = 'rule show priority 4294967295';

async function runBatch(commands: readonly IpCommand[]): Promise<BatchStop | null> {
  const lines: string[] = [];
  /** For each line the command that it carries out, or that a mark follows. */
  const owners: number[] = [];
  /** The commands with a mark behind them. */
  const marked: number[] = [];
  for (const [at, command] of commands.entries()) {
    lines.push(command.join(' '));
    owners.push(at);
    if (!endsUnnamed(command)) continue;
    lines.push(MARK);
    owners.push(at);
    marked.push(at);
  }
  const { exitCode, stdout, stderr } = await runHelper('ip', ['-4', '-json', '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    timeoutMs: 30_000 + commands.length * MS_PER_COMMAND,
  });
  if (exitCode === 0) return null;
  const said = stderr.split('\n');
  const named = said.findIndex((line) => FAILED_LINE.test(line));
  if (named >= 0) {
    const line = Number(FAILED_LINE.exec(said[named] ?? '')?.[1]);
    return { at: owners[line - 1] ?? null, words: lastWords(said.slice(0, named)) };
  }
  return { at: marked[stdout.split('[').length - 1] ?? null, words: lastWords(said) };
}

/** `ip -batch` names the line that failed behind what it said about it. */
const FAILED_LINE = /^Command failed -:(\d+)$/;

/**
 * Whether `ip` ends at once where the kernel refuses the command, without naming the line (ipneigh_modify and ipntable_modify call
 * exit). A mark behind each such command tells how far it came.
 */
function endsUnnamed([object]: IpCommand): boolean {
  return object === 'neigh' || object === 'ntable';
}

function isBatchable(command: IpCommand | undefined): boolean {
  return command?.every((word) => /^[A-Za-z0-9_.:@/+,-]+$/.test(word)) ?? false;
}

/** The last thing said, without iproute2's introduction to the kernel's words. */
function lastWords(said: readonly string[]): string {
  const line = said.findLast((text) => text.trim() !== '');
  return (
    line
      ?.replace(/^(RTNETLINK answers: |Error: )/, '')
      .replace(/^ipv4: /, '')
      .replace(/\.$/, '') ?? 'no reason given'
  );
}
