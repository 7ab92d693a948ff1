import * as z from 'zod';
import { profileSchema } from './schema.ts';

/** The JSON Schema (draft 7) of a profile, for editors and other programs. What a mistake is, `parp validate` knows in full. */
export function profileJsonSchema(): object {
  const any = z
    .discriminatedUnion('kind', [
      profileSchema('pseudo-bridge'),
      profileSchema('private-vlan'),
      profileSchema('nat-proxy'),
      profileSchema('custom'),
    ])
    .meta({ title: 'parp profile', description: 'A profile of parp: Linux proxy ARP for one purpose' });
  return z.toJSONSchema(any, { target: 'draft-7', io: 'input' });
}
