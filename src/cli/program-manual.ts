import { VERSION } from '../host/version.ts';
import { bold, heading, item, prose, roffText, section, subsection, synopsis, verbatim } from '../render/roff.ts';
import type { CommandEntry, CommandTree, OptionEntry } from './command-tree.ts';
import { EXAMPLES, FIRST_STEPS, GROUPS, type Example } from './examples.ts';
import { EXIT_WORDS } from './exit-code-words.ts';

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['PARP_ENGINE', 'netlink or iproute2, as --engine'],
  ['PARP_STATE_DIR', 'where the records are kept instead of /run/parp, as --state-dir'],
  ['PARP_LIB_DIR', 'where enabled profiles are kept instead of /var/lib/parp'],
  ['NO_COLOR', 'when not empty, nothing is printed in colours'],
  [
    'LC_ALL, LC_CTYPE, LANG',
    'whether a terminal is sent more than ASCII; what goes into pipes and files is UTF-8 whatever they say, but for `parp draw`',
  ],
];

const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ['/run/parp/', 'the records of what was changed, by network namespace'],
  ['/var/lib/parp/enabled', 'the profiles that come up at boot'],
  ['/etc/parp/disabled', 'where this file exists, nothing comes up at boot'],
];

/** parp(8), of the tree of commands. `date` is a day, YYYY-MM-DD. */
export function programManual({ description, options, commands }: CommandTree, date: string): string {
  const ordered = GROUPS.flatMap(({ title, commands: names }) => [
    ...subsection(title),
    ...names.flatMap((name) => commands.filter((command) => command.name === name)).flatMap(commandLines),
  ]);
  return [
    heading('parp', 8, date, `parp ${VERSION}`, "System Manager's Manual"),
    ...section('Name', roffText('parp - proxy ARP for Linux from declarative profiles')),
    ...section('Synopsis', synopsis('parp <command> [<options>] [<argument> ...]')),
    ...section('Description', ...prose(`${description}.`), '.PP', `Profiles are described in ${bold('parp.yaml')}(5).`),
    ...section('First steps', ...exampleLines(FIRST_STEPS)),
    ...section('Commands', ...ordered),
    ...section('Options', 'Every command takes these.', ...options.flatMap(optionLines)),
    ...section('Exit status', ...EXIT_WORDS.flatMap(([code, meaning]) => item(bold(code), ...prose(meaning)))),
    ...section('Environment', ...ENVIRONMENT.flatMap(([name, meaning]) => item(bold(name), ...prose(meaning)))),
    ...section('Files', ...FILES.flatMap(([path, meaning]) => item(bold(path), ...prose(meaning)))),
    ...section('See also', `${bold('parp.yaml')}(5),`, `${bold('ip')}(8),`, `${bold('nft')}(8),`, `${bold('arp')}(7)`),
    '',
  ].join('\n');
}

function commandLines(command: CommandEntry): string[] {
  const given = command.arguments.map(({ name, required, variadic }) => {
    const argument = `<${name}>${variadic ? ' ...' : ''}`;
    return required ? argument : `[${argument}]`;
  });
  const options = command.options.length === 0 ? [] : ['[<options>]'];
  const others = command.aliases.length === 0 ? [] : ['.br', `Also: ${command.aliases.map(bold).join(', ')}.`];
  return [
    ...item(synopsis(['parp', command.name, ...options, ...given].join(' ')), ...prose(sentence(command.description)), ...others),
    '.RS',
    ...command.options.flatMap(optionLines),
    '.PP',
    ...exampleLines(EXAMPLES[command.name] ?? []),
    '.RE',
  ];
}

function optionLines({ term, description }: OptionEntry): string[] {
  return item(synopsis(term), ...prose(sentence(description)));
}

function exampleLines(examples: readonly Example[]): string[] {
  if (examples.length === 0) return [];
  return verbatim(examples.flatMap(({ line, what }) => [`# ${what}`, line]).join('\n'));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
