/** As composer has them, from the strictest on. */
export const STABILITIES = ["stable", "RC", "beta", "alpha", "dev"] as const;

export type Stability = (typeof STABILITIES)[number];

/** null: every stability. */
export function stabilityOf(text: string): Stability | null {
  return STABILITIES.find((one) => one === text) ?? null;
}
