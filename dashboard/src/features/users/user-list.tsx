import { KeyRound, LogOut, Mail, ShieldOff, Trash2, UserCog, UserRound } from "lucide-react";
import { useNavigate } from "react-router";
import { useMay, useUser } from "../../api/session.ts";
import { Badge, StateBadge } from "../../ui/badge.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { Table, Td, Th } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { roleLabel } from "./roles.ts";
import type { User } from "./users.ts";

/** What the menu of a user leads to. */
export type UserAction = "role" | "password" | "invite" | "totp" | "sessions" | "remove";
type OnAction = (action: UserAction, user: User) => void;

/** A table where there is room, and cards on a phone. */
export function UserList({ users, onAction }: { users: readonly User[]; onAction: OnAction }) {
  return (
    <>
      <div className="hidden md:block">
        <Table
          label="Users"
          head={
            <>
              <Th>User</Th>
              <Th>Role</Th>
              <Th>State</Th>
              <Th>Two-factor</Th>
              <Th>Last log-in</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </>
          }
        >
          {users.map((user) => (
            <tr key={user.id}>
              <Td className="max-w-72">
                <Person user={user} />
              </Td>
              <Td>{roleLabel(user.role)}</Td>
              <Td>
                <StateBadge state={user.status} />
              </Td>
              <Td>
                <TwoFactor user={user} />
              </Td>
              <Td className="text-ink-2">
                <LastLogIn user={user} />
              </Td>
              <Td className="w-0 text-right">
                <UserMenu user={user} onAction={onAction} />
              </Td>
            </tr>
          ))}
        </Table>
      </div>
      <ul className="divide-y divide-line md:hidden">
        {users.map((user) => (
          <li key={user.id} className="flex items-start gap-2 px-5 py-3.5">
            <div className="flex min-w-0 flex-1 flex-col gap-2">
              <Person user={user} />
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1.5 text-ink-2">
                <span className="font-medium">{roleLabel(user.role)}</span>
                <StateBadge state={user.status} />
                <TwoFactor user={user} labelled />
              </p>
              <p className="text-ink-3">
                <LastLogIn user={user} labelled />
              </p>
            </div>
            <UserMenu user={user} onAction={onAction} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Person({ user }: { user: User }) {
  const own = useUser();
  return (
    <div className="min-w-0">
      <p className="flex items-center gap-2">
        <span className="truncate font-medium">{user.name}</span>
        {user.id === own.id && <Badge tone="accent">You</Badge>}
      </p>
      <p className="truncate text-ink-3">{user.email}</p>
    </div>
  );
}

function TwoFactor({ user, labelled = false }: { user: User; labelled?: boolean }) {
  if (user.status === "invited") return labelled ? null : <span className="text-ink-3">–</span>;
  const text = hasSecondFactor(user) ? "On" : "Off";
  return (
    <span className={hasSecondFactor(user) ? "text-good" : "text-ink-3"}>
      {labelled ? `Two-factor ${text.toLowerCase()}` : text}
    </span>
  );
}

function LastLogIn({ user, labelled = false }: { user: User; labelled?: boolean }) {
  if (user.last_login_at !== null) {
    return (
      <>
        {labelled && "Logged in "}
        <Time at={user.last_login_at} />
      </>
    );
  }
  if (user.status === "active") return labelled ? "Has not logged in yet" : "Not yet";
  return (
    <>
      Invited <Time at={user.created_at} />
    </>
  );
}

function hasSecondFactor(user: User): boolean {
  return user.totp_enabled || user.passkeys > 0;
}

/** Nothing is offered that the server would refuse: own account, or an owner for who is none. */
function UserMenu({ user, onAction }: { user: User; onAction: OnAction }) {
  const own = useUser();
  const mayWrite = useMay("users:write");
  const navigate = useNavigate();
  if (user.id === own.id) {
    return (
      <Menu label={`Actions for ${user.name}`}>
        <MenuItem icon={<UserRound />} onSelect={() => void navigate("/settings/account")}>
          Your account
        </MenuItem>
        {user.role === "owner" && (
          <MenuItem icon={<UserCog />} onSelect={() => onAction("role", user)}>
            Change role…
          </MenuItem>
        )}
      </Menu>
    );
  }
  if (!mayWrite) return null;
  if (user.role === "owner" && own.role !== "owner") {
    return <span className="sr-only">Only an owner changes an owner</span>;
  }
  const isActive = user.status === "active";
  return (
    <Menu label={`Actions for ${user.name}`}>
      <MenuItem icon={<UserCog />} onSelect={() => onAction("role", user)}>
        Change role…
      </MenuItem>
      {isActive ? (
        <MenuItem icon={<KeyRound />} onSelect={() => onAction("password", user)}>
          Reset password…
        </MenuItem>
      ) : (
        <MenuItem icon={<Mail />} onSelect={() => onAction("invite", user)}>
          Invite again…
        </MenuItem>
      )}
      {hasSecondFactor(user) && (
        <MenuItem icon={<ShieldOff />} onSelect={() => onAction("totp", user)}>
          Remove second factor…
        </MenuItem>
      )}
      {isActive && (
        <MenuItem icon={<LogOut />} onSelect={() => onAction("sessions", user)}>
          End sessions…
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} danger onSelect={() => onAction("remove", user)}>
        {isActive ? "Remove…" : "Take back invitation…"}
      </MenuItem>
    </Menu>
  );
}
