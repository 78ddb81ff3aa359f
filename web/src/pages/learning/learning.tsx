import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'react-router-dom';
import { useRead } from '../../api/api.tsx';
import { BeliefList } from '../../parts/belief-list.tsx';
import { Page } from '../../parts/page.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { QTable } from './q-table.tsx';
import { Versions } from './versions.tsx';

const LIVE = 'live';

/** What was learned: which action helps against which fault, and how sure that is. Version and tier are in the address. */
export const Learning = () => {
  const [params, setParams] = useSearchParams();
  const workloads = useRead('listWorkloads', {}, { everyMs: 60_000 });
  const tiers = [...new Set((workloads.data?.workloads ?? []).map(({ workload }) => workload.tier))].sort();
  const tier = tiers.find((name) => name === params.get('tier')) ?? tiers[0];
  const version = params.get('version') ?? LIVE;
  const change = (part: Readonly<Record<string, string>>): void =>
    setParams({ ...Object.fromEntries(params), ...part }, { replace: true });
  return (
    <Page
      title="Learning"
      description="Which action helps against which fault. Workloads of a tier share what was learned about them."
      actions={
        <Select
          options={tiers.map((value) => ({ value, label: `Tier ${value}` }))}
          selectedOption={tier === undefined ? null : { value: tier, label: `Tier ${tier}` }}
          placeholder="Tier"
          ariaLabel="Tier"
          onChange={({ detail }) => change({ tier: detail.selectedOption.value ?? '' })}
        />
      }
    >
      <Loaded read={workloads} what="the tiers">
        {() =>
          tier === undefined ? (
            <Nothing title="No workload is watched">There is nothing to learn about.</Nothing>
          ) : (
            <Model version={version} tier={tier} />
          )
        }
      </Loaded>
      <Versions shown={version} tier={tier ?? null} onShow={(next) => change({ version: next })} />
    </Page>
  );
};

const Model = ({ version, tier }: { readonly version: string; readonly tier: string }) => {
  const read = useRead('showModelTable', { params: { version }, query: { tier } }, { everyMs: 15_000 });
  const catalogue = useRead('showCatalogue', {}, { everyMs: Infinity });
  return (
    <Loaded read={read} what="the Q-table">
      {({ belief, cells }) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h2"
                description="Probability that an action heals a fault: the expert's prior and every verified outcome. Bold: at least one outcome was seen."
              >
                Q-table, {version === LIVE ? 'live' : `version ${version}`}
              </Header>
            }
          >
            <QTable
              cells={cells}
              meanings={new Map(catalogue.data?.hypotheses.map(({ hypothesis, meaning }) => [hypothesis, meaning]))}
            />
          </Container>
          <Container
            header={
              <Header variant="h2" description="How often each fault is expected before anything is seen.">
                Belief
              </Header>
            }
          >
            <BeliefList belief={[...belief].sort((a, b) => b.probability - a.probability)} />
          </Container>
        </SpaceBetween>
      )}
    </Loaded>
  );
};
