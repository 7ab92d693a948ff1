/** `1,234`. Not by toLocaleString: to load a locale takes Node 20 ms. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1,234 addresses`. */
export function counted(number: number, one: string, several: string): string {
  return `${grouped(number)} ${number === 1 ? one : several}`;
}
