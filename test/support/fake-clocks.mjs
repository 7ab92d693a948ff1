// Loaded into parp before parp itself: both of its clocks then go ahead of the kernel's by what a file says, read at every look at them. The boot
// clock is read through koffi, the wall clock through Date; timers stay the kernel's, as they do when a machine wakes up from suspension.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const CLOCK_BOOTTIME = 7;

/** `program`: where koffi is looked for from; `file`: `{"bootMs": 0, "wallMs": 0}`. */
export function fakeClocks(program, file) {
  const ahead = () => JSON.parse(readFileSync(file, 'utf8'));
  fakeBootClock(createRequire(program)('koffi'), ahead);
  fakeWallClock(ahead);
}

function fakeBootClock(koffi, ahead) {
  const load = koffi.load;
  koffi.load = (...given) => {
    const library = load(...given);
    return {
      func: (prototype) => {
        const call = library.func(prototype);
        if (!prototype.includes(' clock_gettime(')) return call;
        return (clock, time) => {
          const answer = call(clock, time);
          if (clock === CLOCK_BOOTTIME) {
            const nanoseconds = time[0] * 1_000_000_000n + time[1] + BigInt(ahead().bootMs) * 1_000_000n;
            time[0] = nanoseconds / 1_000_000_000n;
            time[1] = nanoseconds % 1_000_000_000n;
          }
          return answer;
        };
      },
    };
  };
}

function fakeWallClock(ahead) {
  const Kernel = Date;
  globalThis.Date = class extends Kernel {
    constructor(...given) {
      if (given.length === 0) super(Kernel.now() + ahead().wallMs);
      else super(...given);
    }

    static now() {
      return Kernel.now() + ahead().wallMs;
    }
  };
}
