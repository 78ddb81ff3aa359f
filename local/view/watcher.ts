import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Mode } from '../../core/contracts/limits.ts';
import type { ActiveFault } from '../../cli/system/control-api.ts';
import type { Kintsugi } from '../../cli/system/kintsugi.ts';
import type { ServiceReading } from './shop-readings.ts';

export interface IncidentView {
  readonly incident: Incident;
  readonly records: readonly JournalRecord[];
}

/** One look at everything that the live view shows. */
export interface CloudView {
  readonly env: EnvironmentName;
  /** Of the demo shop; none where another process holds it, or it is in AWS. */
  readonly services: readonly ServiceReading[];
  /** Services with an alarm in ALARM. */
  readonly alarmed: ReadonlySet<string>;
  readonly mode: Mode | null;
  /** Newest first, each with its journal. */
  readonly incidents: readonly IncidentView[];
  readonly faults: readonly ActiveFault[];
}

export interface WatcherOptions {
  readonly kintsugi: Kintsugi;
  readonly readShop?: () => Promise<readonly ServiceReading[]>;
  readonly faults?: () => readonly ActiveFault[];
  readonly onView: (view: CloudView) => void;
  readonly onError: (error: unknown) => void;
  readonly everyMs?: number;
}

const INCIDENTS_SHOWN = 10;

export const isClosed = ({ incident }: IncidentView): boolean => incident.closedAt !== null;

/** Looks once a second; the journal of an incident that is over is read once. Returns what ends it. */
export const startWatcher = (options: WatcherOptions): (() => void) => {
  const { kintsugi, onView, onError, everyMs = 1_000 } = options;
  const finished = new Map<string, IncidentView>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const viewOf = async (incident: Incident): Promise<IncidentView> => {
    const known = finished.get(incident.incidentId);
    if (known !== undefined) return known;
    const view = { incident, records: await kintsugi.journal(incident.incidentId) };
    if (isClosed(view)) finished.set(incident.incidentId, view);
    return view;
  };

  const look = async (): Promise<CloudView> => {
    const [services, incidents, firing, mode] = await Promise.all([
      options.readShop?.() ?? [],
      kintsugi.incidents(undefined, INCIDENTS_SHOWN),
      kintsugi.firingAlarms(),
      kintsugi.mode(),
    ]);
    return {
      env: kintsugi.connection.env,
      services,
      alarmed: alarmedServices(services, firing, kintsugi.connection.env),
      mode: mode.mode,
      incidents: await Promise.all(incidents.map(viewOf)),
      faults: options.faults?.() ?? [],
    };
  };

  const tick = async (): Promise<void> => {
    try {
      const view = await look();
      if (!isStopped) onView(view);
    } catch (error) {
      if (!isStopped) onError(error);
    }
    if (!isStopped) timer = setTimeout(() => void tick(), everyMs);
  };
  void tick();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
};

/** Alarms are called `kintsugi-<env>-<workload>-<role>`. */
const alarmedServices = (
  services: readonly ServiceReading[],
  firing: ReadonlySet<string>,
  env: string,
): ReadonlySet<string> =>
  new Set(
    services
      .map(({ service }) => service)
      .filter((service) => [...firing].some((name) => name.startsWith(`kintsugi-${env}-${service}-`))),
  );
