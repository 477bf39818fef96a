import { CodeBlock } from "../../ui/code-block.tsx";
import { Panels } from "../../ui/panels.tsx";
import { authJson, dockerBuild, dockerfile, environment, gitHubActions, gitLabCi } from "./commands.ts";
import type { InstallPlace } from "./commands.ts";

/** The token where no human types it: kept as a secret, never in the repository. */
export function CiPanels({ place }: { place: InstallPlace }) {
  return (
    <Panels
      label="Where composer runs"
      panels={[
        {
          id: "environment",
          label: "Any CI",
          content: (
            <>
              <p className="text-ink-2">
                Composer reads credentials from the environment variable <code>COMPOSER_AUTH</code>. Set it as a secret
                of your CI; nothing is written to disk.
              </p>
              <CodeBlock title="Shell" code={environment(place)} />
            </>
          ),
        },
        {
          id: "github",
          label: "GitHub Actions",
          content: (
            <>
              <p className="text-ink-2">
                Store the token as the repository secret <code>COMPOSER_TOKEN</code> (Settings → Secrets and variables →
                Actions).
              </p>
              <CodeBlock title=".github/workflows/build.yml" code={gitHubActions(place)} />
            </>
          ),
        },
        {
          id: "gitlab",
          label: "GitLab CI",
          content: (
            <>
              <p className="text-ink-2">
                Store the token as the masked variable <code>COMPOSER_TOKEN</code> (Settings → CI/CD → Variables).
              </p>
              <CodeBlock title=".gitlab-ci.yml" code={gitLabCi(place)} />
            </>
          ),
        },
        {
          id: "docker",
          label: "Docker",
          content: (
            <>
              <p className="text-ink-2">
                A build secret is there while composer runs, and in no layer of the image. A build argument would stay
                in its history.
              </p>
              <CodeBlock title="Dockerfile" code={dockerfile()} />
              <CodeBlock title="auth.json, beside the Dockerfile and not in git" code={authJson(place)} />
              <CodeBlock title="Build" code={dockerBuild()} label="Copy command" />
            </>
          ),
        },
      ]}
    />
  );
}
