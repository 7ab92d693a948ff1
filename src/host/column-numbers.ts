import { ipv4FromNumber } from '../net/ipv4.ts';

/** So many bytes hold a difference below 2^51. */
const WIDEST = 8;

/** Whole numbers below 2^50 as the differences from one to the next: zigzag, seven bits a byte from the lowest on, the eighth for "more follows". */
export function bytesOfNumbers(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * WIDEST);
  let end = 0;
  let before = 0;
  for (const number of numbers) {
    const difference = number - before;
    let rest = difference < 0 ? -2 * difference - 1 : 2 * difference;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes[end++] = 0x80 + (rest % 0x80);
    bytes[end++] = rest;
    before = number;
  }
  return bytes.subarray(0, end);
}

/** The inverse of `bytesOfNumbers`. */
export function numbersOfBytes(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let number = 0;
  let rest = 0;
  let scale = 1;
  for (const byte of bytes) {
    rest += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte > 0x7f) continue;
    number += rest % 2 === 0 ? rest / 2 : -(rest + 1) / 2;
    numbers.push(number);
    rest = 0;
    scale = 1;
  }
  return numbers;
}

/** What `numberOfAddress` gives for any other text. */
export const NO_ADDRESS = -1;
/** In the place of a length: a bare address. */
const BARE = 33;

/** `10.0.0.1` or `10.0.0.1/24`, in canonical text, as one number: the length above the address. */
export function numberOfAddress(text: string): number {
  let address = 0;
  let dots = 0;
  let part = -1;
  let slash = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39 && part !== 0 && part <= 255) part = (part < 0 ? 0 : part * 10) + code - 0x30;
    else if (
      (code === 0x2e && dots < 3 && part >= 0 && part <= 255) ||
      (code === 0x2f && dots === 3 && !slash && part >= 0 && part <= 255)
    ) {
      address = address * 256 + part;
      part = -1;
      if (code === 0x2e) dots++;
      else slash = true;
    } else return NO_ADDRESS;
  }
  if (dots < 3 || part < 0 || part > (slash ? 32 : 255)) return NO_ADDRESS;
  return slash ? part * 2 ** 32 + address : BARE * 2 ** 32 + address * 256 + part;
}

/** The inverse of `numberOfAddress`. */
export function addressFromNumber(number: number): string {
  const length = Math.floor(number / 2 ** 32);
  const address = ipv4FromNumber(number % 2 ** 32);
  return length === BARE ? address : `${address}/${length}`;
}
