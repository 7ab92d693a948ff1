/** What every other object inherits from, or everything sees. */
const SHARED: ReadonlyMap<string, object> = new Map<string, object>([
  ['Object.prototype', Object.prototype],
  ['Array.prototype', Array.prototype],
  ['Function.prototype', Function.prototype],
  ['globalThis', globalThis],
]);

/** Each key with what it stands for; of the global object the keys alone, as much of it changes by itself. */
export type Prototypes = ReadonlyMap<string, ReadonlyMap<string | symbol, unknown>>;

/** What prototypes and the global object hold now. */
export function prototypes(): Prototypes {
  return new Map([...SHARED].map(([name, shared]) => [name, new Map(Reflect.ownKeys(shared).map((key) => [key, held(shared, key)]))]));
}

function held(shared: object, key: string | symbol): unknown {
  if (shared === globalThis) return undefined;
  const descriptor = Reflect.getOwnPropertyDescriptor(shared, key);
  return descriptor?.value ?? descriptor?.get;
}

/** The first key that came, went or got another value since, such as `Object.prototype.polluted`; undefined where all is as it was. */
export function pollution(before: Prototypes): string | undefined {
  for (const [name, shared] of SHARED) {
    const known = before.get(name) ?? new Map<string | symbol, unknown>();
    const keys = Reflect.ownKeys(shared);
    const changed = keys.find((key) => !known.has(key) || held(shared, key) !== known.get(key));
    const gone = keys.length < known.size ? [...known.keys()].find((key) => !keys.includes(key)) : undefined;
    if (changed !== undefined || gone !== undefined) return `${name}.${String(changed ?? gone)}`;
  }
  return 'polluted' in {} ? 'Object.prototype.polluted' : undefined;
}
