import { parseProfiles } from '../../src/profile/parse.ts';
import type { Profile } from '../../src/profile/profile.ts';

/** The profiles of a text that must be without mistakes. `hostsFiles`: what `hosts_file` may name. */
export function profilesFrom(text: string, hostsFiles: Readonly<Record<string, string>> = {}): Profile[] {
  const { profiles, diagnostics } = parseProfiles({ file: 'test.yaml', bytes: new TextEncoder().encode(text) }, (path) => {
    const content = hostsFiles[path];
    return content === undefined
      ? { ok: false, problem: 'no such file' }
      : { ok: true, file: path, bytes: new TextEncoder().encode(content) };
  });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return [...profiles];
}

/** The only profile of a text. */
export function profileFrom(text: string): Profile {
  const [profile] = profilesFrom(text);
  if (profile === undefined) throw new Error('The text holds no profile');
  return profile;
}
