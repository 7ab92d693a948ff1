/** One object of `ip -json`; which keys it has depends on the version. */
export type IpObject = Readonly<Record<string, unknown>>;

/**
 * The arrays that `ip -json` printed, one after another in batch mode: one for each command. Throws `SyntaxError` where it is
 * anything else.
 */
export function parseIpJson(text: string): IpObject[][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => objectsOf(parseLine(line)));
}

/** iproute2 prints the bytes of a name as they are, but for quotes, backslashes and line ends: other control bytes break its JSON. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return JSON.parse(line.replaceAll(CONTROL, escaped));
  }
}

/** Whatever comes before the space. */
const CONTROL = /[^ -\u{10ffff}]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function objectsOf(value: unknown): IpObject[] {
  if (!Array.isArray(value)) throw new SyntaxError('Not an array');
  return value.filter(isObject);
}

export function isObject(value: unknown): value is IpObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(object: IpObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

/** A number, or the number that a text is: decimal, or hexadecimal behind 0x. */
export function numberOf(object: IpObject, key: string): number | undefined {
  const value = object[key];
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

export function textsOf(object: IpObject, key: string): string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function objectsIn(object: IpObject, key: string): IpObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
