/** True in the build that the fault suite runs. In a release it is false, and the bundler leaves nothing of a failpoint. */
declare const PARP_FAILPOINTS: boolean | undefined;

let reached: ((name: string) => void) | undefined;

/** Has every failpoint from now on call this; src/host/fault-injection.ts does, in builds with failpoints alone. */
export function onFailpoint(call: (name: string) => void): void {
  reached = call;
}

/** A place where the fault suite can kill the program, stop it, or change the world under it. Costs nothing in a release. */
export function failpoint(name: string): void {
  if (typeof PARP_FAILPOINTS !== 'undefined' && PARP_FAILPOINTS) reached?.(name);
}

/** Whether this build has failpoints: then records are written in two halves, so that a write can be met in the middle. */
export function hasFailpoints(): boolean {
  return typeof PARP_FAILPOINTS !== 'undefined' && PARP_FAILPOINTS;
}
