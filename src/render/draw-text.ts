import type { Picture, Wire } from '../model/picture.ts';
import { drawTree } from './draw-tree.ts';
import { boxLines, homeLines, mappingLines, notesOf, portLines, titleOf, wrapped } from './draw-words.ts';

/** Where a picture is shown: columns of the terminal, and whether it shows more than ASCII. */
export interface Paper {
  readonly columns: number;
  readonly unicode: boolean;
}

/** Narrower terminals get a tree instead of boxes. */
const NARROWEST_BOXES = 72;
const WIDEST = 96;

/** The picture as text: the homes on the left, each by its wire to a port of the router on the right. */
export function drawText(picture: Picture, { columns, unicode }: Paper): string {
  const width = Math.min(Math.max(columns, 24), WIDEST);
  const body = width < NARROWEST_BOXES ? drawTree(picture, width) : boxes(picture, width);
  const description = picture.description === null ? [] : wrapped(picture.description, width);
  const mappings = mappingLines(picture.mappings).flatMap((text) => wrapped(text, width - 2).map((part) => `  ${part}`));
  const lines = [
    ...wrapped(titleOf(picture), width),
    ...description,
    '',
    ...body,
    ...(mappings.length === 0
      ? []
      : ['', ...wrapped(`Translated on ${picture.wires[0]?.interface ?? 'the outside'}:`, width), ...mappings]),
    ...notesOf(picture).flatMap((note, at) => [...(at === 0 ? [''] : []), ...wrapped(`${note}.`, width)]),
  ].map((text) => text.trimEnd());
  return unicode ? lines.join('\n') : inAscii(lines.join('\n'));
}

/** Widths of the columns, borders included. */
interface Columns {
  readonly home: number;
  readonly wire: number;
  readonly port: number;
}

function boxes(picture: Picture, width: number): string[] {
  const columns = columnsOf(picture, width);
  const sections = picture.wires.map((wire) => section(wire, columns));
  const whole = picture.switches.length === 0 ? [] : [portRow(picture.switches.join(', '), columns)].flat();
  const blank = ' '.repeat(columns.home + columns.wire);
  const inner = columns.port - 2;
  return [
    `${blank}┌─ router ${'─'.repeat(Math.max(0, inner - 9))}┐`,
    ...sections.flatMap((rows, at) => (at === 0 ? rows : [`${blank}├${'─'.repeat(inner)}┤`, ...rows])),
    ...(whole.length === 0 ? [] : [`${blank}├${'─'.repeat(inner)}┤`, ...whole.map((row) => `${blank}${row}`)]),
    `${blank}└${'─'.repeat(inner)}┘`,
  ];
}

function columnsOf({ wires }: Picture, width: number): Columns {
  const longest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, text.length), 0);
  const home = Math.min(29, 4 + longest(wires.flatMap((wire) => [`${wire.home}  `, ...homeLines(wire).map(({ text }) => text)])));
  const wire = Math.min(22, 2 + Math.max(8, longest(wires.flatMap((one) => [one.interface, one.mac ?? '']))));
  return { home, wire, port: width - home - wire };
}

/** The home, the wire and the port, side by side; the wire leaves the home at its first line. */
function section(wire: Wire, columns: Columns): string[] {
  const inner = columns.home - 4;
  const home = [
    `┌─ ${wire.home} ${'─'.repeat(columns.home - wire.home.length - 5)}┐`,
    ...boxLines(homeLines(wire), inner).map((text, at) => `│ ${text.padEnd(inner)} ${at === 0 ? '├' : '│'}`),
    `└${'─'.repeat(columns.home - 2)}┘`,
  ];
  const label = (text: string): string => cutTo(` ${text}`, columns.wire).padEnd(columns.wire);
  const between = [label(wire.interface), '─'.repeat(columns.wire), label(wire.mac ?? '')];
  const port = portLines(wire).flatMap(({ text, depth }) => portRow(text, columns, depth));
  const height = Math.max(home.length, between.length, port.length);
  return Array.from({ length: height }, (_, at) => {
    const row = port[at] ?? portRow('', columns)[0] ?? '';
    return `${(home[at] ?? '').padEnd(columns.home)}${between[at] ?? ' '.repeat(columns.wire)}${at === 1 ? row.replace('│', '┤') : row}`;
  });
}

function portRow(text: string, { port }: Columns, depth: 0 | 1 = 0): string[] {
  return boxLines([{ text, depth }], port - 4).map((part) => `│ ${part.padEnd(port - 4)} │`);
}

function cutTo(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

const ASCII: Readonly<Record<string, string>> = {
  '┌': '+',
  '┐': '+',
  '└': '+',
  '┘': '+',
  '├': '+',
  '┤': '+',
  '─': '-',
  '│': '|',
  '…': '~',
  '↔': '<->',
  '→': '-->',
  '←': '<--',
};

/** Each character in one of ASCII, so that the boxes stay; arrows, all of which are in one column, in three. */
function inAscii(text: string): string {
  return text.replaceAll(/[^\n\x20-\x7e]/gu, (character) => ASCII[character] ?? '?');
}
