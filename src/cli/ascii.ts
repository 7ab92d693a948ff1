const SIGNS: ReadonlyMap<string, string> = new Map([
  ['→', '->'],
  ['←', '<-'],
  ['↔', '<->'],
  ['…', '...'],
  ['–', '-'],
  ['—', '-'],
  ['·', '-'],
  ['•', '*'],
  ['×', 'x'],
  ['‹', '<'],
  ['›', '>'],
  ['❯', '>'],
  ['✔', 'ok'],
  ['✖', 'failed:'],
  // The frames of a spinner, so that it turns all the same.
  ...Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏', (frame, at): [string, string] => [frame, '|/-\\'.charAt(at % 4)]),
]);

/** Text for a terminal that shows ASCII alone. What has no likeness there becomes `?`, as ls(1) has it. */
export function inAscii(text: string): string {
  return text.replaceAll(/\P{ASCII}/gu, (character) => SIGNS.get(character) ?? '?');
}
