import { readdirSync, statSync } from 'node:fs';
import { EnabledFiles, isEnabledHere } from '../host/enabled-files.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { readRecords } from './read-records.ts';
import type { Terminal } from './terminal.ts';

/** What completion asks for: interfaces here, profiles in force or enabled, and network namespaces by name. */
export type Names = 'interfaces' | 'profiles' | 'enabled' | 'namespaces';

/** Names as every shell takes them: live interfaces may hold what a shell would carry out. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/;

/** `parp complete-names WHAT`: one a line. Somebody is typing: whatever goes wrong, there is nothing to complete then, and nothing is said. */
export async function completeNames(what: string | undefined, terminal: Terminal): Promise<ExitCode> {
  const names = quietly(() => LISTS.get(what)?.({ ...terminal, note: () => undefined, error: () => undefined }) ?? []);
  for (const name of names.filter((one) => PLAIN.test(one)).toSorted()) terminal.print(name);
  return Promise.resolve(EXIT.done);
}

const LISTS: ReadonlyMap<string | undefined, (terminal: Terminal) => string[]> = new Map<Names, (terminal: Terminal) => string[]>([
  ['interfaces', () => readdirSync(LINKS).filter((name) => statSync(`${LINKS}/${name}`).isDirectory())],
  ['profiles', (terminal) => Object.keys(readRecords(terminal).ledger.profiles)],
  ['enabled', () => (isEnabledHere() === true ? Object.keys(new EnabledFiles().read().profiles) : [])],
  ['namespaces', () => readdirSync('/run/netns')],
]);

/** The links of the network namespace that /sys was mounted for. */
const LINKS = '/sys/class/net';

function quietly(list: () => string[]): string[] {
  try {
    return list();
  } catch {
    return [];
  }
}
