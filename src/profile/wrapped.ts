/** Text in lines of at most `width` characters, broken at spaces and indented as it is; a word that is longer has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  for (const word of text.slice(indent.length).split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = indent + word;
    } else {
      line = empty ? indent + word : `${line} ${word}`;
    }
    empty = false;
  }
  return [...lines, line];
}
