export { ComposerRepository } from "./composer-repository.ts";
export { createRateLimiter } from "./rate-limiter.ts";
