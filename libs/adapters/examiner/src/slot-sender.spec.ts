import { beforeEach, describe, expect, it } from '@jest/globals';
import { SlotSender } from './slot-sender.js';

/** What the other thread was given, in order. */
let given: { readonly slot: ArrayBuffer; readonly text: string }[];
let sender: SlotSender;

beforeEach(() => {
  given = [];
  sender = new SlotSender(4, 2, (slot, length) => given.push({ slot, text: Buffer.from(slot, 0, length).toString() }));
});

const texts = () => given.map(({ text }) => text);
const slot = (n: number) => given[n]?.slot as ArrayBuffer;
const settled = (writing: Promise<void> | void) => {
  const state = { done: false };
  void Promise.resolve(writing).then(
    () => (state.done = true),
    () => (state.done = true),
  );
  return state;
};
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('SlotSender', () => {
  it('gathers pieces into slots, and gives the rest when told to', () => {
    expect(sender.idle).toBe(true);
    for (const piece of ['a', 'bcd', 'ef']) expect(sender.write(Buffer.from(piece))).toBeUndefined();
    expect([texts(), sender.idle]).toEqual([['abcd'], false]);
    sender.flush();
    sender.flush();
    expect(texts()).toEqual(['abcd', 'ef']);
  });

  it('waits while the other side has all slots, and makes no more of them', async () => {
    const writing = settled(sender.write(Buffer.from('abcdefghijk')));
    await soon();
    expect([texts(), writing.done]).toEqual([['abcd', 'efgh'], false]);
    sender.freed(slot(0));
    await soon();
    expect([texts(), writing.done]).toEqual([['abcd', 'efgh'], true]);
    sender.flush();
    expect(given[2]).toEqual({ slot: slot(0), text: 'ijk' });
  });

  it('goes on filling its slot when another one comes back', async () => {
    await sender.write(Buffer.from('abcdef'));
    sender.freed(slot(0));
    await sender.write(Buffer.from('gh'));
    expect(texts()).toEqual(['abcd', 'efgh']);
    expect(sender.idle).toBe(false);
    sender.freed(slot(1));
    expect(sender.idle).toBe(true);
  });

  it('is idle when everything came back and nothing is half full', async () => {
    await sender.write(Buffer.from('abcdef'));
    sender.freed(slot(0));
    expect(sender.idle).toBe(false);
    sender.discard();
    expect(sender.idle).toBe(true);
    await sender.write(Buffer.from('wxyz'));
    expect(texts()).toEqual(['abcd', 'wxyz']);
  });

  it.each(['before', 'after'])('writes nothing more of what was given up %s a slot came back', async (order) => {
    const waiting = settled(sender.write(Buffer.from('abcdefghijkl')));
    await soon();
    if (order === 'before') sender.discard();
    sender.freed(slot(0));
    if (order === 'after') sender.discard();
    await soon();
    sender.freed(slot(1));
    expect([texts(), waiting.done, sender.idle]).toEqual([['abcd', 'efgh'], true, true]);
    await sender.write(Buffer.from('wxyz'));
    expect(texts()).toEqual(['abcd', 'efgh', 'wxyz']);
  });

  it('tells whoever waits, and whoever writes afterwards, why nobody takes the rest', async () => {
    const waiting = sender.write(Buffer.alloc(9));
    sender.close(new Error('gone'));
    sender.close(new Error('again'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(sender.write(Buffer.alloc(1))).rejects.toThrow('gone');
    expect(sender.write(Buffer.alloc(0))).toBeUndefined();
  });
});
