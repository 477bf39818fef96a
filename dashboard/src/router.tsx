import { createBrowserRouter } from "react-router";
import { RequireSession } from "./layout/require-session.tsx";
import { RouteError } from "./layout/route-error.tsx";

/** Every address of the dashboard. A page is a file of its own, fetched when somebody goes there. */
export const router = createBrowserRouter([
  {
    errorElement: <RouteError />,
    HydrateFallback: () => null,
    children: [
      { path: "/login", lazy: () => import("./pages/login-page.tsx") },
      { path: "/setup", lazy: () => import("./pages/setup-page.tsx") },
      { path: "/invitation", lazy: () => import("./pages/invitation-page.tsx") },
      { path: "/password-reset", lazy: () => import("./pages/password-reset-page.tsx") },
      { path: "/install", lazy: () => import("./pages/install-page.tsx") },
      {
        element: <RequireSession />,
        errorElement: <RouteError />,
        children: [
          { index: true, lazy: () => import("./pages/overview-page.tsx") },
          { path: "/customers", lazy: () => import("./pages/customers-page.tsx") },
          { path: "/customers/:shop/:customerId", lazy: () => import("./pages/customer-page.tsx") },
          { path: "/tokens", lazy: () => import("./pages/tokens-page.tsx") },
          { path: "/tokens/:id", lazy: () => import("./pages/token-page.tsx") },
          { path: "/explain", lazy: () => import("./pages/explain-page.tsx") },
          { path: "/packages", lazy: () => import("./pages/packages-page.tsx") },
          { path: "/packages/:vendor/:name/:part?", lazy: () => import("./pages/package-page.tsx") },
          { path: "/sources", lazy: () => import("./pages/sources-page.tsx") },
          { path: "/sources/new", lazy: () => import("./pages/new-source-page.tsx") },
          { path: "/sources/:id", lazy: () => import("./pages/source-page.tsx") },
          { path: "/usage", lazy: () => import("./pages/usage-page.tsx") },
          { path: "/audit-log", lazy: () => import("./pages/audit-log-page.tsx") },
          {
            path: "/settings",
            lazy: () => import("./pages/settings-page.tsx"),
            children: [
              { index: true, lazy: () => import("./pages/settings-general-page.tsx") },
              { path: "api-tokens", lazy: () => import("./pages/settings-api-tokens-page.tsx") },
              { path: "mail", lazy: () => import("./pages/settings-mail-page.tsx") },
              { path: "webhooks", lazy: () => import("./pages/settings-webhooks-page.tsx") },
              { path: "users", lazy: () => import("./pages/settings-users-page.tsx") },
              { path: "account", lazy: () => import("./pages/settings-account-page.tsx") },
            ],
          },
          { path: "/settings/webhooks/:id", lazy: () => import("./pages/webhook-page.tsx") },
          { path: "*", lazy: () => import("./pages/not-found-page.tsx") },
        ],
      },
    ],
  },
]);
