import { Time } from "../../ui/time.tsx";
import { plural } from "../../ui/words.ts";
import { narrowings } from "../grants/line-words.ts";
import { buyerOf } from "../tokens/tokens.ts";
import type { ConsideredGrant } from "./explain.ts";
import { Fact, SIGNS } from "./fact.tsx";
import type { Subject } from "./subject.ts";
import { grantInWords } from "./verdict.ts";

/** The grants, those that open it first; about other packages only when asked for. */
export function GrantsFact({ subject }: { subject: Subject }) {
  const { grants } = subject.explanation;
  const about = grants.filter(({ why_not: why }) => why !== "package_not_covered");
  const others = grants.filter(({ why_not: why }) => why === "package_not_covered");
  const shown = about.toSorted((a, b) => Number(b.applies) - Number(a.applies));
  const sign = about.some(({ applies }) => applies) ? "good" : "bad";
  return (
    <Fact sign={sign} name="Grants">
      {about.length === 0 && "None is about this package. "}
      {shown.length > 0 && <GrantList grants={shown} subject={subject} />}
      {others.length > 0 && (
        <details className={shown.length > 0 ? "mt-2" : "mt-1"}>
          <summary className="inline cursor-pointer text-ink-2 underline decoration-line-strong underline-offset-3">
            {plural(others.length, "grant")} about other packages
          </summary>
          <div className="mt-2">
            <GrantList grants={others} subject={subject} />
          </div>
        </details>
      )}
    </Fact>
  );
}

function GrantList({ grants, subject }: { grants: readonly ConsideredGrant[]; subject: Subject }) {
  return (
    <ul className="flex flex-col gap-2.5">
      {grants.map((grant) => (
        <li key={grant.id} className="grid grid-cols-[1rem_1fr] gap-x-2.5">
          <span className="pt-0.5">{SIGNS[grant.applies ? "good" : "bad"]}</span>
          <span className="min-w-0">
            <code className="wrap-anywhere">{grant.pattern === "*" ? "everything that is hosted" : grant.pattern}</code>{" "}
            <span className={grant.applies ? "font-medium text-good" : "text-ink-2"}>
              {grantInWords(grant, subject.packageName)}
            </span>
            <span className="block text-[0.93rem] text-ink-3">
              <Origin of={grant} subject={subject} />
              {termsOf(grant).map((term) => (
                <span key={term}>, {term}</span>
              ))}
              {grant.expires_at !== null && grant.why_not !== "lapsed" && (
                <>
                  , until <Time at={grant.expires_at} as="date" />
                </>
              )}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function termsOf(grant: ConsideredGrant): string[] {
  return [...narrowings(grant), ...(grant.dependency ? ["because something they bought requires it"] : [])];
}

/** As on the page of the customer: what a token was sold with was bought with the token's order. */
function SoldWithToken({ token }: { token: Subject["token"] }) {
  const orderId = token === undefined ? undefined : buyerOf(token).orderId;
  return (
    <>
      {orderId === undefined ? (
        "Bought without an order"
      ) : (
        <>
          Order <bdi>{orderId}</bdi>
        </>
      )}
      , with {token === undefined ? "another token" : <>the token …{token.last_four}</>}
    </>
  );
}

function Origin({ of: grant, subject: { token } }: { of: ConsideredGrant; subject: Subject }) {
  if (grant.token !== null) return <SoldWithToken token={token?.id === grant.token ? token : undefined} />;
  if (grant.order_id === null) return <>Bought without an order</>;
  return (
    <>
      Order <bdi>{grant.order_id}</bdi>, line <bdi>{grant.line}</bdi>
    </>
  );
}
