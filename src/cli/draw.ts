import { EMPTY_LEDGER, type Ledger } from '../model/ledger.ts';
import { followLedger } from '../model/link-identity.ts';
import type { Picture } from '../model/picture.ts';
import type { HostState } from '../model/state.ts';
import { withoutParp } from '../model/without-parp.ts';
import { desire } from '../profile/desire.ts';
import { imaginedHost, missingFrom } from '../profile/imagined-host.ts';
import { pictureOf } from '../profile/picture.ts';
import type { Profile } from '../profile/profile.ts';
import { drawMermaid } from '../render/draw-mermaid.ts';
import { drawSvg } from '../render/draw-svg.ts';
import { drawText } from '../render/draw-text.ts';
import { fileWords } from './command-line.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { isUnicode } from './locale.ts';
import { captured } from './plan.ts';
import type { Terminal } from './terminal.ts';
import { profilesOf } from './work-out.ts';

export interface DrawOptions {
  readonly against?: string;
  readonly format?: 'text' | 'svg' | 'mermaid';
}

/** `parp draw`: profiles as pictures. Needs no root; without the host that is meant, MACs and the names behind patterns are left out. */
export async function draw(files: readonly string[], options: DrawOptions, terminal: Terminal): Promise<ExitCode> {
  const profiles = await profilesOf(files, terminal);
  const host = options.against === undefined ? await present(terminal) : { state: captured(options.against), ledger: EMPTY_LEDGER };
  const pictures = profiles.map((profile) => pictureOn(profile, host, terminal));
  terminal.document('draw', { pictures });
  const { format = 'text' } = options;
  const text = drawn(pictures, format, terminal);
  if (format === 'text') {
    terminal.print(text);
    terminal.next(['plan', ...fileWords(files)]);
  } else terminal.verbatim(text);
  return EXIT.done;
}

function drawn(pictures: readonly Picture[], format: NonNullable<DrawOptions['format']>, terminal: Terminal): string {
  switch (format) {
    case 'text': {
      const paper = { columns: terminal.columns, unicode: isUnicode(process.env, process.platform) };
      return pictures.map((picture) => drawText(picture, paper)).join('\n\n\n');
    }
    case 'svg':
      return drawSvg(pictures);
    case 'mermaid':
      return drawMermaid(pictures);
  }
}

/** A host, and what of it is parp's. */
export interface Host {
  readonly state: HostState;
  readonly ledger: Ledger;
}

/** This host, where it can be read: no picture fails for want of it. */
async function present(terminal: Terminal): Promise<Host | null> {
  if (process.platform !== 'linux') return null;
  try {
    const [{ createBackend }, { readRecords }] = await Promise.all([import('../host/create-backend.ts'), import('./read-records.ts')]);
    const { ledger } = readRecords({ ...terminal, note: (text) => terminal.detail(text) });
    return { state: await (await createBackend(terminal.globals.engine)).observe(), ledger };
  } catch (error) {
    terminal.detail(`Drawn without this host, which cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** The picture on the host where that has every interface of the profile, and of the profile alone otherwise: another one is meant. */
export function pictureOn(profile: Profile, host: Host | null, terminal: Terminal): Picture {
  const missing = host === null ? [] : missingFrom(host.state, profile);
  if (host !== null && missing.length === 0) {
    const before = withoutParp(host.state, followLedger(host.ledger, host.state.links));
    return pictureOf(profile, desire(profile, before, host.state).settings, before);
  }
  if (missing.length > 0) terminal.detail(`${profile.name} is drawn without a host: there is no ${missing.join(', ')} on the one at hand`);
  const imagined = imaginedHost(profile);
  return pictureOf(imagined.profile, desire(imagined.profile, imagined.host).settings, imagined.host);
}
