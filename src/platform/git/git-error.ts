import type { GitRemote } from "./remote.ts";

/** What went wrong, for code; the message is for people. */
export type GitErrorKind =
  | "authentication"
  | "not_found"
  | "host_not_found"
  | "unreachable"
  | "timeout"
  | "redirect"
  | "protocol"
  | "certificate"
  | "damaged"
  | "remote_damaged"
  | "disk_full"
  | "output_too_large"
  | "not_here"
  | "killed"
  | "aborted"
  | "git_missing"
  | "other";

/** A failed git command. `message` is one line with the remedy; `detail` is what git said, without secrets, for the log. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly kind: GitErrorKind;
  readonly detail: string;

  constructor(kind: GitErrorKind, message: string, detail = "") {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}

type Explain = (remote: GitRemote | undefined) => string;

/** A local repository has no host. */
const where = (remote: GitRemote | undefined): string =>
  remote === undefined || remote.host === "" ? "the repository's host" : remote.host;

const REFUSED: Explain = (remote) => {
  if (remote?.transport === "ssh") {
    return `${where(remote)} refused the ssh key: give the user that runs this server a key that may read the repository`;
  }
  return remote?.credentials === undefined
    ? `${where(remote)} asks for a user name and a password: give the source a user name and an access token`
    : `authentication failed at ${where(remote)}: check the user name and the password (or access token) of the source`;
};

const DAMAGED_THERE: Explain = (remote) =>
  `the repository at ${remote?.url ?? "this URL"} is damaged itself: run git fsck there`;

/** The first pattern that fits what git wrote (in the C locale) decides; the order is from the precise to the vague. */
const EXPLANATIONS: readonly [RegExp, GitErrorKind, Explain][] = [
  [
    /host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    "certificate",
    (remote) =>
      `the ssh host key of ${where(remote)} is not the one seen before: if the change is genuine, remove the old key with ssh-keygen -R ${where(remote)}`,
  ],
  [
    /transport '.*' not allowed|protocol '.*' is not supported/i,
    "protocol",
    () => "only http, https and ssh URLs are allowed",
  ],
  [
    /could not resolve host|name or service not known|temporary failure in name resolution/i,
    "host_not_found",
    (remote) => `the host ${where(remote)} was not found: check the URL and the name server`,
  ],
  [
    /permission denied \(|authentication failed|could not read (username|password)|invalid username or password|terminal prompts disabled|returned error: 40[13]|HTTP Basic: Access denied|invalid credentials/i,
    "authentication",
    REFUSED,
  ],
  [
    /repository not found|repository '.*' not found|does not appear to be a git repository|returned error: 404|project .* could not be found|did you run git update-server-info/i,
    "not_found",
    (remote) =>
      `there is no git repository at ${remote?.url ?? "this URL"}, or these credentials may not see it: check the URL and the access`,
  ],
  [
    // What upload-pack says before it gives up, passed on by git.
    /^remote: .*(repository corruption on the remote side|(fatal|error): .*(unable to (read|parse|open object)|could not read [0-9a-f]{40}|bad (object|tree)|corrupt|object file .* is empty|missing (blob|tree|commit|object)))/im,
    "remote_damaged",
    DAMAGED_THERE,
  ],
  [
    /connection refused|no route to host|network is unreachable|couldn't connect to server/i,
    "unreachable",
    (remote) => `${where(remote)} does not accept connections: check the URL's host and port, and that the server runs`,
  ],
  [
    /timed? ?out|operation too slow|timeout was reached/i,
    "timeout",
    (remote) => `${where(remote)} answered too slowly: it is tried again at the next sync`,
  ],
  [
    /returned error: 30\d|unable to update url base from redirection|redirect/i,
    "redirect",
    (remote) => `${remote?.url ?? "the URL"} redirects to another address: use that URL instead`,
  ],
  [
    /certificate|SSL|TLS|gnutls/i,
    "certificate",
    (remote) =>
      `the TLS certificate of ${where(remote)} was not accepted: check the URL, or set SSL_CERT_FILE for a private authority`,
  ],
  [
    /returned error: 429/,
    "unreachable",
    (remote) => `${where(remote)} limits the number of requests: it is tried again at the next sync`,
  ],
  [
    /returned error: 5\d\d/,
    "unreachable",
    (remote) => `${where(remote)} reports a failure of its own: it is tried again at the next sync`,
  ],
  [/no space left on device|disk quota exceeded/i, "disk_full", () => "the disk of DATA_DIR is full: free some space"],
  [
    /dubious ownership/i,
    "not_found",
    (remote) =>
      `git refuses ${remote?.url ?? "the repository"} because another user owns it: let the user that runs this server own it`,
  ],
  [
    /not a git repository|object file .* is empty|(object|packfile|pack|index) .*(corrupt|bad|broken|invalid|garbage)|corrupt|inflate: data stream|unable to (read|parse|find|open object)|missing (blob|tree|commit|object)|bad (config|object|ref|sha1|line)|unexpected line in|did not send all necessary objects|invalid sha1 pointer/i,
    "damaged",
    () => "the local mirror is damaged: it is made again at the next sync",
  ],
  [
    /hung up unexpectedly|early eof|connection reset|empty reply|recv failure|unexpected disconnect|expected flush/i,
    "unreachable",
    (remote) => `${where(remote)} broke off the connection: it is tried again at the next sync`,
  ],
];

/** A repository that is broken where it comes from; nothing that is done here mends it. */
export function damagedThere(remote: GitRemote, detail: string): GitError {
  return new GitError("remote_damaged", DAMAGED_THERE(remote), detail);
}

/** What a git says that was refused memory; not what a remote says of its own. */
export function isOutOfMemory(stderr: string): boolean {
  return /out of memory|cannot allocate memory|unable to create (load_index_entries )?thread/i.test(ownWords(stderr));
}

function ownWords(stderr: string): string {
  return stderr.replace(/^(remote:|fatal: remote error:).*$/gm, "");
}

/** Turns what git wrote into one line with the remedy; `slowSeconds` is how long a fetch waited for the remote. */
export function explainFailure(
  stderr: string,
  exitCode: number | null,
  remote: GitRemote | undefined,
  slowSeconds?: number,
): GitError {
  const detail = withoutSecrets(stderr.trim(), remote);
  if (slowSeconds !== undefined && /operation too slow/i.test(stderr)) {
    return new GitError("timeout", slowToPrepare(remote, slowSeconds), detail);
  }
  // What the remote says of its own repository says nothing about ours.
  const local = ownWords(stderr);
  for (const [pattern, kind, explain] of EXPLANATIONS) {
    if (pattern.test(kind === "damaged" ? local : stderr)) return new GitError(kind, explain(remote), detail);
  }
  const lines = detail.split("\n").filter((line) => line.trim() !== "");
  const said = lines.findLast((line) => /^(fatal|error|remote):/.test(line)) ?? lines.at(-1);
  // Not by us: by the system that has no memory left, or by somebody.
  if (exitCode === null) return new GitError("killed", "git ended with a signal: it is tried again", detail);
  const text =
    said === undefined ? `git ended with ${exitCode}` : `git failed: ${said.replace(/^(fatal|error): /, "")}`;
  return new GitError("other", oneLine(text), detail);
}

function slowToPrepare(remote: GitRemote | undefined, slowSeconds: number): string {
  const waited = slowSeconds < 120 ? `${slowSeconds} seconds` : `${Math.round(slowSeconds / 60)} minutes`;
  return `${where(remote)} sent next to nothing for ${waited}, as a host does that prepares a large repository: run git repack -a -d --write-bitmap-index in the repository there, or sync when that host is less busy`;
}

/** Removes the password in every spelling, and the userinfo part of URLs. */
export function withoutSecrets(text: string, remote: GitRemote | undefined): string {
  let result = text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@'"]*@/gi, "$1");
  const credentials = remote?.credentials;
  if (credentials === undefined || credentials.password === "") return result;
  const { username, password } = credentials;
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  for (const secret of [basic, encodeURIComponent(password), password]) result = result.replaceAll(secret, "***");
  return result;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 500);
}
