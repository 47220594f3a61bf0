import { describe, expect, it } from '@jest/globals';
import { LookUps } from './look-ups.js';

describe('look-ups', () => {
  it('of one moment are one question, in which each finds its own answer', async () => {
    const asked: (readonly number[])[] = [];
    const lookUps = new LookUps((numbers: readonly number[]) => {
      asked.push(numbers);
      return Promise.resolve(numbers.map((n) => n * n));
    });
    expect(await Promise.all([2, 3, 4].map((n) => lookUps.find(n)))).toEqual([4, 9, 16]);
    expect(await lookUps.find(5)).toBe(25);
    expect(asked).toEqual([[2, 3, 4], [5]]);
  });

  it('are at most thirty-two in one question', async () => {
    const sizes: number[] = [];
    const lookUps = new LookUps((numbers: readonly number[]) => {
      sizes.push(numbers.length);
      return Promise.resolve(numbers);
    });
    const numbers = Array.from({ length: 70 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => lookUps.find(n)))).toEqual(numbers);
    expect(sizes).toEqual([32, 32, 6]);
  });

  it('that fail take nobody with them', async () => {
    const lookUps = new LookUps((numbers: readonly number[]) =>
      numbers.includes(2) ? Promise.reject(new Error('two')) : Promise.resolve(numbers),
    );
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => lookUps.find(n)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await lookUps.find(4)).toBe(4);
  });

  it('never take an answer for another one', async () => {
    const lookUps = new LookUps(() => Promise.resolve([1, 2, 3]));
    await expect(lookUps.find(1)).rejects.toThrow('3 of 1');
  });
});
