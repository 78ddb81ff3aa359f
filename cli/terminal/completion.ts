import type { Argument, Command, Option } from 'commander';

/** What can be said of one command, as a shell needs it. */
export interface CompletionNode {
  /** From the program on: `kintsugi model promote`. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly CompletionOption[];
  /** Values of its first argument, where they are known. */
  readonly values: readonly string[];
}

export interface Word {
  readonly name: string;
  readonly summary: string;
}

export interface CompletionOption extends Word {
  /** Null for a switch; empty where the value can be anything. */
  readonly values: readonly string[] | null;
}

/**
 * Values of options and arguments by name, for those whose choices the commands check themselves; led by the name of a
 * command (`resume mode`) where that one takes others.
 */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Every command below a program, itself first; options of those above hold for those below. */
export const completionNodes = (program: Command, known: KnownValues): CompletionNode[] => {
  const visit = (command: Command, path: string, inherited: readonly CompletionOption[]): CompletionNode[] => {
    const options = [
      ...command.options.filter(({ hidden }) => !hidden).map((one) => optionOf(one, command, known)),
      ...inherited,
    ];
    const [argument] = command.registeredArguments;
    return [
      {
        path,
        commands: command.commands.map((one) => ({ name: one.name(), summary: one.summary() || one.description() })),
        options: [...options, HELP],
        values: argument === undefined ? [] : valuesOf(argument, command, known),
      },
      ...command.commands.flatMap((one) => visit(one, `${path} ${one.name()}`, options)),
    ];
  };
  return visit(program, program.name(), []);
};

const HELP: CompletionOption = { name: '--help', summary: 'show how it is used', values: null };

const optionOf = (option: Option, command: Command, known: KnownValues): CompletionOption => ({
  name: option.long ?? option.flags,
  summary: option.description,
  values: option.required || option.optional ? valuesOf(option, command, known) : null,
});

const valuesOf = (one: Argument | Option, command: Command, known: KnownValues): readonly string[] =>
  one.argChoices ?? known[`${command.name()} ${one.name()}`] ?? known[one.name()] ?? [];

/** The completion script of a shell. */
export const completionScript = (shell: Shell, nodes: readonly CompletionNode[]): string => SCRIPTS[shell](nodes);

/** Paths that are followed by a command's name, and flags that are followed by a value: what moves along a command line. */
const pathsBelow = (nodes: readonly CompletionNode[]): string[] => nodes.slice(1).map(({ path }) => path);
const valueFlags = (nodes: readonly CompletionNode[]): string[] => [
  ...new Set(nodes.flatMap(({ options }) => options.flatMap(({ name, values }) => (values === null ? [] : [name])))),
];
const wordsAt = ({ commands, values }: CompletionNode): string =>
  [...commands.map(({ name }) => name), ...values].join(' ');
const flagsAt = ({ options }: CompletionNode): string => options.map(({ name }) => name).join(' ');
const valuesAt = ({ path, options }: CompletionNode): (readonly [place: string, values: readonly string[]])[] =>
  options.flatMap(({ name, values }) => (values === null || values.length === 0 ? [] : [[`${path} ${name}`, values]]));

const quoted = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join('|');

/** The same walk in bash and zsh: which command is meant by the words before the cursor. */
const walk = (
  nodes: readonly CompletionNode[],
  { word, last }: { readonly word: string; readonly last: string },
): string[] => [
  `  for ((i = ${word === 'COMP_WORDS' ? 1 : 2}; i < ${last}; i++)); do`,
  `    word="\${${word}[i]}"`,
  '    if [[ -n $skip ]]; then skip=; continue; fi',
  '    case "$word" in',
  `      ${quoted(valueFlags(nodes))}) skip=1; continue ;;`,
  '    esac',
  '    case "$path $word" in',
  `      ${quoted(pathsBelow(nodes))}) path="$path $word" ;;`,
  '    esac',
  '  done',
];

const bash = (nodes: readonly CompletionNode[]): string =>
  [
    '# bash completion of kintsugi: source <(kintsugi completion bash)',
    '_kintsugi() {',
    '  local path=kintsugi word skip= words= flags= i',
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"',
    ...walk(nodes, { word: 'COMP_WORDS', last: 'COMP_CWORD' }),
    '  case "$path $prev" in',
    ...nodes.flatMap(valuesAt).map(([place, values]) => `    "${place}") words="${values.join(' ')}" ;;`),
    '    *)',
    '      [[ -n $skip ]] && return',
    '      case "$path" in',
    ...nodes.map((node) => `        "${node.path}") words="${wordsAt(node)}" flags="${flagsAt(node)}" ;;`),
    '      esac ;;',
    '  esac',
    '  [[ $cur == -* || -z $words ]] && words="$words $flags"',
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    '}',
    'complete -o default -F _kintsugi kintsugi',
  ].join('\n');

const zsh = (nodes: readonly CompletionNode[]): string =>
  [
    '#compdef kintsugi',
    '# zsh completion of kintsugi: source <(kintsugi completion zsh)',
    '_kintsugi() {',
    '  local kpath=kintsugi word skip= i prev="${words[CURRENT-1]}"',
    ...walk(nodes, { word: 'words', last: 'CURRENT' }).map((line) => line.replaceAll(/\bpath\b/g, 'kpath')),
    '  case "$kpath $prev" in',
    ...nodes.flatMap(valuesAt).map(([place, values]) => `    "${place}") compadd -- ${values.join(' ')}; return ;;`),
    '  esac',
    '  if [[ -n $skip ]]; then _files; return; fi',
    '  case "$kpath" in',
    ...nodes.map((node) => `    "${node.path}") compadd -- ${wordsAt(node)} ${flagsAt(node)} ;;`),
    '  esac',
    '}',
    '(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }',
    'compdef _kintsugi kintsugi',
  ].join('\n');

const fishText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const fish = (nodes: readonly CompletionNode[]): string =>
  [
    '# fish completion of kintsugi: kintsugi completion fish | source',
    'function __kintsugi_at',
    '  set -l path kintsugi',
    '  set -l skip',
    '  for word in (commandline -opc)[2..]',
    '    if test -n "$skip"; set skip; continue; end',
    `    if contains -- $word ${valueFlags(nodes).join(' ')}; set skip 1; continue; end`,
    `    if contains -- "$path $word" ${pathsBelow(nodes).map(fishText).join(' ')}; set path "$path $word"; end`,
    '  end',
    '  test "$path" = "$argv[1]"',
    'end',
    'complete -c kintsugi -f',
    ...nodes.flatMap((node) => {
      const at = `complete -c kintsugi -n "__kintsugi_at '${node.path}'"`;
      return [
        ...node.commands.map(({ name, summary }) => `${at} -a ${fishText(name)} -d ${fishText(summary)}`),
        ...node.values.map((value) => `${at} -a ${fishText(value)}`),
        ...node.options.map(({ name, summary, values }) => {
          const value = values === null ? '' : values.length === 0 ? ' -r' : ` -x -a ${fishText(values.join(' '))}`;
          return `${at} -l ${name.replace(/^--/, '')}${value} -d ${fishText(summary)}`;
        }),
      ];
    }),
  ].join('\n');

const SCRIPTS: Readonly<Record<Shell, (nodes: readonly CompletionNode[]) => string>> = { bash, zsh, fish };
