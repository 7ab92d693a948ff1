import { parsed, unparsed, type Parsed } from './parsed.ts';

declare const brand: unique symbol;

/**
 * The name of a network interface. `parseLinkName` mints what profiles may say; `kernelLinkName` what the kernel itself reports,
 * which may hold any byte but `/`, `:` and white space (dev_valid_name).
 */
export type LinkName = string & { readonly [brand]: 'LinkName' };

/** IFNAMSIZ - 1, in bytes. */
const LONGEST = 15;

/** Parses an interface name of a profile: `[A-Za-z0-9_][A-Za-z0-9_.@-]*`, at most 15 bytes, not `all` or `default`. */
export function parseLinkName(text: string): Parsed<LinkName> {
  if (text === '') return unparsed('bad-interface-name', 'An interface name is empty');
  if (text === 'all' || text === 'default')
    return unparsed('bad-interface-name', `"${text}" is the kernel's word for every interface, not the name of one`);
  if (text.length > LONGEST)
    return unparsed('bad-interface-name', `"${text}" is longer than ${LONGEST} bytes, the kernel's limit for interface names`);
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/.test(text)) return unparsed('bad-interface-name', `"${text}" is not an interface name`);
  return parsed(text as LinkName);
}

/** A name that the kernel reported. */
export function kernelLinkName(text: string): LinkName {
  return text as LinkName;
}

export const LOOPBACK = 'lo' as LinkName;

/** A pattern over interface names: `*` any run, `?` any one character, `[ab]` one of a set; the rest literally. */
export function isLinkGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

export function parseLinkGlob(text: string): Parsed<string> {
  if (!/^[A-Za-z0-9_*?[][A-Za-z0-9_.@*?[\]!-]*$/.test(text) || text.length > 64)
    return unparsed('bad-interface-pattern', `"${text}" is not a pattern of interface names`);
  if ((text.match(/\[/g)?.length ?? 0) !== (text.match(/\[[^[\]]+\]/g)?.length ?? 0))
    return unparsed('bad-interface-pattern', `"${text}" has a "[" that is not closed`);
  if ([...text.matchAll(/\[(!?)([^\]]*)\]/g)].some(([, , set = '']) => set === '' || isReversed(set)))
    return unparsed('bad-interface-pattern', `"${text}" has a set that holds nothing`);
  return parsed(text);
}

/** Whether a set such as `z-a` runs backwards, which is no regular expression either. */
function isReversed(set: string): boolean {
  return [...set.matchAll(/(.)-(.)/g)].some(([, first = '', last = '']) => first > last);
}

/** Whether a glob accepted by `parseLinkGlob` matches the whole name. */
export function linkGlobMatches(glob: string, name: string): boolean {
  const expression = glob.replaceAll(/\[!?[^\]]+\]|[*?]|[^*?[]/gsu, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.startsWith('[')) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return part.replaceAll(/[\\^$.|+(){}\]]/g, '\\$&');
  });
  return new RegExp(`^${expression}$`, 'su').test(name);
}
