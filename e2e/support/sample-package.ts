import path from "node:path";
import { type FileChanges, GitRepository } from "./git-repository.ts";

/** What a sample package is, at any version. */
export interface PackagePlan {
  readonly name: string;
  /** Package names and constraints it requires at a version, besides PHP. */
  readonly requires: (version: string) => Readonly<Record<string, string>>;
  /** What the default branch is an alias of, as `extra.branch-alias` says. */
  readonly mainIsAliasOf: string;
}

/** How a release is tagged and dated. */
export interface ReleaseOptions {
  readonly annotated?: boolean;
  /** The commit's date; the tag's own is an hour later. */
  readonly date?: string;
  /** Replaces or adds files of the release. */
  readonly files?: FileChanges;
}

/** A package of a sample vendor with its git repository, in which a test may release more. */
export class SamplePackage {
  readonly plan: PackagePlan;
  readonly repository: GitRepository;

  private constructor(plan: PackagePlan, repository: GitRepository) {
    this.plan = plan;
    this.repository = repository;
  }

  /** Makes the empty repository `root/<vendor>/<name>.git`. */
  static async create(root: string, plan: PackagePlan): Promise<SamplePackage> {
    return new SamplePackage(plan, await GitRepository.create(path.join(root, `${plan.name}.git`)));
  }

  /** The package's name, `acme/core`. */
  get name(): string {
    return this.plan.name;
  }

  /** Where it is below the root of a git server: `acme/core.git`. */
  get path(): string {
    return `${this.plan.name}.git`;
  }

  /** Queues a commit and a tag, for building many at once; `release()` writes as well. */
  addRelease(tag: string, options: ReleaseOptions = {}): void {
    const files = { ...packageFiles(this.plan, tag.replace(/^v/u, "")), ...options.files };
    const date = options.date;
    this.repository.commit(files, { message: `Release ${tag}`, ...(date === undefined ? {} : { date }) });
    const tagDate = date === undefined ? {} : { date: new Date(Date.parse(date) + 3_600_000).toISOString() };
    this.repository.tag(tag, { annotated: options.annotated ?? true, ...tagDate });
  }

  /** Publishes a release on the default branch and returns its commit. */
  async release(tag: string, options: ReleaseOptions = {}): Promise<string> {
    this.repository.branch("main");
    this.addRelease(tag, options);
    await this.repository.write();
    return await this.repository.resolve(`refs/tags/${tag}`);
  }

  /** Moves a tag to a new commit, with other content and the same version, and returns that commit. */
  async moveTag(tag: string, options: { readonly annotated?: boolean } = {}): Promise<string> {
    this.repository.branch("main");
    const files = packageFiles(this.plan, tag.replace(/^v/u, ""));
    this.repository.commit({ ...files, "MOVED.md": `${tag} was tagged again.\n` }, { message: `Fix ${tag}` });
    this.repository.moveTag(tag, { annotated: options.annotated ?? true });
    await this.repository.write();
    return await this.repository.resolve(`refs/tags/${tag}`);
  }
}

/**
 * All files of a package at a version. Its class says which version it is and what it runs on, so that
 * `php -r 'require "vendor/autoload.php"; echo Acme\Checkout\Version::line();'` shows what was really installed.
 */
export function packageFiles(plan: PackagePlan, version: string): FileChanges {
  const requires = plan.requires(version);
  const namespace = namespaceOf(plan.name);
  const line = [`'${plan.name} ' . self::VERSION`];
  for (const name of Object.keys(requires)) line.push(`' on ' . \\${namespaceOf(name)}\\Version::line()`);
  return {
    "composer.json": composerJson(plan, requires),
    "src/Version.php": `<?php

declare(strict_types=1);

namespace ${namespace};

final class Version
{
    public const VERSION = '${version}';

    public static function line(): string
    {
        return ${line.join(" . ")};
    }
}
`,
    "README.md": `# ${plan.name}\n\nVersion ${version}.\n`,
    "view/größe.phtml": "<p>A file name that is not ASCII</p>\n",
    "tests/VersionTest.php": `<?php // A test of ${plan.name}; no customer gets it.\n`,
    ".github/workflows/ci.yml": "on: push\n",
    ".gitattributes": "/tests export-ignore\n/.github export-ignore\n/.gitattributes export-ignore\n",
  };
}

function composerJson(plan: PackagePlan, requires: Readonly<Record<string, string>>): string {
  const manifest = {
    name: plan.name,
    description: `Sample extension ${plan.name}`,
    type: "library",
    license: "proprietary",
    authors: [{ name: "Sample Vendor", email: "vendor@example.com" }],
    require: { php: ">=8.1", ...requires },
    "require-dev": { "phpunit/phpunit": "^10.0" },
    autoload: { "psr-4": { [`${namespaceOf(plan.name)}\\`]: "src/" } },
    "autoload-dev": { "psr-4": { [`${namespaceOf(plan.name)}\\Tests\\`]: "tests/" } },
    extra: { "branch-alias": { "dev-main": plan.mainIsAliasOf } },
  };
  return `${JSON.stringify(manifest, null, 4)}\n`;
}

/** `acme/checkout-pro` → `Acme\CheckoutPro` */
function namespaceOf(name: string): string {
  const words = (text: string): string[] => text.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return name
    .split("/")
    .map((part) => words(part).join(""))
    .join("\\");
}
