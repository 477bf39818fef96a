export { invitationMail, passwordChangedMail, passwordResetMail, joinCodeMail } from "./account-mails.ts";
