import { APPLY_FLAGS } from './contestant.ts';
import { milliseconds } from './goals.ts';
import { HEAP_MB } from './growth.ts';
import type { RecordsPlace } from './records.ts';
import { summaryOf, type Results } from './results.ts';
import { announcingTable, configuringTable, goalsTable, growthTable, markdownTable, megabytes, profileTable } from './table.ts';
import { group } from './workload.ts';

export interface Circumstances {
  readonly machine: string;
  /** Why the figures are to be taken with care, if they are. */
  readonly busy: string | null;
  readonly absent: readonly string[];
  readonly runs: number;
  readonly records: RecordsPlace;
}

/** docs/performance.md, but for the width of its tables. */
export function page(results: Results, { machine, busy, absent, runs, records }: Circumstances): string {
  const notes = [...(busy === null ? [] : [busy]), ...absent];
  return `# Performance

_Written by \`npm run bench -- --write\`; run it for the figures of your own machine._

${machine}. Medians of ${runs} ${runs === 1 ? 'run' : 'runs'} (W1: ${4 * runs}), parp and its rivals in turns.
${notes.map((note) => `\n- ${note}`).join('')}

## Goals

${markdownTable(goalsTable(results), [0, 1, 2, 3])}
## Workloads

parp's times are those of \`parp apply ${APPLY_FLAGS.join(' ')}\`: nobody is asked on the wire, nothing is announced, nothing waited for. \`plan\` is the read-only run.
"× parp" is how many times as long as parp it took.

${results.workloads.map((result) => section(result, result.workload.kind === 'announce' ? announcingTable(result) : configuringTable(result))).join('\n')}
## Growth

![Time over the number of hosts](performance-growth.svg)

parp with a heap of at most ${HEAP_MB} MiB (\`node --max-old-space-size=${HEAP_MB} dist/parp.js\`).

${markdownTable(growthTable(results))}
## How it was measured

${METHOD}
- ${recordsWords(records)}

## What bounds it

${bounds(results)}
`;
}

function section({ workload, same, profile }: Results['workloads'][number], table: Parameters<typeof markdownTable>[0]): string {
  const shares =
    profile === undefined
      ? ''
      : `\nOne more cold run of parp under V8's profiler, which takes time of its own:\n\n${markdownTable(profileTable(profile))}`;
  return `### ${workload.name}: ${workload.title}\n\nEach ${same}.\n\n${markdownTable(table)}${shares}`;
}

const METHOD = `- Each workload has network namespaces of its own: a router, and another host at the far end of each of its veths. Making them is not measured.
- All contestants do the same, in turns, so that a slow minute hits them all, and each starts from the same clean host. What they have to do is parp's own plan (\`parp plan --format shell\`). After
  each run the routes, proxy neighbours, addresses and switches are compared with what parp left, and after each cleaning with the first host; a difference ends the benchmark. Who did a sample is
  compared by number.
- _One process a line_: that plan as a shell script, an \`ip\` or \`sysctl\` for each line. _ip -batch, sysctl -p_: one of each, for all lines. _ip -batch alone_: without the switches. _C (the limit)_:
  bench/limit.c, 1,000 messages a pack and one acknowledgement a pack, switches by RTM_SETLINK, frames by sendmmsg. It plans, checks, remembers and verifies nothing, so nothing that does can reach it.
- Where one process a line would take minutes, every n-th line is run and the time multiplied, but for what the start alone takes; such rows say so. Memory is that of the sample. Ansible is run three times at most.
- Nothing to do: parp applies again, and the others run the same lines with \`replace\` instead of \`add\`, for they cannot know that there is nothing to do.
- Time is the monotonic clock from fork to wait4, processor time and peak memory are wait4's (bench/measure.c): user and system together, of the program and the children that it waited for; the peak is
  that of the largest one of them. What the kernel does later on its own account is in none.
- Announcing: the interface's counter, read every 100 µs. _While sending_ is from before the first frame to after the last, _whole process_ includes the start. arping waits a second for each address, three of them were run.
- parp is the bundle that is shipped.`;

function recordsWords({ isMemory }: RecordsPlace): string {
  return isMemory
    ? 'parp keeps its records on a tmpfs, as /run is one wherever systemd runs.'
    : 'parp keeps its records on a disk here, whose fsync is waited for: where /run is a tmpfs, as wherever systemd runs, it is not.';
}

/** Where the time goes and what it cannot get below, as far as the comparison tells. */
function bounds(results: Results): string {
  const found = [smallBound(results), warmUpBound(results), largeBound(results), idleBound(results), memoryBound(results)];
  const known = found.filter((line) => line !== undefined);
  return known.length === 0 ? 'W1 to W4 say that, and were not measured.' : known.join('\n');
}

function smallBound(results: Results): string | undefined {
  const small = summaryOf(results, 'W1', 'parp');
  const start = summaryOf(results, 'W1', 'node -e 0');
  if (small === undefined || start === undefined) return undefined;
  return `- A small profile: Node starts in ${milliseconds(start.wallMs)} of ${milliseconds(small.wallMs)}. The rest is parp's own code being loaded from V8's cache, koffi, the host being read twice, before and after, and the records being written.`;
}

/** What V8 has not seen often it interprets: a thousand routes cost more each than a hundred thousand. */
function warmUpBound(results: Results): string | undefined {
  const small = summaryOf(results, 'W1', 'parp');
  const rates = (
    [
      ['W2', 1000],
      ['W3', 10_000],
      ['W4', 100_000],
    ] as const
  ).flatMap(([name, count]) => {
    const cold = summaryOf(results, name, 'parp');
    return cold === undefined || small === undefined
      ? []
      : [`${(((cold.wallMs - small.wallMs) * 1000) / count).toFixed(0)} µs at ${group(count)}`];
  });
  const pair = summaryOf(results, 'W2', 'ip -batch, sysctl -p');
  if (small === undefined || pair === undefined || rates.length < 2 || pair.wallMs >= small.wallMs) return undefined;
  return `- W2, W3, W5 and W6 are bound by code that is cold: beyond what a small profile takes, a route costs ${rates.join(', ')}, because V8 interprets what it has not yet run often enough to compile. A compiled program has no such time: \`ip -batch\` and \`sysctl -p\` end a thousand routes in ${milliseconds(pair.wallMs)}, which is less than parp needs to be loaded (W1), so that W2's goal is out of reach of any program that plans in JavaScript.`;
}

function largeBound(results: Results): string | undefined {
  const start = summaryOf(results, 'W4', 'node -e 0');
  const limit = summaryOf(results, 'W4', 'C (the limit)');
  const cold = summaryOf(results, 'W4', 'parp');
  const plan = summaryOf(results, 'W4', 'parp', 'plan');
  if (start === undefined || limit === undefined || cold === undefined || plan === undefined) return undefined;
  return `- 100,000 routes: the kernel alone takes ${milliseconds(limit.wallMs)} to take them (the limit), Node starts in ${milliseconds(start.wallMs)}, and reading, planning and printing the plan take ${milliseconds(Math.max(0, plan.wallMs - start.wallMs))} of ${milliseconds(cold.wallMs)}. The remainder is the journal that makes it one transaction, the writing, and the second reading that verifies it: what the rivals do not do. A route is an object of its own in the profile, in the settings, in the plan, in the ledger and in each of the two states of the host, and to make and to collect these takes what is left. Less than this needs routes as columns of numbers from the profile to the ledger.`;
}

function idleBound(results: Results): string | undefined {
  const again = summaryOf(results, 'W4', 'parp', 'again');
  if (again === undefined) return undefined;
  return `- Nothing to do: parp reads its records, the profile and the host, works out what the profile comes to, and finds that all of it is there, in ${milliseconds(again.wallMs)}. The others do not look: they send everything again.`;
}

function memoryBound(results: Results): string | undefined {
  const peak = summaryOf(results, 'W4', 'parp')?.peakKb ?? null;
  if (peak === null) return undefined;
  return `- Memory grows with the hosts, because the plan, the host before and the host after are all held at once: ${megabytes(peak)} at 100,000 routes.`;
}
