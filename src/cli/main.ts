import { VERSION } from '../host/version.ts';

declare const PARP_FAILPOINTS: boolean | undefined;

const [, , ...args] = process.argv;

void main();

async function main(): Promise<void> {
  if (typeof PARP_FAILPOINTS !== 'undefined' && PARP_FAILPOINTS) {
    const { injectFaults } = await import('../host/fault-injection.ts');
    injectFaults(args);
  }
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  const { runProgram } = await import('./program.ts');
  // The process ends when everything is written: process.exit() would cut off what a slow pipe has not taken yet.
  process.exitCode = await runProgram(args);
}
