// A real OpenID provider on loopback. The tests create its users and their claims: `PUT /people/{sub}`.
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const { issuer, port, clients, inToken } = JSON.parse(process.env.PROVIDER);
const people = new Map();

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "first", use: "sig", alg: "RS256" }] },
  cookies: { keys: ["a key of the tests that everybody knows"] },
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "given_name", "family_name", "preferred_username"],
  },
  conformIdTokenClaims: !inToken,
  features: { devInteractions: { enabled: false } },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  // A login grants all scopes, without a consent page.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

const read = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
};

const form = `<!doctype html><html lang="en"><head><title>Work</title><link rel="icon" href="data:,"></head><body><main><h1>Work account</h1>
<form method="post"><label>Account <input name="sub" autocomplete="off"></label>
<button name="answer" value="yes">Log in to Work</button> <button name="answer" value="no">Refuse</button></form></main></body></html>`;

provider.use(async (ctx, next) => {
  const [, place, id] = ctx.path.split("/");
  if (place === "people" && ctx.method === "PUT") {
    people.set(decodeURIComponent(id), JSON.parse(await read(ctx.req)));
    ctx.status = 204;
  } else if (place === "interaction" && ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = form;
  } else if (place === "interaction") {
    const said = new URLSearchParams(await read(ctx.req));
    const refused = { error: "access_denied", error_description: "the person said <b>no</b>" };
    const result = said.get("answer") === "no" ? refused : { login: { accountId: said.get("sub") } };
    await provider.interactionFinished(ctx.req, ctx.res, result);
    ctx.respond = false;
  } else {
    await next();
  }
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
