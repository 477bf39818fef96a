export {
  invitationMail,
  leakedManagementTokenMail,
  passwordChangedMail,
  passwordResetMail,
  joinCodeMail,
} from "./account-mails.ts";
