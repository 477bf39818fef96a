import type { ReactNode } from "react";
import type { LineRef } from "../grants/lines.ts";
import type { Subject } from "./subject.ts";
import type { ConsideredGrant } from "./explain.ts";
import type { Doing, Step } from "./step.ts";
import {
  allowedInVain,
  notCovered,
  olderVersion,
  otherTokens,
  packageUnknown,
  restoring,
  suspended,
  versionMissing,
} from "./steps-by-reason.tsx";
import { grantInTheWay } from "./verdict.ts";

export function stepsFor(subject: Subject, doing: Doing): Step[] {
  const { explanation } = subject;
  const inTheWay = grantInTheWay(explanation);
  const line = inTheWay && lineOf(inTheWay, subject);
  switch (explanation.reason) {
    case "token_revoked":
      return [
        {
          text: "If that was a mistake, restore it on its page, within 30 days; else make a new one.",
          action: doing.newToken,
        },
        ...restoring(subject),
        ...otherTokens(subject),
      ];
    case "token_suspended":
    case "suspended":
      return suspended(subject);
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

/** Undefined for what a token holds by itself. */
function lineOf(grant: ConsideredGrant, { owner }: Subject): LineRef | undefined {
  if (owner === undefined || grant.token !== null || grant.order_id === null || grant.line === null) return undefined;
  return { ...owner, orderId: grant.order_id, line: grant.line };
}
