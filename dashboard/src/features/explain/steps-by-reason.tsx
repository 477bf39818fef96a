import { Link } from "react-router";
import { customerAddress } from "../customers/customer-address.ts";
import { readsGrants } from "../tokens/tokens.ts";
import { explainAddress } from "./explain-address.ts";
import { LINK } from "./fact.tsx";
import type { Doing, Step } from "./step.ts";
import type { Subject } from "./subject.ts";
import { BY_GRANTS } from "./through.ts";
import { missingOf } from "./verdict.ts";

export function restoring({ owner }: Subject): Step[] {
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

/** What was suspended goes on by being resumed where that was done, and the buyer changes nothing. */
export function suspended({ explanation: { token }, owner }: Subject): Step[] {
  const isItself = token?.suspended_by.includes("token") === true;
  return [
    ...(isItself
      ? [
          {
            text: (
              <>
                Resume{" "}
                <Link to={`/tokens/${token.id}`} className={LINK}>
                  the token
                </Link>{" "}
                once what it waits for is settled.
              </>
            ),
          },
        ]
      : []),
    ...(owner === undefined
      ? []
      : [
          {
            text: (
              <>
                See what is suspended of{" "}
                <Link to={customerAddress(owner.shop, owner.customerId)} className={LINK}>
                  customer <bdi>{owner.customerId}</bdi>
                </Link>
                , and resume it there. An order is resumed over the API.
              </>
            ),
          },
        ]),
  ];
}

export function otherTokens({ owner }: Subject): Step[] {
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

export function packageUnknown({ similar }: Doing): Step[] {
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

export function notCovered({ token, owner, packageName, tokens }: Subject, doing: Doing): Step[] {
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

export function versionMissing({ explanation, packageName }: Subject): Step[] {
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

export function olderVersion({ explanation, packageName }: Subject): Step[] {
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
export function allowedInVain({ explanation, token, owner, tokens }: Subject, doing: Doing): Step[] {
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
