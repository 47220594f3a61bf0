const longestAnswer = 256 * 1024;

/**
 * Posts JSON and answers what comes back, parsed. Throws for a status that is no success, for redirects, for silence and for answers of more than 256 KiB;
 * nothing of what was sent or answered is in the error, as both may hold tokens.
 */
export async function postJson(url: string, body: object, patienceMs: number): Promise<unknown> {
  const { host } = new URL(url);
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const signal = AbortSignal.timeout(patienceMs);
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error', signal }).catch(
    (error: unknown) => {
      throw new Error(`${host} cannot be reached`, { cause: error });
    },
  );
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${host} answered ${String(response.status)}`);
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    size += piece.byteLength;
    if (size > longestAnswer) throw new Error(`${host} answers too much`);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw new Error(`${host} answered with something that is no JSON`);
  }
}
