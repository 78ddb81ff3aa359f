import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalEntry } from '../../core/contracts/journal.ts';
import { coloursFor } from '../../cli/terminal/colours.ts';
import { widthOf } from '../../cli/terminal/text.ts';
import { Introduction } from '../../local/view/introduction.ts';
import { liveLines } from '../../local/view/live.ts';
import { plainPresenter } from '../../local/view/presenter.ts';
import { LiveScreen } from '../../local/view/screen.ts';
import type { ServiceReading } from '../../local/view/shop-readings.ts';
import type { CloudView } from '../../local/view/watcher.ts';
import {
  aChain,
  aDecision,
  anEvidence,
  anIncident,
  at,
  aValidation,
  aVerdict,
  isoAt,
  OPENED,
} from '../support/builders.ts';

const colours = coloursFor(true, {});
const plain = coloursFor(false, {});

const aReading = (service: string, changes: Partial<ServiceReading> = {}): ServiceReading => ({
  service,
  running: 2,
  wanted: 2,
  perSecond: 15,
  errorPercent: 0,
  p95Ms: 30,
  memoryPercent: 40,
  ...changes,
});

const ENTRIES: readonly JournalEntry[] = [
  OPENED,
  { kind: 'evidence_gathered', body: anEvidence() },
  { kind: 'evidence_validated', body: aValidation() },
  { kind: 'action_decided', body: aDecision() },
  { kind: 'verdict_given', body: aVerdict() },
];

const aView = (changes: Partial<CloudView> = {}): CloudView => ({
  env: 'dev',
  services: ['web', 'checkout', 'payments', 'ledger'].map((name) => aReading(name)),
  alarmed: new Set(),
  mode: 'auto',
  incidents: [],
  faults: [],
  ...changes,
});

const withIncident = (incident: Partial<Incident> = {}, entries = ENTRIES): CloudView =>
  aView({ incidents: [{ incident: anIncident(incident), records: aChain(entries) }], alarmed: new Set(['payments']) });

describe('the live region', () => {
  const sizes = [
    [60, 20],
    [80, 24],
    [140, 40],
  ] as const;

  test.each(sizes)('fits into %i columns and %i lines', (width, height) => {
    const many = aView({
      incidents: Array.from({ length: 5 }, () => ({ incident: anIncident(), records: aChain(ENTRIES) })),
    });
    for (const view of [aView(), withIncident(), withIncident({ status: 'awaiting_approval' }), many]) {
      const lines = liveLines(view, { colours, width, height, now: at(20) });
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
      expect(lines.length).toBeLessThan(height);
    }
  });

  test('shows every phase of an open incident with its time and fact', () => {
    const text = liveLines(withIncident(), { colours: plain, width: 140, height: 40, now: at(20) }).join('\n');
    expect(text).toMatch(/● Sense\s+1\.0 s {2}root payments/);
    expect(text).toMatch(/[◐◓◑◒] Act\s+16\.0 s/);
    expect(text).toMatch(/○ Observe/);
  });

  test('says how a question is answered', () => {
    const text = liveLines(withIncident({ status: 'awaiting_approval' }), {
      colours: plain,
      width: 80,
      height: 24,
      now: at(20),
    });
    expect(text.join('\n')).toContain('approve latest');
  });
});

describe('the screen', () => {
  const recorder = (columns: number) => {
    const writes: string[] = [];
    return { columns, rows: 24, writes, write: (text: string) => writes.push(text) };
  };

  test('paints in one write, over what it painted before', () => {
    const stream = recorder(80);
    const screen = new LiveScreen(stream);
    screen.paint(['one', 'two']);
    const before = stream.writes.length;
    screen.paint(['three']);
    expect(stream.writes.length - before).toBe(1);
    expect(stream.writes.at(-1)).toContain('\u001b[2A');
  });

  test('goes up further when the terminal has become narrow and folded its lines', () => {
    const stream = recorder(80);
    const screen = new LiveScreen(stream);
    screen.paint(['x'.repeat(80), 'y']);
    stream.columns = 40;
    screen.paint(['z']);
    expect(stream.writes.at(-1)).toContain('\u001b[3A');
  });

  test('gives the cursor back', () => {
    const stream = recorder(80);
    new LiveScreen(stream).close();
    expect(stream.writes.at(-1)).toBe('\u001b[?25h');
  });
});

describe('plain lines', () => {
  test('tell each phase once, and the account at the end once', () => {
    const writes: string[] = [];
    const presenter = plainPresenter({
      stream: { write: (text) => writes.push(text) },
      colours: plain,
      elapsed: () => 1_000,
    });
    presenter.show(withIncident());
    presenter.show(withIncident());
    expect(writes.filter((line) => line.includes('Sense'))).toHaveLength(1);
    const closed = withIncident({ status: 'recovered', closedAt: isoAt(20), explanation: 'It is well again.' });
    presenter.show(closed);
    presenter.show(closed);
    expect(writes.filter((line) => line.includes('It is well again.'))).toHaveLength(1);
  });
});

describe('the introduction', () => {
  const healthyFor = (introduction: Introduction, seconds: number) => {
    introduction.next(aView(), at(0));
    return introduction.next(aView(), at(seconds));
  };

  test('breaks the shop once, after it was healthy for some seconds', () => {
    const introduction = new Introduction(at(0));
    expect(healthyFor(introduction, 3)).toEqual({ kind: 'wait' });
    expect(introduction.next(aView(), at(5))).toEqual({ kind: 'break' });
    expect(introduction.next(aView(), at(6))).toEqual({ kind: 'wait' });
  });

  test('does not break what is not well', () => {
    const introduction = new Introduction(at(0));
    const sick = aView({ services: [aReading('web', { errorPercent: 40 })] });
    expect(introduction.next(sick, at(0))).toEqual({ kind: 'wait' });
    expect(introduction.next(sick, at(10))).toEqual({ kind: 'wait' });
    expect(introduction.next(sick, at(61))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('web') as string,
    });
  });

  test.each([
    ['recovered', 'healed'],
    ['escalated', 'failed'],
  ] as const)('an incident that ends as %s means %s', (status, kind) => {
    const introduction = new Introduction(at(0));
    healthyFor(introduction, 5);
    const view = withIncident({ status, openedAt: isoAt(8), closedAt: isoAt(25) });
    expect(introduction.next(view, at(26))).toMatchObject({ kind });
  });

  test('an incident from before does not count', () => {
    const introduction = new Introduction(at(0));
    healthyFor(introduction, 5);
    const view = withIncident({ status: 'recovered', openedAt: isoAt(1), closedAt: isoAt(4) });
    expect(introduction.next(view, at(26))).toEqual({ kind: 'wait' });
  });

  test('fails when nothing is healed in time', () => {
    const introduction = new Introduction(at(0));
    healthyFor(introduction, 5);
    expect(introduction.next(aView(), at(156))).toMatchObject({ kind: 'failed' });
  });
});
