import type { HostBackend } from '../engine/backend.ts';

/** The backend of that name, loaded only now: a command that needs none pays for none. */
export async function createBackend(engine: HostBackend['name']): Promise<HostBackend> {
  switch (engine) {
    case 'netlink': {
      const { createNetlinkBackend } = await import('./netlink-backend.ts');
      return createNetlinkBackend();
    }
    case 'iproute2': {
      const { createIproute2Backend } = await import('./iproute2-backend.ts');
      return createIproute2Backend();
    }
  }
}
