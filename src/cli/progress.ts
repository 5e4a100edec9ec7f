import { escapeControls } from '../base/format';

/** A line on stderr that is written over; silent when stderr is not a terminal. */
export interface ProgressLine {
  show(text: string): void;
  /** Wipes the line: call it before anything else is printed. */
  clear(): void;
}

/** Makes the progress line of a command. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show: text =>
      stream.write(`\r\x1b[K${escapeControls(text).slice(0, (stream.columns || 80) - 1)}`),
    clear: () => stream.write('\r\x1b[K'),
  };
}
