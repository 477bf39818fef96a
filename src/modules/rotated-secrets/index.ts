export { OverlapSeconds, PreviousSecret } from "./rotated-secret-schemas.ts";
export { findPreviousSecret, retireSecret } from "./rotated-secrets.ts";
export type { PresentedPreviousSecret } from "./rotated-secrets.ts";
export { endRotatedSecrets, findRotatedSecret, raiseSecretsLastUsed } from "./rotated-secret-queries.ts";
export { restoreRotatedSecrets, suspendRotatedSecrets } from "./rotated-secret-queries.ts";
