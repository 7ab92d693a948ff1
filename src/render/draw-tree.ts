import type { Picture, Wire } from '../model/picture.ts';
import { boxLines, homeLines, portLines } from './draw-words.ts';

/** The picture as a tree, for terminals without room for boxes: the router, and its interfaces as branches. */
export function drawTree({ wires, switches }: Picture, width: number): string[] {
  const whole = switches.length === 0 ? [] : boxLines([{ text: switches.join(', '), depth: 0 }], width - 2).map((text) => `│ ${text}`);
  return ['router', ...whole, ...wires.flatMap((wire, at) => branch(wire, at === wires.length - 1, width))];
}

function branch(wire: Wire, last: boolean, width: number): string[] {
  const below = last ? '  ' : '│ ';
  const name = wire.mac === null ? wire.interface : `${wire.interface} ${wire.mac}`;
  const [head = '', ...more] = boxLines([{ text: name, depth: 0 }], width - 3);
  const port = boxLines(portLines(wire), width - 4);
  const home = boxLines(homeLines(wire), width - 8);
  return [
    `${last ? '└' : '├'}─ ${head}`,
    ...more.map((text) => `${below} ${text}`),
    ...port.map((text) => `${below}│ ${text}`),
    `${below}└─ ${wire.home}`,
    ...home.map((text) => `${below}     ${text}`),
  ];
}
