type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the locale has more than ASCII (POSIX: the first of three that is set and not empty counts). */
export function isUnicode(environment: Environment, platform: string): boolean {
  return platform === 'win32' || /utf-?8/i.test(localeOf(environment) ?? '');
}

/** Whether the locale says that there is no more than ASCII. Where none is set, as in most containers, the terminal most likely reads UTF-8. */
export function isAsciiAlone(environment: Environment, platform: string): boolean {
  return localeOf(environment) !== undefined && !isUnicode(environment, platform);
}

function localeOf(environment: Environment): string | undefined {
  return [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find((value) => (value ?? '') !== '');
}
