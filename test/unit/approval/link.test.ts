import fc from 'fast-check';
import { answerOfLink, choicesOf } from '../../../core/approval/choices.ts';
import { readLink, signLink } from '../../../core/approval/link.ts';
import { canonicalJson } from '../../../core/journal/canonical-json.ts';
import { fromBase64url, toBase64url } from '../../../core/shared/base64url.ts';
import { after, fromIso, seconds } from '../../../core/shared/units.ts';
import { aQuestion, aRequest } from '../../support/approvals.ts';
import { isoAt } from '../../support/builders.ts';
import { aFeedbackLink, aRecipient, anAcknowledgeLink, anAnswerLink, testMac } from '../../support/links.ts';

const mac = testMac();
const NOW = fromIso(isoAt(60));
const read = (token: string, env: 'dev' | 'prod' = 'dev', now = NOW) => readLink(token, env, now, mac);

test.each([anAnswerLink(), anAnswerLink({ person: 'ada@example.com' }), aFeedbackLink(), anAcknowledgeLink()])(
  'a signed link of kind $kind says what it was signed for, and fits into an address',
  async (claims) => {
    const token = await signLink(claims, mac);
    expect(await read(token)).toEqual({ ok: true, value: claims });
    expect(token).toMatch(/^[A-Za-z0-9_.-]+$/);
    expect(token.length).toBeLessThan(1_000);
  },
);

test('a link in which any letter is changed, left out or added is none of ours', async () => {
  const token = await signLink(anAnswerLink(), mac);
  const letter = fc.constantFrom(...'ABCxyz019-_.=+/');
  const tampered = fc
    .tuple(fc.nat(token.length - 1), letter, fc.constantFrom('change', 'drop', 'add'))
    .map(
      ([at, other, how]) =>
        token.slice(0, at) + (how === 'drop' ? '' : other) + token.slice(how === 'add' ? at : at + 1),
    );
  await fc.assert(
    fc.asyncProperty(tampered, async (other) => {
      fc.pre(other !== token && !sameBits(other, token));
      expect(await read(other)).toEqual({ ok: false, error: { fault: 'not_ours' } });
    }),
  );
});

/** The last letter of a signature carries two bits that mean nothing: KMS compares bytes. */
const sameBits = (a: string, b: string): boolean => a.slice(0, -1) === b.slice(0, -1) && a.length === b.length;

test('whatever somebody else has signed is none of ours', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), async (key) => {
      const token = await signLink(anAnswerLink(), testMac(`not ours ${key}`));
      expect(await read(token)).toEqual({ ok: false, error: { fault: 'not_ours' } });
    }),
    { numRuns: 50 },
  );
});

test.each(['=', ' ', 'x.', '.x'])(
  'a link with %j around it is none of ours, and the key is not asked',
  async (letters) => {
    const token = await signLink(anAnswerLink(), mac);
    const unasked = { ...mac, verify: () => Promise.reject(new Error('the key was asked')) };
    for (const other of [letters + token, token + letters]) {
      expect(await readLink(other, 'dev', NOW, unasked)).toEqual({ ok: false, error: { fault: 'not_ours' } });
    }
  },
);

test.each(['', 'null', '"text"', '{'])('even our own key signs no link that says %j', async (text) => {
  const payload = toBase64url(text.padEnd(40));
  expect(await read(`${payload}.${await mac.sign(payload)}`)).toEqual({ ok: false, error: { fault: 'not_ours' } });
});

test('a link of another environment is none of ours, even under the same key', async () => {
  expect(await read(await signLink(anAnswerLink(), mac), 'prod')).toMatchObject({ error: { fault: 'not_ours' } });
});

test('a link counts until its expiry, and not at it', async () => {
  const claims = anAnswerLink();
  const token = await signLink(claims, mac);
  const end = fromIso(claims.expiresAt);
  expect(await read(token, 'dev', after(end, seconds(-0.001)))).toMatchObject({ ok: true });
  expect(await read(token, 'dev', end)).toEqual({ ok: false, error: { fault: 'expired', at: claims.expiresAt } });
});

test.each<[string, (claims: Record<string, unknown>) => string]>([
  ['in another order', (claims) => JSON.stringify({ nonce: claims['nonce'], ...claims })],
  ['with spaces', (claims) => JSON.stringify(claims, null, 1)],
  ['with a field more', (claims) => canonicalJson({ ...claims, admin: true } as never)],
  ['of another version', (claims) => canonicalJson({ ...claims, version: 2 } as never)],
  ['with an answer that there is not', (claims) => canonicalJson({ ...claims, answer: 'expired' } as never)],
])('even our own key signs no second form: %s', async (_, write) => {
  const payload = toBase64url(write(anAnswerLink()));
  expect(await read(`${payload}.${await mac.sign(payload)}`)).toEqual({ ok: false, error: { fault: 'not_ours' } });
});

test('base64url gives back what it was given, and refuses other letters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      expect(fromBase64url(toBase64url(text))).toBe(text);
      expect(toBase64url(text)).toBe(Buffer.from(text, 'latin1').toString('base64url'));
    }),
  );
  expect(fromBase64url('a+b')).toBeNull();
});

describe('the choices of a message', () => {
  const answers = (request = aRequest(), recipient = aRecipient()) =>
    choicesOf(request, recipient).map(({ answer, planHash }) => `${answer} ${planHash.slice(0, 4)}`);

  test('are yes, each alternative, no, and by hand', () => {
    const { proposal, alternatives } = aRequest();
    const short = (hash: string | undefined): string => String(hash).slice(0, 4);
    expect(answers()).toEqual([
      `approve ${short(proposal.planHash)}`,
      `approve ${short(alternatives[0]?.planHash)}`,
      `decline ${short(proposal.planHash)}`,
      `takeover ${short(proposal.planHash)}`,
    ]);
  });

  test('say what they do', () => {
    expect(choicesOf(aRequest(), aRecipient()).map(({ label }) => label)).toEqual([
      'Approve: restart 1 sick task',
      'Approve instead: replace every task of the same revision',
      'Decline',
      'Take over by hand',
    ]);
  });

  test('are none where a link does not suffice', () => {
    expect(answers(aRequest(), aRecipient({ mayAnswer: false }))).toEqual([]);
  });

  test('hold no yes of several readers where two people are needed, and one of a single person', () => {
    const critical = aRequest({}, { approvals: 2 });
    expect(answers(critical).filter((one) => one.startsWith('approve'))).toEqual([]);
    expect(answers(critical)).toHaveLength(2);
    expect(answers(critical, aRecipient({ person: 'ada@example.com' }))).toHaveLength(4);
  });
});

describe('a link answers', () => {
  const said = { who: null, reason: 'it is time' };
  const answer = { answer: 'approve', questionId: aQuestion().questionId, planHash: anAnswerLink().planHash };

  test('in the name of the channel that it was sent to', () => {
    expect(answerOfLink(anAnswerLink(), said)).toEqual({
      ok: true,
      value: { ...answer, approver: 'link:chat', reason: 'it is time' },
    });
  });

  test('in the name of the person whose it is, if it is they who hold it', () => {
    const personal = anAnswerLink({ person: 'ada@example.com' });
    expect(answerOfLink(personal, { who: 'Ada@Example.com', reason: null })).toEqual({
      ok: true,
      value: { ...answer, approver: 'ada@example.com', reason: null },
    });
    for (const who of ['grace@example.com', null]) {
      expect(answerOfLink(personal, { who, reason: null })).toEqual({
        ok: false,
        error: 'the link was sent to somebody else, and one that was passed on does nothing',
      });
    }
  });
});
