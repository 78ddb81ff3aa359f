import fc from 'fast-check';
import type { Message } from '../../../core/notification/message.ts';
import { questionMessage, textOf, toldMessage } from '../../../core/notification/message.ts';
import { slackPayload } from '../../../core/notification/slack.ts';
import type { Notice } from '../../../core/contracts/notice.ts';
import { toSubject } from '../../../lambdas/adapters/sns-mail.ts';
import { aRequest } from '../../support/approvals.ts';
import { aQuestionNotice, anEndNotice, INCIDENT } from '../../support/links.ts';

const LINKS = [{ label: 'Approve: restart 1 sick task', url: 'https://api.example.com/links/a.b' }];
const told = (notice: Notice): Message => toldMessage(notice as never, { env: 'prod', links: [] });

describe('manual mode', () => {
  test('says what was detected, what is proposed and why, what else there is, until when, and how to answer', () => {
    const request = aRequest();
    const message = questionMessage(aQuestionNotice(), request, { env: 'prod', links: LINKS });
    expect(message.subject).toBe('[prod] Approval wanted: restart 1 sick task on payments');
    const text = textOf(message);
    for (const part of ['Detected: ', 'Proposed: ', ', because ', 'Expected: ', 'Or redeploy: ', request.expiresAt]) {
      expect(text).toContain(part);
    }
    expect(text).toContain(`Approve: restart 1 sick task\n  ${LINKS[0]?.url}`);
    expect(text).toContain(`kintsugi decline ${request.incidentId} --reason "..." --env prod`);
  });

  test('announces that silence is about to become a no', () => {
    const message = questionMessage({ ...aQuestionNotice(), occasion: 'last_word' }, aRequest(), {
      env: 'prod',
      links: [],
    });
    expect(message.subject).toBe('[prod] No answer yet: restart 1 sick task on payments');
    expect(message.facts[0]?.text).toContain(`Without an answer until ${aRequest().expiresAt} nothing is done`);
  });

  test('every command says in which environment it is', () => {
    const question = questionMessage(aQuestionNotice(), aRequest(), { env: 'prod', links: [] });
    for (const command of [...question.commands, ...told(anEndNotice()).commands])
      expect(command).toContain('--env prod');
  });

  test('who was asked hears who has answered', () => {
    const answered = { ...aQuestionNotice(), occasion: 'answered', answer: 'decline', approver: 'ada', reason: 'no' };
    expect(textOf(told({ ...answered, actionId: null } as Notice))).toContain('Answer: ada declined it (no).');
  });
});

describe('auto mode', () => {
  test('says what happened, how it was resolved, and why', () => {
    const { subject, facts } = told(anEndNotice('recovered'));
    expect(subject).toBe('[prod] Recovered: payments');
    expect(facts.map(({ title }) => title)).toEqual([
      'What happened',
      'How it was resolved',
      'Why',
      'The whole account',
    ]);
  });

  test('or what was tried, where a person has to take over', () => {
    const { subject, facts } = told(anEndNotice('escalated'));
    expect(subject).toBe('[prod] Needs a person: payments');
    expect(facts[1]?.title).toBe('What was tried');
  });
});

describe('for Slack', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 5_000 });
  const message = fc.record({
    incidentId: fc.constant(INCIDENT),
    subject: fc.string({ minLength: 1, maxLength: 400 }),
    facts: fc.array(fc.record({ title: fc.string({ maxLength: 40 }), text }), { maxLength: 60 }),
    links: fc.array(
      fc.record({ label: fc.string({ maxLength: 100 }), url: fc.constant('https://a.example/links/x.y') }),
      {
        maxLength: 6,
      },
    ),
    commands: fc.array(fc.string({ maxLength: 80 }), { maxLength: 6 }),
  });

  test('whatever is said fits its limits, mentions nobody and names the incident', () => {
    fc.assert(
      fc.property(message, (one) => {
        const { text: fallback, blocks } = slackPayload(one);
        expect(fallback).toContain(INCIDENT);
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(JSON.stringify(blocks.at(-1))).toContain(INCIDENT);
        for (const block of blocks) {
          const said = block.text?.text ?? '';
          expect(said.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000);
          if (block.type !== 'section') continue;
          expect(said).not.toBe('');
          expect(said.replace(/^<https:\/\/a\.example\/links\/x\.y\|[^<>]*>$/, '')).not.toMatch(/[<>]/);
        }
      }),
    );
  });

  test('what is cut is cut between characters, and between escaped letters', () => {
    const subjectOf = (subject: string): string =>
      slackPayload({ incidentId: INCIDENT, subject, facts: [], links: [], commands: [] }).blocks[0]?.text?.text ?? '';
    expect(subjectOf(`${'x'.repeat(146)}😀yyyy`)).toBe(`${'x'.repeat(146)}...`);
    expect(subjectOf('😀'.repeat(75))).toBe('😀'.repeat(75));
  });

  test('a question shows its answers as links, and commands only where there are none', () => {
    const withLinks = JSON.stringify(
      slackPayload(questionMessage(aQuestionNotice(), aRequest(), { env: 'prod', links: LINKS })),
    );
    expect(withLinks).toContain('<https://api.example.com/links/a.b|Approve: restart 1 sick task>');
    expect(withLinks).not.toContain('kintsugi approve');
    expect(
      JSON.stringify(slackPayload(questionMessage(aQuestionNotice(), aRequest(), { env: 'prod', links: [] }))),
    ).toContain('kintsugi approve');
  });
});

test('a subject is what SNS accepts, and ends with what belongs to its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (subject) => {
      const given = toSubject(subject, ` [${INCIDENT}]`);
      expect(given).toMatch(/^[\x20-\x7e]{1,100}$/);
      expect(given.endsWith(`[${INCIDENT}]`)).toBe(true);
    }),
  );
});
