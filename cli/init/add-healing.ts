import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { CliError } from '../system/cli-error.ts';
import { notAllowed } from '../terminal/words.ts';

export interface Wishes {
  readonly environment: EnvironmentName;
  readonly owner: string;
  /** Id or class of the stack, where there are several. */
  readonly stack: string | null;
  /** What the construct is imported from, as the file names it. */
  readonly from: string;
}

/** A stack that is made in the file. */
interface MadeStack {
  readonly className: string;
  readonly id: string;
  /** Null when nobody keeps it. */
  readonly variable: string | null;
  /** Where its statement begins, and where it has ended. */
  readonly begin: number;
  readonly end: number;
}

/** Whether the file knows Kintsugi already. */
export const hasHealing = (text: string): boolean => /\bSelfHealing\b/.test(text);

/**
 * The text of an app's file with one of its stacks made self-healing: two imports and five lines, nothing taken away.
 *
 * @throws CliError when no stack, or more than one that could be meant, is made in it
 */
export const addHealing = (text: string, path: string, wishes: Wishes): string => {
  const stack = chosen(stacksIn(text), path, wishes.stack);
  const name = stack.variable ?? freeName(text, 'stack');
  const healing = freeName(text, 'healing');
  const indent = /[ \t]*$/.exec(text.slice(0, stack.begin))?.[0] ?? '';
  const quote = text.includes('"') && !text.includes("'") ? '"' : "'";
  const said = (value: string): string => `${quote}${value}${quote}`;
  const lines = [
    '',
    '// Kintsugi heals what is watched. A second argument of watch says more: criticality, objectives, what it depends on.',
    `const ${healing} = SelfHealing.attach(${name}, ${said('Healing')}, { environment: ${said(wishes.environment)}, owner: ${said(wishes.owner)} });`,
    `for (const one of ${name}.node.findAll()) {`,
    `  if (one instanceof FargateService) ${healing}.watch(one);`,
    '}',
  ].map((line) => (line === '' ? line : indent + line));
  const kept = stack.variable === null ? `const ${name} = ` : '';
  const body = `${text.slice(0, stack.begin)}${kept}${text.slice(stack.begin, stack.end)}${lines.join('\n')}${text.slice(stack.end)}`;
  return withImports(body, [
    ['FargateService', said('aws-cdk-lib/aws-ecs')],
    ['SelfHealing', said(wishes.from)],
  ]);
};

const chosen = (stacks: readonly MadeStack[], path: string, wanted: string | null): MadeStack => {
  const ids = stacks.map(({ id }) => id);
  const fitting =
    wanted === null ? stacks : stacks.filter(({ id, className }) => id === wanted || className === wanted);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (stacks.length === 0) {
    throw new CliError(
      `${path} makes no stack that can be found: there must be a statement like new MyStack(app, 'MyStack'), where app is a new App().`,
    );
  }
  if (wanted !== null) throw new CliError(notAllowed('--stack', wanted, ids));
  throw new CliError(`${path} makes ${stacks.length} stacks: say which one with --stack (${ids.join(', ')}).`);
};

const APP = /\b(?:const|let|var)\s+(\w+)\s*(?::[^=\n]+)?=\s*new\s+(?:\w+\.)?App\s*\(/;

/** Statements that make something directly below the app. */
const stacksIn = (text: string): MadeStack[] => {
  const app = APP.exec(text)?.[1];
  if (app === undefined) return [];
  const made = new RegExp(
    `(?:\\b(?:const|let|var)\\s+(\\w+)\\s*=\\s*)?\\bnew\\s+((?:\\w+\\.)?\\w+)\\s*\\(\\s*${app}\\s*,\\s*['"\`]([^'"\`]+)['"\`]`,
    'g',
  );
  return [...text.matchAll(made)].flatMap((match) => {
    const [, variable, className = '', id = ''] = match;
    const isComment = /^\s*(?:\/\/|\*)/.test(text.slice(text.lastIndexOf('\n', match.index) + 1, match.index + 2));
    const open = text.indexOf('(', match.index + match[0].indexOf('new'));
    const close = isComment ? null : closing(text, open);
    if (close === null) return [];
    const end = text[close + 1] === ';' ? close + 2 : close + 1;
    return [{ className, id, variable: variable ?? null, begin: match.index, end }];
  });
};

/** Where a parenthesis is closed, past strings and comments; null where it is not. */
const closing = (text: string, open: number): number | null => {
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|[()]/g;
  token.lastIndex = open;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '(') depth += 1;
    if (match[0] === ')') depth -= 1;
    if (depth === 0) return match.index;
  }
  return null;
};

const freeName = (text: string, wanted: string): string => {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}${number}`;
    if (!new RegExp(`(?<![\\w./'"-])${name}(?![\\w/'"-])`).test(text)) return name;
  }
};

type Import = readonly [name: string, from: string];

/** Behind the last import, in the manner of the file: `import` or `require`. */
const withImports = (text: string, imports: readonly Import[]): string => {
  const esm = [...text.matchAll(/^import\b[\s\S]*?['"][^'"\n]+['"];?[^\n]*\n/gm)].at(-1);
  const required = [...text.matchAll(/^(?:const|let|var)\b[^\n]*\brequire\([^\n]*\n/gm)].at(-1);
  const last = esm ?? required;
  const wanted = imports.filter(([name]) => !new RegExp(`[{,]\\s*${name}\\s*[,}]`).test(text));
  const lines = wanted.map(([name, from]) =>
    esm === undefined && required !== undefined
      ? `const { ${name} } = require(${from});\n`
      : `import { ${name} } from ${from};\n`,
  );
  const shebang = /^#![^\n]*\n/.exec(text)?.[0].length ?? 0;
  const at = last === undefined ? shebang : last.index + last[0].length;
  return `${text.slice(0, at)}${lines.join('')}${text.slice(at)}`;
};

const TS_NODE = /^npx\s+ts-node(?:\s+--?[\w-]+)*(?=\s)/;

/** ts-node cannot run TypeScript that is as Node.js takes it, which Kintsugi's is; tsx can. Null when nothing is to be changed. */
export const runnable = (command: string): string | null =>
  TS_NODE.test(command) ? command.replace(TS_NODE, 'npx tsx') : null;
