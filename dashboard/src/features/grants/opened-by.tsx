import { Fragment } from "react";
import { Link } from "react-router";
import type { Token } from "../tokens/tokens.ts";
import { openersOf } from "./purchases.ts";
import type { Held, Line } from "./purchases.ts";

const NAMED_MAX = 4;
/** Told from the words around it by more than its colour. */
const LINK =
  "whitespace-nowrap text-accent-text underline decoration-line-strong underline-offset-3 hover:decoration-current";

/** Which of the customer's tokens composer needs for it, or did until it was over. */
export function OpenedBy({
  purchase,
  tokens,
  isOver,
}: {
  purchase: Line | Held;
  tokens: ReadonlyMap<string, Token>;
  isOver: boolean;
}) {
  const { openers, isAll } = openersOf(purchase, tokens.values());
  if (isAll) return <>Opened by every token of theirs</>;
  if (openers.length === 0) return <span className="text-warn">Opened by no token of theirs</span>;
  const named = openers.slice(0, NAMED_MAX);
  const more = openers.length - named.length;
  return (
    <>
      {isOver ? "Was opened" : "Opened"} by {openers.length === 1 ? "the token" : "the tokens"}{" "}
      {named.map((token, index) => (
        <Fragment key={token.id}>
          {index === 0 ? "" : index === named.length - 1 && more === 0 ? " and " : ", "}
          <TokenLink token={token} />
        </Fragment>
      ))}
      {more > 0 && ` and ${more.toLocaleString()} more`}
      {"tokenId" in purchase && purchase.tokenId !== null && " only"}
    </>
  );
}

function TokenLink({ token }: { token: Token }) {
  return (
    <>
      <Link to={`/tokens/${token.id}`} className={LINK}>
        …{token.last_four}
      </Link>
      {token.access === "project" && " (a project token)"}
    </>
  );
}
