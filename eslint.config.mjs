import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Layers: an arrow points inwards only. */
const layer = (files, forbidden, reason) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: forbidden.map((group) => ({ group: [group], message: reason })) }],
  },
});

export default tseslint.config(
  {
    ignores: [
      'node_modules/**',
      'dist/**',
      'cdk.out/**',
      '.kintsugi/**',
      '.stryker-tmp/**',
      'web/dist/**',
      'reports/**',
      '**/node_modules/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  layer(
    ['core/**/*.ts'],
    [
      '@aws-sdk/*',
      'aws-cdk-lib*',
      '@middy/*',
      '@aws-lambda-powertools/*',
      'node:*',
      '**/lambdas/**',
      '**/lib/**',
      '**/local/**',
    ],
    'core/ is pure: zod and itself only.',
  ),
  layer(
    ['lambdas/**/*.ts'],
    ['aws-cdk-lib*', '**/lib/**', '**/local/**', '**/cli/**'],
    'lambdas/ depends on core/ only.',
  ),
  layer(['lib/**/*.ts'], ['**/lambdas/**', '**/local/**', '**/cli/**'], 'lib/ knows handlers by path only.'),
  layer(
    ['web/**/*.{ts,tsx}'],
    ['@aws-sdk/*', 'node:*', '**/lambdas/**', '**/lib/**', '**/local/**', '**/cli/**'],
    'web/ knows the contracts of core/ and the HTTP API only.',
  ),
  {
    files: ['web/**/*.tsx', 'web/**/*.ts'],
    rules: {
      // In current Chromium scrolling returns a promise, and React takes whatever an effect returns for its clean-up.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.name=/^use(Layout)?Effect$/] > ArrowFunctionExpression[expression=true]',
          message: 'What an effect returns is its clean-up: give it a body in braces.',
        },
      ],
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
