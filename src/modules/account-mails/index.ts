export { invitationMail, passwordChangedMail, passwordResetMail } from "./account-mails.ts";
