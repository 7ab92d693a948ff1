import { EnabledFiles } from '../host/enabled-files.ts';
import { Failure } from '../model/failure.ts';
import { commandWords } from './command-line.ts';
import { requireEnabledHere } from './enabled-elsewhere.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/**
 * `parp disable`: the profiles no longer come up at boot; what is in force stays. It goes without the records of this boot, so that it
 * works whatever became of them. Exit code 4 where one is not enabled.
 */
export async function disable(names: readonly string[], terminal: Terminal): Promise<ExitCode> {
  requireEnabledHere('disable');
  const files = new EnabledFiles();
  const { profiles: enabled, alarm } = files.read();
  if (alarm !== null) terminal.error(`Warning: ${alarm}`);
  requireEnabled(names, Object.keys(enabled));
  await files.change((profiles) => {
    requireEnabled(names, Object.keys(profiles));
    return Object.fromEntries(Object.entries(profiles).filter(([name]) => !names.includes(name)));
  });
  await files.count(Object.fromEntries(names.map((name) => [name, 0])));
  terminal.document('disable', { disabled: names });
  terminal.print(
    `Disabled ${names.join(', ')}: no longer brought up at boot. What is in force stays; take it back with: ${commandWords(['remove', 'NAME'], terminal.globals)}`,
  );
  return EXIT.done;
}

function requireEnabled(names: readonly string[], enabled: readonly string[]): void {
  const unknown = names.filter((name) => !enabled.includes(name));
  if (unknown.length === 0) return;
  throw new Failure('refused', 'not-enabled', `No profile ${unknown.map((name) => `"${name}"`).join(', ')} is enabled`, {
    remedy: enabled.length === 0 ? 'None is enabled; enable one that is in force with: parp enable NAME' : `Enabled: ${enabled.join(', ')}`,
  });
}
