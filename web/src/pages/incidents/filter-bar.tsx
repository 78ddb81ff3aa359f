import Multiselect from '@cloudscape-design/components/multiselect';
import Select from '@cloudscape-design/components/select';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useEffect, useState } from 'react';
import { IncidentStatusSchema, type IncidentStatus } from '../../../../core/contracts/incident.ts';
import { useRead } from '../../api/api.tsx';
import { INCIDENT_LOOKS } from '../../parts/status.tsx';
import type { Filters, Period } from './filters.ts';

const STATUSES = IncidentStatusSchema.options.map((value) => ({ value, label: INCIDENT_LOOKS[value][1] }));
const PERIODS: readonly { readonly value: Period; readonly label: string }[] = [
  { value: 'any', label: 'Any time' },
  { value: '1h', label: 'Last hour' },
  { value: '1d', label: 'Last day' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
];
const ANY_WORKLOAD = { value: '', label: 'Any workload' };

/** Typing is waited for, so that not every letter asks the API. */
const TYPING_MS = 250;

export const FilterBar = ({
  filters,
  onChange,
}: {
  readonly filters: Filters;
  readonly onChange: (change: Partial<Filters>) => void;
}) => {
  const { data } = useRead('listWorkloads', {}, { everyMs: 60_000 });
  const workloads = [
    ANY_WORKLOAD,
    ...(data?.workloads ?? []).map(({ workload: { workloadId } }) => ({ value: workloadId, label: workloadId })),
  ];
  return (
    <div className="k-filters">
      <Words text={filters.text} onChange={(text) => onChange({ text })} />
      <Multiselect
        options={STATUSES}
        selectedOptions={STATUSES.filter(({ value }) => filters.status.includes(value))}
        placeholder="Any status"
        ariaLabel="Status"
        hideTokens
        onChange={({ detail }) =>
          onChange({ status: detail.selectedOptions.map(({ value }) => value as IncidentStatus) })
        }
      />
      <Select
        options={workloads}
        selectedOption={workloads.find(({ value }) => value === (filters.workload ?? '')) ?? ANY_WORKLOAD}
        ariaLabel="Workload"
        onChange={({ detail }) => onChange({ workload: detail.selectedOption.value || null })}
      />
      <Select
        options={PERIODS}
        selectedOption={PERIODS.find(({ value }) => value === filters.period) ?? null}
        ariaLabel="Time"
        onChange={({ detail }) =>
          onChange({ period: PERIODS.find(({ value }) => value === detail.selectedOption.value)?.value ?? 'any' })
        }
      />
    </div>
  );
};

const wordsIn = (typed: string): string => typed.trim().slice(0, 100);

const Words = ({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) => {
  const [typed, setTyped] = useState(text);
  const meant = wordsIn(typed);
  useEffect(() => {
    // A space at the end is typed, not meant: it stays in the box.
    setTyped((now) => (wordsIn(now) === text ? now : text));
  }, [text]);
  useEffect(() => {
    if (meant === text) return undefined;
    const timer = setTimeout(() => onChange(meant), TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <TextFilter
      filteringText={typed}
      filteringPlaceholder="Find in id, workload, summary, action, explanation"
      filteringAriaLabel="Find incidents"
      filteringClearAriaLabel="Clear"
      onChange={({ detail }) => setTyped(detail.filteringText)}
    />
  );
};
