import type { Backend } from '../engine/backend.ts';

/** The backend of that name, loaded only now: a command that needs none pays for none. */
export async function createBackend(engine: Backend['name']): Promise<Backend> {
  switch (engine) {
    case 'iproute2': {
      const { createIproute2Backend } = await import('./iproute2-backend.ts');
      return createIproute2Backend();
    }
  }
}
