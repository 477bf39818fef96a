export { createPasswordReset } from "./create-password-reset.ts";
export { passwordResetRoutes } from "./password-reset-routes.ts";
