import { GROWERS, type Grower, type GrowthPoint } from './results.ts';
import { group } from './workload.ts';

const SIZE = { width: 760, height: 440 };
const AREA = { left: 76, right: 590, top: 24, bottom: 384 };

/** Dashes as well as colours: the lines are told apart in print, and by whoever sees no colours. */
const LOOKS: Readonly<Record<Grower, { readonly colour: string; readonly dark: string; readonly dash: string }>> = {
  'parp apply': { colour: '#0b62c4', dark: '#6cb0ff', dash: '' },
  'parp remove': { colour: '#9a4a00', dark: '#ffab5e', dash: '8 4' },
  'ip -batch alone': { colour: '#575d66', dark: '#b3bac4', dash: '2 4' },
  'C (the limit)': { colour: '#1a7f37', dark: '#5fd17f', dash: '10 3 2 3' },
};

/** Less than that far apart, names at the ends of lines overlap. */
const NAME_HEIGHT = 17;

/** Time over the number of hosts, both axes logarithmic, as an SVG image for light and dark pages. */
export function growthPlot(points: readonly GrowthPoint[]): string {
  const measured = points.flatMap(({ hosts, what, summary }) => (summary === null ? [] : [{ hosts, what, ms: summary.wallMs }]));
  const hosts = decades(measured.map((point) => point.hosts));
  const times = decades(measured.map(({ ms }) => ms));
  const x = scale(hosts, AREA.left, AREA.right);
  const y = scale(times, AREA.bottom, AREA.top);
  const lines = GROWERS.map((what) => ({
    what,
    at: measured.filter((point) => point.what === what).map((point) => [x(point.hosts), y(point.ms)] as const),
  }));
  const drawn = lines.filter(({ at }) => at.length > 0);
  const names = apart(drawn.map(({ at }) => at.at(-1)?.[1] ?? 0));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-labelledby="title">
<title id="title">Time to apply and to remove, by the number of hosts; both axes are logarithmic</title>
<style>
${style()}
</style>
${hosts.map((value) => vertical(x(value), group(value))).join('\n')}
${times.map((value) => horizontal(y(value), duration(value))).join('\n')}
<text class="axis" x="${(AREA.left + AREA.right) / 2}" y="${SIZE.height - 12}" text-anchor="middle">hosts</text>
${drawn.map(({ what, at }, i) => series(what, at, names[i] ?? 0)).join('\n')}
</svg>
`;
}

/** The powers of ten from below the least to above the greatest. */
export function decades(values: readonly number[]): number[] {
  if (values.length === 0) return [1, 10];
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(Math.ceil(Math.log10(Math.max(...values))), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** Places that differ by at least a line of text, each as near to the one it was wanted at as those above allow. */
export function apart(places: readonly number[]): number[] {
  const moved = [...places];
  const order = [...places.keys()].sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  let least = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    moved[i] = Math.max(places[i] ?? 0, least);
    least = (moved[i] ?? 0) + NAME_HEIGHT;
  }
  return moved;
}

function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  const [first, last] = [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)];
  return (value) => round(from + ((Math.log10(value) - first) / (last - first)) * (to - from));
}

function series(what: Grower, at: readonly (readonly [number, number])[], nameAt: number): string {
  const kind = `s${GROWERS.indexOf(what)}`;
  const [end = 0] = at.at(-1) ?? [];
  return [
    `<polyline class="line ${kind}" points="${at.map((point) => point.join(',')).join(' ')}"/>`,
    ...at.map(([cx, cy]) => `<circle class="dot ${kind}" cx="${cx}" cy="${cy}" r="3.5"/>`),
    `<text class="name ${kind}" x="${round(end + 10)}" y="${round(nameAt + 4)}">${what}</text>`,
  ].join('\n');
}

function vertical(x: number, text: string): string {
  return `<path class="grid" d="M${x} ${AREA.top}V${AREA.bottom}"/><text class="axis" x="${x}" y="${AREA.bottom + 20}" text-anchor="middle">${text}</text>`;
}

function horizontal(y: number, text: string): string {
  return `<path class="grid" d="M${AREA.left} ${y}H${AREA.right}"/><text class="axis" x="${AREA.left - 8}" y="${round(y + 4)}" text-anchor="end">${text}</text>`;
}

function style(): string {
  const colours = (look: 'colour' | 'dark'): string =>
    GROWERS.map((what, i) => `.line.s${i} { stroke: ${LOOKS[what][look]} } .dot.s${i}, .name.s${i} { fill: ${LOOKS[what][look]} }`).join(
      '\n',
    );
  const dashes = GROWERS.map((what, i) => (LOOKS[what].dash === '' ? '' : `.line.s${i} { stroke-dasharray: ${LOOKS[what].dash} }`)).filter(
    Boolean,
  );
  return `text { font: 13px system-ui, sans-serif }
.line { fill: none; stroke-width: 2 }
.axis { fill: #444b54 }
.grid { stroke: #d3d8de }
${dashes.join('\n')}
${colours('colour')}
@media (prefers-color-scheme: dark) {
.axis { fill: #c3cad2 }
.grid { stroke: #3a424c }
${colours('dark')}
}`;
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${group(ms / 1000)} s`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
