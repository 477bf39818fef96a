import { GitError, SUBMODULE_DEPTH_MAX } from "../../../platform/git/index.ts";
import type { CommitFacts, GitMirror, GitRemote } from "../../../platform/git/index.ts";
import { LfsHostError, lfsHostOf } from "../../../platform/git/lfs/index.ts";
import type { LfsHost } from "../../../platform/git/lfs/index.ts";
import { AddressRefusedError, HostNotFoundError } from "../../../platform/outbound-http/index.ts";
import { SourceUrlError, openSubmoduleRemote } from "../../sources/index.ts";
import type { SourcePolicy } from "../../sources/index.ts";
import { LFS_REASON, SIZE_REASON, SUBMODULE_REASON, emptyContents, obstruct } from "./version-contents.ts";
import type { Part, VersionContents } from "./version-contents.ts";

export interface ContentLimits {
  /** Of a version: its files with Git LFS objects and submodules, unpacked. */
  readonly sizeBytesMax: number;
  readonly filesMax: number;
}

interface Gathering {
  readonly mirror: Pick<GitMirror, "inspect" | "readConfig" | "fetchCommits">;
  readonly remote: GitRemote;
  readonly sourcePolicy: SourcePolicy;
  readonly withSubmodules: boolean;
  readonly limits: ContentLimits;
}

const SUBMODULES_MAX = 50;

/** Looks into the trees of versions and, where they are to be delivered, of their submodules, which are fetched. */
export async function gatherContents(given: Gathering, commits: readonly string[]): Promise<VersionContents[]> {
  const versions = commits.map((commit) => emptyContents(commit, given.remote));
  const configs = createConfigs(given);
  for (let depth = 0; depth <= SUBMODULE_DEPTH_MAX; depth++) {
    const open = versions.filter(({ obstacle, parts }) => obstacle === undefined && parts.length > 0);
    if (open.length === 0) break;
    const facts = await given.mirror.inspect(
      open.flatMap(({ parts }) => parts.map(({ commit }) => commit)),
      given.limits,
    );
    for (const version of open) {
      const { parts } = version;
      version.parts = [];
      for (const part of parts) await takePart(given, version, part, facts.get(part.commit), configs);
    }
    await fetchParts(given, versions);
  }
  for (const version of versions) judge(version, given.limits);
  return versions;
}

async function takePart(
  given: Gathering,
  version: VersionContents,
  part: Part,
  facts: CommitFacts | undefined,
  configs: Configs,
): Promise<void> {
  if (facts === undefined) return;
  const prefix = part.path === "" ? "" : `${part.path}/`;
  const where = part.path === "" ? "" : `${SUBMODULE_REASON}${part.path}: `;
  if (facts.problem !== undefined) obstruct(version, `${where}${facts.problem}: remove it`);
  version.files += facts.files;
  version.sizeBytes += facts.sizeBytes;
  if (part.path === "") version.submodulePaths.push(...facts.submodules.map(({ path }) => path));
  if (facts.lfs.length > 0) await takeLfs(version, part, facts, configs);
  if (!given.withSubmodules) return;
  for (const { path, commit } of facts.submodules) {
    const full = prefix + path;
    const remote = await configs.submoduleRemote(part, facts.modulesFile, path);
    if (typeof remote === "string") obstruct(version, `${SUBMODULE_REASON}${full} cannot be had: ${remote}`);
    else version.parts.push({ commit, path: full, remote });
    version.submoduleCommits.push(commit);
    if (version.submoduleCommits.length > SUBMODULES_MAX) {
      obstruct(version, `${SUBMODULE_REASON}${full} is one of more than ${SUBMODULES_MAX}`);
      return;
    }
  }
}

async function takeLfs(version: VersionContents, part: Part, facts: CommitFacts, configs: Configs): Promise<void> {
  const host = await configs.lfsHost(part, facts.lfsConfig);
  for (const { path, pointer } of facts.lfs) {
    const full = part.path === "" ? path : `${part.path}/${path}`;
    if (pointer.kind === "extension") {
      obstruct(
        version,
        `${LFS_REASON}${full} was stored with an extension, which cannot be undone here: store it plain`,
      );
    } else if (typeof host === "string") obstruct(version, `${LFS_REASON}${full} cannot be had: ${host}`);
    else {
      version.wanted.push({ path: full, object: pointer, host });
      version.sizeBytes += pointer.sizeBytes;
    }
  }
}

/** Gets the commits of the next round, of each remote at once. */
async function fetchParts({ mirror }: Gathering, versions: readonly VersionContents[]): Promise<void> {
  const parts = versions.flatMap((version) => version.parts.map((part) => ({ version, part })));
  for (const group of Map.groupBy(parts, ({ part }) => part.remote.url).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const commits = [...new Set(group.map(({ part }) => part.commit))];
    const failures = await mirror.fetchCommits(first.part.remote, commits);
    for (const { version, part } of group) {
      const failure = failures.get(part.commit);
      if (failure === undefined) continue;
      const why =
        failure.kind === "other"
          ? `its commit ${part.commit.slice(0, 12)} is not at ${part.remote.url}: push it there`
          : failure.message;
      obstruct(version, `${SUBMODULE_REASON}${part.path} cannot be had: ${why}`, isPassing(failure));
    }
  }
}

function isPassing({ kind }: GitError): boolean {
  return kind === "unreachable" || kind === "timeout" || kind === "host_not_found";
}

function judge(version: VersionContents, { filesMax, sizeBytesMax }: ContentLimits): void {
  const { files, sizeBytes } = version;
  if (files === 0) {
    obstruct(version, "its archive would be empty: .gitattributes leaves every file out (export-ignore)");
  }
  if (files > filesMax) {
    obstruct(version, `${SIZE_REASON}${number(files)} files, more than ${number(filesMax)}`);
  }
  if (sizeBytes > sizeBytesMax) {
    const [size, limit] = [Math.ceil(sizeBytes / MB), Math.floor(sizeBytesMax / MB)];
    const how = "leave files out with export-ignore, or ask the operator for a higher ARCHIVE_MAX_MB";
    obstruct(version, `${SIZE_REASON}${number(size)} MB unpacked, more than ${number(limit)}: ${how}`);
  }
}

const MB = 1024 * 1024;

function number(value: number): string {
  return value.toLocaleString("en");
}

/** Where things are, or why that is not known; each file of configuration is read once. */
interface Configs {
  lfsHost(part: Part, lfsConfig: string | undefined): Promise<LfsHost | string>;
  submoduleRemote(part: Part, modulesFile: string | undefined, path: string): Promise<GitRemote | string>;
}

function createConfigs({ mirror, remote: source, sourcePolicy }: Gathering): Configs {
  const read = remembered(async (id: string) => {
    try {
      return await mirror.readConfig(id);
    } catch (error) {
      if (error instanceof GitError && error.kind === "other") return undefined;
      throw error;
    }
  });
  const opened = new Map<string, Promise<GitRemote | string>>();
  return {
    async lfsHost({ remote }, lfsConfig) {
      const config = lfsConfig === undefined ? new Map<string, string>() : await read(lfsConfig);
      if (config === undefined) return ".lfsconfig cannot be read";
      return inWords(() => lfsHostOf(remote, config.get("lfs.url") ?? config.get("remote.origin.lfsurl")));
    },
    async submoduleRemote({ remote: parent }, modulesFile, path) {
      const config = modulesFile === undefined ? undefined : await read(modulesFile);
      if (config === undefined) return "there is no .gitmodules that can be read";
      const name = [...config].find(([key, value]) => /^submodule\..+\.path$/.test(key) && value === path)?.[0];
      const url = config.get((name ?? "").replace(/\.path$/, ".url"));
      if (url === undefined) return ".gitmodules does not say where it is";
      const key = `${parent.url} ${url}`;
      const known = opened.get(key) ?? inWords(() => openSubmoduleRemote(sourcePolicy, { source, parent }, url));
      opened.set(key, Promise.resolve(known));
      return await known;
    },
  };
}

function remembered<T>(work: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (id) => {
    const made = known.get(id) ?? work(id);
    known.set(id, made);
    return made;
  };
}

async function inWords<T>(work: () => T | Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    const isExpected = [LfsHostError, SourceUrlError, AddressRefusedError, HostNotFoundError].some(
      (type) => error instanceof type,
    );
    if (isExpected) return (error as Error).message;
    throw error;
  }
}
