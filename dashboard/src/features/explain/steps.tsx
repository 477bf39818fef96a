import type { ReactNode } from "react";
import { Link } from "react-router";
import { customerAddress } from "../customers/customer-address.ts";
import type { LineRef } from "../grants/lines.ts";
import { readsGrants } from "../tokens/tokens.ts";
import type { Subject } from "./subject.ts";
import type { ConsideredGrant } from "./explain.ts";
import { explainAddress } from "./explain-address.ts";
import { LINK } from "./fact.tsx";
import { BY_GRANTS } from "./through.ts";
import { grantInTheWay, missingOf } from "./verdict.ts";

/** One thing that helps. */
export interface Step {
  text: ReactNode;
  /** Only for who may. */
  action?: ReactNode;
}

/** Buttons that open the dialog for it; nothing for who may not. */
export interface Doing {
  dialogs: ReactNode;
  extendToken: ReactNode;
  raiseLimit: ReactNode;
  changePackages: ReactNode;
  newToken: ReactNode;
  renewLine: (line: LineRef) => ReactNode;
  changeLine: (line: LineRef, label: string) => ReactNode;
  addGrant: (packages: string[]) => ReactNode;
  similar: readonly string[];
}

export function stepsFor(subject: Subject, doing: Doing): Step[] {
  const { explanation } = subject;
  const inTheWay = grantInTheWay(explanation);
  const line = inTheWay && lineOf(inTheWay, subject);
  switch (explanation.reason) {
    case "token_revoked":
      return [
        { text: "If that was a mistake, make a new token for them.", action: doing.newToken },
        ...restoring(subject),
        ...otherTokens(subject),
      ];
    case "token_expired":
      return [
        {
          text: "Extend it: the same token works again with composer’s next request, and they change nothing.",
          action: doing.extendToken,
        },
        ...otherTokens(subject),
      ];
    case "package_unknown":
      return packageUnknown(doing);
    case "outside_project":
      return [
        {
          text: "Use the customer’s own token in this project, or let the token of the project read more.",
          action: doing.changePackages,
        },
      ];
    case "not_covered":
      return notCovered(subject, doing);
    case "lapsed":
      return line === undefined
        ? notCovered(subject, doing)
        : [{ text: <>Renew line {nameOf(line)}.</>, action: doing.renewLine(line) }];
    case "revoked":
      return line === undefined
        ? notCovered(subject, doing)
        : [
            {
              text: <>If it should not have been cancelled, grant line {nameOf(line)} again.</>,
              action: doing.changeLine(line, "Grant it again"),
            },
          ];
    case "not_started":
      return line === undefined
        ? []
        : [
            {
              text: <>Wait, or let line {nameOf(line)} start earlier.</>,
              action: doing.changeLine(line, "Change the start"),
            },
          ];
    case "source_failing":
    case "version_unknown":
    case "version_withdrawn":
      return versionMissing(subject);
    case "released_after_updates_until":
      return [
        ...(line === undefined
          ? [{ text: "Sell them updates for longer." }]
          : [{ text: <>If they renewed, renew line {nameOf(line)}.</>, action: doing.renewLine(line) }]),
        ...olderVersion(subject),
      ];
    case "constraint_excludes":
    case "stability_excludes":
      return [
        ...(line === undefined
          ? []
          : [
              {
                text: <>If they bought more, change line {nameOf(line)}.</>,
                action: doing.changeLine(line, "Change it"),
              },
            ]),
        ...olderVersion(subject),
      ];
    case "rate_limited":
      return [
        { text: "Raise the limit, which helps at once.", action: doing.raiseLimit },
        { text: "Or wait: some requests are free again every minute. A build that does not cache needs many." },
      ];
    case "allowed":
      return allowedInVain(subject, doing);
  }
}

function nameOf({ line, orderId }: LineRef): ReactNode {
  return (
    <>
      <bdi>{line}</bdi> of order <bdi className="font-medium">{orderId}</bdi>
    </>
  );
}

function restoring({ owner }: Subject): Step[] {
  if (owner === undefined) return [];
  return [
    {
      text: (
        <>
          If everything was revoked at once,{" "}
          <Link to={customerAddress(owner.shop, owner.customerId)} className={LINK}>
            restore the customer
          </Link>
          .
        </>
      ),
    },
  ];
}

function otherTokens({ owner }: Subject): Step[] {
  if (owner === undefined) return [];
  return [
    {
      text: (
        <>
          Or they have another one:{" "}
          <Link to={customerAddress(owner.shop, owner.customerId)} className={LINK}>
            all tokens of customer <bdi>{owner.customerId}</bdi>
          </Link>
          .
        </>
      ),
    },
  ];
}

/** Undefined for what a token holds by itself. */
function lineOf(grant: ConsideredGrant, { owner }: Subject): LineRef | undefined {
  if (owner === undefined || grant.token !== null || grant.order_id === null || grant.line === null) return undefined;
  return { ...owner, orderId: grant.order_id, line: grant.line };
}

function packageUnknown({ similar }: Doing): Step[] {
  return [
    {
      text: (
        <>
          Check how it is written
          {similar.length > 0 && (
            <>
              . Hosted here:{" "}
              {similar.map((name, index) => (
                <span key={name}>
                  {index > 0 && ", "}
                  <code>{name}</code>
                </span>
              ))}
            </>
          )}
          .
        </>
      ),
    },
    {
      text: (
        <>
          A package is hosted once its{" "}
          <Link to="/sources" className={LINK}>
            source
          </Link>{" "}
          was added and synced.
        </>
      ),
    },
  ];
}

function notCovered({ token, owner, packageName, tokens }: Subject, doing: Doing): Step[] {
  const isOwn = token?.access === "own";
  return [
    ...(owner !== undefined && !isOwn
      ? [
          {
            text: (
              <>
                If they bought it, grant it to{" "}
                <Link to={customerAddress(owner.shop, owner.customerId)} className={LINK}>
                  customer <bdi>{owner.customerId}</bdi>
                </Link>
                .
              </>
            ),
            action: doing.addGrant([packageName]),
          },
        ]
      : []),
    ...(isOwn
      ? [{ text: "If they bought it, add it to the packages of the token.", action: doing.changePackages }]
      : []),
    ...(isOwn && owner !== undefined
      ? [
          {
            text: (
              <>
                This token reads only its own packages, not what is granted to the customer.{" "}
                <Link to={explainAddress({ customer: owner, tokenId: BY_GRANTS, packageName })} className={LINK}>
                  Is it granted to them?
                </Link>
              </>
            ),
          },
        ]
      : []),
    ...(token !== undefined || (tokens?.length ?? 0) > 1
      ? [{ text: "Perhaps they bought it with another token: composer keeps one for each host." }]
      : []),
  ];
}

function versionMissing({ explanation, packageName }: Subject): Step[] {
  const { source, newest_covered: newest } = explanation;
  return [
    ...(newest === null ? [] : [{ text: <>The newest version that they can install is {newest}.</> }]),
    {
      text: (
        <>
          Look for it among the{" "}
          <Link to={`/packages/${packageName}/versions?withdrawn=include`} className={LINK}>
            versions
          </Link>
          {source !== null && (
            <>
              , and at what was skipped at the last sync of the source{" "}
              <Link to={`/sources/${source.id}`} className={LINK}>
                <bdi>{source.name}</bdi>
              </Link>
            </>
          )}
          .
        </>
      ),
    },
    ...(explanation.reason === "version_withdrawn"
      ? [{ text: "A composer.lock that names it goes on installing; only new requirements do not find it." }]
      : []),
  ];
}

function olderVersion({ explanation, packageName }: Subject): Step[] {
  const newest = explanation.newest_covered;
  if (newest === null) return [];
  return [
    {
      text: (
        <>
          Without that they can require the older one:{" "}
          <code className="break-all">
            composer require {packageName}:{newest}
          </code>
        </>
      ),
    },
  ];
}

/** The version is open, and something else keeps composer from it. */
function allowedInVain({ explanation, token, owner, tokens }: Subject, doing: Doing): Step[] {
  const missing = missingOf(explanation);
  const isUnread = tokens !== undefined && !tokens.some(readsGrants);
  const isNarrowed = token?.access === "project" || (explanation.token?.narrowed_to ?? null) !== null;
  return [
    ...(isUnread
      ? [
          {
            text: "Make a token that reads also what is granted to the customer, and send it to them.",
            action: doing.newToken,
          },
        ]
      : []),
    ...(missing.length > 0
      ? [
          {
            text: (
              <>
                Give them what it requires: <code>{missing.join(", ")}</code>.
              </>
            ),
            action: token?.access !== "own" && owner !== undefined ? doing.addGrant(missing) : doing.changePackages,
          },
          ...(isNarrowed
            ? [{ text: "The token reads a part only: let it read that too.", action: doing.changePackages }]
            : []),
        ]
      : []),
  ];
}
