import { createHash } from 'node:crypto';
import { runProgram } from './run-program.js';

/** Digests by programs that share no code with the archive; Node's own SHA-256 stands in for a missing openssl, nothing for a missing b3sum. */
export class Witness {
  private constructor(
    private readonly openssl: boolean,
    private readonly b3sum: boolean,
  ) {}

  static async call(): Promise<Witness> {
    const [openssl, b3sum] = await Promise.all([runProgram('openssl', ['version']), runProgram('b3sum', ['--version'])]);
    return new Witness(openssl.code === 0, b3sum.code === 0);
  }

  get names(): readonly string[] {
    return [this.openssl ? 'openssl dgst -sha256' : 'node:crypto sha256', ...(this.b3sum ? ['b3sum'] : [])];
  }

  async sha256(file: string, bytes: Buffer): Promise<string> {
    if (!this.openssl) return createHash('sha256').update(bytes).digest('hex');
    return digestIn(await runProgram('openssl', ['dgst', '-sha256', '-r', file]), 'openssl');
  }

  /** Null when no independent program is here. */
  async blake3(file: string): Promise<string | null> {
    return this.b3sum ? digestIn(await runProgram('b3sum', ['--no-names', file]), 'b3sum') : null;
  }
}

function digestIn({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }, program: string): string {
  const hex = /^[0-9a-f]{64}/.exec(stdout)?.[0];
  if (code !== 0 || hex === undefined) throw new Error(`${program} gave no digest: ${stderr}`);
  return hex;
}
