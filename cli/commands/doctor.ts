import type { Command } from 'commander';
import { environments } from '../../lib/config/environments.ts';
import type { Context } from '../context.ts';
import { awsAccount } from '../doctor/aws-account.ts';
import { examineEnvironment } from '../doctor/environment.ts';
import type { Finding } from '../doctor/finding.ts';
import { examineMachine } from '../doctor/machine.ts';
import { thisMachine } from '../doctor/this-machine.ts';
import { localConfig } from '../system/connect.ts';
import { findLocalState } from '../system/local-state.ts';
import { hang, padEnd } from '../terminal/text.ts';

const HELP = `
It looks at this machine (Node.js, Python, CDK, emulator, port) and at an environment from the outside in: region,
credentials, permissions, stacks, mode, functions, queues, topics, heartbeat, alarms on Kintsugi itself, dashboard.
It changes nothing.

Exit code 0: nothing is broken, though there may be warnings. 1: something is, and the fix of each is printed.

Examples:
  kintsugi doctor
  kintsugi doctor --env prod --profile shop-prod --region eu-central-1
  kintsugi doctor --json | jq -r '.findings[] | select(.status == "error") | .fix'`;

export const addDoctor = (program: Command, context: Context): void => {
  program
    .command('doctor')
    .summary('find what is broken in this set-up, and how to mend it')
    .description(
      'Looks at everything that Kintsugi needs, and says of each thing that is broken: what, where, and the fix.',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      const findings = await examine(command, context);
      const isBroken = findings.some(({ status }) => status === 'error');
      context.finish(isBroken ? 1 : 0);
      if (options.json === true) context.printJson({ ok: !isBroken, findings });
      else context.print(lines(findings, context));
    });
};

const examine = async (command: Command, { io, targetOf }: Context): Promise<Finding[]> => {
  const { env, where } = targetOf(command);
  const { aws, ...account } = where;
  const local = env === 'dev' && !aws ? await findLocalState(io.dirs) : null;
  const cloud = awsAccount(env, local === null ? account : localConfig(local));
  try {
    const [machine, environment] = await Promise.all([
      examineMachine(thisMachine(io, local)),
      examineEnvironment({
        env,
        account: cloud,
        asked: account,
        config: environments[env],
        local: local === null ? null : { endpoint: local.endpoint, dashboard: local.dashboard ?? null },
        now: io.now(),
      }),
    ]);
    return [...machine, ...environment];
  } finally {
    cloud.close();
  }
};

const lines = (findings: readonly Finding[], { colours, look }: Context): string[] => {
  const { width } = look();
  const marks = {
    ok: colours.green('●'),
    warning: colours.yellow('!'),
    error: colours.red('✘'),
    skipped: colours.dim('·'),
  };
  const widest = Math.max(...findings.map(({ check }) => check.length));
  const count = (status: Finding['status']): number => findings.filter((one) => one.status === status).length;
  const [errors, warnings] = [count('error'), count('warning')];
  return [
    ...findings.flatMap(({ check, status, where, what, fix }) => [
      ...hang(`${marks[status]} ${padEnd(check, widest)}  `, where === '' ? what : `${where}: ${what}`, width),
      // A command is one line, however long: it is there to be copied.
      ...(fix === null ? [] : [`${' '.repeat(widest + 4)}${colours.cyan(fix)}`]),
    ]),
    '',
    errors === 0
      ? colours.green(`Nothing is broken${warnings === 0 ? '' : `; ${warnings} warning${warnings === 1 ? '' : 's'}`}.`)
      : colours.red(`${errors} broken, ${warnings} warning${warnings === 1 ? '' : 's'}: the fix of each is below it.`),
  ];
};
