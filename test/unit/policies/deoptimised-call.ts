import { setFlagsFromString } from 'node:v8';
import { loadCedar } from '../../../lambdas/adapters/cedar.ts';

/** A program of its own, since what it looks for ends the process: the engine is called by code that is thrown away meanwhile. */
setFlagsFromString('--allow-natives-syntax');
const cedar = await loadCedar();

type Authorize = typeof cedar.isAuthorized;
/** Words of V8 that TypeScript does not know. */
const native = (body: string) => new Function('authorize', body) as (authorize: Authorize) => void;

const request = {
  principal: { type: 'Healer', id: 'supervised' },
  action: { type: 'Action', id: 'restart' },
  resource: { type: 'Workload', id: 'checkout' },
  context: {},
  policies: { staticPolicies: { permit: 'permit (principal, action, resource);' } },
  entities: [],
};

native('%PrepareFunctionForOptimization(authorize)')(cedar.isAuthorized);
for (let call = 0; call < 10; call += 1) cedar.isAuthorized(request);
native('%OptimizeFunctionOnNextCall(authorize)')(cedar.isAuthorized);
cedar.isAuthorized(request);

const answer = cedar.isAuthorized({
  ...request,
  get context() {
    native('%DeoptimizeFunction(authorize)')(cedar.isAuthorized);
    return {};
  },
});
console.log(answer.type === 'success' ? answer.response.decision : answer.errors);
