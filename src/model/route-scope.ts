import type { RouteScope } from './operation.ts';

/** RT_SCOPE_*. */
const NUMBERS = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;
type Named = keyof typeof NUMBERS;

/** The scopes that have names. */
export const ROUTE_SCOPES = Object.keys(NUMBERS) as readonly Named[];
const NAMES = new Map<number, Named>(ROUTE_SCOPES.map((name) => [NUMBERS[name], name]));

export function scopeNumber(scope: RouteScope): number {
  return scope in NUMBERS ? NUMBERS[scope as Named] : Number(scope);
}

export function scopeName(number: number): RouteScope {
  return NAMES.get(number) ?? `${number}`;
}
