import { request } from 'node:http';
import type { HealthCheck } from './model.ts';
import type { Task } from './task.ts';

type Probe = { nextAt: number; failures: number };

/** The path of the HTTP health check that a container's command asks for (`curl -f http://localhost:8080/health`). */
export const healthPathOf = (check: HealthCheck): string | undefined =>
  /https?:\/\/[^/\s"']+(\/[^\s"'|]*)?/.exec(check.command.join(' '))?.[1] ?? undefined;

const probe = (port: number, path: string, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path, timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(false));
    call.end();
  });

/** Runs the container health checks that task definitions declare; a task without one stays UNKNOWN. */
export class HealthChecks {
  private readonly probes = new Map<string, Probe>();

  check(tasks: readonly Task[], now: number): void {
    for (const task of tasks) {
      const { healthCheck } = task.container;
      if (healthCheck === undefined || task.lastStatus !== 'RUNNING') this.probes.delete(task.id);
      else this.checkOne(task, healthCheck, now);
    }
  }

  private checkOne(task: Task, check: HealthCheck, now: number): void {
    const state = this.probes.get(task.id) ?? { nextAt: now, failures: 0 };
    this.probes.set(task.id, state);
    if (now < state.nextAt) return;
    state.nextAt = now + check.interval * 1000;
    void probe(task.port, healthPathOf(check) ?? '/', check.timeout * 1000).then((healthy) => {
      const starting = now < (task.startedAt ?? now) + check.startPeriod * 1000;
      state.failures = healthy || starting ? 0 : state.failures + 1;
      if (healthy) task.setHealth('HEALTHY');
      else if (state.failures >= check.retries) task.setHealth('UNHEALTHY');
    });
  }
}
