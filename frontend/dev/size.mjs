/** What the interview weighs on the wire, ours apart from the engine. Fails above our own limit. */
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';

const BUILT = fileURLToPath(new URL('../../homeward/web/ui/static/built/', import.meta.url));
const LIMIT = 300_000;
const weight = (path) => gzipSync(readFileSync(BUILT + path), { level: 9 }).length;

const ours = ['interview.js', 'interview.css'].map((path) => [path, weight(path)]);
const engine = readdirSync(`${BUILT}assets`).map((name) => [`assets/${name}`, weight(`assets/${name}`)]);
for (const [path, bytes] of [...ours, ...engine]) console.log(`${String(bytes).padStart(9)} bytes compressed  ${path}`);
const total = ours.reduce((sum, [, bytes]) => sum + bytes, 0);
console.log(`${String(total).padStart(9)} bytes compressed  ours (at most ${LIMIT})`);
process.exitCode = total > LIMIT ? 1 : 0;
