import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An OIDC provider on loopback, with two issuers: one that speaks like a Kubernetes cluster, one like GitHub Actions. */
export interface IdentityProvider {
  readonly kubernetesIssuer: string;
  readonly ciIssuer: string;
  /** Token of a service account, as projected into a pod. */
  serviceAccountToken(namespace: string, account: string): string;
  /** Token of a workflow run on the main branch of `repository` (`owner/name`). */
  workflowToken(repository: string, repositoryId: string, ownerId: string): string;
  stop(): Promise<void>;
}

const keyId = 'test';
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let origin = '';
  const server = createServer((request, response) => {
    const [, issuer, ...rest] = (request.url ?? '').split('/');
    const document =
      rest.join('/') === 'keys'
        ? { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' }] }
        : {
            issuer: `${origin}/${issuer ?? ''}`,
            jwks_uri: `${origin}/${issuer ?? ''}/keys`,
            id_token_signing_alg_values_supported: ['RS256'],
          };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const token = (issuer: string, claims: object): string => {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: issuer, aud: 'sigstore', iat: now - 5, nbf: now - 5, exp: now + 600, ...claims };
    const signed = `${base64url({ alg: 'RS256', kid: keyId, typ: 'JWT' })}.${base64url(payload)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  const [kubernetesIssuer, ciIssuer] = [`${origin}/kubernetes`, `${origin}/ci`];
  return {
    kubernetesIssuer,
    ciIssuer,
    serviceAccountToken: (namespace, name) =>
      token(kubernetesIssuer, {
        sub: `system:serviceaccount:${namespace}:${name}`,
        'kubernetes.io': { namespace, serviceaccount: { name, uid: '0' } },
      }),
    workflowToken: (repository, repositoryId, ownerId) => token(ciIssuer, workflowClaims(repository, repositoryId, ownerId)),
    stop: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

function workflowClaims(repository: string, repositoryId: string, ownerId: string): object {
  const ref = 'refs/heads/main';
  const workflow = `${repository}/.github/workflows/ci.yml@${ref}`;
  const sha = '0123456789abcdef0123456789abcdef01234567';
  return {
    sub: `repo:${repository}:ref:${ref}`,
    repository,
    repository_id: repositoryId,
    repository_owner: repository.split('/')[0],
    repository_owner_id: ownerId,
    repository_visibility: 'private',
    job_workflow_ref: workflow,
    job_workflow_sha: sha,
    workflow_ref: workflow,
    workflow_sha: sha,
    workflow: 'ci',
    event_name: 'push',
    runner_environment: 'self-hosted',
    run_id: '1',
    run_attempt: '1',
    ref,
    sha,
  };
}
