import { afterEach, beforeEach, describe } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import { inhabit, NO_NAMESPACES, type Inhabited } from './backend-in-namespace.ts';
import { observing } from './backend-observing.ts';
import { refusals } from './backend-refusals.ts';
import { flushing, writing } from './backend-writing.ts';

const SETUP = `link add eth0 type veth peer name eth0-peer
link add eth0.100 type veth peer name vlan-peer
link set eth0 up
link set eth0-peer up
link set eth0.100 up
link set vlan-peer up
addr add 192.168.0.1/24 dev eth0
`;

/** What any backend has to do, in namespaces of its own: two wires, of which one interface bears a dot in its name. */
export function backendSuite(engine: Backend['name']): void {
  describe.skipIf(NO_NAMESPACES)(`backend ${engine}${NO_NAMESPACES === null ? '' : ` (skipped: ${NO_NAMESPACES})`}`, () => {
    let host: Inhabited;
    beforeEach(async () => {
      host = await inhabit(engine);
      host.run(['ip', '-batch', '-'], SETUP);
    });
    afterEach(async () => host.dispose());

    describe('observe()', () => {
      observing(() => host);
    });
    describe('write()', () => {
      writing(() => host);
    });
    describe('write(), refused', () => {
      refusals(() => host);
    });
    describe('flush()', () => {
      flushing(() => host);
    });
  });
}
