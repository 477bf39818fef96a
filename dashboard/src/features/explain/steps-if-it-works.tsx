import { Link } from "react-router";
import type { Subject } from "./subject.ts";
import { LINK } from "./fact.tsx";
import type { Step } from "./step.ts";

/** Composer refuses although nothing here is in the way: what else it may be. */
export function stepsIfItWorks({ token, explanation }: Subject): Step[] {
  return [
    {
      text:
        token === undefined ? (
          "Ask for the last four characters of the token in their auth.json: it may be another one."
        ) : (
          <>
            Is it this token? The one in their auth.json has to end in <code>{token.last_four}</code>. It may also be in
            COMPOSER_AUTH of a build server.
          </>
        ),
    },
    {
      text: (
        <>
          Composer may remember an older answer: <code>composer clear-cache</code>.
        </>
      ),
    },
    ...(explanation.source?.state === "failing"
      ? [
          {
            text: (
              <>
                If they miss a newer version, look at the source{" "}
                <Link to={`/sources/${explanation.source.id}`} className={LINK}>
                  <bdi>{explanation.source.name}</bdi>
                </Link>
                .
              </>
            ),
          },
        ]
      : []),
    {
      text: "Otherwise what composer prints names a requirement that has nothing to do with access, such as their PHP.",
    },
  ];
}
