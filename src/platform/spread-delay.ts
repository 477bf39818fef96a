const JITTER = 0.1;

/**
 * How many seconds after the `attempts`th attempt, which failed, the next one comes, by a table of delays; undefined
 * when there is none. Spread by a tenth, so that who was down is not asked by everybody in the same second. `random` is
 * from 0 to 1.
 */
export function spreadDelay(delaysSeconds: readonly number[], attempts: number, random: number): number | undefined {
  const delay = delaysSeconds[attempts - 1];
  return delay === undefined ? undefined : Math.ceil(delay * (1 + JITTER * random));
}
