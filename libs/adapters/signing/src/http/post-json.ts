const longestAnswer = 256 * 1024;

/** What some servers need, or tell, beyond the plain exchange. */
export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Says in our own words what a refusal means, by the text of the answer; null when that tells nothing. */
  readonly reasonOf?: (answered: string) => string | null;
}

/**
 * Posts JSON and answers what comes back, parsed. Throws for a status that is no success, for redirects, for silence and for answers of more than 256 KiB;
 * nothing of what was sent or answered is in the error, as both may hold tokens. Headers must be valid: an error of the library would quote them.
 */
export async function postJson(
  url: string,
  body: object,
  patienceMs: number,
  { headers = {}, reasonOf = () => null }: PostOptions = {},
): Promise<unknown> {
  const { host } = new URL(url);
  const signal = AbortSignal.timeout(patienceMs);
  const absent = (error: unknown): never => {
    throw new Error(signal.aborted ? `${host} did not answer in time` : `${host} cannot be reached`, { cause: error });
  };
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal,
  }).catch(absent);
  const text = await readBounded(response).catch(absent);
  if (!response.ok) throw new Error(refusal(`${host} answered ${String(response.status)}`, reasonOf(text ?? '')));
  if (text === null) throw new Error(`${host} answers too much`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${host} answered with something that is no JSON`);
  }
}

function refusal(told: string, reason: string | null): string {
  return reason === null ? told : `${told}: ${reason}`;
}

/** Null for an answer that is too long; the rest of it is not read. */
async function readBounded(response: Response): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    size += piece.byteLength;
    if (size > longestAnswer) return null;
  }
  return Buffer.concat(pieces).toString('utf8');
}
