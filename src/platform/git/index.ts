export { GitError } from "./git-error.ts";
export { createGit } from "./git.ts";
export type { Git, RunningGit } from "./git.ts";
export { openMirror } from "./mirror.ts";
export type { GitMirror, MirrorTimeouts } from "./mirror.ts";
export type { ReadObject } from "./object-reader.ts";
export type { RemoteRef } from "./remote-refs.ts";
export type { GitRemote } from "./remote.ts";
export { requireGitVersion } from "./git-version.ts";
