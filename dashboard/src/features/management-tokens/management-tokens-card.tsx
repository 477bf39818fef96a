import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { PageLink } from "../../ui/page-link.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { useFilters } from "../../ui/use-filters.ts";
import { CreateTokenForm } from "./create-token-form.tsx";
import { EditTokenDialog } from "./edit-token-dialog.tsx";
import { useManagementTokens } from "./management-tokens.ts";
import type { ManagementToken } from "./management-tokens.ts";
import { NewSecretDialog } from "./new-secret-dialog.tsx";
import type { ShownSecret } from "./new-secret-dialog.tsx";
import { RevokeTokenDialog } from "./revoke-token-dialog.tsx";
import { RotateTokenDialog } from "./rotate-token-dialog.tsx";
import { TokenDetailDialog } from "./token-detail-dialog.tsx";
import { TokenList } from "./token-list.tsx";

type Doing = { what: "edit" | "rotate" | "revoke"; token: ManagementToken } | { what: "show"; secret: ShownSecret };

/** Settings → API Tokens. `?create=1` opens the form, `?token=` one token. */
export function ManagementTokensCard() {
  const [filters, setFilters] = useFilters(["create", "token", "revoked"]);
  const [doing, setDoing] = useState<Doing>();
  const mayCreate = useMay("management_tokens:write");
  const list = useManagementTokens();
  const tokens = list.data?.pages.flatMap((page) => page.items);
  const create = mayCreate && (
    <Button kind="primary" icon={<Plus className="size-4" />} onClick={() => setFilters({ create: "1" })}>
      Create Management Token
    </Button>
  );
  const done = () => setDoing(undefined);
  const show = (secret: ShownSecret) => {
    setFilters({ create: "" });
    setDoing({ what: "show", secret });
  };
  return (
    <Card
      flush
      title="API Tokens"
      description={
        <>
          Management tokens let your shop’s webhook and your scripts call the Management API.{" "}
          <PageLink href="/docs/use-cases/eshop-extension-vendor">The guide</PageLink> says how to sell with one,{" "}
          <PageLink href="/api/docs">the page of the API</PageLink> what each call takes.
        </>
      }
      actions={tokens === undefined || tokens.length === 0 ? undefined : create}
    >
      {tokens === undefined ? (
        list.isError ? (
          <div className="p-5">
            <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
          </div>
        ) : (
          <SkeletonRows rows={3} />
        )
      ) : tokens.length === 0 ? (
        <EmptyState icon={<KeyRound />} title="No management tokens yet" action={create}>
          Your shop calls this server when somebody buys: to create a customer token, to extend it, to revoke it. It
          proves who it is with a management token, which you create here and paste into the shop.
        </EmptyState>
      ) : (
        <Tokens
          tokens={tokens}
          showsRevoked={filters.revoked !== undefined}
          onShowRevoked={(shows) => setFilters({ revoked: shows ? "1" : "" })}
          onOpen={(token) => setFilters({ token: token.id })}
          onDo={setDoing}
        />
      )}
      <LoadMore query={list} shown={tokens?.length ?? 0} />
      <Dialog
        open={mayCreate && filters.create !== undefined}
        onClose={() => setFilters({ create: "" })}
        wide
        title="Create Management Token"
        description="For one shop or one script each, so that each can be revoked alone."
      >
        <CreateTokenForm onCreated={show} onCancel={() => setFilters({ create: "" })} />
      </Dialog>
      {doing?.what === "show" && <NewSecretDialog shown={doing.secret} onClose={done} />}
      {doing?.what === "edit" && <EditTokenDialog token={doing.token} onClose={done} />}
      {doing?.what === "rotate" && <RotateTokenDialog token={doing.token} onClose={done} onRotated={show} />}
      {doing?.what === "revoke" && <RevokeTokenDialog token={doing.token} onClose={done} />}
      {filters.token !== undefined && (
        <TokenDetailDialog id={filters.token} onClose={() => setFilters({ token: "" })} />
      )}
    </Card>
  );
}

function Tokens({
  tokens,
  showsRevoked,
  onShowRevoked,
  onOpen,
  onDo,
}: {
  tokens: readonly ManagementToken[];
  showsRevoked: boolean;
  onShowRevoked: (shows: boolean) => void;
  onOpen: (token: ManagementToken) => void;
  onDo: (doing: Doing) => void;
}) {
  const revoked = tokens.filter((token) => token.status === "revoked").length;
  const shown = showsRevoked ? tokens : tokens.filter((token) => token.status !== "revoked");
  return (
    <>
      {shown.length === 0 ? (
        <p className="px-5 py-10 text-center text-ink-2">All management tokens are revoked.</p>
      ) : (
        <TokenList
          tokens={shown}
          actions={{
            open: onOpen,
            edit: (token) => onDo({ what: "edit", token }),
            rotate: (token) => onDo({ what: "rotate", token }),
            revoke: (token) => onDo({ what: "revoke", token }),
          }}
        />
      )}
      {revoked > 0 && (
        <div className="border-t border-line px-3 py-2">
          <Button kind="quiet" size="small" aria-expanded={showsRevoked} onClick={() => onShowRevoked(!showsRevoked)}>
            {showsRevoked ? "Hide revoked ones" : `Show ${revoked} revoked`}
          </Button>
        </div>
      )}
    </>
  );
}
