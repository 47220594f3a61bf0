import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A clock that services read from a file (MUNIMENT_CLOCK_FILE): it stands still until a test moves it. */
export class SettableTime {
  private readonly directory = mkdtempSync(path.join(tmpdir(), 'muniment-clock-'));
  readonly file = path.join(this.directory, 'now');

  constructor(start: string) {
    this.set(start);
  }

  set(instant: string): void {
    // Renamed into place: no service reads half an instant.
    writeFileSync(`${this.file}.new`, instant);
    renameSync(`${this.file}.new`, this.file);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
