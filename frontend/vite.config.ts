import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The other pages need no script, only Bootstrap's sheet in both directions. */
const bootstrapSheets = (): Plugin => ({
  name: 'bootstrap-sheets',
  generateBundle() {
    for (const name of ['bootstrap.min.css', 'bootstrap.rtl.min.css']) {
      const sheet = readFileSync(here(`node_modules/bootstrap/dist/css/${name}`), 'utf8');
      const source = sheet.replace(/\n?\/\*# sourceMappingURL=.*?\*\/\s*$/, '\n');
      this.emitFile({ type: 'asset', fileName: name, source });
    }
  },
});

interface Made {
  readonly type: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
  code?: string;
  readonly source?: string | Uint8Array;
}

/** A file with all that it loads, at once or later. */
function closure(bundle: Readonly<Record<string, Made>>, name: string, found = new Set<string>()): Set<string> {
  const made = bundle[name];
  if (made === undefined || found.has(name)) return found;
  found.add(name);
  for (const each of [...(made.viteMetadata?.importedCss ?? []), ...(made.imports ?? []), ...(made.dynamicImports ?? [])]) closure(bundle, each, found);
  return found;
}

/** The service worker knows the files of the app by their built names, and is another one whenever any of them is. */
const listForWorker = (): Plugin => ({
  name: 'list-for-worker',
  enforce: 'post',
  generateBundle(_, made) {
    const bundle = made as unknown as Record<string, Made>;
    const worker = bundle['sw.js'];
    if (worker?.code === undefined) return;
    if ((worker.imports ?? []).length > 0) this.error('the service worker has to be one file');
    const files = [...closure(bundle, 'field.js')].sort();
    const hash = createHash('sha256');
    for (const name of files) hash.update(name).update(bundle[name]?.code ?? bundle[name]?.source ?? '');
    worker.code = `self.code=${JSON.stringify({ version: hash.digest('hex').slice(0, 16), files })};\n${worker.code}`;
  },
});

/** The engine is known by its name to the pages that load it early; hashing is of the app for the field alone. */
const nameOfChunk = ({ name, isDynamicEntry, moduleIds }: { name: string; isDynamicEntry: boolean; moduleIds: readonly string[] }): string => {
  if (moduleIds.some((id) => id.includes('hash-wasm'))) return 'assets/hashing-[hash].js';
  if (isDynamicEntry) return 'assets/engine-[hash].js';
  return moduleIds.some((id) => id.endsWith('/src/app.ts')) ? 'assets/interview-[hash].js' : `assets/${name}-[hash].js`;
};

export default defineConfig({
  base: './',
  plugins: [bootstrapSheets(), listForWorker()],
  build: {
    target: 'es2022',
    outDir: here('../homeward/web/ui/static/built'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    modulePreload: false,
    cssCodeSplit: true,
    license: { fileName: 'licences.md' },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      // The engine's WebAssembly loader holds two eval calls for asm.js modules, which it never has: the page's
      // content security policy forbids eval and the engine runs under it.
      checks: { eval: false },
      input: { interview: here('src/main.ts'), key: here('src/key.ts'), sealing: here('src/sealing.ts'), field: here('src/field.ts'), sw: here('src/sw.ts') },
      output: {
        entryFileNames: '[name].js',
        // The engine, loaded beside our own code, and what sealing pages share with the interview.
        chunkFileNames: nameOfChunk,
        assetFileNames: '[name][extname]',
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    testTimeout: 20_000,
    // Node gives native modules no __dirname, which the engine's WebAssembly loader asks for; run through Vite they have it.
    server: { deps: { inline: ['@getodk/xforms-engine'] } },
  },
});
