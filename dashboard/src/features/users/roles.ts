import type { Role } from "../../api/session.ts";

/** From the widest to the narrowest, each with what it may do. */
const ROLES: readonly { role: Role; label: string; allows: string }[] = [
  { role: "owner", label: "Owner", allows: "Everything, also inviting, changing and removing other owners." },
  { role: "admin", label: "Admin", allows: "Everything, except what concerns owners." },
  {
    role: "support",
    label: "Support",
    allows: "Answers customers: changes customers and their tokens, sees packages, sources and the audit log.",
  },
  { role: "viewer", label: "Viewer", allows: "Sees the same and changes nothing." },
];

export function roleLabel(role: Role): string {
  return ROLES.find((one) => one.role === role)?.label ?? role;
}

/** What somebody may make of others: only an owner makes owners. */
export function rolesFor(own: Role): typeof ROLES {
  return own === "owner" ? ROLES : ROLES.filter((one) => one.role !== "owner");
}
