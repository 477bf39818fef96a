import type { ReactNode } from "react";
import type { LineRef } from "../grants/lines.ts";

/** One thing that helps. */
export interface Step {
  text: ReactNode;
  /** Only for who may. */
  action?: ReactNode;
}

/** Buttons that open the dialog for it; nothing for who may not. */
export interface Doing {
  dialogs: ReactNode;
  extendToken: ReactNode;
  raiseLimit: ReactNode;
  changePackages: ReactNode;
  newToken: ReactNode;
  renewLine: (line: LineRef) => ReactNode;
  changeLine: (line: LineRef, label: string) => ReactNode;
  addGrant: (packages: string[]) => ReactNode;
  similar: readonly string[];
}
