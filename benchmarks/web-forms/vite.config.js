export default { build: { target: 'es2022', outDir: process.env.HOMEWARD_BENCH_OUT ?? 'dist', emptyOutDir: true } };
