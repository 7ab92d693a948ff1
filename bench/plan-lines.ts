/** One command of what `parp plan --format shell` prints, as its words: `ip route add …`, `sysctl -w PATH=VALUE`. */
export type Line = readonly string[];

/** The commands of a plan that a person would write down instead of it. Throws for what no rival here can carry out. */
export function linesOf(shell: string): Line[] {
  const lines = shell
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('set '))
    .map((line) => line.split(' '));
  const stray = lines.find(([program]) => program !== 'ip' && program !== 'sysctl');
  if (stray !== undefined) throw new Error(`No rival knows how to do this: ${stray.join(' ')}`);
  return lines;
}

/** `add` is refused where something is there already: what a script says that may be run again. */
export function again(line: Line): Line {
  return isIp(line) ? line.map((word, i) => (i === 2 && word === 'add' ? 'replace' : word)) : line;
}

/** The `ip` lines that take back what these added, in the order in which that is possible. */
export function inverse(lines: readonly Line[]): Line[] {
  const added = lines.filter((line) => isIp(line) && line[2] === 'add');
  return added.map((line) => line.map((word, i) => (i === 2 ? 'del' : word))).toReversed();
}

export function isIp(line: Line): boolean {
  return line[0] === 'ip';
}

/** The input of `ip -batch`. */
export function batchText(lines: readonly Line[]): string {
  return textOf(lines.filter(isIp).map((line) => line.slice(1)));
}

/** The input of `sysctl -p`. */
export function switchesText(lines: readonly Line[]): string {
  return textOf(lines.filter((line) => !isIp(line)).map((line) => line.slice(2)));
}

export function scriptText(lines: readonly Line[]): string {
  return `#!/bin/sh\nset -e\n${textOf(lines.map((line) => (isIp(line) ? line : ['sysctl', '-q', ...line.slice(1)])))}`;
}

function textOf(lines: readonly Line[]): string {
  return lines.map((line) => `${line.join(' ')}\n`).join('');
}

/** Kinds of line with no more than that many are never thinned out: addresses stand before the routes that need them. */
const FEW = 50;

/** About `most` of the lines, evenly from each kind of them, in their order; all where there are no more. */
export function sampleOf(lines: readonly Line[], most: number): readonly Line[] {
  if (lines.length <= most) return lines;
  const every = Math.ceil(lines.length / most);
  const sizes = new Map<string, number>();
  for (const line of lines) sizes.set(kindOf(line), (sizes.get(kindOf(line)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return lines.filter((line) => {
    const kind = kindOf(line);
    const place = seen.get(kind) ?? 0;
    seen.set(kind, place + 1);
    return (sizes.get(kind) ?? 0) <= FEW || place % every === 0;
  });
}

/** `ip route`, `sysctl proxy_arp`: lines of a kind take the same time. */
function kindOf(line: Line): string {
  return isIp(line) ? `ip ${line[1]}` : `sysctl ${/([^/=]+)=/.exec(line[2] ?? '')?.[1] ?? ''}`;
}
