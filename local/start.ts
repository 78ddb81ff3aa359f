import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connectLocal } from '../cli/system/connect.ts';
import { openKintsugi } from '../cli/system/kintsugi.ts';
import type { LocalState } from '../cli/system/local-state.ts';
import { readLocalState, removeLocalState, writeLocalState } from '../cli/system/local-state.ts';
import { localApiUrl } from '../cli/system/sign-in.ts';
import { coloursFor } from '../cli/terminal/colours.ts';
import { inSeconds } from '../core/shared/units.ts';
import { span } from '../cli/terminal/words.ts';
import { faultBench, openControl, type FaultBench } from './control.ts';
import type { DashboardServer } from './dashboard/dashboard-server.ts';
import { openDashboard } from './dashboard/dashboard.ts';
import { startLocalCloud, type LocalCloud } from './local-cloud.ts';
import { localStateOf } from './local-state.ts';
import { Introduction } from './view/introduction.ts';
import { plainPresenter, terminalPresenter, type Presenter } from './view/presenter.ts';
import { readShop } from './view/shop-readings.ts';
import { startWatcher, type CloudView } from './view/watcher.ts';

const HELP = `Kintsugi on this machine: an emulated AWS, the healing system deployed by CDK, and a demo shop
of real processes under real load. It ends its introduction with one fault that is really healed;
then it goes on until Ctrl-C, and you can break things.

  npm start                    start, show the live view, heal one fault
  npm start -- --no-intro      start without breaking anything
  npm start -- --once          end after the introduction: exit code 0 if it was healed, 1 if not
  npm start -- --catalogue FILE   decide by an expert catalogue of your own (JSON)
  npm start -- --help          this text

In another terminal:
  npm run kintsugi -- break --list        what can be broken
  npm run kintsugi -- break memory-leak   break it
  npm run kintsugi -- explain latest      what was done about it, and why

Needs Python 3.10 or newer (or Docker, or AWS_ENDPOINT_URL with an emulator that already runs). No AWS account.`;

const dir = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the user asked for. */
interface Wishes {
  readonly introduction: boolean;
  readonly once: boolean;
  /** Absolute. */
  readonly catalogueFile: string | null;
}

const readWishes = (): Wishes | null => {
  const { values } = parseArgs({
    options: {
      'no-intro': { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      catalogue: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  if (values.once && values['no-intro'])
    throw new Error('--once ends after the introduction, so it cannot go with --no-intro');
  return {
    introduction: !values['no-intro'],
    once: values.once,
    catalogueFile: values.catalogue === undefined ? null : resolve(values.catalogue),
  };
};

/** Ctrl-C reaches this process twice, from the terminal and handed on by npm: so close together they are one. */
const SAME_SIGNAL_MS = 1_000;

/** Aborts at the first signal to end; a second one ends the process at once, with all that it started. */
const untilSignal = (presenter: Presenter): AbortSignal => {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    firstAt = performance.now();
    presenter.step(`Stopping (${signal}); once more to force it`);
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
};

const announce = async (
  cloud: LocalCloud,
  bench: FaultBench,
): Promise<{ state: LocalState; close: () => Promise<void> }> => {
  const control = await openControl(bench);
  const state = localStateOf(cloud, { url: control.url, token: control.token });
  await writeLocalState(dir, state);
  return {
    state,
    close: async () => {
      await removeLocalState(dir, process.pid);
      await control.close();
    },
  };
};

const NEXT = `
What you can do now, in another terminal:
  npm run kintsugi -- break --list           what can be broken
  npm run kintsugi -- break hang payments    break something else
  npm run kintsugi -- explain latest --full  every candidate, guard and record
  npm run kintsugi -- mode manual            be asked before anything is done
  npm run kintsugi -- proof verify --all     check that no record was changed
`.split('\n');

/** Drives the introduction with every look at the cloud; resolves with whether it was healed. */
const introduce = (presenter: Presenter, bench: FaultBench) => {
  const introduction = new Introduction(Date.now());
  let brokenAfterMs = 0;
  let isOver = false;
  let resolve: (healed: boolean) => void = () => undefined;
  const promise = new Promise<boolean>((settle) => (resolve = settle));
  const onView = async (view: CloudView): Promise<void> => {
    if (isOver) return;
    const next = introduction.next(view, Date.now());
    switch (next.kind) {
      case 'wait':
        return;
      case 'break': {
        brokenAfterMs = performance.now();
        const { fault, service, happens } = await bench.breakIt('bad-deployment', 'checkout');
        presenter.step(`Breaking the shop: ${fault} on ${service}. ${happens}`);
        return;
      }
      case 'healed': {
        isOver = true;
        const total = performance.now();
        presenter.step(
          `Healed ${inSeconds(total - brokenAfterMs)} after it was broken, ${inSeconds(total)} after the start.`,
        );
        presenter.say(NEXT);
        resolve(true);
        return;
      }
      case 'failed':
        isOver = true;
        presenter.step(`The introduction failed: ${next.reason}.`);
        resolve(false);
    }
  };
  return { promise, onView };
};

/** Says each different trouble once. */
const troubleReporter = (presenter: Presenter, stop: AbortSignal) => {
  const said = new Set<string>();
  return (error: unknown): void => {
    const text = error instanceof Error ? error.message : String(error);
    if (stop.aborted || said.has(text)) return;
    said.add(text);
    presenter.step(`Trouble: ${text}`);
  };
};

const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Shows the running cloud until a signal, or until the introduction is over with `--once`; returns the exit code. */
const show = async (cloud: LocalCloud, wishes: Wishes, presenter: Presenter, stop: AbortSignal): Promise<number> => {
  const onError = troubleReporter(presenter, stop);
  const bench = faultBench(cloud.faultContext());
  const announcement = await announce(cloud, bench);
  const kintsugi = openKintsugi(connectLocal(announcement.state));
  const [shop] = cloud.shops;
  if (shop === undefined) throw new Error('the local cloud has no shop');
  const introduction = introduce(presenter, bench);
  const endWatching = startWatcher({
    kintsugi,
    readShop: () => readShop(cloud.ecs, shop, Date.now()),
    faults: bench.active,
    onView: (view) => {
      presenter.show(view);
      if (wishes.introduction) void introduction.onView(view).catch(onError);
    },
    onError,
  });
  const idle = wishes.introduction ? introduction.promise : Promise.resolve();
  const dashboard = wishes.once ? null : serveInBackground({ cloud, presenter, stop, announcement, onError }, idle);
  try {
    const ended = whenAborted(stop).then(() => null);
    const healed = await (wishes.once ? Promise.race([introduction.promise, ended]) : ended);
    return healed === false ? 1 : 0;
  } finally {
    endWatching();
    await (await dashboard)?.close();
    kintsugi.close();
    await announcement.close();
  }
};

interface Background {
  readonly cloud: LocalCloud;
  readonly presenter: Presenter;
  readonly stop: AbortSignal;
  readonly announcement: { readonly state: LocalState };
  readonly onError: (error: unknown) => void;
}

/** The dashboard comes when it comes: nothing waits for it, and without it everything else goes on. */
const serveInBackground = async (
  { cloud, presenter, stop, announcement, onError }: Background,
  idle: Promise<unknown>,
): Promise<DashboardServer | null> => {
  try {
    const wait = Promise.race([idle, whenAborted(stop)]);
    const dashboard = await openDashboard({ dir, cloud, onProgress: presenter.step, signal: stop }, wait);
    await writeLocalState(dir, { ...announcement.state, dashboard: dashboard.url });
    presenter.step(`The dashboard: ${dashboard.url}`);
    return dashboard;
  } catch (error) {
    onError(error);
    return null;
  }
};

const run = async (wishes: Wishes, presenter: Presenter): Promise<number> => {
  const stop = untilSignal(presenter);
  const running = await readLocalState(dir);
  if (running !== null) {
    throw new Error(
      `a local cloud of this folder runs already (process ${running.pid}). Stop it first, with Ctrl-C in its terminal.`,
    );
  }
  const cloud = await startLocalCloud({
    dir,
    signal: stop,
    onProgress: presenter.step,
    onError: troubleReporter(presenter, stop),
    ...(wishes.catalogueFile === null ? {} : { catalogueFile: wishes.catalogueFile }),
  });
  try {
    presenter.step(`Kintsugi watches the shop. AWS endpoint: ${cloud.endpoint}`);
    const outputs = cloud.outputs['Kintsugi-dev-Api'] ?? {};
    presenter.step(
      `HTTP API: ${localApiUrl({ endpoint: cloud.endpoint, region: cloud.ecs.region, outputs })} (a token: npm run -s kintsugi -- token)`,
    );
    return await show(cloud, wishes, presenter, stop);
  } finally {
    await cloud.stop();
  }
};

const main = async (): Promise<number> => {
  let wishes: Wishes | null;
  try {
    wishes = readWishes();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}\n`);
    return 1;
  }
  if (wishes === null) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const startedAt = performance.now();
  const options = {
    stream: process.stdout,
    colours: coloursFor(process.stdout.isTTY, process.env),
    elapsed: () => performance.now(),
  };
  const presenter = process.stdout.isTTY ? terminalPresenter(options) : plainPresenter(options);
  try {
    const code = await run(wishes, presenter);
    presenter.step(`Stopped; nothing was left behind. It ran for ${span(performance.now() - startedAt)}.`);
    return code;
  } catch (error) {
    const isStopped = error instanceof Error && error.name === 'AbortError';
    if (isStopped) presenter.step('Stopped before it was up; nothing was left behind.');
    else presenter.step(`Kintsugi cannot start: ${error instanceof Error ? error.message : String(error)}`);
    return isStopped ? 130 : 1;
  } finally {
    presenter.close();
  }
};

// Sockets and timers of the SDKs must not keep a process alive that has nothing left to do.
process.exit(await main());
