// The story: somebody wants the administrator's terminal to obey: with an escape in a profile, in the name of a file or of its folder, or on a command
// line that is passed on. Whatever parp says about it shows the escape as text, and a name of several lines does not pass for words of parp's own.
// The names of live interfaces are in hostile-live-names.
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GOOD, useGivenFiles } from '../support/given-files.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { expectSeen } from '../support/seen.ts';

describe.skipIf(!CAN_BUILD)('hostile input on the terminal', () => {
  const given = useGivenFiles();
  const { parp, write, nothingHasChanged } = given;

  /** The title of a window, a cleared screen, the same in eight bits, a turned direction, a line of Unicode's, DEL. */
  const ESCAPES = '\u001b]0;x\u0007\u001b[2J\u009b2J\u202ex\u2028y\u007fz';
  const SHOWN = String.raw`\x1b]0;x\x07\x1b[2J\x9b2J`;

  it('#98 escapes in a profile, its name, its folder and on the command line are shown, not sent', async () => {
    const named = (text: string): string => `version: 1\nkind: custom\n${text}`;
    const places = [
      named(`name: x # ${ESCAPES}\n`),
      named(`name: x\ndescription: "${ESCAPES}"\n`),
      named(`name: "${ESCAPES}"\n`),
      named(`name: x\n"${ESCAPES}": 1\n`),
      OFFICE.replace('hosts: [192.168.0.66]', `hosts_file: "${ESCAPES}"`),
    ].map((text, at) => write(`${at}.yaml`, text));
    const mistaken = await parp(['validate', ...places]);
    expectSeen(mistaken, 'mistakes in profiles');
    expect(mistaken.stderr.split(SHOWN).length - 1).toBe(places.length);
    mkdirSync(`${given.folder}/${ESCAPES}`);
    const path = write(`${ESCAPES}/${ESCAPES}.yaml`, GOOD, 0o664);
    const calls: readonly (readonly [exitCode: number, ...args: string[]])[] = [
      [0, 'validate', path],
      [0, 'plan', path],
      [3, 'plan', `${path}.absent`],
      [3, 'plan', '--against', path, path],
      [3, 'apply', '--plan', path],
      [4, 'remove', ESCAPES],
      [3, '--netns', ESCAPES, 'status'],
      [4, 'probe', '-i', ESCAPES, '10.0.0.1'],
      [3, 'probe', '-i', 'eth0', ESCAPES],
      [4, '--state-dir', `/dev/null/${ESCAPES}`, 'apply', path],
    ];
    for (const [exitCode, ...args] of calls) {
      const end = await parp(args);
      expectSeen(end, args.slice(0, 2).join(' '));
      expect({ args, exitCode: end.exitCode }).toEqual({ args, exitCode });
    }
    await nothingHasChanged();
  });

  it('#98 a name of several lines makes no line of its own', async () => {
    const path = write('x\nerror[fake]: all is lost', GOOD, 0o666);
    const end = await parp(['plan', path]);
    expect(end.exitCode).toBe(4);
    expect(end.stderr.split('\n').filter((line) => line.startsWith('error[fake]'))).toEqual([]);
  });
});
