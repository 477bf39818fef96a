import { Eye, Pencil, RefreshCw, Trash2 } from "lucide-react";
import { useMay } from "../../api/session.ts";
import { StateBadge } from "../../ui/badge.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import type { ManagementToken } from "./management-tokens.ts";
import { uniqueByInWords } from "./sale-settings.tsx";

export interface TokenActions {
  open: (token: ManagementToken) => void;
  edit: (token: ManagementToken) => void;
  rotate: (token: ManagementToken) => void;
  revoke: (token: ManagementToken) => void;
}

/** A table where there is room, and cards on a phone. */
export function TokenList({ tokens, actions }: { tokens: readonly ManagementToken[]; actions: TokenActions }) {
  return (
    <>
      <div className="hidden lg:block">
        <Table
          label="Management tokens"
          head={
            <>
              <Th>Name</Th>
              <Th>Shop</Th>
              <Th>Scopes</Th>
              <Th>Package bound</Th>
              <Th>Last used</Th>
              <Th>Expires</Th>
              <Th>State</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </>
          }
        >
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} actions={actions} />
          ))}
        </Table>
      </div>
      <ul className="divide-y divide-line lg:hidden">
        {tokens.map((token) => (
          <TokenCard key={token.id} token={token} actions={actions} />
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  token: ManagementToken;
  actions: TokenActions;
}

function TokenRow({ token, actions }: RowProps) {
  const isOver = token.status !== "active";
  return (
    <Tr>
      <Td className="max-w-52">
        <OpenButton token={token} actions={actions} className="after:absolute after:inset-0" />
        <code className="block text-ink-3">…{token.last_four}</code>
        <Sales token={token} />
      </Td>
      <Td className={classNames("max-w-32 truncate", isOver && "text-ink-3")}>{token.shop}</Td>
      <Td>
        <Scopes scopes={token.scopes} />
      </Td>
      <Td className="max-w-40">
        <Bound bound={token.package_bound} />
      </Td>
      <Td className="text-ink-2">
        <LastUsed token={token} />
      </Td>
      <Td className="text-ink-2">{token.expires_at === null ? "Never" : <Time at={token.expires_at} as="date" />}</Td>
      <Td>
        <StateBadge state={token.status} />
      </Td>
      <Td className="w-0 text-right">
        <RowMenu token={token} actions={actions} />
      </Td>
    </Tr>
  );
}

function TokenCard({ token, actions }: RowProps) {
  return (
    <li className="flex flex-col gap-2 px-5 py-3.5">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <OpenButton token={token} actions={actions} />
          <p className="text-ink-3">
            <code>…{token.last_four}</code> · shop {token.shop}
          </p>
        </div>
        <StateBadge state={token.status} />
        <RowMenu token={token} actions={actions} />
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <Scopes scopes={token.scopes} />
        <Bound bound={token.package_bound} />
        <Sales token={token} />
      </div>
      <p className="text-ink-3">
        {token.last_used_at !== null && "Used "}
        <LastUsed token={token} />
        {token.expires_at !== null && (
          <>
            {" "}
            · {token.status === "expired" ? "expired" : "expires"} <Time at={token.expires_at} as="date" />
          </>
        )}
      </p>
    </li>
  );
}

function OpenButton({ token, actions, className }: RowProps & { className?: string }) {
  return (
    <button
      type="button"
      onClick={() => actions.open(token)}
      className={classNames(
        "block max-w-full truncate text-left font-medium",
        token.status !== "active" && "text-ink-2",
        className,
      )}
    >
      {token.name}
    </button>
  );
}

const SCOPES_SHOWN = 2;

function Scopes({ scopes }: { scopes: readonly string[] }) {
  const rest = scopes.slice(SCOPES_SHOWN);
  return (
    <span className="flex flex-wrap gap-x-2 lg:block" title={scopes.join(", ")}>
      {scopes.slice(0, SCOPES_SHOWN).map((scope, index) => (
        <span key={scope} className="whitespace-nowrap lg:block">
          <code>{scope}</code>
          {rest.length > 0 && index === SCOPES_SHOWN - 1 && <span className="ml-1.5 text-ink-3">+{rest.length}</span>}
        </span>
      ))}
    </span>
  );
}

function Bound({ bound }: { bound: readonly string[] | null }) {
  if (bound === null) return <span className="text-warn">Everything hosted</span>;
  const [first = "", ...rest] = bound;
  return (
    <span className="flex min-w-0 items-baseline gap-1.5" title={bound.join(", ")}>
      <code className="truncate">{first}</code>
      {rest.length > 0 && <span className="text-ink-3">+{rest.length}</span>}
    </span>
  );
}

/** What its sales have without asking for it. */
function Sales({ token }: { token: ManagementToken }) {
  const settings = [
    token.credential === "customer" ? "One credential per customer" : null,
    uniqueByInWords(token.unique_by),
    token.notify ? "Mails the customer" : null,
  ];
  const words = settings.filter((word) => word !== null);
  return words.length === 0 ? null : <span className="block text-[0.93rem] text-ink-3">{words.join(" · ")}</span>;
}

function LastUsed({ token }: { token: ManagementToken }) {
  return token.last_used_at === null ? "Never used" : <Time at={token.last_used_at} />;
}

function RowMenu({ token, actions }: RowProps) {
  const mayWrite = useMay("management_tokens:write");
  return (
    <span className="relative z-10">
      <Menu label={`Actions for ${token.name}`}>
        <MenuItem icon={<Eye />} onSelect={() => actions.open(token)}>
          Details
        </MenuItem>
        {mayWrite && token.status !== "revoked" && (
          <MenuItem icon={<Pencil />} onSelect={() => actions.edit(token)}>
            Edit…
          </MenuItem>
        )}
        {mayWrite && token.status === "active" && (
          <MenuItem icon={<RefreshCw />} onSelect={() => actions.rotate(token)}>
            Rotate…
          </MenuItem>
        )}
        {mayWrite && token.status !== "revoked" && (
          <>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} danger onSelect={() => actions.revoke(token)}>
              Revoke…
            </MenuItem>
          </>
        )}
      </Menu>
    </span>
  );
}
