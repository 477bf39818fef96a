export { accountRoutes } from "./account-routes.ts";
export { LoggedIn } from "./account-schemas.ts";
export { SEALED_TOTP_SECRETS } from "./totp.ts";
export { presentLogin } from "./log-in.ts";
export { passkeyRoutes } from "./passkey-routes.ts";
export { sessionRoutes } from "./session-routes.ts";
