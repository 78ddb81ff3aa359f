import type { ApprovalRequest } from '../../../core/contracts/incident.ts';
import type { LinkClaims } from '../../../core/contracts/link.ts';
import type { Feedback } from '../../../core/contracts/api/incidents.ts';
import { signLink } from '../../../core/approval/link.ts';
import { hashPlan } from '../../../core/action/hash-plan.ts';
import { fromIso } from '../../../core/shared/units.ts';
import type { EpochMs } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import type { LinksDeps } from '../../../lambdas/links/links.ts';
import { showLink, useLink } from '../../../lambdas/links/links.ts';
import { htmlOf } from '../../../lambdas/links/page.ts';
import { REDEPLOY, aRequest } from '../../support/approvals.ts';
import { isoAt } from '../../support/builders.ts';
import { aFeedbackLink, anAcknowledgeLink, anAnswerLink, testMac } from '../../support/links.ts';

const mac = testMac();

/** One question, as it is stored; everything that was done, in order. */
const world = (request: ApprovalRequest | null = aRequest(), over: Partial<LinksDeps> = {}) => {
  const state = { request, now: fromIso(isoAt(60)) as EpochMs, isDown: false };
  const done: string[] = [];
  const used = new Set<string>();
  const ratings: Feedback[] = [];
  const deps: LinksDeps = {
    clock: { now: () => state.now, sleep: () => Promise.resolve() },
    env: 'dev',
    mac,
    approvals: {
      pending: () => Promise.resolve(state.request),
      claim: () => {
        if (state.request === null) return Promise.resolve(false);
        state.request = null;
        return Promise.resolve(true);
      },
      reopen: (asked) => {
        state.request ??= asked;
        return Promise.resolve();
      },
      consent: (asked, consent) => {
        done.push(`consent of ${consent.approver}`);
        state.request = { ...asked, consents: [...asked.consents, consent] };
        return Promise.resolve(true);
      },
      send: (_, { answer, approver, actionId, reason }) => {
        if (state.isDown) return Promise.reject(new Error('not now'));
        done.push(`${answer} ${actionId} by ${approver}${reason === null ? '' : `: ${reason}`}`);
        return Promise.resolve(true);
      },
    },
    takeLink: (nonce) => Promise.resolve(!used.has(nonce) && used.add(nonce).has(nonce)),
    returnLink: (nonce) => Promise.resolve(void used.delete(nonce)),
    lookAfter: (_, by) => {
      if (done.some((one) => one.startsWith('looked after'))) return Promise.resolve(false);
      done.push(`looked after by ${by}`);
      return Promise.resolve(true);
    },
    ratings: {
      experienceOf: () => Promise.resolve(null),
      putFeedback: (subject, feedback) => {
        if (ratings.some(({ person }) => person === subject)) return Promise.resolve(false);
        ratings.push(feedback);
        return Promise.resolve(true);
      },
    },
    ...over,
  };
  const open = async (claims: LinkClaims) => showLink(await signLink(claims, mac), deps);
  const use = async (claims: LinkClaims, form = {}) => useLink(await signLink(claims, mac), form, deps);
  return { state, done, ratings, deps, open, use };
};

const OTHER = 'f'.repeat(32);

test('opening a link, however often, acts on nothing; its button acts once', async () => {
  const { open, use, done } = world();
  for (let scan = 0; scan < 20; scan += 1) expect((await open(anAnswerLink())).form).toBeDefined();
  expect((await open(anAnswerLink())).title).toBe('[dev] Approve: restart 1 sick task on payments?');
  expect(done).toEqual([]);
  expect(await use(anAnswerLink())).toMatchObject({ status: 200, title: 'Approved: restart' });
  expect(done).toEqual(['approve restart by link:chat']);
});

test('a link that was used is refused and says so', async () => {
  const { use, done } = world();
  await use(anAnswerLink());
  const again = await use(anAnswerLink());
  expect(again).toMatchObject({ status: 409, title: 'Nothing was done' });
  expect(again.lines[0]).toContain('used before');
  expect(done).toHaveLength(1);
});

test('twenty clicks at once act once', async () => {
  const { use, done } = world();
  const pages = await Promise.all(Array.from({ length: 20 }, () => use(anAnswerLink())));
  expect(pages.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(done).toHaveLength(1);
});

test('the other links of a question that is answered do nothing, and neither page offers it any more', async () => {
  const { open, use, done } = world();
  await use(anAnswerLink());
  const decline = anAnswerLink({ answer: 'decline', nonce: OTHER });
  expect(await open(decline)).toMatchObject({ status: 409, lines: [expect.stringContaining('answered already')] });
  expect((await use(decline)).lines[0]).toContain('answered already');
  expect(done).toHaveLength(1);
});

test('a late answer does nothing, by the clock of the link and by that of the question', async () => {
  const { open, use, done, state } = world();
  state.now = fromIso(isoAt(920));
  expect((await use(anAnswerLink())).lines[0]).toContain('This link expired at');
  const longer = anAnswerLink({ expiresAt: isoAt(2_000) });
  expect((await open(longer)).status).toBe(409);
  expect((await use(longer)).lines[0]).toContain('The question expired');
  expect(done).toEqual([]);
});

test.each<[string, Partial<Parameters<typeof anAnswerLink>[0]>]>([
  ['of an earlier question', { questionId: 'f'.repeat(16) }],
  ['of a plan that is not offered', { planHash: 'f'.repeat(64) }],
])('a link %s does nothing', async (_, changes) => {
  const { open, use, done } = world();
  expect((await open(anAnswerLink(changes))).status).toBe(409);
  expect((await use(anAnswerLink(changes))).status).toBe(409);
  expect(done).toEqual([]);
});

test('a forged link is none: neither page tells why', async () => {
  const { deps, done } = world();
  const forged = await signLink(anAnswerLink(), testMac('another key'));
  for (const page of [await showLink(forged, deps), await useLink(forged, {}, deps), await showLink('', deps)]) {
    expect(page).toMatchObject({ status: 404, title: 'There is no such link' });
  }
  expect(done).toEqual([]);
});

test('a link whose answer came at the wrong moment can be used again while the question is open', async () => {
  const { use, done, deps } = world(aRequest({}, { approvals: 2 }));
  const taken: LinksDeps = { ...deps, approvals: { ...deps.approvals, consent: () => Promise.resolve(false) } };
  const token = await signLink(anAnswerLink(), mac);
  expect((await useLink(token, {}, taken)).lines[0]).toContain('at the same moment');
  expect(await use(anAnswerLink())).toMatchObject({ title: 'One more person has to approve' });
  expect(done).toEqual(['consent of link:chat']);
});

describe('a link to one person', () => {
  const toAda = anAnswerLink({ person: 'ada@example.com' });

  test('that was passed on does nothing and stays hers', async () => {
    const { use, done } = world();
    for (const form of [{}, { who: 'eve@example.com' }]) {
      expect((await use(toAda, form)).lines[0]).toContain('passed on');
    }
    expect(done).toEqual([]);
    expect(await use(toAda, { who: 'Ada@Example.com ' })).toMatchObject({ status: 200 });
    expect(done).toEqual(['approve restart by ada@example.com']);
  });

  test('is one of two pairs of eyes, and a second link of hers is not the other', async () => {
    const { use, done } = world(aRequest({}, { approvals: 2 }));
    expect(await use(toAda, { who: 'ada@example.com' })).toMatchObject({ title: 'One more person has to approve' });
    const second = anAnswerLink({ person: 'ada@example.com', nonce: OTHER });
    expect((await use(second, { who: 'ada@example.com' })).lines[0]).toContain('a second person has to');
    const grace = anAnswerLink({ person: 'grace@example.com', nonce: 'e'.repeat(32) });
    await use(grace, { who: 'grace@example.com' });
    expect(done).toEqual(['consent of ada@example.com', 'approve restart by grace@example.com']);
  });
});

test('declines with a reason, approves an alternative, and shows the steps to who takes over', async () => {
  const declined = world();
  await declined.use(anAnswerLink({ answer: 'decline' }), { reason: 'it is a test' });
  expect(declined.done).toEqual(['decline restart by link:chat: it is a test']);
  const instead = world();
  await instead.use(anAnswerLink({ planHash: hashPlan(REDEPLOY, sha256) }));
  expect(instead.done).toEqual(['approve redeploy by link:chat']);
  const page = await world().use(anAnswerLink({ answer: 'takeover' }));
  expect(page.steps?.[0]).toContain('aws ecs stop-task');
  expect(page.lines[0]).toContain('watches');
});

test('a link survives a dependency that does not answer', async () => {
  let fails = true;
  const { use, done } = world(aRequest(), {
    ratings: {
      experienceOf: () => Promise.resolve(null),
      putFeedback: () => {
        if (!fails) return Promise.resolve(true);
        fails = false;
        return Promise.reject(new Error('not now'));
      },
    },
  });
  const rating = { resolved: 'yes', rating: 'helpful' };
  await expect(use(aFeedbackLink(), rating)).rejects.toThrow('not now');
  expect(await use(aFeedbackLink(), rating)).toMatchObject({ status: 200 });
  expect(done).toEqual([]);
});

test('an answer that cannot be delivered leaves its question open, and its link usable', async () => {
  const { state, use, done } = world();
  state.isDown = true;
  await expect(use(anAnswerLink())).rejects.toThrow('not now');
  state.isDown = false;
  expect(await use(anAnswerLink())).toMatchObject({ status: 200, title: 'Approved: restart' });
  expect(done).toEqual(['approve restart by link:chat']);
});

describe('a rating', () => {
  test('is taken with its parts only, and a link without them can still be used', async () => {
    const { use, ratings } = world();
    expect((await use(aFeedbackLink(), { resolved: 'no' })).status).toBe(400);
    await use(aFeedbackLink(), { resolved: 'no', rating: 'too_slow', comment: 'an hour' });
    expect(ratings).toMatchObject([{ person: 'link:chat', resolved: false, rating: 'too_slow', comment: 'an hour' }]);
  });

  test('counts once from the same, and once from each other', async () => {
    const { use, ratings } = world();
    const rating = { resolved: 'yes', rating: 'helpful' };
    await use(aFeedbackLink(), rating);
    expect((await use(aFeedbackLink({ nonce: OTHER }), rating)).lines[0]).toContain('has rated');
    await use(aFeedbackLink({ nonce: 'e'.repeat(32), person: 'ada@example.com' }), {
      ...rating,
      who: 'ada@example.com',
    });
    expect(ratings).toHaveLength(2);
  });
});

test('one looks after an incident, the next hears that somebody does', async () => {
  const { use, done } = world();
  expect(await use(anAcknowledgeLink())).toMatchObject({ status: 200 });
  expect((await use(anAcknowledgeLink({ nonce: OTHER }))).lines[0]).toContain('already');
  expect(done).toEqual(['looked after by link:chat']);
});

test('a page shows what was detected as text, whatever it says', async () => {
  const hostile = aRequest({ detected: ['</p><script>alert(1)</script>', '"\'&'] });
  const html = htmlOf(await world(hostile).open(anAnswerLink()));
  expect(html).toContain('&lt;/p&gt;&lt;script&gt;');
  expect(html).not.toMatch(/<script/i);
  expect(html.match(/<form method="post">/g)).toHaveLength(1);
});
