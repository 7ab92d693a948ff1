/** Regular expressions of the JSON Schema, for editors; the parsers of src/net decide, and explain. */
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const ADDRESS = `${OCTET}(\\.${OCTET}){3}`;
const LENGTH = '(3[0-2]|[12]?[0-9])';
const INTERFACE = '[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}';

export const PATTERNS = {
  name: '^[a-z0-9][a-z0-9-]{0,30}$',
  interface: `^(?!(all|default)$)${INTERFACE}$`,
  interfaceOrGlob: '^(?!(all|default)$)[A-Za-z0-9_*?\\[][A-Za-z0-9_.@*?\\[\\]!-]{0,63}$',
  address: `^${ADDRESS}$`,
  interfaceAddress: `^${ADDRESS}/${LENGTH}$`,
  prefixOrAddress: `^${ADDRESS}(/${LENGTH})?$`,
  prefixOrDefault: `^(default|${ADDRESS}/${LENGTH})$`,
  host: `^${ADDRESS}(/${LENGTH}|\\s*-\\s*${ADDRESS})?$`,
  endpoint: `^${ADDRESS}(:[1-9][0-9]{0,4})?$`,
  duration: '^[0-9]{1,12}(\\.[0-9]{1,6})?(ms|s|m|h|d)$',
  durationOrKeep: '^(keep|[0-9]{1,12}(\\.[0-9]{1,6})?(ms|s|m|h|d))$',
  sysctlPath: '^net[/.]ipv4[/.](ip_forward|ip_nonlocal_bind|(conf|neigh)[/.].+[/.][a-z0-9_]+)$',
} as const;
