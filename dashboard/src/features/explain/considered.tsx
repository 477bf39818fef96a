import { Link } from "react-router";
import { useMay } from "../../api/session.ts";
import { StateBadge } from "../../ui/badge.tsx";
import { Card } from "../../ui/card.tsx";
import { Time } from "../../ui/time.tsx";
import { plural } from "../../ui/words.ts";
import { readsGrants } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import type { Subject } from "./subject.ts";
import { explainAddress } from "./explain-address.ts";
import { GrantsFact } from "./considered-grants.tsx";
import { Fact, LINK, SIGNS } from "./fact.tsx";
import { BY_GRANTS } from "./through.ts";

/** Every fact the answer rests on, in the order in which composer meets them. */
export function Considered({ subject }: { subject: Subject }) {
  return (
    <Card title="What was looked at" flush>
      <dl className="divide-y divide-line">
        <TokenFact subject={subject} />
        <PackageFact subject={subject} />
        <GrantsFact subject={subject} />
        <VersionFact subject={subject} />
        <SourceFact subject={subject} />
        <LimitFact subject={subject} />
        <RequirementsFact subject={subject} />
      </dl>
    </Card>
  );
}

function TokenFact({ subject: { explanation, token, tokens } }: { subject: Subject }) {
  if (explanation.token !== null && token !== undefined) {
    const { status, expires_at: end, access } = explanation.token;
    return (
      <Fact sign={status === "active" ? "good" : "bad"} name="Token">
        <Link to={`/tokens/${token.id}`} className={LINK}>
          …{token.last_four}
        </Link>{" "}
        <StateBadge state={status} />{" "}
        {status !== "revoked" &&
          (end === null ? (
            "It never expires."
          ) : (
            <>
              {status === "expired" ? "It expired" : "It works until"} <Time at={end} as="date-time" />.
            </>
          ))}{" "}
        <ReadsWhat access={access} narrowedTo={explanation.token.narrowed_to} />
      </Fact>
    );
  }
  const reading = tokens?.filter(readsGrants) ?? [];
  return (
    <Fact sign={reading.length > 0 ? "good" : "bad"} name="Tokens">
      {reading.length === 0 ? (
        "None of their active tokens reads what is granted to the customer."
      ) : (
        <>
          {plural(reading.length, "active token")} {reading.length === 1 ? "reads" : "read"} what is granted to the
          customer:{" "}
          {reading.map((one, index) => (
            <span key={one.id}>
              {index > 0 && ", "}
              <Link to={`/tokens/${one.id}`} className={LINK}>
                …{one.last_four}
              </Link>
            </span>
          ))}
          .
        </>
      )}
    </Fact>
  );
}

function ReadsWhat({ access, narrowedTo }: { access: Token["access"]; narrowedTo: readonly string[] | null }) {
  switch (access) {
    case "own":
      return <>It reads its own packages only.</>;
    case "customer":
      if (narrowedTo === null) return <>It reads its own packages and what is granted to the customer.</>;
      return (
        <>
          It reads its own packages and, of what is granted to the customer, <code>{narrowedTo.join(", ")}</code>:
          whoever made it may grant no more.
        </>
      );
    case "project":
      return (
        <>
          It is for one project: of what is granted to the customer it reads{" "}
          <code>{narrowedTo === null ? "nothing" : narrowedTo.join(", ")}</code>.
        </>
      );
  }
}

function PackageFact({ subject: { explanation, packageName } }: { subject: Subject }) {
  const isHosted =
    explanation.reason !== "package_unknown" && (explanation.source !== null || explanation.version.version !== null);
  const isUnknown = explanation.reason === "package_unknown";
  return (
    <Fact sign={isUnknown ? "bad" : isHosted ? "good" : "none"} name="Package">
      {isUnknown || !isHosted ? (
        <>
          <code>{packageName}</code>
          {isUnknown && " is not hosted here."}
        </>
      ) : (
        <>
          <Link to={`/packages/${packageName}`} className={LINK}>
            {packageName}
          </Link>{" "}
          is hosted here.
        </>
      )}
    </Fact>
  );
}

function VersionFact({ subject: { explanation } }: { subject: Subject }) {
  const { version, newest_covered: newest } = explanation;
  if (explanation.reason === "package_unknown") return null;
  const isCovered = explanation.grants.some(({ applies }) => applies);
  return (
    <Fact sign={!version.found ? "bad" : isCovered ? "good" : "none"} name="Version">
      {version.version === null ? (
        "None is offered."
      ) : (
        <>
          <bdi>{version.version}</bdi>
          {version.withdrawn && " is withdrawn: it is not offered any more."}
          {!version.found && !version.withdrawn && " is not known here."}
          {version.found && version.released_at !== null && (
            <>
              , {version.stability}, released <Time at={version.released_at} as="date" />.
            </>
          )}
        </>
      )}{" "}
      {newest !== null && newest !== version.version && (
        <span className="text-ink-2">
          The newest they can install is <bdi>{newest}</bdi>.
        </span>
      )}
    </Fact>
  );
}

function SourceFact({ subject: { explanation } }: { subject: Subject }) {
  const maySee = useMay("sources:read");
  const { source } = explanation;
  if (source === null) return null;
  const isFailing = source.state === "failing";
  return (
    <Fact sign={isFailing ? "warn" : "good"} name="Source">
      {maySee ? (
        <Link to={`/sources/${source.id}`} className={LINK}>
          <bdi>{source.name}</bdi>
        </Link>
      ) : (
        <bdi>{source.name}</bdi>
      )}{" "}
      <StateBadge state={source.state} />{" "}
      {source.synced_at === null ? (
        "It was never synced."
      ) : (
        <>
          Last in order <Time at={source.synced_at} />.
        </>
      )}
      {isFailing && " What was released since is missing; what is here can be installed."}
    </Fact>
  );
}

function LimitFact({ subject: { explanation } }: { subject: Subject }) {
  if (explanation.token === null) return null;
  const limit = explanation.rate_limit;
  return (
    <Fact sign={limit?.remaining === 0 ? "bad" : "good"} name="Limit">
      {limit === null
        ? "None."
        : `${limit.remaining.toLocaleString()} of ${limit.limit.toLocaleString()} requests an hour are left now.`}
    </Fact>
  );
}

function RequirementsFact({ subject }: { subject: Subject }) {
  const { explanation } = subject;
  const { dependencies } = explanation;
  if (!explanation.version.found) return null;
  const nowhere = explanation.missing_dependencies;
  const isMissing = nowhere.length > 0 || dependencies.some(({ allowed }) => !allowed);
  return (
    <Fact sign={isMissing ? "bad" : "good"} name="Requires">
      {dependencies.length === 0 ? (
        nowhere.length === 0 && "Nothing else that is hosted here."
      ) : (
        <ul className="flex flex-col gap-1">
          {dependencies.map((one) => (
            <li key={one.package} className="grid grid-cols-[1rem_1fr] gap-x-2.5">
              <span className="pt-0.5">{SIGNS[one.allowed ? "good" : "bad"]}</span>
              <span>
                <Link to={addressOf(one.package, subject)} className={LINK}>
                  {one.package}
                </Link>{" "}
                {one.allowed ? "is open to them." : "is not open to them: composer fails on it."}
              </span>
            </li>
          ))}
        </ul>
      )}
      {nowhere.length > 0 && (
        <p>
          <bdi>{nowhere.join(", ")}</bdi> {nowhere.length === 1 ? "comes" : "come"} from no source here: composer finds
          {nowhere.length === 1 ? " it" : " them"} only where another repository of theirs has{" "}
          {nowhere.length === 1 ? "it" : "them"}.
        </p>
      )}
    </Fact>
  );
}

/** The same question of what it requires. */
function addressOf(packageName: string, { token, owner }: Subject): string {
  return explainAddress({
    packageName,
    ...(token === undefined ? {} : { tokenId: token.id }),
    ...(token === undefined && owner !== undefined ? { customer: owner, tokenId: BY_GRANTS } : {}),
  });
}
