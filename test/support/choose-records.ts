import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { ARP_MUTANTS } from './arp-mutants.ts';
import { readRecords, refutations, type AskedRecord, type RouterRecord } from './arp-records.ts';
import { mutatedModel } from './mutated-model.ts';

/** How many questions refute each mutant, where there are so many. */
const ENOUGH = 2;

/** Of a router: which mutants which questions refute. */
type Refuting = ReadonlyMap<number, readonly AskedRecord[]>;

/** Writes the routers and the questions that refute the most mutants, until each is refuted; says which ones nothing refutes. */
export async function chooseRecords(from: string, to: string): Promise<void> {
  const records = readRecords(from);
  const models = await Promise.all(ARP_MUTANTS.map(async ({ edits }) => mutatedModel(edits)));
  const genuine = await mutatedModel([]);
  const wrong = records.flatMap((record) => refutations(genuine, record));
  if (wrong.length > 0) console.log(`${wrong.length} answers are not what the model foretells: ${JSON.stringify(wrong.slice(0, 3))}`);
  const usable = records.filter((record) => refutations(genuine, record).length === 0);
  const refuting = usable.map((record): Refuting => new Map(models.map((model, at) => [at, refutations(model, record)])));
  const left = new Map(models.map((_, at) => [at, ENOUGH]));
  const chosen: RouterRecord[] = [];
  for (;;) {
    const gains = refuting.map((of) => [...left].reduce((sum, [at, needed]) => sum + Math.min(needed, of.get(at)?.length ?? 0), 0));
    const best = gains.indexOf(Math.max(...gains));
    const [record, of] = [usable[best], refuting[best]];
    if (record === undefined || of === undefined || (gains[best] ?? 0) === 0) break;
    chosen.push({ ...record, asked: questionsOf(of, left) });
    refuting[best] = new Map();
  }
  for (const [at, needed] of left)
    if (needed > 0)
      console.log(`${needed === ENOUGH ? 'Nothing refutes' : 'One question refutes'}: ${ARP_MUTANTS[at]?.fact} ${ARP_MUTANTS[at]?.belief}`);
  const bytes = gzipSync(chosen.map((record) => `${JSON.stringify(record)}\n`).join(''), { level: 9 });
  writeFileSync(to, bytes);
  console.log(`${chosen.length} routers with ${chosen.reduce((sum, { asked }) => sum + asked.length, 0)} questions, ${bytes.length} bytes`);
}

function questionsOf(of: Refuting, left: Map<number, number>): readonly AskedRecord[] {
  const asked = new Set<AskedRecord>();
  for (const [at, needed] of left) {
    const some = (of.get(at) ?? []).slice(0, needed);
    for (const question of some) asked.add(question);
    left.set(at, needed - some.length);
  }
  return [...asked];
}
