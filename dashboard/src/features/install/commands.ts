/** What a buyer's lines are made of. No secret: the token is written by whoever has it. */
export interface InstallPlace {
  /** What goes into `composer config repositories.NAME composer URL`. */
  url: string;
  /** With the port where there is one, exactly as in the URL. */
  host: string;
  /** How the repository is called in composer.json. */
  name: string;
}

const TOKEN = "YOUR_TOKEN";

/** A vendor's name as composer.json can use it as a key. */
export function repositoryName(vendorName: string | null): string {
  const name = (vendorName ?? "")
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? "vendor" : name;
}

export function addRepository({ name, url }: InstallPlace): string {
  return `composer config repositories.${name} composer ${url}`;
}

export function addToken({ host }: InstallPlace): string {
  return `composer config http-basic.${host} token ${TOKEN}`;
}

export function composerJson({ name, url }: InstallPlace): string {
  return JSON.stringify({ repositories: { [name]: { type: "composer", url } } }, null, 4);
}

export function authJson({ host }: InstallPlace): string {
  return JSON.stringify({ "http-basic": { [host]: { username: "token", password: TOKEN } } }, null, 4);
}

/** One line, as an environment variable holds it. */
export function composerAuth({ host }: InstallPlace, token = TOKEN): string {
  return JSON.stringify({ "http-basic": { [host]: { username: "token", password: token } } });
}

export function environment(place: InstallPlace): string {
  return `export COMPOSER_AUTH='${composerAuth(place)}'\ncomposer install --no-interaction`;
}

export function gitHubActions(place: InstallPlace): string {
  return [
    "jobs:",
    "  build:",
    "    runs-on: ubuntu-latest",
    "    steps:",
    "      - uses: actions/checkout@v4",
    "      - run: composer install --no-interaction",
    "        env:",
    `          COMPOSER_AUTH: '${composerAuth(place, "${{ secrets.COMPOSER_TOKEN }}")}'`,
  ].join("\n");
}

export function gitLabCi({ host }: InstallPlace): string {
  return [
    "build:",
    "  image: composer:2",
    "  script:",
    `    - composer config --global http-basic.${host} token "$COMPOSER_TOKEN"`,
    "    - composer install --no-interaction",
  ].join("\n");
}

export function dockerfile(): string {
  return [
    "# syntax=docker/dockerfile:1",
    "FROM composer:2 AS vendor",
    "WORKDIR /app",
    "COPY composer.json composer.lock ./",
    "RUN --mount=type=secret,id=composer_auth,target=/app/auth.json \\",
    "    composer install --no-dev --no-scripts --no-interaction",
  ].join("\n");
}

export function dockerBuild(): string {
  return "docker build --secret id=composer_auth,src=auth.json .";
}
