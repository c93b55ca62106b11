import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// The server that `make run` starts. OMEZLE_DEV_TARGET points the proxy elsewhere.
const target = process.env['OMEZLE_DEV_TARGET'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    // public/.keep is copied back after the folder is emptied, so that Go's embed finds a folder on a fresh clone.
    emptyOutDir: true,
    manifest: 'manifest.json',
    // The page's content security policy allows no data: address for scripts, styles or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The picture check's worker fetches the code of one backend or the other, which needs modules.
  worker: { format: 'es' },
  server: {
    proxy: {
      '/ws': { target, ws: true },
      '/api': { target },
      '/stats': { target },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    maxWorkers: 2,
    // Queries by role are slow in jsdom, and the machine that runs them may be busy.
    testTimeout: 30_000,
  },
})
