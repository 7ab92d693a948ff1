import { Failure } from '../model/failure.ts';
import { linkNamed, type HostState, type Link } from '../model/state.ts';
import { printable } from '../render/words.ts';

/** The link that a command line names. Throws `Failure` 'refused' that names those that there are. */
export function liveLink(state: HostState, name: string): Link {
  const link = linkNamed(state, name);
  if (link !== undefined) return link;
  throw new Failure('refused', 'no-such-interface', `There is no interface ${JSON.stringify(name)}`, {
    remedy: `Name one of ${state.links.map((other) => printable(other.name)).join(', ')}`,
  });
}
