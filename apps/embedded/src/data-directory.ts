import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from './make-folder.js';

const largestLog = 16 * 1024 * 1024;

/** Names of what lies in the data directory, and the ways to write it safely. */
export class DataDirectory {
  readonly root: string;

  /** Creates it, for its owner only. Throws what the system says where that cannot be, where another user than `user` ran earlier, and where others keep their files. */
  constructor(directory: string, user = process.getuid?.()) {
    this.root = path.resolve(directory);
    makeFolder(this.root);
    assertNotShared(this.root);
    chmodSync(this.root, 0o700);
    for (const part of ['logs', 'scratch']) {
      const folder = path.join(this.root, part);
      makeFolder(folder);
      assertOwn(folder, user);
    }
  }

  get postgres(): string {
    return path.join(this.root, 'postgres');
  }
  get objects(): string {
    return path.join(this.root, 'objects');
  }
  get scratch(): string {
    return path.join(this.root, 'scratch');
  }
  /** Of the signer alone: what it signed last. Must not be rolled back together with the database. */
  get lastCheckpoint(): string {
    return path.join(this.root, 'signed-checkpoint');
  }
  /** Of the signer alone, which makes it. */
  get keys(): string {
    return path.join(this.root, 'keys');
  }
  get adminToken(): string {
    return path.join(this.root, 'admin-token');
  }
  get endpoints(): string {
    return path.join(this.root, 'endpoints.json');
  }
  get processes(): string {
    return path.join(this.root, 'processes.json');
  }
  get lock(): string {
    return path.join(this.root, 'lock');
  }

  /** Log file of a service. A large one from earlier is put aside once, so that logs stay bounded over restarts. */
  log(service: string): string {
    const file = path.join(this.root, 'logs', `${service}.log`);
    if (existsSync(file) && statSync(file).size > largestLog) renameSync(file, `${file}.1`);
    return file;
  }

  /** Replaces a file as a whole; a reader sees the old or the new one. Readable by the owner only. */
  write(file: string, content: string): void {
    const draft = `${file}.${String(process.pid)}.new`;
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, file);
  }

  /** Null when there is no such file. */
  read(file: string): string | null {
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  }

  remove(file: string): void {
    rmSync(file, { force: true });
  }
}

/** A folder that others use, `/tmp` for one, would be closed to them. */
function assertNotShared(root: string): void {
  const open = (statSync(root).mode & 0o077) !== 0;
  const held = readdirSync(root).filter((name) => name !== 'lost+found');
  if (!open || held.length === 0 || held.includes('logs')) return;
  throw Object.assign(new Error(`${root} is open to others and holds ${held[0] ?? ''}`), { code: 'ENOTEMPTY' });
}

/** Nothing keeps root from starting here, and after that the user whose data it is could not any more. */
function assertOwn(folder: string, user: number | undefined): void {
  const { uid } = statSync(folder);
  if (user !== undefined && uid !== user) throw Object.assign(new Error(`${folder} belongs to user ${String(uid)}`), { code: 'EPERM' });
}
