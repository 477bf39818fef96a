import { Navigate, Outlet, useLocation } from "react-router";
import { useSession } from "../api/session.ts";
import { Page } from "../ui/page.tsx";
import { TabLinks } from "../ui/tabs.tsx";

const TABS: { to: string; label: string; scope?: string }[] = [
  { to: "/settings", label: "General", scope: "settings:read" },
  { to: "/settings/api-tokens", label: "API Tokens", scope: "management_tokens:read" },
  { to: "/settings/mail", label: "Mail", scope: "settings:read" },
  { to: "/settings/webhooks", label: "Webhooks", scope: "webhooks:read" },
  { to: "/settings/users", label: "Users", scope: "users:read" },
  { to: "/settings/account", label: "Your account" },
];

/** The frame of all settings. What the user may not see is not there; everybody has an account. */
export function Component() {
  const { pathname } = useLocation();
  const { data } = useSession();
  const scopes = data?.user?.scopes ?? [];
  const tabs = TABS.filter((tab) => tab.scope === undefined || scopes.includes(tab.scope));
  const here = tabs.find((tab) => tab.to === pathname.replace(/\/$/, ""));
  if (here === undefined) return <Navigate to="/settings/account" replace />;
  return (
    <Page title={`${here.label} · Settings`} heading="Settings">
      <TabLinks label="Settings" tabs={tabs} />
      <Outlet />
    </Page>
  );
}
