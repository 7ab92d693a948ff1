import type { Picture } from '../model/picture.ts';
import { homeLines, mappingLines, notesOf, portLines, titleOf, type DrawnLine } from './draw-words.ts';

/** The pictures as one Mermaid flowchart, as a fenced block of GitHub's Markdown renders it. */
export function drawMermaid(pictures: readonly Picture[]): string {
  return ['flowchart LR', ...pictures.flatMap((picture, at) => chart(picture, `p${at}`))].join('\n');
}

function chart(picture: Picture, id: string): string[] {
  const mappings = mappingLines(picture.mappings).map((text) => text.replaceAll(/ +/g, ' '));
  const whole = [...picture.switches, ...mappings];
  const notes = [...(picture.description === null ? [] : [picture.description]), ...notesOf(picture)];
  return [
    `  subgraph ${id}[${label([titleOf(picture)])}]`,
    '    direction LR',
    ...picture.wires.map((wire, at) => `    ${id}h${at}(${label([wire.home, ...texts(homeLines(wire))])})`),
    `    subgraph ${id}r["router"]`,
    ...picture.wires.map((wire, at) => `      ${id}i${at}[${label([wire.interface, ...texts(portLines(wire))])}]`),
    ...(whole.length === 0 ? [] : [`      ${id}w[${label(whole)}]`]),
    '    end',
    ...picture.wires.map(({ mac, interface: link }, at) => `    ${id}h${at} ---|${label([mac ?? link])}| ${id}i${at}`),
    ...(notes.length === 0 ? [] : [`    ${id}n>${label(notes)}]`]),
    '  end',
  ];
}

function texts(lines: readonly DrawnLine[]): string[] {
  return lines.map(({ text, depth }) => `${depth === 1 ? '· ' : ''}${text}`);
}

/** A quoted label: what Mermaid, Markdown or HTML would read in it becomes a character code of Mermaid's (`#35;`). */
function label(lines: readonly string[]): string {
  return `"${lines.map(escaped).join('<br/>')}"`;
}

function escaped(text: string): string {
  return text
    .replaceAll(/[\p{C}\u2028\u2029]/gu, ' ')
    .replaceAll(/["#&<>`\\*_~[\]{}|;$]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
