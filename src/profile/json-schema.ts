import * as z from 'zod';
import { profileSchemas } from './schema.ts';

/** The JSON Schema (draft 7) of a profile, for editors and other programs. What a mistake is, `parp validate` knows in full. */
export function profileJsonSchema(): object {
  const schemas = profileSchemas();
  const any = z
    .discriminatedUnion('kind', [schemas['pseudo-bridge'], schemas['private-vlan'], schemas['nat-proxy'], schemas.custom])
    .meta({ title: 'parp profile', description: 'A profile of parp: Linux proxy ARP for one purpose' });
  return z.toJSONSchema(any, { target: 'draft-7', io: 'input' });
}
