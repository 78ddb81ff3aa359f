import { allow, defineChangeGuard, deny } from './guard.ts';
import { counted } from './wording.ts';

/** At least one signal asks for healing that is not the echo of a change we made ourselves. */
export const ownEchoGuard = defineChangeGuard('own-echo', ['signals', 'coordination'], ({ signals, coordination }) => {
  const firing = signals.filter(({ status }) => status === 'firing');
  const ours = new Set(coordination.history.flatMap(({ changeIds }) => changeIds));
  const echoes = firing.filter(({ changeIds }) => changeIds.some((id) => ours.has(id)));
  const measure = {
    fact: `${echoes.length} of ${counted(firing.length, 'firing signal')} from our own changes`,
    limit: 'at least 1 that is not',
    limitSource: 'own-echo rule',
  };
  return echoes.length < firing.length
    ? allow('something other than our own changes signals', measure)
    : deny('nothing but our own changes signals', measure);
});
