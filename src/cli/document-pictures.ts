import { readFileSync } from 'node:fs';
import { parseMac } from '../net/mac.ts';
import { must } from '../net/parsed.ts';
import { desire } from '../profile/desire.ts';
import { imaginedHost } from '../profile/imagined-host.ts';
import { parseProfiles } from '../profile/parse.ts';
import { pictureOf } from '../profile/picture.ts';
import { PROFILE_KINDS } from '../profile/schema.ts';
import { drawSvg } from '../render/draw-svg.ts';

/** The pictures of the README: the example of each kind, on a router whose MACs are 02:00:00:00:00:NN. `root` is the project's folder. */
export function documentPictures(root: string): { readonly path: string; readonly text: string }[] {
  return PROFILE_KINDS.map((kind) => ({ path: `docs/pictures/${kind}.svg`, text: `${drawExample(`${root}/profiles/${kind}.yaml`)}\n` }));
}

function drawExample(file: string): string {
  const { profiles } = parseProfiles({ file, bytes: readFileSync(file) }, (path) => ({ ok: false, problem: `${path} is not read` }));
  const pictures = profiles.map((example) => {
    const { profile, host } = imaginedHost(example);
    const links = host.links.map((link) => ({ ...link, mac: must(parseMac(`02:00:00:00:00:${String(link.index - 1).padStart(2, '0')}`)) }));
    const router = { ...host, links };
    return pictureOf(profile, desire(profile, router).settings, router);
  });
  return drawSvg(pictures);
}
