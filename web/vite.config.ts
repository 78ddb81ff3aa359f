import { defineConfig } from 'vite';

/** JSX is Vite's own transform. Assets are files, never data URIs: the content security policy allows files only. */
export default defineConfig({
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Cloudscape ships a stylesheet per component; one file per route is fewer requests.
    cssCodeSplit: true,
    rolldownOptions: { checks: { moduleLevelDirective: false } }, // Cloudscape marks every file 'use client'
  },
});
