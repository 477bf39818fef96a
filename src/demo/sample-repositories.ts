/** One release of a sample package: what its files are at that tag. */
export interface SampleRelease {
  tag: string;
  /** Unix seconds: the same at every start, so that the commits are too. */
  date: number;
  files: Record<string, string>;
}

/** A git repository of a sample vendor. */
export interface SampleRepository {
  /** Package and repository name, `acme/core`. */
  name: string;
  vendor: string;
  author: string;
  releases: SampleRelease[];
}

interface SamplePackage {
  name: string;
  description: string;
  require?: Record<string, string>;
  /** `"main"` of the branch alias. */
  alias: string;
  firstReleaseAt: string;
  tags: string[];
  className: string;
  /** The class of a release; the version differs, so that one can see which was installed. */
  code: (version: string) => string;
}

const DAY_SECONDS = 24 * 3600;
const DAYS_BETWEEN_RELEASES = 40;
const MAINTAINERS: Record<string, string> = {
  acme: "Acme Developers <dev@acme.example>",
  globex: "Globex Developers <dev@globex.example>",
};

const SAMPLE_PACKAGES: SamplePackage[] = [
  {
    name: "acme/core",
    description: "Money and other basics of all Acme extensions",
    alias: "1.3.x-dev",
    firstReleaseAt: "2025-01-15T10:00:00Z",
    tags: ["1.0.0", "1.1.0", "1.2.0", "1.3.0-beta1"],
    className: "Acme\\Core\\Money",
    code: (version) => `final class Money
{
    public const CORE_VERSION = '${version}';

    public function __construct(private int $cents, private string $currency = 'EUR')
    {
    }

    public function plus(self $other): self
    {
        return new self($this->cents + $other->cents, $this->currency);
    }

    public function __toString(): string
    {
        return sprintf('%.2f %s', $this->cents / 100, $this->currency);
    }
}
`,
  },
  {
    name: "acme/checkout",
    description: "A checkout on one page",
    require: { "acme/core": "^1.0" },
    alias: "2.1.x-dev",
    firstReleaseAt: "2025-02-01T10:00:00Z",
    tags: ["1.0.0", "1.1.0", "2.0.0-RC1", "2.0.0"],
    className: "Acme\\Checkout\\Checkout",
    code: (version) => `use Acme\\Core\\Money;

final class Checkout
{
    public const VERSION = '${version}';

    public function total(Money ...$prices): string
    {
        $sum = array_reduce($prices, fn (Money $sum, Money $price) => $sum->plus($price), new Money(0));

        return 'Acme Checkout ' . self::VERSION . ': total ' . $sum;
    }
}
`,
  },
  {
    name: "acme/checkout-pro",
    description: "The checkout, with gift cards",
    require: { "acme/checkout": "^2.0", "acme/core": "^1.1" },
    alias: "1.1.x-dev",
    firstReleaseAt: "2025-08-01T10:00:00Z",
    tags: ["1.0.0-alpha1", "1.0.0", "1.0.1"],
    className: "Acme\\CheckoutPro\\GiftCard",
    code: (version) => `use Acme\\Core\\Money;

final class GiftCard
{
    public const VERSION = '${version}';

    public function __construct(public readonly string $code, public readonly Money $value)
    {
    }
}
`,
  },
  {
    name: "globex/mailer",
    description: "Sends order mails, and asks for reviews later",
    alias: "3.0.x-dev",
    firstReleaseAt: "2025-03-10T10:00:00Z",
    tags: ["2.0.0", "2.1.0", "3.0.0-beta1"],
    className: "Globex\\Mailer\\OrderMail",
    code: (version) => `final class OrderMail
{
    public const VERSION = '${version}';

    public function subject(string $orderId): string
    {
        return 'Your order ' . $orderId;
    }
}
`,
  },
];

/** What two vendors would have in git: tags, one of them a pre-release, and a main branch with an alias. */
export const sampleRepositories: SampleRepository[] = SAMPLE_PACKAGES.map((sample) => {
  const vendor = sample.name.split("/")[0] ?? "";
  const firstReleaseAt = Date.parse(sample.firstReleaseAt) / 1000;
  return {
    name: sample.name,
    vendor,
    author: MAINTAINERS[vendor] ?? "",
    releases: sample.tags.map((tag, index) => ({
      tag,
      date: firstReleaseAt + index * DAYS_BETWEEN_RELEASES * DAY_SECONDS,
      files: filesOf(sample, tag),
    })),
  };
});

function filesOf(sample: SamplePackage, version: string): Record<string, string> {
  const parts = sample.className.split("\\");
  const className = parts.at(-1) ?? "";
  const namespace = parts.slice(0, -1).join("\\");
  const manifest = {
    name: sample.name,
    description: sample.description,
    type: "library",
    license: "proprietary",
    require: { php: ">=8.1", ...sample.require },
    autoload: { "psr-4": { [`${namespace}\\`]: "src/" } },
    extra: { "branch-alias": { "dev-main": sample.alias } },
  };
  return {
    "composer.json": `${JSON.stringify(manifest, undefined, 4)}\n`,
    "README.md": `# ${sample.name}\n\n${sample.description}.\n`,
    [`src/${className}.php`]: `<?php\n\ndeclare(strict_types=1);\n\nnamespace ${namespace};\n\n${sample.code(version)}`,
  };
}
