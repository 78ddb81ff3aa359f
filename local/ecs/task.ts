import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from './free-port.ts';
import { arnOf, type Deployment, type Placement } from './model.ts';

export type TaskStatus = 'PENDING' | 'RUNNING' | 'STOPPING' | 'STOPPED';
export type StopCode = 'TaskFailedToStart' | 'EssentialContainerExited' | 'UserInitiated' | 'ServiceSchedulerInitiated';
export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

export const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

// A process that opens no port counts as running after this long, as a container does without a health check.
const RUNNING_WITHOUT_PORT_MS = 3000;
const CONNECT_EVERY_MS = 60;
const KEPT_LOG_LINES = 40;

export type TaskContext = {
  readonly placement: Placement;
  readonly cluster: string;
  readonly service: string;
  readonly deployment: Deployment;
  /** Called after every change of state. */
  readonly changed: (task: Task) => void;
};

/** One task: one real process, its port and its life. Times are epoch milliseconds. */
export class Task {
  readonly id = randomBytes(16).toString('hex');
  readonly createdAt = Date.now();
  readonly context: TaskContext;
  readonly arn: string;
  readonly logs: string[] = [];
  lastStatus: TaskStatus = 'PENDING';
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING';
  healthStatus: HealthStatus = 'UNKNOWN';
  version = 1;
  port = 0;
  startedAt: number | undefined;
  stoppingAt: number | undefined;
  stoppedAt: number | undefined;
  exitCode: number | undefined;
  stopCode: StopCode | undefined;
  stoppedReason: string | undefined;
  private child: ChildProcess | undefined;

  constructor(context: TaskContext) {
    this.context = context;
    this.arn = arnOf(context.placement, `task/${context.cluster}/${this.id}`);
  }

  get deployment(): Deployment {
    return this.context.deployment;
  }

  get container() {
    const container = this.deployment.definition.containerDefinitions[0];
    if (container === undefined)
      throw new Error(`task definition ${this.deployment.definition.family} has no container`);
    return container;
  }

  get pid(): number | undefined {
    return this.lastStatus === 'STOPPED' ? undefined : this.child?.pid;
  }

  get cpuUnits(): number {
    return Number(this.deployment.definition.cpu);
  }

  get memoryBytes(): number {
    return Number(this.deployment.definition.memory) * 1024 * 1024;
  }

  /** Starts the container's command as a process group of its own. */
  async start(): Promise<void> {
    this.port = await freePort();
    if (this.desiredStatus === 'STOPPED') return this.ended(null, null);
    const [program, ...args] = this.container.command;
    const isNode = program === 'node';
    const preload = pathToFileURL(join(this.context.placement.root, 'local/ecs/quota.ts')).href;
    const flags = ['--disable-warning=ExperimentalWarning', '--import', preload];
    this.child = spawn(isNode ? process.execPath : String(program), isNode ? [...flags, ...args] : args, {
      cwd: this.context.placement.root,
      detached: true,
      env: this.environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => undefined); // the task may end first
    this.child.stdout?.on('data', this.keepLog);
    this.child.stderr?.on('data', this.keepLog);
    this.child.once('error', (error) => this.ended(null, null, `CannotStartContainerError: ${error.message}`));
    this.child.once('exit', (code, signal) => this.ended(code, signal));
    this.context.changed(this);
    void this.awaitPort();
  }

  /** Asks the process to end, and ends it after the container's stop timeout. */
  stop(stopCode: StopCode, reason: string): void {
    if (this.desiredStatus === 'STOPPED') return;
    this.desiredStatus = 'STOPPED';
    this.stopCode = stopCode;
    this.stoppedReason = reason;
    this.stoppingAt = Date.now();
    if (this.child === undefined) return; // start() is still waiting for its port and ends the task itself
    if (this.lastStatus === 'STOPPED') return;
    this.lastStatus = 'STOPPING';
    this.changed();
    this.signal('SIGTERM');
    setTimeout(() => this.signal('SIGKILL'), this.container.stopTimeout * 1000).unref();
  }

  /** What the kernel does to a container that exceeds its memory limit. */
  killOutOfMemory(): void {
    if (this.lastStatus === 'STOPPED' || this.stoppedReason === OUT_OF_MEMORY) return;
    this.stoppedReason = OUT_OF_MEMORY;
    this.signal('SIGKILL');
  }

  /** Ends the process now and resolves when it is gone. */
  async kill(): Promise<void> {
    this.desiredStatus = 'STOPPED';
    if (this.child === undefined || this.lastStatus === 'STOPPED') return;
    const gone = new Promise((resolve) => this.child?.once('exit', resolve));
    this.signal('SIGKILL');
    await gone;
  }

  setHealth(status: HealthStatus): void {
    if (this.healthStatus === status) return;
    this.healthStatus = status;
    this.changed();
  }

  private environment(): Record<string, string> {
    const declared = Object.fromEntries(this.container.environment.map(({ name, value }) => [name, value]));
    return {
      PATH: process.env['PATH'] ?? '',
      ...declared,
      PORT: String(this.port),
      TASK_ID: this.id,
      SERVICE_NAME: this.context.service,
      ECS_CLUSTER: this.context.cluster,
      ECS_TASK_CPU_UNITS: this.deployment.definition.cpu,
      ECS_TASK_MEMORY_MIB: this.deployment.definition.memory,
      SCRATCH_DIR: this.deployment.scratchDir,
    };
  }

  private readonly keepLog = (chunk: Buffer): void => {
    this.logs.push(...chunk.toString('utf8').trimEnd().split('\n'));
    this.logs.splice(0, Math.max(0, this.logs.length - KEPT_LOG_LINES));
  };

  private changed(): void {
    this.version += 1;
    this.context.changed(this);
  }

  private signal(signal: NodeJS.Signals): void {
    const pid = this.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group ended between the exit and its notice.
    }
  }

  private async awaitPort(): Promise<void> {
    const deadline = Date.now() + RUNNING_WITHOUT_PORT_MS;
    while (this.lastStatus === 'PENDING') {
      if ((await accepts(this.port)) || Date.now() > deadline) {
        if (this.lastStatus === 'PENDING') this.running();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, CONNECT_EVERY_MS));
    }
  }

  private running(): void {
    this.lastStatus = 'RUNNING';
    this.startedAt = Date.now();
    this.changed();
  }

  private ended(code: number | null, signal: NodeJS.Signals | null, startError?: string): void {
    if (this.lastStatus === 'STOPPED') return;
    const started = this.startedAt !== undefined;
    this.stopCode ??= started ? 'EssentialContainerExited' : 'TaskFailedToStart';
    this.stoppedReason ??= startError ?? 'Essential container in task exited';
    if (code !== null || signal !== null) this.exitCode = code ?? (signal === 'SIGTERM' ? 143 : 137);
    this.lastStatus = 'STOPPED';
    this.desiredStatus = 'STOPPED';
    this.healthStatus = 'UNKNOWN';
    this.stoppingAt ??= Date.now();
    this.stoppedAt = Date.now();
    this.changed();
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (value: boolean) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
