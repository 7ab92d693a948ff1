import { isLinkGlob, parseLinkGlob, type LinkName } from '../net/link-name.ts';
import { DEFAULTS, readCommon } from './common-keys.ts';
import { spotOf, type Path, type Report } from './problem.ts';
import type { PrivateVlan } from './profile.ts';
import { take, takeInterface, takeOwnAddresses } from './read-value.ts';
import type { Raw } from './schema.ts';

type Interface = LinkName | { readonly glob: string };

/** Reads a private VLAN; mistakes go to the report. */
export function readPrivateVlan(raw: Raw<'private-vlan'>, stem: string, report: Report): PrivateVlan {
  const common = readCommon(raw, DEFAULTS['private-vlan'], stem, report);
  const interfaces: Interface[] = [];
  const seen = new Map<string, number>();
  raw.interfaces.forEach((text, i) => {
    const path = ['interfaces', i];
    const first = seen.get(text);
    if (first === undefined) seen.set(text, i);
    else {
      report.at(path, 'same-interface-twice', (line) => `"${text}" stands on ${line} already`, {
        elsewhere: spotOf(report, ['interfaces', first]),
      });
      return;
    }
    const one = readInterface(report, path, text);
    if (one !== undefined) interfaces.push(one);
  });
  const single = interfaces.length === 1 && typeof interfaces[0] === 'string';
  if (raw.addresses !== undefined && raw.addresses.length > 0 && interfaces.length > 0 && !single) {
    report.at(['addresses'], 'addresses-need-one-interface', 'Addresses are assigned only where "interfaces" is a single name', {
      part: 'key',
    });
  }
  return { kind: 'private-vlan', ...common, interfaces, addresses: takeOwnAddresses(report, ['addresses'], raw.addresses ?? []) };
}

function readInterface(report: Report, path: Path, text: string): Interface | undefined {
  if (!isLinkGlob(text)) return takeInterface(report, path, text);
  const glob = take(report, path, parseLinkGlob(text));
  return glob === undefined ? undefined : { glob };
}
