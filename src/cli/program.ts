import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../host/version.ts';
import { Failure } from '../model/failure.ts';
import { ENTERED } from './command-line.ts';
import { addCommands, type Act } from './commands.ts';
import { EXIT } from './exit-code.ts';
import { formatHelp } from './help.ts';
import { helpRemedy } from './remedies.ts';
import { reportError } from './report-error.ts';
import { say } from './screen.ts';
import { createTerminal, type Globals } from './terminal.ts';

/** Runs one command line and gives its exit code. Every command is loaded only when it is called. */
export async function runProgram(args: readonly string[]): Promise<number> {
  surviveLostOutput();
  let exitCode: number = EXIT.done;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(withConfirmTime(args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version come as errors, too; everything else that commander finds wrong is wrong usage.
    exitCode = error.exitCode === 0 ? EXIT.done : EXIT.invalid;
    if (exitCode !== EXIT.done && args.includes('--json')) {
      process.stdout.write(
        `${JSON.stringify({ schema: 'parp.error/1', error: { code: 'usage', message: error.message.replace(/^error: /, '') } })}\n`,
      );
    }
  }
  return exitCode;
}

/**
 * `parp apply | head -1` must not die in the middle of its work, and neither on a full disk: what cannot be said is not said. Results that
 * were lost, but for a reader who went away, make the exit code a failure.
 */
function surviveLostOutput(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    say('stderr', `error[output]: Write to standard output: ${error.message}\n`);
    process.once('exit', () => {
      process.exitCode ||= EXIT.failed;
    });
  });
}

/** What a bare --confirm means. commander would take the profile behind it for its time, which comes with = alone. */
const CONFIRM_DEFAULT = '--confirm=120s';

function withConfirmTime(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((argument, at) => (argument === '--confirm' && (end < 0 || at < end) ? CONFIRM_DEFAULT : argument));
}

/** The tree of commands; `finish` is told the exit code of the one that ran. */
export function buildProgram(finish: (code: number) => void): Command {
  const program = new Command('parp')
    .description('Proxy ARP for Linux from declarative profiles: planned, applied as one transaction, announced, verified, and taken back')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--json', 'print one JSON document on stdout, and nothing else there')
    .option('--state-dir <dir>', 'keep the records there instead of /run/parp')
    .option('--netns <name>', 'work inside this network namespace (of `ip netns`)')
    .addOption(
      new Option('--engine <engine>', 'how the kernel is read and written')
        .choices(['netlink', 'iproute2'])
        .default('netlink')
        .env('PARP_ENGINE'),
    )
    .option('--no-color', 'print without colours')
    .option('-q, --quiet', 'print results and errors alone')
    .option('-v, --verbose', 'print more of what happens')
    .exitOverride()
    .configureOutput({
      // Help has its own lines, and command lines in it that are copied.
      writeOut: (text) => say('stdout', text, { fold: false }),
      writeErr: (text) => say('stderr', text, { fold: false }),
      outputError: tellUsage(helpRemedy()),
    })
    .showSuggestionAfterError()
    .configureHelp({
      showGlobalOptions: true,
      optionTerm: ({ long, flags }) => (long === '--confirm' ? '--confirm[=<time>]' : flags),
      formatHelp,
    })
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show how to use a command');
  const act =
    (run: Act) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1);
      if (!(command instanceof Command)) throw new TypeError('commander hands the command over last');
      finish(await perform(command, run));
    };
  addCommands(program, act);
  for (const command of program.commands) {
    command.copyInheritedSettings(program).configureOutput({ outputError: tellUsage(helpRemedy(command.name())) });
  }
  return program;
}

/** Tells what commander found wrong, and where it is told how the command is used. */
function tellUsage(remedy: string): (text: string) => void {
  return (text) => say('stderr', `${text.replace(/^error: /, 'error[usage]: ')}  help: ${remedy}\n`);
}

async function perform(command: Command, run: Act): Promise<number> {
  const globals: GlobalOptions = command.optsWithGlobals();
  const terminal = createTerminal(globalsOf(globals));
  try {
    if (globals.stateDir === '') throw new Failure('invalid', 'usage', '--state-dir is empty');
    if (globals.netns !== undefined) {
      const { enterNamespace } = await import('../host/enter-namespace.ts');
      process.env[ENTERED] = globals.netns;
      return await enterNamespace(globals.netns, withoutNetns(process.argv.slice(2)));
    }
    if (globals.quiet === true && globals.verbose === true) throw new Failure('invalid', 'usage', 'Use either --quiet or --verbose');
    return await run(
      command.processedArgs.flat().filter((argument) => typeof argument === 'string'),
      command,
      terminal,
    );
  } catch (error) {
    return reportError(error, command.name(), terminal);
  }
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly stateDir?: string;
  readonly netns?: string;
  readonly engine: Globals['engine'];
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

function globalsOf(options: GlobalOptions): Globals {
  return {
    json: options.json ?? false,
    stateDir: options.stateDir,
    engine: options.engine,
    color: options.color,
    verbosity: options.quiet === true ? -1 : options.verbose === true ? 1 : 0,
  };
}

/** The same command line for the run inside the namespace. */
function withoutNetns(args: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (argument === '--') return [...kept, ...args.slice(at)];
    if (argument === '--netns') at++;
    else if (!argument.startsWith('--netns=')) kept.push(argument);
  }
  return kept;
}
