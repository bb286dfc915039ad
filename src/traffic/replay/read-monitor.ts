import { linesOf } from './lines.ts';
import { GREETING, parseMonitorLine } from './monitor-line.ts';
import type { RecordedItem } from './recorded-item.ts';
import { refusedCommand } from './replayable-command.ts';
import { type RecordingSource, recordingInvalid } from './source.ts';

/**
 * Commands, as `redis-cli MONITOR` prints them. Those of scripts, and those that must not go over a shared connection or that
 * administer the server, are counted and left out. A last line without its line break is counted as cut off, whatever it
 * looks like: the beginning of a command may be another command.
 * @throws E_RECORDING_INVALID
 */
export async function* readMonitor(source: RecordingSource): AsyncGenerator<RecordedItem> {
  const { file, tally } = source;
  for await (const lines of linesOf(source, 'latin1')) {
    for (const { number, text: written, isEnded } of lines) {
      const text = written.endsWith('\r') ? written.slice(0, -1) : written;
      if (text === '' || text === GREETING) continue;
      if (!isEnded) {
        tally.cutOff();
        continue;
      }
      const line = parseMonitorLine(text);
      if (line.type === 'broken')
        throw recordingInvalid(file, { line: number, column: line.column, message: line.message });
      const { atMs, db, args, isOfScript } = line;
      const refused = refusedCommand(args);
      if (isOfScript) tally.leaveOut('script');
      else if (refused !== undefined) tally.leaveOut(refused.reason, refused.name);
      else yield { line: number, atMs, request: { type: 'command', db, args } };
    }
  }
}
