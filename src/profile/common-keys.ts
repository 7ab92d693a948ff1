import { milliseconds, type Milliseconds } from '../net/duration.ts';
import type { RiskCode } from '../model/risk.ts';
import { ANNOUNCE_DEFAULTS, type AnnounceOptions, type ProbeMode } from '../model/settings.ts';
import type { Report } from './problem.ts';
import type { CommonKeys } from './profile.ts';
import { takeDuration } from './read-value.ts';
import type { ProfileKind } from './schema.ts';

/** The common keys as they were written. */
export interface RawCommon {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly proxy_delay?: string | undefined;
  readonly forwarding?: CommonKeys['forwarding'] | undefined;
  readonly redirects?: false | 'keep' | undefined;
  readonly flush?: boolean | undefined;
  readonly probe?: ProbeMode | undefined;
  readonly announce?: false | RawAnnounce | undefined;
  readonly accept_risks?: readonly RiskCode[] | undefined;
}

interface RawAnnounce {
  readonly rounds?: number | undefined;
  readonly spacing?: string | undefined;
  readonly form?: AnnounceOptions['form'] | undefined;
  readonly rate?: number | 'unlimited' | undefined;
}

type Defaults = Pick<CommonKeys, 'proxyDelay' | 'forwarding' | 'redirects'>;

const ANSWERING: Defaults = { proxyDelay: milliseconds(0), forwarding: 'global', redirects: false };
const KEEPING: Defaults = { proxyDelay: 'keep', forwarding: 'keep', redirects: 'keep' };

/** What a kind means where the profile is silent. */
export const DEFAULTS: Readonly<Record<ProfileKind, Defaults>> = {
  'pseudo-bridge': ANSWERING,
  'private-vlan': ANSWERING,
  'nat-proxy': { ...KEEPING, forwarding: 'global' },
  custom: KEEPING,
};

const LONGEST_DELAY = milliseconds(3_600_000);

/** The common keys of a profile; `stem` names it where it does not name itself. */
export function readCommon(raw: RawCommon, defaults: Defaults, stem: string, report: Report): CommonKeys {
  return {
    name: readName(raw.name, stem, report),
    ...(raw.description === undefined ? {} : { description: raw.description }),
    proxyDelay: readDelay(raw.proxy_delay, report) ?? defaults.proxyDelay,
    forwarding: raw.forwarding ?? defaults.forwarding,
    redirects: raw.redirects ?? defaults.redirects,
    flush: raw.flush ?? true,
    probe: raw.probe ?? true,
    announce: raw.announce === false ? false : readAnnounce(raw.announce ?? {}, report),
    acceptRisks: [...new Set(raw.accept_risks)],
  };
}

const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;
const NAME_RULE = 'a name has 1 to 31 small letters, digits and dashes, and no dash first';

function readName(name: string | undefined, stem: string, report: Report): string {
  if (name === undefined) {
    if (!NAME.test(stem))
      report.at([], 'name-needed', `The file's name gives no name to the profile: set "name"; ${NAME_RULE}`, {
        instead: nameLike(stem, 'name: '),
      });
    return stem;
  }
  if (!NAME.test(name)) report.at(['name'], 'bad-name', `"${name}" is no name: ${NAME_RULE}`, { instead: nameLike(name, '') });
  return name;
}

/** A valid name that resembles the text. */
function nameLike(text: string, before: string): string | undefined {
  const like = text
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 31)
    .replace(/-+$/, '');
  return like === '' ? undefined : `${before}${like}`;
}

function readDelay(text: string | undefined, report: Report): Milliseconds | 'keep' | undefined {
  return text === undefined || text === 'keep' ? text : takeDuration(report, ['proxy_delay'], text, LONGEST_DELAY);
}

function readAnnounce(raw: RawAnnounce, report: Report): AnnounceOptions {
  const spacing = raw.spacing === undefined ? undefined : takeDuration(report, ['announce', 'spacing'], raw.spacing, LONGEST_DELAY);
  return {
    rounds: raw.rounds ?? ANNOUNCE_DEFAULTS.rounds,
    spacingMs: spacing ?? ANNOUNCE_DEFAULTS.spacingMs,
    form: raw.form ?? ANNOUNCE_DEFAULTS.form,
    rate: raw.rate === 'unlimited' ? null : (raw.rate ?? ANNOUNCE_DEFAULTS.rate),
  };
}
