/** What the interview and the app for the field weigh on the wire, ours apart from the engine. Fails above our own limits. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';

const BUILT = fileURLToPath(new URL('../../homeward/web/ui/static/built/', import.meta.url));
const LIMITS = { 'src/main.ts': 300_000, 'src/field.ts': 100_000 };
const made = JSON.parse(readFileSync(`${BUILT}manifest.json`, 'utf8'));
const weight = (path) => gzipSync(readFileSync(BUILT + path), { level: 9 }).length;

/** What a page loads before anything is seen: the entry, what it imports, its sheets. */
const filesOf = (name) => [made[name].file, ...(made[name].css ?? []), ...(made[name].imports ?? []).flatMap(filesOf)];

for (const [entry, limit] of Object.entries(LIMITS)) {
  const files = [...new Set(filesOf(entry))].map((path) => [path, weight(path)]);
  const later = (made[entry].dynamicImports ?? []).map((name) => [made[name].file, weight(made[name].file)]);
  for (const [path, bytes] of files) console.log(`${String(bytes).padStart(9)} bytes compressed  ${path}`);
  for (const [path, bytes] of later) console.log(`${String(bytes).padStart(9)} bytes compressed  ${path} (later)`);
  const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
  console.log(`${String(total).padStart(9)} bytes compressed  ${entry}, at most ${limit}\n`);
  if (total > limit) process.exitCode = 1;
}
