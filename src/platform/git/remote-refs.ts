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

const LINE = /^([0-9a-f]{40,64})\t(\S.*)$/;

/** Longer names fit in no index of a database; git itself cannot store them as files. */
const NAME_LENGTH_MAX = 1_000;

/** What `git check-ref-format` refuses: no honest server has such a ref, and git calls a mirror with one damaged. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NO_REF_NAME = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$/;

function isRefName(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && !NO_REF_NAME.test(name);
}

/** Reads what `git ls-remote --symref` prints. A name that is none is passed over. */
export function parseRemoteRefs(output: Buffer): RemoteRefs {
  const refs = new Map<string, { ref: string; objectId: string; targetId: string }>();
  let headRef: string | undefined;
  let headId: string | undefined;
  for (const line of output.toString("utf8").split("\n")) {
    if (line.startsWith("ref: ") && line.endsWith("\tHEAD")) headRef = line.slice(5, -5);
    const [, objectId, name] = LINE.exec(line) ?? [];
    if (objectId === undefined || name === undefined) continue;
    if (name === "HEAD") headId = objectId;
    if (name.endsWith("^{}")) {
      const tag = refs.get(name.slice(0, -3));
      if (tag !== undefined) tag.targetId = objectId;
    } else if (/^refs\/(heads|tags)\//.test(name) && isRefName(name)) {
      refs.set(name, { ref: name, objectId, targetId: objectId });
    }
  }
  const list = [...refs.values()];
  return { refs: list, defaultRef: headRef ?? guessDefault(list, headId) };
}

/** A server too old to say where HEAD points, or a detached HEAD: git's own guess, the branch with HEAD's commit. */
function guessDefault(refs: readonly RemoteRef[], headId: string | undefined): string | undefined {
  const candidates = refs.filter(({ ref, objectId }) => ref.startsWith("refs/heads/") && objectId === headId);
  return (candidates.find(({ ref }) => ref === "refs/heads/master") ?? candidates[0])?.ref;
}
