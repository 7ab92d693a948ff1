import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { ARP_MUTANTS } from './arp-mutants.ts';
import { readRecords, refutations, type AskedRecord, type RouterRecord } from './arp-records.ts';
import { mutatedModel } from './mutated-model.ts';

/** How many questions refute each mutant, where there are so many. */
const ENOUGH = 2;

/** Writes, router by router, the questions that refute mutants of which too few did so far; says which ones nothing refutes. */
export async function chooseRecords(from: string, to: string): Promise<void> {
  const genuine = await mutatedModel([]);
  const mutants = await Promise.all(
    ARP_MUTANTS.map(async ({ fact, belief, edits }) => ({ name: `${fact} ${belief}`, model: await mutatedModel(edits), needed: ENOUGH })),
  );
  const chosen: RouterRecord[] = [];
  for (const record of readRecords(from)) {
    const wrong = refutations(genuine, record);
    if (wrong.length > 0) console.log(`Left out, as an answer is not what the model foretells: ${JSON.stringify(wrong[0])}`);
    const asked = new Set<AskedRecord>();
    for (const mutant of wrong.length > 0 ? [] : mutants.filter(({ needed }) => needed > 0)) {
      const some = refutations(mutant.model, record).slice(0, mutant.needed);
      mutant.needed -= some.length;
      for (const question of some) asked.add(question);
    }
    if (asked.size > 0) chosen.push({ ...record, asked: [...asked] });
  }
  for (const { name, needed } of mutants) if (needed > 0) console.log(`Refuted ${ENOUGH - needed} times: ${name}`);
  const bytes = gzipSync(chosen.map((record) => `${JSON.stringify(record)}\n`).join(''), { level: 9 });
  writeFileSync(to, bytes);
  const questions = chosen.reduce((sum, { asked }) => sum + asked.length, 0);
  console.log(`${chosen.length} routers with ${questions} questions, ${bytes.length} bytes`);
}
