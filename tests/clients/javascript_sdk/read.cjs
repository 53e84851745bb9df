// Reads an account as programs do, and prints one JSON: what the paginators list, and how errors arrive.
const iam = require("@aws-sdk/client-iam");
const { GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");

// IAM is told its address; STS finds it in the environment.
const client = new iam.IAMClient({ endpoint: process.env.AWS_ENDPOINT_URL });

async function all(pages, member) {
  const items = [];
  for await (const page of pages) items.push(...page[member]);
  return items;
}

async function main() {
  const small = { client, pageSize: 3 };
  const users = await all(iam.paginateListUsers(small, {}), "Users");
  const read = {
    caller: (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn,
    users: [],
    groups: (await all(iam.paginateListGroups(small, {}), "Groups")).map((group) => group.GroupName),
    policies: (await all(iam.paginateListPolicies(small, { Scope: "Local" }), "Policies")).map((p) => p.Arn),
    passwordPolicy: (await client.send(new iam.GetAccountPasswordPolicyCommand({}))).PasswordPolicy,
    summary: (await client.send(new iam.GetAccountSummaryCommand({}))).SummaryMap,
    error: await error(),
  };
  for (const user of users) read.users.push(await described(user));
  console.log(JSON.stringify(read));
}

// What is known of one user; a missing password is told apart by the class of the error.
async function described(user) {
  const of = { UserName: user.UserName };
  // Paginators write markers into what they are given.
  const keys = await all(iam.paginateListAccessKeys({ client, pageSize: 1 }, { ...of }), "AccessKeyMetadata");
  const attached = await all(iam.paginateListAttachedUserPolicies({ client }, { ...of }), "AttachedPolicies");
  return {
    name: user.UserName,
    created: user.CreateDate instanceof Date ? user.CreateDate.toISOString() : null,
    mfa: (await client.send(new iam.ListMFADevicesCommand(of))).MFADevices.length > 0,
    keys: keys.map((key) => key.Status),
    attached: attached.map((policy) => policy.PolicyArn),
    password: await hasPassword(of),
  };
}

async function hasPassword(of) {
  try {
    return (await client.send(new iam.GetLoginProfileCommand(of))).LoginProfile.CreateDate instanceof Date;
  } catch (refused) {
    if (refused instanceof iam.NoSuchEntityException) return false;
    throw refused;
  }
}

async function error() {
  try {
    await client.send(new iam.CreateUserCommand({ UserName: "alice" }));
  } catch (refused) {
    const { httpStatusCode, requestId } = refused.$metadata;
    return {
      isClass: refused instanceof iam.EntityAlreadyExistsException,
      name: refused.name, fault: refused.$fault, status: httpStatusCode, id: Boolean(requestId), message: refused.message,
    };
  }
}

main();
