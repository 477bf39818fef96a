export { inviteUser } from "./invite-user.ts";
export { invitationRoutes } from "./invitation-routes.ts";
