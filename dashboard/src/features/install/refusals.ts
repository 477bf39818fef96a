/** One line that composer prints, what it means and what to do. */
export interface Refusal {
  message: string;
  meaning: string;
  remedy: string;
}

/** What stands in the messages where each buyer's own values are. */
export interface RefusalValues {
  host: string;
  lastFour: string;
  /** Of another token of the same buyer. */
  otherLastFour: string;
  date: string;
  packageName: string;
  /** What the package is called now. */
  successor: string;
  version: string;
  /** Requests an hour. */
  limit: number;
}

export const EXAMPLE_VALUES: Omit<RefusalValues, "host"> = {
  lastFour: "x7Qz",
  otherLastFour: "m2Lp",
  date: "2026-03-31",
  packageName: "vendor/package",
  successor: "vendor/new-name",
  version: "2.0.0",
  limit: 1000,
};

function configure(host: string): string {
  return `composer config http-basic.${host} token YOUR_TOKEN`;
}

/** The token itself is refused. The words are the server's own (src/modules/composer-repository/messages.ts). */
export function tokenRefusals({ host, lastFour, otherLastFour, date, limit }: RefusalValues): Refusal[] {
  return [
    {
      message: `${host} needs your token: run "${configure(host)}" with the token from your purchase; when asked, the user name is token, the password is your token.`,
      meaning: "Composer sent no token: it is not configured here, or for another address.",
      remedy: "Do step 2 above. In CI, check that COMPOSER_AUTH arrives in the job and names this very host.",
    },
    {
      message: `${host} could not read your credentials: run "${configure(host)}" with the token from your purchase.`,
      meaning: "What was sent is no user name and password.",
      remedy: "Do step 2 again, and look into auth.json for an older line of this host.",
    },
    {
      message: `This is not a token of ${host} (pbt_…): copy it whole from your purchase and run "${configure(host)}".`,
      meaning: "A character is missing or too many, or it is the password of something else.",
      remedy: "Copy the token again, from the first letter to the last.",
    },
    {
      message:
        "This is a management token (pbm_…), which installs nothing: use the customer token (pbt_…) from your purchase.",
      meaning: "That token belongs into a shop, not into composer.",
      remedy: "Use the token that begins with pbt_.",
    },
    {
      message: `Your token is unknown to ${host}: check that it belongs to this address, or ask the vendor for a new one.`,
      meaning: "It is well-formed and was never made here.",
      remedy: "Compare the address with the one in your purchase mail; if it is this one, ask for a new token.",
    },
    {
      message: `Your token (…${lastFour}) expired on ${date}: renew with the vendor to go on installing and updating.`,
      meaning: "What you bought was for a time, and that is over.",
      remedy: "Renew. The same token goes on working afterwards, without a change on your side.",
    },
    {
      message: `Your token (…${lastFour}) was revoked: ask the vendor for a new one.`,
      meaning: "The vendor ended it, for example because a subscription was cancelled.",
      remedy: "Ask for a new one, and do step 2 with it.",
    },
    {
      message: `Your token (…${lastFour}) is suspended: ask the vendor why; it works again once they resume it.`,
      meaning: "The vendor closed it for a while, for example because an invoice is not paid.",
      remedy: "Settle it with the vendor. The same token works again afterwards, without a change on your side.",
    },
    {
      message: `Your token (…${lastFour}) was revoked: your token (…${otherLastFour}) works; run "${configure(host)}" with that one.`,
      meaning: "You have another token of this vendor, and this machine has one that ended.",
      remedy: "Do step 2 with the one whose last four characters are named.",
    },
    {
      message: `Your token (…${lastFour}) was replaced by a new one on ${date}: run "${configure(host)}" with the new token from the vendor.`,
      meaning: "You got a newer token, and this machine has the old one.",
      remedy: "Do step 2 with the new one, on every machine and in CI.",
    },
    {
      message: `Your token made more requests than its limit of ${limit} an hour: try again in a minute, or ask the vendor for a higher limit.`,
      meaning: "Many installs in a short time, often CI without a cache.",
      remedy: "Wait and run it again. Keep composer's cache directory between CI runs.",
    },
  ];
}

/** The token is good, and does not open this package or version. */
export function packageRefusals({ packageName, successor, otherLastFour, version, date }: RefusalValues): Refusal[] {
  return [
    {
      message: `${packageName}: your access ended on ${date}; renew with the vendor to install or update it.`,
      meaning: "This package was part of what you bought, and its time is over.",
      remedy: "Renew. Then run the command again.",
    },
    {
      message: `${packageName}: your access is suspended; ask the vendor why.`,
      meaning: "The vendor closed what you bought for a while, not your whole token.",
      remedy: "Settle it with the vendor. Then run the command again.",
    },
    {
      message: `${packageName}: not part of what your token was bought for; buy it from the vendor to install it.`,
      meaning: "The token opens other packages of this vendor, not this one.",
      remedy: "Check the name in your purchase; or buy it.",
    },
    {
      message: `${packageName}: not part of what this token opens; your token (…${otherLastFour}) opens it, configure that one.`,
      meaning: "You bought it with another order, which came with a token of its own.",
      remedy:
        "Do step 2 with that one. Composer keeps one token for each server: to use both in one project, ask the vendor for one that opens all you bought.",
    },
    {
      message: `${packageName}: no version of it is offered at the moment; ask the vendor whether it has another name.`,
      meaning: "It was offered here once, and nothing of it is now.",
      remedy: "Ask the vendor. What your composer.lock names goes on installing.",
    },
    {
      message: `${packageName} is ${successor} now: run "composer remove ${packageName}", then "composer require ${successor}".`,
      meaning: "The vendor gave it another name. Your token opens that one as well.",
      remedy: "Run the two commands in your project.",
    },
    {
      message: `${packageName}: your updates include versions released until ${date}; renew with the vendor for newer ones.`,
      meaning: "You may install every version up to that day, for as long as your token works.",
      remedy: "Nothing, or renew to get newer ones.",
    },
    {
      message: `${packageName}: your token covers some of its versions only.`,
      meaning: "What you bought names certain versions.",
      remedy: "Require one of these versions; composer show --all lists them.",
    },
    {
      message: `${packageName} ${version}: not among the versions your token covers; renew with the vendor to install it.`,
      meaning: "Your composer.lock names a version that is outside what you bought.",
      remedy: "Renew, or run composer update to get to a version you may install.",
    },
  ];
}

/** What composer says of itself around our lines, or where we say nothing. */
export function composerRefusals({ packageName, url }: { packageName: string; url: string }): Refusal[] {
  const plainHttp = {
    message: `Your configuration does not allow connections to ${url}/packages.json.`,
    meaning: "This server is reached without TLS, and composer was not told to take that.",
    remedy: "For a trial, run composer config secure-http false in the project.",
  };
  return [
    {
      message: `Could not find a matching version of package ${packageName}.`,
      meaning: "Nothing of that name is hosted here for your token, or no version of it fits.",
      remedy: "Check the spelling, and that step 1 was done in this very project.",
    },
    {
      message: `Root composer.json requires ${packageName}, it could not be found in any version, there may be a typo in the package name.`,
      meaning: "The same, for a package that composer.json names already.",
      remedy: "If a line of ours stands above it, that line says why.",
    },
    {
      message: `The '${url}/packages.json' URL required authentication (HTTP 401).`,
      meaning: "Composer has no token for this address, and nobody is there to type one.",
      remedy: "Do step 2 above; in CI, set COMPOSER_AUTH.",
    },
    {
      message: `The "${url}/packages.json" file could not be downloaded (HTTP/1.1 402 Payment Required)`,
      meaning: "The token was sent and refused.",
      remedy: "The line of ours above it says why.",
    },
    ...(url.startsWith("http:") ? [plainHttp] : []),
  ];
}
