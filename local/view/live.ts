import type { ActiveFault } from '../../cli/system/control-api.ts';
import type { Look } from '../../cli/terminal/incident.ts';
import { incidentReport, incidentTitle, phaseLines } from '../../cli/terminal/incident.ts';
import { padStart, table, truncate } from '../../cli/terminal/text.ts';
import { ago } from '../../cli/terminal/words.ts';
import { attemptsOf } from '../../core/explanation/timeline.ts';
import type { ServiceReading } from './shop-readings.ts';
import { isWell } from './shop-readings.ts';
import type { CloudView, IncidentView } from './watcher.ts';
import { isClosed } from './watcher.ts';

export interface LiveLook extends Look {
  /** Lines of the terminal. */
  readonly height: number;
}

/** What the region at the bottom shows: the services, what is broken on purpose, and the incidents that are open. */
export const liveLines = (view: CloudView, look: LiveLook): string[] => {
  const { colours } = look;
  const open = view.incidents.filter((one) => !isClosed(one));
  const head = [
    rule(`kintsugi ${view.env}, mode ${view.mode ?? 'unknown'}`, look),
    ...(view.services.length === 0 ? [] : serviceTable(view, look)),
    ...faultLines(view, look),
  ];
  const foot = [colours.dim(truncate(view.services.length === 0 ? END : FOOTER, look.width))];
  // One line is left free for the cursor, one for the terminal's own wrapping at its last column.
  const room = look.height - head.length - foot.length - 2;
  const body = open.length === 0 ? ['', colours.dim('  No open incident.')] : openIncidents(open, look, room);
  return [...head, ...body, '', ...foot].map((line) => truncate(line, look.width));
};

const END = 'Ctrl-C ends it';
const FOOTER = 'Another terminal: npm run kintsugi -- break --list   Ctrl-C stops everything';

const rule = (title: string, { colours, width }: Look): string => {
  const line = '─'.repeat(Math.max(0, Math.min(width, 96) - title.length - 4));
  return `${colours.dim('──')} ${colours.bold(title)} ${colours.dim(line)}`;
};

const serviceTable = ({ services, alarmed }: CloudView, { colours, width }: Look): string[] => {
  const columns = [
    { title: '  SERVICE' },
    { title: 'TASKS', align: 'right' as const },
    { title: 'REQ/S', align: 'right' as const },
    { title: 'ERRORS', align: 'right' as const },
    { title: 'P95', align: 'right' as const },
    { title: 'MEMORY', align: 'right' as const },
    { title: 'ALARM' },
  ];
  const rows = services.map((reading) => {
    const isAlarmed = alarmed.has(reading.service);
    const dot = isWell(reading) && !isAlarmed ? colours.green('●') : colours.red('●');
    return [
      `${dot} ${reading.service}`,
      ...readings(reading, colours),
      isAlarmed ? colours.red('ALARM') : colours.dim('ok'),
    ];
  });
  return table(columns, rows, width, colours.dim);
};

const readings = (reading: ServiceReading, { red }: Look['colours']): string[] => {
  const bad = (text: string, isBad: boolean): string => (isBad ? red(text) : text);
  return [
    bad(`${reading.running}/${reading.wanted}`, reading.running < reading.wanted || reading.wanted === 0),
    reading.perSecond.toFixed(0),
    bad(`${reading.errorPercent.toFixed(0)} %`, reading.errorPercent >= 5),
    bad(padStart(`${reading.p95Ms.toFixed(0)} ms`, 7), reading.p95Ms > 400),
    bad(`${reading.memoryPercent.toFixed(0)} %`, reading.memoryPercent > 90),
  ];
};

const faultLines = ({ faults, incidents }: CloudView, { colours, now }: Look): string[] => {
  const newest = faults.at(-1);
  if (newest === undefined || isOver(newest, incidents, now)) return [];
  return [colours.dim(`  Broken on purpose: ${newest.fault} on ${newest.service}, ${ago(newest.since, now)}`)];
};

const NEWS_MS = 60_000;

/** Old news: the incident that followed is closed, or none followed for a minute, as with a control. */
const isOver = ({ since }: ActiveFault, incidents: readonly IncidentView[], now: number): boolean => {
  const caused = incidents.filter(({ incident }) => incident.openedAt >= since);
  return caused.length === 0 ? now - Date.parse(since) > NEWS_MS : caused.every(isClosed);
};

/** Open incidents, newest first, as many as there is room for; the phases of the newest attempt of each. */
const openIncidents = (open: readonly IncidentView[], look: LiveLook, room: number): string[] => {
  const lines: string[] = [];
  for (const [index, { incident, records }] of open.entries()) {
    const attempt = attemptsOf(records).at(-1);
    const phases = (long: 'wrap' | 'cut'): string[] => (attempt === undefined ? [] : phaseLines(attempt, look, long));
    const number =
      attempt === undefined || attempt.attempt === 1 ? '' : look.colours.dim(`  (attempt ${attempt.attempt})`);
    const frame = incident.status === 'awaiting_approval' ? 3 : 2;
    const whole = phases('wrap');
    const block = [
      '',
      `${incidentTitle(incident, look, records)}${number}`,
      ...(lines.length + whole.length + frame <= room ? whole : phases('cut')),
      ...(incident.status === 'awaiting_approval' ? [hint(look)] : []),
    ];
    if (lines.length + block.length > room && index > 0) {
      return [...lines, look.colours.dim(`  ... and ${open.length - index} more open`)];
    }
    lines.push(...block);
  }
  return lines.slice(0, Math.max(3, room));
};

const hint = ({ colours }: Look): string =>
  colours.yellow('  Another terminal: npm run kintsugi -- approve latest  (or: decline latest)');

/** A finished incident, for the permanent part above the region. */
export const finishedLines = ({ incident, records }: IncidentView, look: Look): string[] => [
  '',
  ...incidentReport(incident, records, look),
  '',
];
