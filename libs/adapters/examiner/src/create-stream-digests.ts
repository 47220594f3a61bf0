import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { inlineDigests, type StreamDigest, type StreamDigests } from '@muniment/application';
import { digestSlotBytes, digestSlots, digestStreams, type FromDigester, type ToDigester } from './digest-messages.js';
import { OffloadedDigest } from './offloaded-digest.js';
import { SlotSender } from './slot-sender.js';

/** Below this size the hand-over costs more than the second core gives. */
const minBytes = 16 * 1024 * 1024;
/** The thread is built code; specs that run this file from its source use the built one beside it. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? '../dist/digest-thread.js' : './digest-thread.js', import.meta.url);

/** Digests with a thread to close at the end. */
export interface ClosableDigests extends StreamDigests {
  /** Resolves when large streams are digested on a second core, or at once when there is none. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Digests large uploads on a second core, where there is one, while receiving goes on. Copying a stream into its slots costs little beside its digests, and one
 * thread digests faster than another receives, so it serves them all; small streams are better off in the thread that receives them.
 */
export function createStreamDigests(): ClosableDigests {
  return new SecondCore(availableParallelism() < 2 ? null : new URL(threadFile));
}

class SecondCore implements ClosableDigests {
  readonly #slots = Array.from({ length: digestStreams }, (_, stream) => {
    return new SlotSender(digestSlotBytes, digestSlots, (slot, length) => this.#send({ kind: 'filled', stream, slot, length }, [slot]));
  });
  readonly #free = [...this.#slots.keys()];
  readonly #running = new Map<number, OffloadedDigest>();
  readonly #started: Promise<void>;
  #thread: Worker | null = null;

  constructor(file: URL | null) {
    this.#started = file === null ? Promise.resolve() : this.#start(file);
  }

  begin(expectedSize: number | null): StreamDigest {
    const stream = this.#thread === null || expectedSize === null || expectedSize < minBytes ? undefined : this.#free.pop();
    const slots = stream === undefined ? undefined : this.#slots[stream];
    if (stream === undefined || slots === undefined) return inlineDigests.begin(expectedSize);
    const release = (): void => {
      this.#running.delete(stream);
      this.#free.push(stream);
    };
    const digest = new OffloadedDigest(slots, (kind) => this.#send({ kind, stream }, []), release);
    this.#running.set(stream, digest);
    return digest;
  }

  ready(): Promise<void> {
    return this.#started;
  }

  async close(): Promise<void> {
    await this.#started;
    await this.#thread?.terminate();
  }

  #send(message: ToDigester, moved: readonly ArrayBuffer[]): void {
    this.#thread?.postMessage(message, moved);
  }

  /** Without its thread streams are digested where they are received: slower, never wrong. Streams that it had are lost, and their uploads fail. */
  #start(file: URL): Promise<void> {
    const thread = new Worker(file, { name: 'digests' });
    thread.unref();
    return new Promise((resolve) => {
      const gone = (): void => {
        this.#thread = null;
        for (const digest of this.#running.values()) digest.lost(new Error('The thread that digested this upload is gone'));
        this.#running.clear();
        resolve();
      };
      thread.once('error', gone);
      thread.once('exit', gone);
      thread.on('message', (message: FromDigester) => {
        if (message.kind === 'ready') {
          this.#thread = thread;
          resolve();
        } else if (message.kind === 'freed') this.#running.get(message.stream)?.freed(message.slot);
        else this.#running.get(message.stream)?.finished(message.identity);
      });
    });
  }
}
