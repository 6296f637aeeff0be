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

export default defineConfig({
  base: './',
  plugins: [bootstrapSheets()],
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
      input: { interview: here('src/main.ts'), key: here('src/key.ts'), sealing: here('src/sealing.ts') },
      output: {
        entryFileNames: '[name].js',
        // The engine, loaded beside our own code, and what sealing pages share with the interview.
        chunkFileNames: (chunk) => `assets/${chunk.isDynamicEntry ? 'engine' : 'envelope'}-[hash].js`,
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
