import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import type { Edit } from '../museum/exhibit.ts';
import { planting } from '../museum/plant.ts';
import type { ArpModel } from './arp-records.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The model as it is in src/, or with edits made in its text. */
export async function mutatedModel(edits: readonly Edit[]): Promise<ArpModel> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { arpDecision } from './src/model/arp-decision.ts'; export { loadCapture } from './src/model/capture.ts';",
      resolveDir: ROOT,
    },
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'model',
    platform: 'node',
    target: 'node20',
    plugins: [planting(edits)],
    logLevel: 'silent',
  });
  return runInThisContext(`(() => { ${outputFiles[0]?.text ?? ''}; return model; })()`) as ArpModel;
}
