import { ANNOUNCE_DEFAULTS, type AnnounceOptions } from '../model/settings.ts';
import { parseDuration } from '../net/duration.ts';
import { usage } from './address-arguments.ts';

/** `parp announce`'s options as the command line has them. */
export interface AnnounceOptionTexts {
  readonly rounds?: string;
  readonly spacing?: string;
  readonly form?: string;
  readonly rate?: string;
}

/** The limits of a profile's own `announce`. */
const MOST_ROUNDS = 100;
const LONGEST_SPACING_MS = 3_600_000;
const HIGHEST_RATE = 1_000_000;

/** The options of the command line over the defaults of a profile; throws `Failure` 'invalid' that lists every mistake. */
export function parseAnnounceOptions(texts: AnnounceOptionTexts): AnnounceOptions {
  const mistakes: string[] = [];
  const read = <T>(text: string | undefined, otherwise: T, parse: (text: string) => T | Mistake): T => {
    const value = text === undefined ? otherwise : parse(text);
    if (!(value instanceof Mistake)) return value;
    mistakes.push(value.sentence);
    return otherwise;
  };
  const options: AnnounceOptions = {
    rounds: read(texts.rounds, ANNOUNCE_DEFAULTS.rounds, (text) => wholeNumber('--rounds', text, MOST_ROUNDS)),
    spacingMs: read(texts.spacing, ANNOUNCE_DEFAULTS.spacingMs, spacing),
    form: read(texts.form, ANNOUNCE_DEFAULTS.form, form),
    rate: read(texts.rate, ANNOUNCE_DEFAULTS.rate, (text) =>
      text === 'unlimited' ? null : wholeNumber('--rate', text, HIGHEST_RATE, ', or unlimited'),
    ),
  };
  if (mistakes.length > 0) throw usage(mistakes);
  return options;
}

class Mistake {
  readonly sentence: string;

  constructor(option: string, problem: string, instead?: string) {
    this.sentence = `${option}: ${problem}${instead === undefined ? '' : `; write ${instead}`}`;
  }
}

function wholeNumber(option: string, text: string, most: number, also = ''): number | Mistake {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  return new Mistake(option, `"${text}" is out of its range`, `a whole number from 1 to ${most}${also}`);
}

function spacing(text: string): number | Mistake {
  const duration = parseDuration(text);
  if (!duration.ok) return new Mistake('--spacing', duration.problem, duration.instead);
  return duration.value <= LONGEST_SPACING_MS ? duration.value : new Mistake('--spacing', `"${text}" is longer than an hour`);
}

function form(text: string): AnnounceOptions['form'] | Mistake {
  return isAnnounceForm(text) ? text : new Mistake('--form', `"${text}" is unknown`, 'request, reply or both');
}

export function isAnnounceForm(text: string): text is AnnounceOptions['form'] {
  return text === 'request' || text === 'reply' || text === 'both';
}
