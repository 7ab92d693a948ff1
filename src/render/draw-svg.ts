import type { Picture, Wire } from '../model/picture.ts';
import { boxLines, homeLines, mappingLines, notesOf, portLines, titleOf, wrapped } from './draw-words.ts';

/** Pixels; a character of a monospaced font is at most 0.61 em wide. */
const FONT = 13;
const CHARACTER = FONT * 0.61;
const LINE = 18;
const PAD = 12;
const MARGIN = 20;

/** The three columns: homes, wires, the router. */
const HOME = { x: MARGIN, width: 280 };
const PORT = { x: 520, width: 380 };
const WIDTH = PORT.x + PORT.width + MARGIN;

const STYLE = `
svg { color-scheme: light dark; }
text { font: ${FONT}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: #1f2328; }
.page { fill: #ffffff; stroke: #d1d9e0; }
.title { font-size: 16px; font-weight: bold; }
.head { font-weight: bold; }
.soft { fill: #59636e; }
.home { fill: #eaf3ff; stroke: #0969da; }
.router { fill: #f6f8fa; stroke: #59636e; }
.wire { stroke: #0969da; fill: none; stroke-width: 2; }
.plug { fill: #0969da; }
.line { stroke: #d1d9e0; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .page { fill: #0d1117; stroke: #3d444d; }
  .soft { fill: #9198a1; }
  .home { fill: #121d2f; stroke: #4493f8; }
  .router { fill: #151b23; stroke: #9198a1; }
  .wire { stroke: #4493f8; }
  .plug { fill: #4493f8; }
  .line { stroke: #3d444d; }
}`;

/** The pictures below one another as one SVG document that needs nothing else: no font, no script, no link. */
export function drawSvg(pictures: readonly Picture[]): string {
  const drawn: string[] = [];
  let y = 0;
  for (const picture of pictures) {
    const { markup, height } = drawPicture(picture);
    drawn.push(`<g transform="translate(0 ${y})">`, ...markup, '</g>');
    y += height;
  }
  const title = pictures.map(titleOf).join(', ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${y - 1}" rx="8"/>`,
    ...drawn,
    '</svg>',
  ].join('\n');
}

interface Drawn {
  readonly markup: readonly string[];
  readonly height: number;
}

function drawPicture(picture: Picture): Drawn {
  const markup: string[] = [text(MARGIN, 34, titleOf(picture), 'title')];
  let y = 34;
  const across = charactersIn(WIDTH - 2 * MARGIN);
  for (const part of picture.description === null ? [] : wrapped(picture.description, across))
    markup.push(text(MARGIN, (y += LINE + 2), part, 'soft'));
  const top = y + PAD;
  const parts: string[] = [text(PORT.x + PAD, top + LINE, 'router', 'head')];
  y = top + LINE + PAD / 2;
  for (const wire of picture.wires) {
    const { markup: drawn, height } = drawWire(wire, y);
    parts.push(...drawn);
    y += height;
  }
  if (picture.switches.length > 0) {
    parts.push(rule(y));
    for (const part of wrapped(picture.switches.join(', '), charactersIn(PORT.width - 2 * PAD)))
      parts.push(text(PORT.x + PAD, (y += LINE), part, 'soft'));
    y += PAD;
  }
  markup.push(box(PORT.x, top, PORT.width, y - top, 'router'), ...parts);
  y += PAD;
  if (picture.mappings.length > 0) {
    markup.push(text(MARGIN, (y += LINE), `Translated on ${picture.wires[0]?.interface ?? 'the outside'}`, 'head'));
    for (const mapping of mappingLines(picture.mappings)) markup.push(text(MARGIN + PAD, (y += LINE), mapping));
    y += PAD / 2;
  }
  for (const note of notesOf(picture)) for (const part of wrapped(`${note}.`, across)) markup.push(text(MARGIN, (y += LINE), part, 'soft'));
  return { markup, height: y + MARGIN };
}

/** A section of the router at `y` with the home that is wired to it. */
function drawWire(wire: Wire, y: number): Drawn {
  const home = boxLines(homeLines(wire), charactersIn(HOME.width - 2 * PAD));
  const port = boxLines(portLines(wire), charactersIn(PORT.width - 2 * PAD));
  const homeHeight = (home.length + 1) * LINE + PAD;
  const height = Math.max(homeHeight + PAD, (port.length + 1) * LINE + 2 * PAD);
  const at = y + PAD + LINE;
  return {
    height,
    markup: [
      rule(y),
      box(HOME.x, y + PAD / 2, HOME.width, homeHeight, 'home'),
      text(HOME.x + PAD, y + PAD / 2 + LINE, wire.home, 'head'),
      ...home.map((part, row) => text(HOME.x + PAD, y + PAD / 2 + LINE * (row + 2), part)),
      `<path class="wire" d="M${HOME.x + HOME.width} ${at}H${PORT.x}"/>`,
      `<rect class="plug" x="${PORT.x - 4}" y="${at - 4}" width="8" height="8"/>`,
      text(HOME.x + HOME.width + PAD, at - 7, wire.interface, 'head'),
      ...(wire.mac === null ? [] : [text(HOME.x + HOME.width + PAD, at + LINE, wire.mac, 'soft')]),
      text(PORT.x + PAD, y + PAD / 2 + LINE, wire.interface, 'head'),
      ...port.map((part, row) => text(PORT.x + PAD, y + PAD / 2 + LINE * (row + 2), part)),
    ],
  };
}

function charactersIn(width: number): number {
  return Math.floor(width / CHARACTER);
}

function box(x: number, y: number, width: number, height: number, name: string): string {
  return `<rect class="${name}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`;
}

function rule(y: number): string {
  return `<path class="line" d="M${PORT.x} ${y}h${PORT.width}"/>`;
}

/** Leading spaces move the text: renderers leave them out. */
function text(x: number, y: number, content: string, name?: string): string {
  const shown = content.trimStart();
  const at = Math.round(x + (content.length - shown.length) * CHARACTER);
  return `<text${name === undefined ? '' : ` class="${name}"`} x="${at}" y="${y}">${escaped(shown)}</text>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as XML takes it, without the control characters that it does not, and with spaces that no renderer joins. */
function escaped(content: string): string {
  return content
    .replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ')
    .replaceAll(/ (?= )/gu, '\u00a0')
    .replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
}
