import { ByteReader } from "./byte-reader.ts";
import { GitError } from "./git-error.ts";
import type { Git } from "./git.ts";
import type { GitRemote } from "./remote.ts";

/** A branch or tag of the remote repository. */
export interface RemoteRef {
  /** `refs/heads/…` or `refs/tags/…` */
  readonly ref: string;
  /** The ref's own object: of an annotated tag the tag object. */
  readonly objectId: string;
  /** What the tag leads to in the end; the same as `objectId` for everything else. */
  readonly targetId: string;
}

export interface RemoteRefs {
  /** In the order of their names' bytes: tags after branches. */
  readonly refs: readonly RemoteRef[];
  /** `refs/heads/…`; undefined when HEAD leads nowhere. */
  readonly defaultRef: string | undefined;
}

/** Far above what any package has. */
export const REFS_MAX = 50_000;

const LINE = /^([0-9a-f]{40,64})\t(\S.*)$/;

/** Longer names fit in no index of a database; git itself cannot store them as files. */
const NAME_BYTES_MAX = 1_000;

/** What `git check-ref-format` refuses: no honest server has such a ref, and git calls a mirror with one damaged. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NO_REF_NAME = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$/;

function isRefName(name: string): boolean {
  return Buffer.byteLength(name) <= NAME_BYTES_MAX && !NO_REF_NAME.test(name);
}

export interface ListRefsOptions {
  readonly gitDir: string;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Of branches and tags; with more of them git is ended in the middle. */
  readonly refsMax: number;
}

/** Lists the branches and tags of a remote, each as it arrives. */
export async function listRemoteRefs(git: Git, remote: GitRemote, options: ListRefsOptions): Promise<RemoteRefs> {
  const { refsMax, ...local } = options;
  const args = ["ls-remote", "--symref", "--", remote.url, "HEAD", "refs/heads/*", "refs/tags/*"];
  const listing = await git.start(args, { ...local, remote });
  const found = createCollector();
  try {
    listing.stdin.end();
    const reader = new ByteReader(listing.stdout as AsyncIterable<Buffer>);
    // An annotated tag has two lines; names that are none count as well.
    let linesLeft = refsMax * 2 + HEAD_LINES;
    for (let line = await reader.readLine(); line !== undefined; line = await reader.readLine()) {
      found.take(line);
      if (--linesLeft < 0 || found.refs.size > refsMax) throw tooMany(remote, refsMax);
    }
    await listing.done;
  } finally {
    listing.cancel();
    listing.stdout.destroy();
  }
  return found.toRefs();
}

/** Of HEAD: where it points, and its commit. */
const HEAD_LINES = 2;

function tooMany(remote: GitRemote, refsMax: number): GitError {
  const message = `${remote.url} has more than the ${refsMax.toLocaleString("en")} branches and tags that a source may have (SOURCE_MAX_REFS): remove some, or ask the operator for a higher limit`;
  return new GitError("output_too_large", message);
}

/** Takes what `git ls-remote --symref` prints, line by line. A name that is none is passed over. */
function createCollector() {
  const refs = new Map<string, { ref: string; objectId: string; targetId: string }>();
  let headRef: string | undefined;
  let headId: string | undefined;
  return {
    refs,
    take(line: string): void {
      if (line.startsWith("ref: ") && line.endsWith("\tHEAD")) headRef = line.slice(5, -5);
      const [, objectId, name] = LINE.exec(line) ?? [];
      if (objectId === undefined || name === undefined) return;
      if (objectId.length !== 40) {
        throw new GitError("protocol", "the repository uses SHA-256 object names: Composer needs one with SHA-1 names");
      }
      if (name === "HEAD") headId = objectId;
      if (name.endsWith("^{}")) {
        const tag = refs.get(name.slice(0, -3));
        if (tag !== undefined) tag.targetId = objectId;
      } else if (/^refs\/(heads|tags)\//.test(name) && isRefName(name)) {
        refs.set(name, { ref: name, objectId, targetId: objectId });
      }
    },
    toRefs(): RemoteRefs {
      const list = [...refs.values()];
      return { refs: list, defaultRef: headRef ?? guessDefault(list, headId) };
    },
  };
}

/** A server too old to say where HEAD points, or a detached HEAD: git's own guess, the branch with HEAD's commit. */
function guessDefault(refs: readonly RemoteRef[], headId: string | undefined): string | undefined {
  const candidates = refs.filter(({ ref, objectId }) => ref.startsWith("refs/heads/") && objectId === headId);
  return (candidates.find(({ ref }) => ref === "refs/heads/master") ?? candidates[0])?.ref;
}
