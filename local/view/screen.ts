import { widthOf } from '../../cli/terminal/text.ts';

/** The part of a stream that a live region needs. */
export interface TerminalStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const ESC = '\u001b[';
/** Terminals that know it paint everything between the two at once; others ignore it. */
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const CLEAR_LINE_END = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;

/**
 * A region at the bottom of the terminal that is painted over, below lines that stay. Each painting is one write that
 * goes up, overwrites line by line and clears what is left, so that nothing flickers.
 */
export class LiveScreen {
  readonly #stream: TerminalStream;
  #painted: readonly string[] = [];

  constructor(stream: TerminalStream) {
    this.#stream = stream;
    stream.write(HIDE_CURSOR);
  }

  get width(): number {
    return Math.max(40, this.#stream.columns ?? 80);
  }

  get height(): number {
    return Math.max(10, this.#stream.rows ?? 24);
  }

  /** Replaces the region. */
  paint(lines: readonly string[]): void {
    this.#write([], lines);
  }

  /** Puts lines above the region, where they stay. */
  print(lines: readonly string[]): void {
    this.#write(lines, this.#painted);
  }

  /** Takes the region away and gives the cursor back. */
  close(): void {
    this.#write([], []);
    this.#stream.write(SHOW_CURSOR);
  }

  #write(permanent: readonly string[], region: readonly string[]): void {
    const text = [...permanent, ...region].map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
    this.#stream.write(`${BEGIN}${this.#toTop()}${text}${CLEAR_BELOW}${END}`);
    this.#painted = region;
  }

  /** A narrower terminal has folded the lines that were painted for a wider one. */
  #toTop(): string {
    const rows = this.#painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / this.width)), 0);
    return rows === 0 ? '\r' : `\r${ESC}${Math.min(rows, this.height - 1)}A`;
  }
}
