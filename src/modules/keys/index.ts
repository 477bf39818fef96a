export { countByKey, verifySealed } from "./count-by-key.ts";
export type { KeyUse, SealedProblem } from "./count-by-key.ts";
export { finishRotation, makeNextKey, takeNextKey } from "./rotate-key.ts";
export type { Rotation } from "./rotate-key.ts";
export { forgetKey } from "./forget-key.ts";
export { refuseChangesWithoutKey } from "./without-key-routes.ts";
