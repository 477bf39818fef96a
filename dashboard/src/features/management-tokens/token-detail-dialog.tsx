import { useState } from "react";
import { StateBadge } from "../../ui/badge.tsx";
import { Fact, Facts } from "../../ui/card.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import type { components } from "../../api/generated/schema.d.ts";
import { useManagementToken } from "./management-tokens.ts";
import { stabilityInWords, uniqueByInWords } from "./sale-settings.tsx";
import { describeScope } from "./scopes.ts";

type Detail = components["schemas"]["ManagementTokenDetail"];

/** Everything about one token but its secret, and whether the secret before it is still in use. */
export function TokenDetailDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const token = useManagementToken(id);
  return (
    <Dialog open wide onClose={onClose} title={token.data?.name ?? "Management token"}>
      {token.data !== undefined ? (
        <TokenDetail token={token.data} />
      ) : token.isError ? (
        <ErrorNote error={token.error} onRetry={() => void token.refetch()} />
      ) : (
        <Skeleton className="h-72 w-full" />
      )}
    </Dialog>
  );
}

function TokenDetail({ token }: { token: Detail }) {
  return (
    <div className="flex flex-col gap-5">
      <Facts>
        <Fact name="State">
          <StateBadge state={token.status} />
        </Fact>
        <Fact name="Id">
          <span className="-my-1 flex min-h-7 items-center gap-1">
            <code className="min-w-0 break-all">{token.id}</code>
            <CopyIcon text={token.id} label="Copy id" />
          </span>
        </Fact>
        <Fact name="Secret">
          <code>pbm_…{token.last_four}</code>
        </Fact>
        <Fact name="Shop">{token.shop}</Fact>
        <Fact name="Package bound">
          {token.package_bound === null ? (
            "Every package hosted here"
          ) : (
            <code className="break-words">{token.package_bound.join(", ")}</code>
          )}
        </Fact>
        <Fact name="A token it sells opens">
          {token.credential === "customer"
            ? "Everything its customer bought: one credential per customer"
            : "What it was sold with"}
        </Fact>
        <Fact name="Repeated orders">{uniqueByInWords(token.unique_by) ?? "A token for every call"}</Fact>
        <Fact name="Versions it sells">{stabilityInWords(token.stability)}</Fact>
        <Fact name="Mail to customers">{token.notify ? "With every sale" : "Only where a sale asks for it"}</Fact>
        <Fact name="Used from">
          {token.allowed_networks === null ? "Any network" : <code>{token.allowed_networks.join(", ")}</code>}
        </Fact>
        <Fact name="Last used">
          {token.last_used_at === null ? "Never" : <Time at={token.last_used_at} />}
          {token.last_used_address !== null && (
            <>
              {" from "}
              <code>{token.last_used_address}</code>
            </>
          )}
        </Fact>
        <Fact name="Created">
          <Time at={token.created_at} as="date-time" />
        </Fact>
        <Fact name="Expires">
          {token.expires_at === null ? "Never" : <Time at={token.expires_at} as="date-time" />}
        </Fact>
        {token.revoked_at !== null && (
          <Fact name="Revoked">
            <Time at={token.revoked_at} as="date-time" />
          </Fact>
        )}
      </Facts>
      <PreviousSecret token={token} />
      <section aria-label="Scopes">
        <h3 className="mb-2 font-medium">Scopes</h3>
        <ul className="divide-y divide-line rounded-lg border border-line">
          {token.scopes.map((scope) => (
            <li key={scope} className="flex flex-wrap items-baseline gap-x-3 px-3.5 py-2">
              <code className="min-w-44">{scope}</code>
              <span className="text-ink-2">{describeScope(scope)}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** After a rotation: has everybody moved to the new secret yet? */
function PreviousSecret({ token }: { token: Detail }) {
  const [now] = useState(() => Date.now() / 1000);
  const previous = token.previous_secret;
  if (previous === null || token.status === "revoked") return null;
  const isOver = previous.expires_at <= now;
  if (isOver && previous.last_used_at === null) return null;
  return (
    <Note tone={!isOver && previous.last_used_at !== null ? "warn" : "info"}>
      <p>
        The secret before, <code>…{previous.last_four}</code>, {isOver ? "ended" : "ends"}{" "}
        <Time at={previous.expires_at} />.{" "}
        {previous.last_used_at === null ? (
          "Nobody has used it since the rotation."
        ) : (
          <>
            It was used after the rotation, last <Time at={previous.last_used_at} />
            {isOver ? "." : ": something still has the old secret."}
          </>
        )}
      </p>
    </Note>
  );
}
