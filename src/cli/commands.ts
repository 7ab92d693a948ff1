import { type Command, Option } from 'commander';
import { DETACHED_COMMAND, GUARD_COMMAND } from '../host/hidden-commands.ts';
import { commandTree, NAMES_COMMAND } from './command-tree.ts';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What a command does: with its arguments and, in `command.opts()`, its options. */
export type Act = (args: readonly string[], command: Command, terminal: Terminal) => Promise<ExitCode>;

/** Puts commands into the program; `act` makes of what a command does what commander calls. */
type Adder = (program: Command, act: (run: Act) => (...given: unknown[]) => Promise<void>) => void;

/** Every command with its options. What it does is loaded only when it is called. */
export const addCommands: Adder = (program, act) => {
  addProfileCommands(program, act);
  addRecordCommands(program, act);
  addWireCommands(program, act);
  addOtherCommands(program, act);
};

const addProfileCommands: Adder = (program, act) => {
  program
    .command('init')
    .description('ask for what a profile needs, show what it would change here, and write it')
    .addOption(new Option('--kind <kind>', 'the kind of profile').choices(['pseudo-bridge', 'private-vlan', 'nat-proxy', 'custom']))
    .option(
      '--set <key=value>',
      'a value of the profile by its path, such as answer=listed or nat.0.port=443; can be said again',
      (text, all: string[] | undefined) => [...(all ?? []), text],
    )
    .option('--out <file>', 'the file to write (default: NAME.yaml, here)')
    .option('--yes', 'ask nothing: take what --set says and what is found here, and write the file')
    .option('--apply', 'with --yes: put it in force as well, to be confirmed within 120s')
    .option('--force', 'write over a file that is there')
    .action(act(async (_args, command, terminal) => (await import('./init.ts')).init(command.opts(), terminal)));
  program
    .command('validate <file...>')
    .description('parse and check profiles alone; needs no root')
    .action(act(async (files, _command, terminal) => (await import('./validate.ts')).validate([...files], terminal)));
  program
    .command('plan <file...>')
    .description('show what apply would change on this host, or on a captured one')
    .option('--against <state.json>', 'plan against what `parp capture` wrote, without touching this host')
    .option('--detailed-exitcode', 'exit 2 when there are changes')
    .addOption(new Option('--format <format>', 'how the plan is printed').choices(['text', 'json', 'shell', 'markdown']).default('text'))
    .option('--out <plan.json>', 'write the plan to a file, for `parp apply --plan`')
    .option('--all', 'show every change; many that are alike are counted otherwise')
    .option('--force', 'take refusals that are risks for warnings')
    .action(act(async (files, command, terminal) => (await import('./plan.ts')).plan(files, command.opts(), terminal)));
  program
    .command('apply [file...]')
    .description('plan, write, announce and verify; takes everything back by itself when anything fails')
    .option('--plan <plan.json>', 'carry out what `parp plan --out` wrote, if the host has not changed since')
    .option('--dry-run', 'the same as `parp plan`')
    .option('--all', 'show every change; many that are alike are counted otherwise')
    .addOption(
      new Option('--confirm <time>', 'take it back by itself unless `parp confirm` comes within 120s, or the time behind =').argParser(
        String,
      ),
    )
    .option(
      '--protect <address>',
      'an address of yours that must stay reachable; can be said again',
      (address, all: string[] | undefined) => [...(all ?? []), address],
    )
    .option('--no-announce', 'send no gratuitous ARP')
    .option('--no-wait', 'leave the announcements to a process in the background')
    .option('--no-probe', 'claim addresses without asking the wire who owns them')
    .option('--force', 'take refusals that are risks for warnings')
    .action(act(async (files, command, terminal) => (await import('./apply.ts')).apply(files, command.opts(), terminal)));
  program
    .command('draw <file...>')
    .description('show profiles as pictures: who lives where, who answers for whom, which switches are on')
    .addOption(new Option('--format <format>', 'what is drawn with').choices(['text', 'svg', 'mermaid']).default('text'))
    .option('--against <state.json>', 'on the host that `parp capture` wrote, for its MACs and addresses')
    .action(act(async (files, command, terminal) => (await import('./draw.ts')).draw(files, command.opts(), terminal)));
  program
    .command('schema [what]')
    .description('print the JSON Schema of profiles, or of what `parp plan --json` prints: parp schema plan')
    .action(act(async ([what], _command, terminal) => (await import('./schema.ts')).schema(what, terminal)));
};

const addRecordCommands: Adder = (program, act) => {
  program
    .command('remove [name...]')
    .description('give back everything that profiles changed, and nothing else')
    .option('--all', 'every profile in force')
    .option('--force', 'take refusals that are risks for warnings')
    .action(act(async (names, command, terminal) => (await import('./remove.ts')).remove(names, command.opts(), terminal)));
  program
    .command('confirm')
    .description('keep what `parp apply --confirm` changed')
    .action(act(async (_args, _command, terminal) => (await import('./confirm.ts')).confirm(terminal)));
  program
    .command('rollback')
    .description('undo the last writing command')
    .action(act(async (_args, _command, terminal) => (await import('./rollback.ts')).rollback(terminal)));
  program
    .command('status')
    .description('show the profiles in force, and what of them the host no longer has')
    .option('--detailed-exitcode', 'exit 2 when something drifted')
    .action(act(async (_args, command, terminal) => (await import('./status.ts')).status(command.opts(), terminal)));
  program
    .command('recover')
    .description('take back what a killed run left; every writing command does this first')
    .action(act(async (_args, _command, terminal) => (await import('./recover.ts')).recover(terminal)));
  program
    .command('enable <name...>')
    .description('from now on bring profiles up at boot, as they are in force and confirmed')
    .action(act(async (names, _command, terminal) => (await import('./enable.ts')).enable(names, terminal)));
  program
    .command('disable <name...>')
    .description('no longer bring profiles up at boot; what is in force stays')
    .action(act(async (names, _command, terminal) => (await import('./disable.ts')).disable(names, terminal)));
  program
    .command('boot')
    .description('bring up what is enabled; the systemd unit in docs/systemd/ runs this')
    .action(act(async (_args, _command, terminal) => (await import('./boot.ts')).boot(terminal)));
  program
    .command('capture')
    .description("write this host's state as JSON, for `parp plan --against` and `parp explain --against`")
    .option('--out <file>', 'a file instead of stdout')
    .action(act(async (_args, command, terminal) => (await import('./capture.ts')).captureCommand(command.opts(), terminal)));
};

const addWireCommands: Adder = (program, act) => {
  program
    .command('explain [file...]')
    .description('tell whether this host answers an ARP request, why, and after how long; with profiles: before and after them')
    .option('-i, --interface <name>', 'where the request arrives')
    .option('--from <address>', 'who asks; 0.0.0.0 is a probe')
    .option('--to <address>', 'who is asked for; the same as --from is an announcement')
    .option('--unicast', 'sent to one MAC, as neighbours do that revalidate an entry')
    .option('--sender-mac <mac>', 'the MAC of who asks')
    .option('--target-mac <mac>', "where a unicast request is sent (default: the interface's own MAC)")
    .option('--questions <file>', 'many at once: JSON lines with interface, from, to, unicast, sender_mac, target_mac; - is standard input')
    .option('--against <state.json>', 'of the host that `parp capture` wrote, without touching this one')
    .action(act(async (files, command, terminal) => (await import('./explain.ts')).explain(files, command.opts(), terminal)));
  program
    .command('announce <address...>')
    .description("tell the wire, by gratuitous ARP, that addresses are at this interface's MAC")
    .requiredOption('-i, --interface <name>', 'where to announce')
    .option('--rounds <n>', 'how often each address is announced (default: 3)')
    .option('--spacing <time>', 'from one round to the next (default: 1200ms)')
    .option('--form <form>', 'request, reply or both (default: both)')
    .option('--rate <n>', 'frames a second, or unlimited (default: 1000)')
    .action(
      act(async (addresses, command, terminal) => (await import('./announce.ts')).announceCommand(addresses, command.opts(), terminal)),
    );
  program
    .command('probe <address...>')
    .description('ask the wire who answers for addresses, with which MAC, and how fast')
    .requiredOption('-i, --interface <name>', 'where to ask')
    .option('--from <address>', 'ask as this sender; the default 0.0.0.0 is answered by owners alone, never by a proxy')
    .addOption(new Option('--expect <what>', 'exit 1 when an address is not so').choices(['free', 'taken']))
    .action(act(async (addresses, command, terminal) => (await import('./probe.ts')).probeCommand(addresses, command.opts(), terminal)));
  program
    .command('neighbours')
    .alias('neighbors')
    .description('show the ARP table, with incomplete and failed entries, and proxies')
    .option('-i, --interface <name>', 'of this interface alone')
    .action(act(async (_args, command, terminal) => (await import('./neighbours.ts')).neighboursCommand(command.opts(), terminal)));
  program
    .command('flush [address...]')
    .description('drop dynamic ARP entries of an interface: all, or those of the addresses')
    .requiredOption('-i, --interface <name>', 'whose entries')
    .action(act(async (addresses, command, terminal) => (await import('./flush.ts')).flushCommand(addresses, command.opts(), terminal)));
  program
    .command(`${GUARD_COMMAND} <transaction>`, { hidden: true })
    .action(act(async ([id], _command, terminal) => (await import('./guard.ts')).guard(id, terminal)));
  program
    .command(DETACHED_COMMAND, { hidden: true })
    .action(act(async (_args, _command, terminal) => (await import('./announce-detached.ts')).announceDetached(terminal)));
};

const addOtherCommands: Adder = (program, act) => {
  program
    .command('lab [kind]')
    .description(
      'build a throw-away network of namespaces, apply a profile in it and prove it on the wire; kinds: pseudo-bridge, private-vlan, nat-proxy, custom',
    )
    .option('--keep', 'leave the namespaces, and say how to enter and delete them')
    .action(act(async ([kind], command, terminal) => (await import('./lab.ts')).labCommand(kind, command.opts(), terminal)));
  program
    .command('completion <shell>')
    .description('print what completes the words of parp in a shell: bash, zsh or fish')
    .action(
      act(async ([shell], _command, terminal) => (await import('./completion.ts')).completion(shell, commandTree(program), terminal)),
    );
  program
    .command(`${NAMES_COMMAND} <what>`, { hidden: true })
    .action(act(async ([what], _command, terminal) => (await import('./complete-names.ts')).completeNames(what, terminal)));
};
