export { ComposerRepository } from "./composer-repository.ts";
