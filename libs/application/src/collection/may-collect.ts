import { mayEverywhere, Refusal, type Principal } from '@muniment/domain';

/** Refuses (`forbidden`) whoever may not decide on the retention of every repository: a plan names packages of all of them. */
export function assertMayCollect(caller: Principal): void {
  if (mayEverywhere(caller, 'retention')) return;
  throw new Refusal(
    'forbidden',
    `Token "${caller.name}" may not see or start collections: that takes the verb retention in every repository (*).`,
  );
}
