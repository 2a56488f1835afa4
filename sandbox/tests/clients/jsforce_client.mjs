// Drives jsforce against the sandbox and prints what it saw as JSON.
import { createRequire } from "node:module";

const require = createRequire(process.env.JSFORCE_HOME + "/");
const jsforce = require("jsforce");
const {
  LOGIN_URL: loginUrl,
  SF_USERNAME: username,
  SF_PASSWORD: password,
  SF_CLIENT_ID: clientId,
  SF_CLIENT_SECRET: clientSecret,
  SF_ASSERTION: assertion,
  SF_REFRESH_TOKEN: refreshToken,
} = process.env;
const oauth2 = { loginUrl, clientId, clientSecret, redirectUri: loginUrl + "/callback" };
const KEY = "Zingle_Conversation_Key__c";
const seen = { logIns: {} };

const connections = {
  soap: async () => {
    const conn = new jsforce.Connection({ loginUrl, version: "62.0" });
    await conn.login(username, password);
    return conn;
  },
  password: async () => {
    const conn = new jsforce.Connection({ oauth2, version: "62.0" });
    await conn.login(username, password);
    return conn;
  },
  clientCredentials: async () => {
    const conn = new jsforce.Connection({ instanceUrl: loginUrl, oauth2, version: "62.0" });
    await conn.authorize({ grant_type: "client_credentials" });
    return conn;
  },
  jwt: async () => {
    const conn = new jsforce.Connection({ instanceUrl: loginUrl, oauth2, version: "62.0" });
    await conn.authorize({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
    return conn;
  },
  refreshToken: async () =>
    new jsforce.Connection({ instanceUrl: loginUrl, oauth2, refreshToken, version: "62.0" }),
};
for (const [name, connect] of Object.entries(connections)) {
  const conn = await connect();
  const counted = await conn.query("SELECT COUNT() FROM Contact");
  seen.logIns[name] = counted.totalSize;
}

const conn = await connections.soap();
seen.identity = (await conn.identity()).username;
seen.describe = (await conn.describe("Contact")).fields.length;

const fetched = await conn
  .query("SELECT Id, LastName, Account.Name FROM Contact ORDER BY LastName")
  .run({ autoFetch: true, maxFetch: 10000 });
seen.autoFetch = fetched.records.map((record) => record.LastName);

seen.find = await conn
  .sobject("Contact")
  .find({ LastName: { $like: "N000%" }, CreatedDate: jsforce.SfDate.TODAY }, ["LastName"])
  .sort({ LastName: -1 })
  .limit(3)
  .execute();

const rows = Array.from({ length: 450 }, (_, n) => ({ [KEY]: "zgl:" + n, Subject: "s" + n }));
for (const round of ["created", "updated"]) {
  const results = await conn.sobject("Task").upsert(rows, KEY, { allowRecursive: true });
  seen[round] = results.filter((one) => one.success && one.created === (round === "created")).length;
}

const [bad, good] = await conn
  .sobject("Task")
  .create([{ Subject: "x".repeat(256) }, { Subject: "ok" }], { allowRecursive: true });
seen.rows = [bad.success, bad.errors?.[0]?.statusCode, good.success];

// The token dies behind the client's back: it logs in again and goes on.
const token = conn.accessToken;
await fetch(loginUrl + "/services/oauth2/revoke", {
  method: "POST",
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ token }),
});
seen.afterRevoke = (await conn.query("SELECT COUNT() FROM Task")).totalSize;
seen.newToken = conn.accessToken !== token;

const bulk = [];
for await (const record of await conn.bulk2.query("SELECT LastName FROM Contact", {
  pollInterval: 10,
  pollTimeout: 10000,
})) {
  bulk.push(record.LastName);
}
seen.bulk = bulk.length;

seen.errors = [];
for (const soql of ["SELECT Foo FROM Contact", "SELECT Id FROM Nope", "SELECT"]) {
  await conn.query(soql).then(
    () => seen.errors.push(null),
    (error) => seen.errors.push(error.errorCode ?? error.name),
  );
}
console.log(JSON.stringify(seen));
