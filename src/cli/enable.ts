import { EnabledFiles, type EnabledProfiles } from '../host/enabled-files.ts';
import { sameValue } from '../model/operation.ts';
import { requireEnabledHere } from './enabled-elsewhere.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { keptOf } from './follow-confirmed.ts';
import { notInForce } from './remove.ts';
import type { Terminal } from './terminal.ts';
import { asWriter, type Writer } from './writer.ts';

/**
 * `parp enable`: from now on the profiles come up at boot, each as it is in force and confirmed. Exit code 4 for any other; but one that is
 * enabled and did not come up is kept as it is, and no longer counts as failed.
 */
export async function enable(names: readonly string[], terminal: Terminal): Promise<ExitCode> {
  requireEnabledHere('enable');
  return asWriter(`enable ${names.join(' ')}`, terminal, async (writer) => keep(names, writer, terminal));
}

async function keep(names: readonly string[], { records }: Writer, terminal: Terminal): Promise<ExitCode> {
  const files = new EnabledFiles();
  const enabled = files.read();
  if (enabled.alarm !== null) terminal.error(`Warning: ${enabled.alarm}`);
  const inForce = Object.entries(records.ledger.profiles);
  const known = new Set([...inForce.map(([name]) => name), ...Object.keys(enabled.profiles)]);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw notInForce(
      unknown,
      inForce.map(([name]) => name),
    );
  }
  const kept: EnabledProfiles = Object.fromEntries(
    inForce.filter(([name]) => names.includes(name)).map(([name, profile]) => [name, keptOf(profile)]),
  );
  await files.change((profiles) => {
    const next = { ...profiles, ...kept };
    return sameValue(next, profiles) ? null : next;
  });
  await files.count(Object.fromEntries(names.map((name) => [name, 0])));
  terminal.document('enable', { enabled: names });
  terminal.print(`Enabled ${names.join(', ')}: \`parp boot\` brings up at the next boot what is in force and confirmed by then.`);
  terminal.next(['status']);
  return EXIT.done;
}
