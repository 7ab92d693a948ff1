// Lines of roff with the macros of man(7). Everything that a page says goes through `roffText`.

/** Text as roff takes it: no character of it is a request, and dashes and quotes can be copied from the page. */
export function roffText(text: string): string {
  return text
    .replaceAll(/[\\\-~^`'"]/g, (character) => GLYPHS[character] ?? character)
    .replaceAll(/[^\x20-\x7e]/gu, (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/^\./, String.raw`\&.`);
}

/** groff_char(7). */
const GLYPHS: Readonly<Record<string, string>> = {
  '\\': String.raw`\e`,
  '-': String.raw`\-`,
  '~': String.raw`\(ti`,
  '^': String.raw`\(ha`,
  '`': String.raw`\(ga`,
  "'": String.raw`\(aq`,
  '"': String.raw`\(dq`,
};

export function bold(text: string): string {
  return `\\fB${roffText(text)}\\fR`;
}

/** A command's synopsis: what is in `<…>` and `[…]` is to be replaced, and slanted. */
export function synopsis(text: string): string {
  return text
    .split(/(<[^>]+>)/)
    .map((part) => (part.startsWith('<') ? `\\fI${roffText(part.slice(1, -1))}\\fR` : bold(part)))
    .filter((part) => part !== bold(''))
    .join('');
}

/** The title line. `date` is a day, YYYY-MM-DD; `section` that of the manual. */
export function heading(name: string, section: number, date: string, source: string, manual: string): string {
  return `.TH ${name.toUpperCase()} ${section} ${date} "${roffText(source)}" "${roffText(manual)}"`;
}

export function section(title: string, ...lines: readonly string[]): string[] {
  return [`.SH ${title.toUpperCase()}`, ...lines];
}

export function subsection(title: string, ...lines: readonly string[]): string[] {
  return [`.SS "${roffText(title)}"`, ...lines];
}

/** A term, and what is told of it, set in. */
export function item(term: string, ...lines: readonly string[]): string[] {
  return ['.TP', term, ...lines];
}

/** Text that is filled; its lines are as short as mandoc wants them. */
export function prose(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').map(roffText)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > LONGEST_LINE) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const LONGEST_LINE = 79;

/** Lines that stay as they are. */
export function verbatim(text: string): string[] {
  return ['.RS 4', '.nf', ...text.split('\n').map((line) => (line === '' ? '.sp' : roffText(line))), '.fi', '.RE'];
}
