import type { Role } from '../../../core/contracts/api/route.ts';
import { localApiUrl, localToken } from '../../../cli/system/sign-in.ts';
import type { LocalCloud } from '../../../local/local-cloud.ts';

export interface CallOptions {
  readonly body?: unknown;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

export interface ApiClient {
  readonly baseUrl: string;
  readonly token: string;
  /** Calls the deployed HTTP API as a person's tool would, with this token or with none. */
  call(method: string, path: string, options?: CallOptions): Promise<Answered>;
}

/** Signs in to the deployed pool as somebody with this role. */
export const signIn = async (
  cloud: Pick<LocalCloud, 'endpoint' | 'outputs'>,
  role: Role | null = 'admin',
): Promise<ApiClient> => {
  const users = { endpoint: cloud.endpoint, region: 'us-east-1', outputs: cloud.outputs['Kintsugi-dev-Api'] ?? {} };
  const own = await localToken(users, role);
  const baseUrl = localApiUrl(users);
  return {
    baseUrl,
    token: own,
    call: async (method, path, { body, token = own, headers = {} } = {}) => {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, body: parse(await response.text()), headers: response.headers };
    },
  };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
